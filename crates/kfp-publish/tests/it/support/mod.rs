//! What the tests share: a real static program, images of it, and other people's tools where they are installed.

pub(crate) mod docker;
pub(crate) mod workspace;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use kfp_catalog::{Catalog, NewRelease};
use kfp_component_yaml::label;
use kfp_publish::image::{Cache, ImageMetadata, Packed, Program};
use kfp_publish::pin::push_and_pin;
use kfp_publish::push::{Listener, PushTarget, Pushed};
use kfp_publish::unavailable_platforms;
use kfp_registry::Client;
use kfp_test_support::skip;
use kfp_workspace::Platform;

/// The toolchain that has both platforms: the one named, the one `.ci/setup` links, or the usual one.
pub(crate) fn toolchain() -> Option<String> {
    let named = std::env::var("KFP_TOOLCHAIN").ok().into_iter();
    let candidates = named.chain(["debian".to_owned()]).map(Some).chain([None]);
    let has_both = |name: &Option<String>| {
        unavailable_platforms(name.as_deref()).is_ok_and(|missing| missing.is_empty())
    };
    let found = candidates.into_iter().find(has_both);
    if found.is_none() {
        skip("no toolchain here builds for both platforms (.ci/setup)");
    }
    found.map(Option::unwrap_or_default)
}

/// Runs a command that must succeed and gives its stdout.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// Both outputs of a command.
pub(crate) fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// A static program for the host that prints its arguments and that it can write to `/tmp`.
pub(crate) fn hello() -> &'static [u8] {
    static HELLO: OnceLock<Vec<u8>> = OnceLock::new();
    HELLO.get_or_init(|| {
        if let Some(made) = std::env::var_os("HELLO_PROGRAM") {
            return std::fs::read(made).unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("hello.c");
        std::fs::write(
            &source,
            r#"#include <stdio.h>
               int main(int n, char **a) {
                   FILE *f = fopen("/tmp/x", "w");
                   printf("hello");
                   for (int i = 1; i < n; i++) printf(" %s", a[i]);
                   puts(f ? ", /tmp is writable" : ", /tmp is not writable");
                   return 0;
               }"#,
        )
        .unwrap();
        let program = folder.path().join("hello");
        run(Command::new("cc")
            .args(["-static", "-Os", "-s", "-o"])
            .arg(&program)
            .arg(&source));
        std::fs::read(program).unwrap()
    })
}

/// The program for `platform`; for a foreign one the host's with another machine in its header, which nobody runs.
pub(crate) fn program(platform: Platform, text: &str) -> Program {
    let mut bytes = hello().to_vec();
    bytes[18] = if platform == Platform::LinuxArm64 {
        183
    } else {
        62
    };
    bytes.extend(text.as_bytes());
    Program {
        platform,
        bytes,
        builder: "cc".into(),
    }
}

/// What the images say about themselves.
pub(crate) fn metadata(name: &str) -> ImageMetadata {
    ImageMetadata {
        name: name.into(),
        version: "1.0.0".into(),
        created: "2026-11-23T10:00:00Z".into(),
        annotations: BTreeMap::from([
            ("org.opencontainers.image.version".into(), "1.0.0".into()),
            ("org.opencontainers.image.revision".into(), "295b67b".into()),
        ]),
        interface: Some(format!(
            "name: {name}\nimplementation:\n  container:\n    image: this-image\n    command: [/{name}]\n"
        )),
    }
}

/// Images for both platforms; `text` makes the programs differ.
pub(crate) fn packed(name: &str, text: &str) -> Packed {
    let programs = Platform::ALL.map(|platform| program(platform, text));
    Packed::new(&metadata(name), &programs, &Cache::none()).unwrap()
}

/// `path` as text.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A path below `folder`.
pub(crate) fn below(folder: &tempfile::TempDir, name: &str) -> PathBuf {
    folder.path().join(name)
}

/// A listener nobody hears.
pub(crate) struct Silence;

impl Listener for Silence {
    fn sent(&self, _platform: Platform, _sent: u64, _size: u64) {}
    fn done(&self, _platform: Platform, _uploaded: u64) {}
    fn sbom_refused(&self, platform: Platform, error: &kfp_publish::Error) {
        panic!("the SBOM for {platform} was refused: {}", error.report());
    }
}

/// Where `name` goes at `host`: below `acme`, under its version.
pub(crate) fn target(name: &str, host: &str) -> PushTarget {
    PushTarget {
        repository: format!("{host}/acme/{name}").parse().unwrap(),
        version: "1.0.0".to_owned(),
        tags: vec!["1.0.0".to_owned()],
        jobs: 4,
    }
}

/// A stand-in for a platform's SBOM.
#[expect(clippy::unnecessary_wraps, reason = "the shape publishing asks for")]
pub(crate) fn sbom(platform: Platform) -> kfp_publish::Result<Option<Vec<u8>>> {
    let text = format!(r#"{{"bomFormat":"CycloneDX","platform":"{platform}"}}"#);
    Ok(Some(text.into_bytes()))
}

/// Publishes `packed` to `to` and pins it in the catalog.
pub(crate) fn publish_to(
    to: &PushTarget,
    packed: &Packed,
    client: &Client,
    catalog: &Path,
    listener: &dyn Listener,
) -> kfp_publish::Result<Pushed> {
    let catalog = Catalog::at(catalog);
    let pinned = to.repository.with_digest(packed.digest()).to_string();
    let interface = metadata(&packed.name).interface.unwrap();
    let pending = catalog.begin(NewRelease::new(
        packed.name.parse().unwrap(),
        packed.version.parse().unwrap(),
        label::pinned(&interface, &pinned).unwrap(),
        "2026-11-23T10:00:00Z".to_owned(),
    ))?;
    push_and_pin(client, packed, to, pending, &sbom, listener)
}

/// Publishes images named `name` to `host`, `text` making their programs differ.
pub(crate) fn publish(
    name: &str,
    text: &str,
    client: &Client,
    host: &str,
    catalog: &Path,
) -> kfp_publish::Result<Pushed> {
    publish_to(
        &target(name, host),
        &packed(name, text),
        client,
        catalog,
        &Silence,
    )
}
