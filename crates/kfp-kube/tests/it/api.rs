use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use kfp_kube::{Apply, Client, Cluster, Conflict, Denied, Resource};
use serde_json::{Value, json};

use kfp_test_support::kube::Server;
use kfp_test_support::{FaultServer, Reply};

use crate::support::kubeconfig;

fn settings(data: &Value) -> Value {
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "settings" }, "data": data })
}

#[test]
fn an_object_is_applied_read_listed_and_deleted() {
    let Some(server) = Server::start("life") else {
        return;
    };
    let maps = server.core("configmaps");
    let (admin, how) = (&server.admin, Apply::as_manager("test"));
    assert_eq!(admin.get(&maps, "settings").unwrap(), None);
    let dry = how.clone().dry_run(true);
    admin
        .apply(&maps, "settings", &settings(&json!({ "a": "1" })), &dry)
        .unwrap();
    assert_eq!(admin.get(&maps, "settings").unwrap(), None);

    let first = admin
        .apply(&maps, "settings", &settings(&json!({ "a": "1" })), &how)
        .unwrap();
    let again = admin
        .apply(&maps, "settings", &settings(&json!({ "a": "1" })), &how)
        .unwrap();
    let version = |object: &Value| object["metadata"]["resourceVersion"].clone();
    assert_eq!(version(&first), version(&again));
    // What is left out is removed.
    let other = admin
        .apply(&maps, "settings", &settings(&json!({ "b": "2" })), &how)
        .unwrap();
    assert_eq!(other["data"], json!({ "b": "2" }));
    assert_eq!(
        admin.get(&maps, "settings").unwrap().unwrap()["data"],
        json!({ "b": "2" })
    );

    assert!(admin.delete(&maps, "settings", true).unwrap());
    let found = admin
        .list(&maps, &[("fieldSelector", "metadata.name=settings")])
        .unwrap();
    assert_eq!(found.len(), 1);
    assert!(admin.delete(&maps, "settings", false).unwrap());
    assert!(!admin.delete(&maps, "settings", false).unwrap());
}

#[test]
fn a_field_of_another_manager_is_taken_only_by_force() {
    let Some(server) = Server::start("managers") else {
        return;
    };
    let maps = server.core("configmaps");
    let admin = &server.admin;
    let by = Apply::as_manager;
    admin
        .apply(
            &maps,
            "settings",
            &settings(&json!({ "a": "1" })),
            &by("kubectl-edit"),
        )
        .unwrap();
    let ours = settings(&json!({ "a": "2" }));
    let error = admin
        .apply(&maps, "settings", &ours, &by("test"))
        .unwrap_err();
    let expected = Conflict {
        manager: "kubectl-edit".to_owned(),
        field: ".data.a".to_owned(),
    };
    assert_eq!(error.status().unwrap().conflicts(), [expected]);
    let forced = admin
        .apply(&maps, "settings", &ours, &by("test").force(true))
        .unwrap();
    assert_eq!(forced["data"], json!({ "a": "2" }));
}

#[test]
fn what_is_wrong_with_an_object_has_the_path_of_its_field() {
    let Some(server) = Server::start("schema") else {
        return;
    };
    let service = json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": { "name": "s" },
        "spec": { "ports": [{ "port": 70_000 }], "sessionAffinity": "Sometimes" },
    });
    let how = Apply::as_manager("test");
    let error = server
        .admin
        .apply(&server.core("services"), "s", &service, &how)
        .unwrap_err();
    let fields: Vec<&str> = error
        .status()
        .unwrap()
        .causes
        .iter()
        .map(|cause| &*cause.field)
        .collect();
    assert!(fields.contains(&"spec.sessionAffinity"), "{fields:?}");
    assert!(fields.contains(&"spec.ports[0].port"), "{fields:?}");
    let unknown = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "settings" }, "dato": {},
    });
    let error = server
        .admin
        .apply(
            &server.core("configmaps"),
            "settings",
            &unknown,
            &Apply::as_manager("test"),
        )
        .unwrap_err();
    assert!(error.to_string().contains(".dato"), "{error}");
}

