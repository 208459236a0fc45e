//! A real Kubernetes API server, and a namespace of the test's own in it.

use std::fmt::Debug;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use kfp_kube::{Apply, Client, Cluster, Collection, Resource};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long a change may take until it counts. It takes milliseconds, but the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);
const INTERVAL: Duration = Duration::from_millis(20);

/// Repeats a request until its answer is as expected, and gives that answer.
///
/// The server decides about rights and quotas by copies of them that follow what is stored, so that one which was written a
/// moment ago may not count yet.
///
/// # Panics
/// If the answer is not as expected within a minute.
pub fn eventually<T: Debug>(mut request: impl FnMut() -> T, is_expected: impl Fn(&T) -> bool) -> T {
    let start = Instant::now();
    loop {
        let answer = request();
        if is_expected(&answer) {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "still answered: {answer:?}");
        thread::sleep(INTERVAL);
    }
}

/// A namespace in a real API server, and a client that may do everything.
pub struct Server {
    /// A client that may do everything.
    pub admin: Client,
    /// The kubeconfig of that client.
    pub kubeconfig: PathBuf,
    /// The test's own namespace.
    pub namespace: String,
    /// Where kubeconfigs of service accounts are, until the test ends.
    folder: TempDir,
}

impl Server {
    /// The server, with a new namespace; the calling test is skipped if there is none.
    ///
    /// # Panics
    /// If the server refuses.
    pub fn start(test: &str) -> Option<Self> {
        let kubeconfig = crate::kube_api()?;
        let cluster = Cluster::from_kubeconfig(std::slice::from_ref(&kubeconfig), None).unwrap();
        let server = Self {
            admin: Client::new(cluster).unwrap(),
            kubeconfig,
            namespace: format!("test-{test}-{}", std::process::id()),
            folder: tempfile::tempdir().unwrap(),
        };
        let namespaces = Resource::core("namespaces").cluster_wide();
        let namespace = json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": server.namespace },
        });
        let how = Apply::as_manager("test");
        server
            .admin
            .apply(&namespaces, &server.namespace, &namespace, &how)
            .unwrap();
        Some(server)
    }

    /// The objects of a kind of Kubernetes' core in the namespace.
    pub fn core(&self, plural: &str) -> Collection {
        Resource::core(plural).namespaced(&self.namespace)
    }

    /// The address of the server.
    pub fn address(&self) -> &str {
        self.admin.cluster().server()
    }

    /// A token of a new service account that has no rights.
    ///
    /// # Panics
    /// If the server refuses.
    pub fn account(&self, name: &str) -> String {
        let account = json!({
            "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": name },
        });
        let accounts = self.core("serviceaccounts");
        self.admin
            .apply(&accounts, name, &account, &Apply::as_manager("test"))
            .unwrap();
        let path = accounts.object(name) + "/token";
        let asked = json!({
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {},
        });
        let answer = self.admin.post(&path, &asked).unwrap();
        answer["status"]["token"].as_str().unwrap().to_owned()
    }

    /// A client of a new service account that has no rights.
    ///
    /// # Panics
    /// If the server refuses.
    pub fn as_account(&self, name: &str) -> Client {
        let kubeconfig = self.kubeconfig_of(name);
        let cluster = Cluster::from_kubeconfig(&[kubeconfig], None).unwrap();
        Client::new(cluster).unwrap()
    }

    /// A kubeconfig of a new service account that has no rights, whose context is the test's namespace.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn kubeconfig_of(&self, name: &str) -> PathBuf {
        let token = self.account(name);
        let config = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "clusters": [{ "name": "test", "cluster": { "server": self.address(), "insecure-skip-tls-verify": true } }],
            "contexts": [{ "name": "test", "context": { "cluster": "test", "user": name, "namespace": self.namespace } }],
            "users": [{ "name": name, "user": { "token": token } }],
        });
        let file = self.folder.path().join(name);
        std::fs::write(&file, config.to_string()).unwrap();
        file
    }

    /// Lets a service account read KServe's services, and nothing else. Waits until the server has taken that up.
    ///
    /// # Panics
    /// If the server refuses, or does not take it up.
    pub fn let_read_services(&self, account: &str) {
        self.allow(account, "get", "serving.kserve.io", "inferenceservices");
    }

    /// Lets a service account do one thing. Waits until the server has taken that up.
    ///
    /// # Panics
    /// If the server refuses, or does not take it up.
    pub fn allow(&self, account: &str, verb: &str, group: &str, plural: &str) {
        let version = "rbac.authorization.k8s.io/v1";
        let name = format!("{account}-{verb}-{plural}");
        let role = json!({
            "apiVersion": version,
            "kind": "Role",
            "metadata": { "name": name },
            "rules": [{ "apiGroups": [group], "resources": [plural], "verbs": [verb] }],
        });
        let binding = json!({
            "apiVersion": version,
            "kind": "RoleBinding",
            "metadata": { "name": name },
            "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name },
            "subjects": [{ "kind": "ServiceAccount", "name": account }],
        });
        let rbac = |plural| {
            Resource::new("rbac.authorization.k8s.io", "v1", plural).namespaced(&self.namespace)
        };
        self.put(&rbac("roles"), &role);
        self.put(&rbac("rolebindings"), &binding);
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {
                "user": format!("system:serviceaccount:{}:{account}", self.namespace),
                "resourceAttributes": {
                    "namespace": self.namespace, "verb": verb, "group": group, "resource": plural,
                },
            },
        });
        let path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
        eventually(
            || self.admin.post(path, &review).unwrap(),
            |answer| answer["status"]["allowed"] == true,
        );
    }

    /// A quota that has no room for objects of a kind, of which this is one. Waits until it counts.
    ///
    /// # Panics
    /// If the server refuses, or does not take it up.
    pub fn leave_no_room(&self, quota: &str, kind: &Collection, object: &Value) {
        let count = kind.path();
        let mut parts = count.rsplit('/');
        let plural = parts.next().unwrap();
        let group = count
            .strip_prefix("/apis/")
            .and_then(|rest| rest.split('/').next());
        let count = match group {
            Some(group) => format!("count/{plural}.{group}"),
            None => format!("count/{plural}"),
        };
        // No controller counts here: its account is written for it.
        let quota = json!({
            "apiVersion": "v1",
            "kind": "ResourceQuota",
            "metadata": { "name": quota },
            "spec": { "hard": { &count: "0" } },
            "status": { "hard": { &count: "0" }, "used": { &count: "0" } },
        });
        self.put(&self.core("resourcequotas"), &quota);
        let name = object["metadata"]["name"].as_str().unwrap();
        let how = Apply::as_manager("test").dry_run(true);
        let _refused = eventually(
            || self.admin.apply(kind, name, object, &how),
            |answer| {
                let refusal = answer.as_ref().err().and_then(kfp_kube::Error::status);
                refusal.is_some_and(|status| status.message.contains("exceeded quota"))
            },
        );
    }

    /// Applies an object of a kind, and its status if it has one.
    ///
    /// # Panics
    /// If the server refuses.
    pub fn put(&self, kind: &Collection, object: &Value) {
        let name = object["metadata"]["name"].as_str().unwrap();
        let how = Apply::as_manager("test").force(true);
        self.admin.apply(kind, name, object, &how).unwrap();
        if !object["status"].is_null() {
            let how = how.subresource("status");
            self.admin.apply(kind, name, object, &how).unwrap();
        }
    }
}
