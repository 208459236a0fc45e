//! A workspace that is published in tests, and its git repository.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use super::{run, said};

/// A workspace of one component that names a registry; git knows it.
pub(crate) fn workspace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"components/*\", \"lib\", \"kfp-component\"]\n\n\
         [workspace.metadata.kfp-comp]\nregistry = \"ghcr.io/acme\"\nplatforms = [\"linux/amd64\"]\nannotations = { team = \"ml\" }\n",
    );
    write(".gitignore", "target/\n");
    for library in ["lib", "kfp-component"] {
        write(&format!("{library}/Cargo.toml"), &manifest(library, ""));
        write(&format!("{library}/src/lib.rs"), "");
    }
    write(
        "components/count/Cargo.toml",
        &manifest(
            "count",
            "[dependencies]\nkfp-component = { path = \"../../kfp-component\" }\nlib = { path = \"../../lib\" }\n",
        ),
    );
    write(
        "components/count/src/main.rs",
        "/// Counts lines.\n#[component]\nfn count(text: Input<Dataset>, lines: Output<i64>) -> Result<()> { Ok(()) }\n\
         kfp_component::main!(count);\n",
    );
    git(&folder, &["init", "--quiet"]);
    cargo(&folder, &["generate-lockfile", "--offline"]);
    commit(&folder, "first", 1_000_000_000);
    folder
}

pub(crate) fn manifest(name: &str, rest: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n{rest}")
}

pub(crate) fn cargo(folder: &tempfile::TempDir, arguments: &[&str]) {
    run(Command::new(env!("CARGO"))
        .current_dir(folder.path())
        .args(arguments));
}

pub(crate) fn git(folder: &tempfile::TempDir, arguments: &[&str]) -> String {
    let settings = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"];
    run(Command::new("git")
        .current_dir(folder.path())
        .args(settings)
        .args(arguments))
}

/// Commits everything, at that second.
pub(crate) fn commit(folder: &tempfile::TempDir, message: &str, time: u64) {
    git(folder, &["add", "."]);
    let date = format!("{time} +0000");
    let mut commit = Command::new("git");
    commit.current_dir(folder.path()).args([
        "-c",
        "user.name=Ann",
        "-c",
        "user.email=ann@example.org",
    ]);
    run(commit
        .args(["commit", "--quiet", "-m", message])
        .env("GIT_COMMITTER_DATE", &date)
        .env("GIT_AUTHOR_DATE", &date));
}

pub(crate) fn publish(folder: &Path, arguments: &[&str]) -> Output {
    let mut publish = Command::new(env!("CARGO_BIN_EXE_kfp-publish"));
    publish
        .current_dir(folder)
        .args(arguments)
        .env_remove("SOURCE_DATE_EPOCH")
        .env_remove("KFP_TOOLCHAIN");
    publish.output().unwrap()
}

/// The dry run's one component as JSON.
pub(crate) fn plan(folder: &Path, arguments: &[&str]) -> Value {
    let output = publish(folder, &[&["--dry-run", "--json"], arguments].concat());
    let report: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(&output)));
    report["components"][0].clone()
}

/// A workspace as [`workspace`] that compiles, in a second; `before` stands in front of its component.
pub(crate) fn compilable(before: &str) -> tempfile::TempDir {
    let folder = workspace();
    let write = |path: &str, text: &str| fs::write(folder.path().join(path), text).unwrap();
    write(
        "kfp-component/src/lib.rs",
        "#[macro_export]\nmacro_rules! main { ($f:ident) => { fn main() {} } }\n",
    );
    write(
        "components/count/src/main.rs",
        &format!(
            "{before}\n#[cfg(any())]\n#[component]\n\
             fn count(text: Input<Dataset>, lines: Output<i64>) -> Result<()> {{ Ok(()) }}\n\
             kfp_component::main!(count);\n"
        ),
    );
    let manifest = fs::read_to_string(folder.path().join("Cargo.toml")).unwrap();
    write(
        "Cargo.toml",
        &format!("{manifest}[profile.component]\ninherits = \"dev\"\n"),
    );
    folder
}

/// What a layout's blobs lead to: the index, and of it the first manifest.
pub(crate) struct Layout(pub(crate) std::path::PathBuf);

impl Layout {
    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&fs::read(self.0.join(name)).unwrap()).unwrap()
    }

    pub(crate) fn blob(&self, descriptor: &Value) -> Value {
        let digest = descriptor["digest"].as_str().unwrap();
        self.json(&format!("blobs/{}", digest.replace(':', "/")))
    }

    /// The manifest of the image's one platform.
    pub(crate) fn manifest(&self) -> Value {
        let entries = self.json("index.json")["manifests"]
            .as_array()
            .unwrap()
            .clone();
        let named = |entry: &&Value| entry["artifactType"].is_null();
        let index = self.blob(entries.iter().find(named).unwrap());
        self.blob(&index["manifests"][0])
    }

    /// The one SBOM, if there is one.
    pub(crate) fn sbom(&self) -> Option<Value> {
        let entries = self.json("index.json")["manifests"]
            .as_array()
            .unwrap()
            .clone();
        let sbom = entries
            .iter()
            .find(|entry| !entry["artifactType"].is_null())?;
        Some(self.blob(&self.blob(sbom)["layers"][0]))
    }
}

/// The platform whose programs this machine runs.
pub(crate) fn host() -> String {
    kfp_workspace::Platform::host().to_string()
}
