//! Directories to work in, and the program run in them.

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use snapbox::{
    Assert,
    cmd::{Command, cargo_bin},
};
use tempfile::TempDir;

/// A directory that vanishes, with a stand-in for the SDK beside the work.
pub(crate) struct Place(TempDir);

/// A workspace as its owner laid it out: comments, two kinds of members, shared settings.
pub(crate) const WORKSPACE: &str = r#"# Acme's components
[workspace]
resolver = "3"
members = [
    "components/a-first", # the oldest
    "tools/*",
]

[workspace.package]
edition = "2024"
license = "Apache-2.0"
authors = ["Acme <data@acme.example>"]
repository = "https://acme.example/components"

[workspace.dependencies]
kfp-component = { path = "../sdk/crates/kfp-component" } # a checkout

[workspace.lints.clippy]
pedantic = "warn"

[workspace.metadata.kfp-comp]
registry = "ghcr.io/acme"
annotations = { team = "data" }
"#;

impl Place {
    /// An empty directory beside a stand-in for the SDK, which is enough where nothing is compiled.
    pub(crate) fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.write(
            "sdk/crates/kfp-component/Cargo.toml",
            "[package]\nname = \"kfp-component\"\n",
        );
        place.write("sdk/crates/kfp-component/src/lib.rs", "");
        fs::create_dir(place.path()).unwrap();
        place
    }

    /// A workspace with the components `a-first`, written by hand.
    pub(crate) fn workspace() -> Self {
        let place = Self::new();
        place.write("work/Cargo.toml", WORKSPACE);
        place.component("a-first", "/// Says hello.\n#[component]\nfn a_first(\n    /// To whom.\n    name: String,\n) -> Result<()> {\n    Ok(())\n}\n");
        place.write("work/tools/tool/Cargo.toml", "[package]\nname = \"tool\"\n");
        place.write("work/tools/tool/src/lib.rs", "");
        place
    }

    /// Adds a component's crate with this function.
    pub(crate) fn component(&self, name: &str, function: &str) {
        let directory = format!("work/components/{name}");
        self.write(
            &format!("{directory}/Cargo.toml"),
            &format!("[package]\nname = \"{name}\"\nversion = \"1.2.0\"\n\n[dependencies]\nkfp-component.workspace = true\n"),
        );
        self.write(
            &format!("{directory}/src/main.rs"),
            &format!("{function}\nkfp_component::main!(it);\n"),
        );
    }

    /// Where the program runs.
    pub(crate) fn path(&self) -> PathBuf {
        self.0.path().join("work")
    }

    /// The program, in the working directory.
    pub(crate) fn kfp_comp(&self, arguments: &[&str]) -> Command {
        kfp_comp(&self.path(), arguments)
    }

    /// Writes a file; the path starts beside the working directory.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Reads a file of the working directory.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap()
    }

    /// Compares every file of the working directory with a golden text.
    pub(crate) fn assert_tree(&self, golden: snapbox::Data) {
        // Backslashes end the lines of a Dockerfile; none is a path's.
        Assert::new()
            .action_env("SNAPSHOTS")
            .normalize_paths(false)
            .eq(self.tree(), golden);
    }

    /// Every file of the working directory with its text, in one text.
    pub(crate) fn tree(&self) -> String {
        let mut files = Vec::new();
        collect(&self.path(), &mut files);
        files.sort();
        let mut text = String::new();
        for file in files {
            let name = file
                .strip_prefix(self.path())
                .unwrap()
                .display()
                .to_string()
                .replace('\\', "/");
            let _ = write!(text, "=== {name}\n{}", fs::read_to_string(&file).unwrap());
        }
        text
    }
}

/// The program in a directory, without what this machine's user has set.
pub(crate) fn kfp_comp(directory: &Path, arguments: &[&str]) -> Command {
    Command::new(cargo_bin!("kfp-comp"))
        .current_dir(directory)
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("KFP_COMP_COMMAND")
        .env("NETRC", "there-is-none")
        .env("NO_COLOR", "1")
        .args(arguments)
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        // A directory that was made counts, even if nothing is in it.
        if path.is_dir() && fs::read_dir(&path).unwrap().next().is_some() {
            collect(&path, files);
        } else if !path.is_dir() {
            files.push(path);
        } else {
            panic!("an empty directory was left behind: {}", path.display());
        }
    }
}
