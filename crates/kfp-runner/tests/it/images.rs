//! Images of a real registry that run without a container engine, and those that cannot.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use flate2::{Compression, write::GzEncoder};
use kfp_pipeline::Pipeline;
use kfp_registry::{
    Body, Client, Descriptor, Digest, Index, MEDIA_TYPE_CONFIG, MEDIA_TYPE_INDEX,
    MEDIA_TYPE_LAYER_GZIP, MEDIA_TYPE_MANIFEST, Manifest, Platform, Reference,
};
use kfp_runner::{
    engine::Options,
    program::{Images, Program, Sources, Unresolved, resolve},
    runs::Runs,
};
use kfp_test_registry::{DockerRegistry, Setup};
use serde_json::json;
use tempfile::TempDir;

use crate::support::{Build, Session};

/// A program without libraries that writes its first argument into the file that is its second.
pub(crate) fn program(directory: &Path) -> Vec<u8> {
    let source = directory.join("program.rs");
    let text = "fn main() { let a: Vec<String> = std::env::args().collect(); std::fs::write(&a[2], &a[1]).unwrap(); }";
    fs::write(&source, text).unwrap();
    let path = directory.join("built");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let status = Command::new(rustc)
        .args(["-C", "target-feature=+crt-static", "-o"])
        .args([&path, &source])
        .status()
        .unwrap();
    assert!(status.success());
    fs::read(path).unwrap()
}

pub(crate) struct Place {
    registry: DockerRegistry,
    pub(crate) directory: TempDir,
}

impl Place {
    pub(crate) fn new() -> Option<Self> {
        Some(Self {
            registry: DockerRegistry::start(Setup::Open)?,
            directory: tempfile::tempdir().unwrap(),
        })
    }

    fn cache(&self) -> PathBuf {
        self.directory.path().join("images")
    }

    /// Publishes an image of these files for this machine, and gives its reference by digest.
    pub(crate) fn publish(
        &self,
        name: &str,
        files: &[(&str, &[u8])],
        architecture: &str,
    ) -> String {
        let client = Client::builder().build().unwrap();
        let image: Reference = format!("{}/acme/{name}:1", self.registry.host())
            .parse()
            .unwrap();
        let mut archive = tar::Builder::new(Vec::new());
        for (path, content) in files {
            let mut header = tar::Header::new_ustar();
            header.set_size(content.len() as u64);
            header.set_mode(0o755);
            header.set_cksum();
            archive.append_data(&mut header, path, *content).unwrap();
        }
        let archive = archive.into_inner().unwrap();
        let config = json!({
            "architecture": architecture,
            "os": "linux",
            "config": {"User": "65532:65532"},
            "rootfs": {"type": "layers", "diff_ids": [Digest::of(&archive).to_string()]},
        });
        let config = config.to_string().into_bytes();
        let mut layer = GzEncoder::new(Vec::new(), Compression::fast());
        layer.write_all(&archive).unwrap();
        let layer = layer.finish().unwrap();
        let put = |bytes: &[u8]| {
            let digest = Digest::of(bytes);
            client
                .put_blob(&image, &digest, Body::Bytes(bytes), None, &|_| {})
                .unwrap();
        };
        put(&layer);
        put(&config);
        let manifest = Manifest::new(
            Descriptor::of(MEDIA_TYPE_CONFIG, &config),
            vec![Descriptor::of(MEDIA_TYPE_LAYER_GZIP, &layer)],
        );
        let bytes = manifest.to_bytes();
        let by_digest = image.with_digest(Digest::of(&bytes));
        client
            .put_manifest(&by_digest, MEDIA_TYPE_MANIFEST, &bytes)
            .unwrap();
        let index = Index::new(vec![Descriptor {
            platform: Some(Platform {
                architecture: architecture.to_owned(),
                os: "linux".to_owned(),
                variant: None,
            }),
            ..Descriptor::of(MEDIA_TYPE_MANIFEST, &bytes)
        }]);
        let digest = client
            .put_manifest(&image, MEDIA_TYPE_INDEX, &index.to_bytes())
            .unwrap();
        image.with_digest(digest).to_string()
    }