#[test]
fn a_caller_without_the_right_learns_which_one_is_missing() {
    let Some(server) = Server::start("denied") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let token = server.account("reader");
    let file = kubeconfig(
        folder.path(),
        &json!({ "server": server.address(), "insecure-skip-tls-verify": true }),
        &json!({ "token": token }),
    );
    let client = Client::new(Cluster::from_kubeconfig(&[file], None).unwrap()).unwrap();
    let maps = server.core("configmaps");
    let error = client
        .apply(
            &maps,
            "settings",
            &settings(&json!({})),
            &Apply::as_manager("test"),
        )
        .unwrap_err();
    let expected = Denied {
        user: format!("system:serviceaccount:{}:reader", server.namespace),
        verb: "patch".to_owned(),
        resource: "configmaps".to_owned(),
        namespace: Some(server.namespace.clone()),
    };
    assert_eq!(error.status().unwrap().denied(), Some(expected));
    assert!(!error.is_about_access());
    let roles = Resource::new("rbac.authorization.k8s.io", "v1", "clusterroles").cluster_wide();
    let denied = client
        .list(&roles, &[])
        .unwrap_err()
        .status()
        .unwrap()
        .denied()
        .unwrap();
    assert_eq!(denied.resource, "clusterroles.rbac.authorization.k8s.io");
    assert_eq!(denied.namespace, None);
    let error = client
        .logs((&server.namespace, "p"), "c", 5, false)
        .unwrap_err();
    assert_eq!(
        error.status().unwrap().denied().unwrap().resource,
        "pods/log"
    );
}

#[test]
fn a_quota_that_leaves_no_room_is_told_from_a_missing_right() {
    let Some(server) = Server::start("quota") else {
        return;
    };
    let (admin, how) = (&server.admin, Apply::as_manager("test"));
    let maps = server.core("configmaps");
    server.leave_no_room("small", &maps, &settings(&json!({})));
    let error = admin
        .apply(&maps, "settings", &settings(&json!({})), &how)
        .unwrap_err();
    let status = error.status().unwrap();
    assert!(
        status
            .exceeded_quota()
            .is_some_and(|told| told.starts_with("small, ")),
        "{error}"
    );
    assert_eq!(status.denied(), None);
}

#[test]
fn a_kind_that_is_not_installed_is_told_from_a_missing_object() {
    let Some(server) = Server::start("unknown") else {
        return;
    };
    for kind in [
        Resource::new("nobody.example", "v1", "things"),
        Resource::new("apps", "v1", "things"),
    ] {
        let things = kind.namespaced(&server.namespace);
        let error = server.admin.get(&things, "a").unwrap_err();
        assert!(error.status().unwrap().is_unknown_kind(), "{error:?}");
        assert!(server.admin.delete(&things, "a", false).is_err());
    }
}

#[test]
fn a_busy_server_is_asked_again_after_the_time_that_it_names() {
    let was_busy = AtomicBool::new(false);
    let server = FaultServer::start(move |request| {
        if request.method == "GET" && was_busy.swap(true, Ordering::Relaxed) {
            return Reply::status(200).body("{}");
        }
        Reply::status(429).header("retry-after", "1")
    });
    let folder = tempfile::tempdir().unwrap();
    let file = kubeconfig(
        folder.path(),
        &json!({ "server": format!("http://{}", server.host()) }),
        &json!({}),
    );
    let client = Client::new(Cluster::from_kubeconfig(&[file], None).unwrap()).unwrap();
    let maps = Resource::core("configmaps").namespaced("default");
    let start = Instant::now();
    assert_eq!(client.get(&maps, "settings").unwrap(), Some(json!({})));
    assert!(start.elapsed() >= Duration::from_secs(1));
    // What is posted could be done twice.
    let error = client.post(&maps.path(), &json!({})).unwrap_err();
    assert_eq!(error.status().unwrap().code, 429);
    let path = maps.path();
    let once = format!("GET {path}/settings");
    assert_eq!(server.lines(), [&*once, &once, &format!("POST {path}")]);
}

#[test]
fn a_list_of_several_pages_is_read_to_its_end() {
    let Some(server) = Server::start("pages") else {
        return;
    };
    let maps = server.core("configmaps");
    for index in 0..510 {
        let map = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": format!("map-{index}") },
        });
        server.admin.post(&maps.path(), &map).unwrap();
    }
    assert_eq!(server.admin.list(&maps, &[]).unwrap().len(), 510);
}

#[test]
fn logs_of_a_pod_that_is_not_there_are_refused() {
    let Some(server) = Server::start("logs") else {
        return;
    };
    let error = server
        .admin
        .logs((&server.namespace, "p"), "c", 50, false)
        .unwrap_err();
    assert!(error.status().unwrap().is_not_found(), "{error}");
}
