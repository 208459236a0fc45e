//! Images of servers: made when they are named, without an interface, and listed in no catalog.

use std::fs;
use std::process::{Command, Output};

use kfp_component_yaml::label;
use kfp_test_registry::{DockerRegistry, Setup};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::said;
use crate::support::workspace::{Layout, cargo, commit, compilable, host, manifest, publish};

/// A workspace with a component `count` and a server `answer`.
fn workspace() -> TempDir {
    let folder = compilable("");
    let root = folder.path().join("Cargo.toml");
    let text = fs::read_to_string(&root).unwrap();
    let text = text
        .replace("members = [", "members = [\"answer\", ")
        .replace("registry =", "servers = [\"answer\"]\nregistry =");
    fs::write(&root, text + "\n[profile.server]\ninherits = \"dev\"\n").unwrap();
    let answer = folder.path().join("answer");
    fs::create_dir_all(answer.join("src")).unwrap();
    let about = manifest("answer", "").replace("edition", "description = \"Answers.\"\nedition");
    fs::write(answer.join("Cargo.toml"), about).unwrap();
    fs::write(answer.join("src/main.rs"), "fn main() {}\n").unwrap();
    cargo(&folder, &["generate-lockfile", "--offline"]);
    commit(&folder, "a server", 1_000_000_100);
    folder
}

fn names(output: &Output) -> Vec<String> {
    let report: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(output)));
    let components = report["components"].as_array().unwrap().iter();
    components
        .map(|entry| entry["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_server_is_published_only_when_it_is_named() {
    let folder = workspace();
    let plan = |more: &[&str]| {
        names(&publish(
            folder.path(),
            &[&["--dry-run", "--json"], more].concat(),
        ))
    };
    assert_eq!(plan(&[]), ["count"]);
    assert_eq!(plan(&["answer"]), ["answer"]);
    assert_eq!(plan(&["count", "answer"]), ["answer", "count"]);
}

#[test]
fn a_servers_image_has_no_interface() {
    let folder = workspace();
    let output = publish(
        folder.path(),
        &["answer", "--platform", &host(), "--oci-layout", "out"],
    );
    assert!(output.status.success(), "{}", said(&output));
    let layout = Layout(folder.path().join("out"));
    let config = layout.blob(&layout.manifest()["config"]);
    assert_eq!(config["config"]["Cmd"], serde_json::json!(["/answer"]));
    let labels = config["config"]["Labels"].as_object().unwrap();
    assert!(!labels.contains_key(label::COMPONENT), "{labels:?}");
    assert_eq!(labels["org.opencontainers.image.description"], "Answers.");
}

#[test]
fn a_server_enters_no_catalog_and_is_not_pushed_twice() {
    let Some(registry) = DockerRegistry::start(Setup::Open) else {
        return;
    };
    let folder = workspace();
    let push = || {
        let output = Command::new(env!("CARGO_BIN_EXE_kfp-publish"))
            .current_dir(folder.path())
            .args(["answer", "--json", "--platform", &host(), "--registry"])
            .arg(format!("{}/acme", registry.host()))
            .env_remove("CARGO_TARGET_DIR")
            .output()
            .unwrap();
        let report: Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(&output)));
        report["components"][0].clone()
    };
    let first = push();
    assert_eq!(first["status"], "published", "{first}");
    assert!(!folder.path().join("catalog").exists());
    fs::write(folder.path().join("answer/NOTES"), "another commit\n").unwrap();
    commit(&folder, "the same program", 1_000_000_200);
    let second = push();
    assert_eq!(second["status"], "unchanged", "{second}");
    assert_eq!(second["reference"], first["reference"]);
}

#[test]
fn a_server_that_is_not_a_member_is_named() {
    let folder = workspace();
    let root = folder.path().join("Cargo.toml");
    let text = fs::read_to_string(&root).unwrap();
    fs::write(
        &root,
        text.replace("servers = [\"answer\"]", "servers = [\"anwser\"]"),
    )
    .unwrap();
    let output = publish(folder.path(), &["--dry-run"]);
    assert_eq!(output.status.code(), Some(1));
    let report = said(&output);
    assert!(
        report.contains("names `anwser`, which is not a member"),
        "{report}"
    );
}