    fn sources(&self, is_offline: bool) -> Sources {
        let client = || Client::builder().build().map_err(|error| error.to_string());
        Sources {
            images: Some(Images::new(client, self.cache())),
            is_offline,
            ..Sources::default()
        }
    }

    /// Why nothing runs an image.
    fn refusal(&self, image: &str, is_offline: bool) -> String {
        let spec = Pipeline::read(&text(image)).unwrap().spec;
        let refused: Vec<Unresolved> = resolve(&spec, &self.sources(is_offline)).unwrap_err();
        refused[0].reason.clone()
    }
}

pub(crate) fn architecture() -> &'static str {
    if cfg!(target_arch = "aarch64") {
        "arm64"
    } else {
        "amd64"
    }
}

pub(crate) fn text(image: &str) -> String {
    let definition = json!({"parameters": {"out": {"parameterType": "STRING"}}});
    let out = "{{$.outputs.parameters['out'].output_file}}";
    let source =
        json!({"valueFromParameter": {"producerSubtask": "say", "outputParameterKey": "out"}});
    Build::new()
        .executor(
            "exec-say",
            json!({"container": {"image": image, "command": ["/say"], "args": ["hello", out]}}),
        )
        .component(
            "comp-say",
            json!({"executorLabel": "exec-say", "outputDefinitions": definition}),
        )
        .task("say", "say", json!({}))
        .root("outputDefinitions", definition.clone())
        .root("outputs", json!({"parameters": {"out": source}}))
        .text()
}

#[test]
fn a_published_program_runs_by_its_digest_and_then_without_the_registry() {
    let Some(place) = Place::new() else { return };
    let program = program(place.directory.path());
    let files = [("etc/passwd", &b"root"[..]), ("say", &program)];
    let image = place.publish("say", &files, architecture());
    assert!(place.refusal(&image, true).contains("this run is offline"));
    for is_offline in [false, true] {
        let mut session = Session::new(&text(&image), json!({}));
        session.sources = place.sources(is_offline);
        let runs = Runs::new(place.directory.path().join("runs"));
        let ran = session.run(&runs, Options::default(), None, |_, _| {});
        assert_eq!(ran.output("out"), "hello");
    }
    let requests = place.registry.requests().len();
    let spec = Pipeline::read(&text(&image)).unwrap().spec;
    let found = resolve(&spec, &place.sources(false)).unwrap();
    assert_eq!(place.registry.requests().len(), requests);
    let Program::Native(path) = &found["exec-say"].program else {
        panic!("{found:?}");
    };
    assert_eq!(fs::read(path).unwrap(), program);
}

#[test]
fn an_image_that_is_more_than_a_static_program_is_refused_with_the_reason() {
    let Some(place) = Place::new() else { return };
    let shell = fs::read("/bin/sh").unwrap();
    let elf = program(place.directory.path());
    for (files, architecture, wanted) in [
        (
            &[("say", &elf[..]), ("app/data", b"x")][..],
            architecture(),
            "it holds `/app/data` beside its program",
        ),
        (&[("say", &shell[..])], architecture(), "dynamically linked"),
        (
            &[("say", b"#!/bin/sh\n")],
            architecture(),
            "not a 64-bit ELF program",
        ),
        (
            &[("etc/x", b"")],
            architecture(),
            "there is no file `/say` in it",
        ),
        (
            &[("say", &elf[..])],
            "s390x",
            "it is for linux/s390x, not for linux/",
        ),
    ] {
        let image = place.publish("refused", files, architecture);
        let reason = place.refusal(&image, false);
        assert!(reason.contains(wanted), "{wanted}: {reason}");
    }
    assert!(!place.cache().exists(), "something was kept");
    let missing = format!("{}/acme/none@{}", place.registry.host(), Digest::of(b""));
    assert!(place.refusal(&missing, false).contains("does not exist"));
}
