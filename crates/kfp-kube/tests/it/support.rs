//! A real API server, which `cargo xtask test kube` starts, and a namespace of the test's own in it.

use std::fs;
use std::path::{Path, PathBuf};

use kfp_kube::{Apply, Client, Cluster, Collection, Resource};
use serde_json::{Value, json};

/// A namespace in a real API server, and a client that may do everything.
pub(crate) struct Server {
    pub(crate) admin: Client,
    pub(crate) kubeconfig: PathBuf,
    pub(crate) namespace: String,
}

impl Server {
    /// The server; the calling test is skipped if there is none.
    pub(crate) fn start(test: &str) -> Option<Self> {
        let kubeconfig = kfp_test_support::kube_api()?;
        let cluster = Cluster::from_kubeconfig(std::slice::from_ref(&kubeconfig), None).unwrap();
        let server = Self {
            admin: Client::new(cluster).unwrap(),
            kubeconfig,
            namespace: format!("kube-{test}-{}", std::process::id()),
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

    pub(crate) fn core(&self, plural: &str) -> Collection {
        Resource::core(plural).namespaced(&self.namespace)
    }

    /// The address of the server.
    pub(crate) fn address(&self) -> &str {
        self.admin.cluster().server()
    }

    /// A token of a new service account that has no rights.
    pub(crate) fn account(&self, name: &str) -> String {
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

    /// What stands in the admin's kubeconfig under a key ending in `-data`, decoded.
    pub(crate) fn pem(&self, key: &str) -> Vec<u8> {
        use base64::Engine as _;
        let text = fs::read_to_string(&self.kubeconfig).unwrap();
        let (_, rest) = text.split_once(&format!("{key}: ")).unwrap();
        let data: String = rest
            .chars()
            .take_while(|c| !c.is_whitespace() && !",}".contains(*c))
            .collect();
        base64::engine::general_purpose::STANDARD
            .decode(data)
            .unwrap()
    }
}

/// Writes a kubeconfig of one context that names the server, and a user with these entries.
pub(crate) fn kubeconfig(folder: &Path, server: &Value, user: &Value) -> PathBuf {
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "clusters": [{ "name": "test", "cluster": server }],
        "contexts": [{ "name": "test", "context": { "cluster": "test", "user": "me" } }],
        "users": [{ "name": "me", "user": user }],
    });
    let file = folder.join("kubeconfig");
    fs::write(&file, config.to_string()).unwrap();
    file
}

/// The error with its causes.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
