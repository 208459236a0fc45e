//! Catalogs and registries whose certificate a company's own CA has signed.

use kfp_registry::Digest;
use kfp_test_registry::{DockerRegistry, Setup};

use super::{refused, run};
use crate::support::Place;

#[test]
fn every_command_trusts_the_ca_that_it_is_given() {
    let Some(server) = DockerRegistry::start(Setup::Tls) else {
        return;
    };
    let place = Place::new();
    let ca = server.ca_file().display().to_string();
    // It has no catalog, which only those learn who trust it.
    let url = format!("https://{}/c", server.host());
    let search = ["search", "x", "--catalog", &url];
    refused(
        &place,
        &search,
        &[
            "the server's certificate is not trusted",
            "hint: name the CA that signed it: --ca-file FILE, or SSL_CERT_FILE",
        ],
    );
    let trusting = [&search[..], &["--ca-file", &ca]].concat();
    refused(&place, &trusting, &["index.json not found"]);
    let by_environment = place
        .kfp_comp(&search)
        .env("SSL_CERT_FILE", &ca)
        .output()
        .unwrap();
    let err = String::from_utf8(by_environment.stderr).unwrap();
    assert!(err.contains("index.json not found"), "{err}");

    let image = format!("{}/acme/app@{}", server.host(), Digest::of(b"nothing"));
    refused(
        &place,
        &["add", &image],
        &["hint: name the CA", "--ca-file FILE"],
    );
    for flags in [
        &["--ca-file", &ca][..],
        &["--ca-file", &ca, "--secure-registry", server.host()],
    ] {
        let arguments = [&["add", image.as_str()][..], flags].concat();
        refused(&place, &arguments, &["does not exist"]);
    }
}

#[test]
fn a_ca_file_that_cannot_be_used_is_named() {
    let place = Place::new();
    place.write("empty.pem", "");
    for (file, problem) in [
        ("missing.pem", "cannot read missing.pem"),
        ("../empty.pem", "empty.pem holds no certificate"),
    ] {
        let arguments = [
            "--ca-file",
            file,
            "search",
            "x",
            "--catalog",
            "https://127.0.0.1:1/c",
        ];
        let (code, _, err) = run(&place, &arguments);
        assert!(code == 1 && err.contains(problem), "{err}");
    }
}
