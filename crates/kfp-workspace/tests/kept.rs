//! What cargo said is kept, and never longer than it holds.
#![cfg(unix)]

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use kfp_workspace::Workspace;
use tempfile::TempDir;

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.write(
            "ws/Cargo.toml",
            "[workspace]\nresolver = \"3\"\nmembers = [\"components/*\"]\n[workspace.metadata.kfp-comp]\nregistry = \"a.example\"\n",
        );
        place.component("first", "0.1.0");
        place
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn component(&self, name: &str, version: &str) {
        let folder = format!("ws/components/{name}");
        self.write(&format!("{folder}/src/main.rs"), "kfp_component::main!(f);");
        self.write(
            &format!("{folder}/Cargo.toml"),
            &format!(
                "[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2024\"\n\
                 [dependencies]\nkfp-component = \"0.1\"\n"
            ),
        );
    }

    fn root(&self) -> PathBuf {
        self.0.path().join("ws").canonicalize().unwrap()
    }

    fn cache(&self) -> PathBuf {
        self.0.path().join("cache")
    }

    fn find(&self, directory: &Path) -> Workspace {
        Workspace::find_kept(directory, &self.cache())
            .unwrap()
            .unwrap()
    }

    /// Names, versions and registry of the components.
    fn seen(&self) -> Vec<String> {
        let workspace = self.find(&self.root());
        let components = workspace.components.iter();
        components
            .map(|one| {
                let image = workspace.settings.image(&one.name, &one.version);
                format!("{} {image}", one.dir.display())
            })
            .collect()
    }

    /// Asks until the answer is kept: files that are a moment old are not relied on.
    fn settle(&self) -> PathBuf {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(60) {
            self.seen();
            if let Some(file) = fs::read_dir(self.cache())
                .ok()
                .and_then(|mut all| all.next())
            {
                return file.unwrap().path();
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("nothing is kept");
    }
}

#[test]
fn what_is_kept_is_used_instead_of_asking_cargo() {
    let place = Place::new();
    let file = place.settle();
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("a.example", "kept.example")).unwrap();
    assert_eq!(place.seen(), ["components/first kept.example/first:0.1.0"]);
    fs::write(&file, "damaged").unwrap();
    assert_eq!(place.seen(), ["components/first a.example/first:0.1.0"]);
}

#[test]
fn every_change_that_cargo_would_see_is_seen() {
    let place = Place::new();
    place.settle();
    place.component("first", "0.2.0");
    assert_eq!(place.seen(), ["components/first a.example/first:0.2.0"]);
    place.settle();
    place.component("second", "1.0.0");
    assert_eq!(place.seen().len(), 2);
    place.settle();
    let manifest = place.root().join("Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace("a.example", "b.example")).unwrap();
    assert_eq!(place.seen()[0], "components/first b.example/first:0.2.0");
    place.settle();
    place.write(
        "ws/.cargo/config.toml",
        "[build]\ntarget-dir = \"elsewhere\"\n",
    );
    assert!(place.find(&place.root()).target.ends_with("elsewhere"));
    place.settle();
    fs::remove_file(place.root().join("components/second/src/main.rs")).unwrap();
    place.write("ws/components/second/src/lib.rs", "");
    assert_eq!(place.seen().len(), 1);
    // A workspace that begins further down.
    place.settle();
    place.write(
        "ws/components/first/Cargo.toml",
        "[package]\nname = \"first\"\nversion = \"3.0.0\"\n[workspace]\n",
    );
    assert_eq!(
        place.find(&place.root().join("components/first")).root,
        place.root().join("components/first")
    );
}

#[test]
fn the_first_member_below_a_pattern_is_seen() {
    let place = Place::new();
    place.write(
        "ws/Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"components/*\", \"tools/*\"]\n[workspace.metadata.kfp-comp]\nregistry = \"a.example\"\n",
    );
    // Cargo refuses a pattern that stands for nothing, and passes over files.
    place.write("ws/tools/README.md", "");
    place.settle();
    place.write("ws/tools/one/src/main.rs", "kfp_component::main!(f);");
    place.write(
        "ws/tools/one/Cargo.toml",
        "[package]\nname = \"one\"\nversion = \"1.0.0\"\nedition = \"2024\"\n[dependencies]\nkfp-component = \"0.1\"\n",
    );
    assert_eq!(place.seen().len(), 2);
}

#[test]
fn where_there_is_no_manifest_there_is_no_workspace() {
    let directory = tempfile::tempdir().unwrap();
    let found = Workspace::find_kept(directory.path(), &directory.path().join("cache")).unwrap();
    assert!(found.is_none());
}
