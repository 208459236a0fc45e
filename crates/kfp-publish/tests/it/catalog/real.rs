//! The catalog of this repository's own components, as the command publishes them to a real registry.
//!
//! Real but for the programs: compiling them takes minutes, so cargo's builds give small stand-ins. Where the pictures of the
//! documentation are drawn anew they are compiled too, and every size is true.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use kfp_catalog::{Catalog, Settings};
use kfp_test_registry::{DockerRegistry, Setup};
use kfp_workspace::Platform;

use crate::support::{program, said, toolchain};

/// Whether the pictures of the documentation are drawn anew.
pub(super) fn draws() -> bool {
    std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite")
}

/// The catalog, made once; nothing, loudly, where the tools for it are missing.
pub(super) fn real() -> Option<Catalog> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    FOLDER.get_or_init(publish).clone().map(Catalog::at)
}

fn publish() -> Option<PathBuf> {
    let toolchain = toolchain()?;
    let registry = DockerRegistry::start(Setup::Open)?;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("real");
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    let catalog = folder.join("catalog");
    let mut publish = Command::new(env!("CARGO_BIN_EXE_kfp-publish"));
    publish
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))
        .args(["--allow-dirty", "--quiet", "--catalog"])
        .arg(&catalog)
        .args(["--registry", &format!("{}/acme", registry.host())]);
    if !toolchain.is_empty() {
        publish.args(["--toolchain", &toolchain]);
    }
    if !draws() {
        // Elsewhere than the real programs, which the next real build would take these for.
        publish
            .env("CARGO", stand_in(&folder))
            .env("CARGO_TARGET_DIR", folder.join("target"));
    }
    let output = publish.output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let title = Some("Acme components".to_owned());
    let settings = Settings { title, url: None };
    Catalog::at(&catalog).build(&settings).unwrap();
    Some(catalog)
}

/// A cargo that does everything but build.
fn stand_in(folder: &Path) -> PathBuf {
    for platform in Platform::ALL {
        for libc in ["musl", "gnu"] {
            let target = folder.join(format!("{}-unknown-linux-{libc}", platform.cpu()));
            fs::create_dir_all(folder).unwrap();
            fs::write(target, program(platform, "").bytes).unwrap();
        }
    }
    let script = format!(
        "#!/bin/sh\nset -eu\ncase \"$1\" in *build) ;; *) exec '{cargo}' \"$@\" ;; esac\n\
         while test $# -gt 0; do\n  case \"$1\" in --target) target=$2 ;; --target-dir) to=$2 ;; --bin) name=$2 ;; esac\n  shift\ndone\n\
         mkdir -p \"$to/$target/component\"\ncp '{folder}'/\"$target\" \"$to/$target/component/$name\"\n",
        cargo = env!("CARGO"),
        folder = folder.display(),
    );
    let path = folder.join("cargo");
    fs::write(&path, script).unwrap();
    #[cfg(unix)]
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    path
}
