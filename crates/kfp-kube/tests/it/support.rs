//! What the tests of logins write.

use std::fs;
use std::path::{Path, PathBuf};

use kfp_test_support::kube::Server;
use serde_json::{Value, json};

/// What a key ending in `-data` holds in the admin's kubeconfig, or the file that is named instead.
pub(crate) fn pem(server: &Server, key: &str) -> Vec<u8> {
    use base64::Engine as _;
    let text = fs::read_to_string(&server.kubeconfig).unwrap();
    let value = |key: &str| {
        let (_, rest) = text.split_once(key)?;
        let rest = rest.trim_start_matches(['"', ':', ' ']);
        Some(rest.split(['"', ',', '}', '\n']).next().unwrap().to_owned())
    };
    match value(key) {
        Some(data) => base64::engine::general_purpose::STANDARD
            .decode(data.trim())
            .unwrap(),
        None => fs::read(value(key.trim_end_matches("-data")).unwrap()).unwrap(),
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
