use kfp_kserve::{Deployer, Resources};
use kfp_kube::Apply;
use kfp_test_support::kube::Server;
use serde_json::json;

use crate::support::{deploy, deployer, iris, services};

#[test]
fn a_field_of_another_manager_is_named_and_taken_by_force_only() {
    let Some(server) = Server::start("conflict") else {
        return;
    };
    deploy(&server, &iris("1"));
    let edit = json!({
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": { "name": "iris" },
        "spec": { "predictor": { "minReplicas": 5 } },
    });
    let kubectl = Apply::as_manager("kubectl-edit");
    server
        .admin
        .apply(&services(&server), "iris", &edit, &kubectl)
        .unwrap();
    // What is not asked for stays the other's.
    let plan = deployer(&server).plan(&iris("2")).unwrap();
    assert_eq!(plan.after()["spec"]["predictor"]["minReplicas"], 5);
    let mut more = iris("2");
    more.min_replicas = Some(2);
    let error = deployer(&server).plan(&more).unwrap_err();
    let said = error.to_string();
    assert_eq!(
        said,
        format!(
            "cannot apply InferenceService iris in namespace `{}`: .spec.predictor.minReplicas belongs to `kubectl-edit`",
            server.namespace
        )
    );
    assert!(error.hint().unwrap().contains("--force"));
    let plan = deployer(&server).force(true).plan(&more).unwrap();
    assert_eq!(plan.after()["spec"]["predictor"]["minReplicas"], 2);
}

#[test]
fn a_service_account_without_rights_learns_who_can_give_them() {
    let Some(server) = Server::start("rights") else {
        return;
    };
    let client = server.as_account("deployer");
    let error = Deployer::new(&client, &server.namespace)
        .plan(&iris("1"))
        .unwrap_err();
    let namespace = &server.namespace;
    assert_eq!(
        error.to_string(),
        format!(
            "cannot read InferenceService iris in namespace `{namespace}`: `system:serviceaccount:{namespace}:deployer` may not get inferenceservices.serving.kserve.io"
        )
    );
    let hint = error.hint().unwrap();
    let binding = format!("--serviceaccount={namespace}:deployer");
    assert!(
        hint.contains("create,patch") && hint.contains(&binding),
        "{hint}"
    );

    // Who may read only is refused before anything is written.
    server.let_read_services("deployer");
    let error = Deployer::new(&client, namespace)
        .plan(&iris("1"))
        .unwrap_err();
    assert!(error.to_string().contains("may not patch"), "{error}");
}

#[test]
fn a_quota_without_room_is_named() {
    let Some(server) = Server::start("quota") else {
        return;
    };
    server.leave_no_room("models", &services(&server), &iris("1").manifest());
    let error = deployer(&server).plan(&iris("1")).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("no room is left in quota models"),
        "{error}"
    );
    assert!(
        error
            .hint()
            .unwrap()
            .contains("describe resourcequota models")
    );
}

#[test]
fn what_the_schema_refuses_is_named_by_its_path() {
    let Some(server) = Server::start("schema") else {
        return;
    };
    let mut wrong = iris("1");
    wrong.resources = Resources {
        cpu: Some("many".to_owned()),
        memory: None,
    };
    let error = deployer(&server).plan(&wrong).unwrap_err();
    assert!(
        error.to_string().contains("spec.predictor.model.resources"),
        "{error}"
    );
    assert!(error.to_string().contains("cpu"), "{error}");
}

#[test]
fn a_namespace_that_is_not_there_is_named() {
    let Some(server) = Server::start("namespace") else {
        return;
    };
    let error = Deployer::new(&server.admin, "nowhere")
        .plan(&iris("1"))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot apply InferenceService iris in namespace `nowhere`: there is no such namespace"
    );
}

#[test]
fn a_server_that_is_gone_is_named_with_its_cause() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kubeconfig");
    let config = "current-context: c\nclusters: [{name: c, cluster: {server: 'http://127.0.0.1:1'}}]\ncontexts: [{name: c, context: {cluster: c}}]\n";
    std::fs::write(&file, config).unwrap();
    let cluster = kfp_kube::Cluster::from_kubeconfig(&[file], None).unwrap();
    let client = kfp_kube::Client::new(cluster).unwrap();
    let error = Deployer::new(&client, "default")
        .plan(&iris("1"))
        .unwrap_err();
    assert!(error.cluster().unwrap().is_about_access());
    let said = error.to_string();
    assert!(said.contains("no answer from the API server: "), "{said}");
}
