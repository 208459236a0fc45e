//! Against a real registry that speaks https, or should.

use kfp_registry::{Body, Client, Credentials, Digest, Error};
use kfp_test_registry::{DockerRegistry, Setup};

use crate::common::{image, publish};
use crate::script::eager;

#[test]
fn a_company_ca_is_trusted_where_it_is_named_and_only_there() {
    let Some(registry) = DockerRegistry::start(Setup::Tls) else {
        return;
    };
    let image = image(registry.host(), "acme/app:1.0");
    let builder = || {
        Client::builder()
            .credentials(Credentials::none())
            .secure(registry.host())
            .max_attempts(1)
    };
    let trusting = builder().ca_file(registry.ca_file()).build().unwrap();
    publish(&trusting, &image, &["amd64"], 100).unwrap();
    let error = builder()
        .build()
        .unwrap()
        .head_manifest(&image)
        .unwrap_err();
    assert!(matches!(error, Error::Transport { .. }), "{error}");
    assert!(
        error.hint().unwrap().contains("--ca-file"),
        "{:?}",
        error.hint()
    );
}

#[test]
fn a_registry_that_speaks_http_where_https_is_due_is_explained() {
    let Some(registry) = DockerRegistry::start(Setup::Open) else {
        return;
    };
    let (client, pauses) = eager(
        Client::builder()
            .credentials(Credentials::none())
            .secure(registry.host()),
    );
    let error = client
        .head_manifest(&image(registry.host(), "acme/app:1"))
        .unwrap_err();
    let hint = error.hint().unwrap();
    assert!(
        hint.contains(&format!("--insecure-registry {}", registry.host())),
        "{hint}"
    );
    assert!(
        pauses.lock().unwrap().is_empty(),
        "it will not speak https a second later"
    );
}

#[test]
fn an_upload_is_not_led_from_https_to_http() {
    let Some(registry) = DockerRegistry::start(Setup::TlsThenHttp) else {
        return;
    };
    let client = Client::builder()
        .credentials(Credentials::none())
        .secure(registry.host());
    let client = client
        .ca_file(registry.ca_file())
        .max_attempts(1)
        .build()
        .unwrap();
    let image = image(registry.host(), "acme/app:1.0");
    let error = client
        .put_blob(&image, &Digest::of(b"x"), Body::Bytes(b"x"), None, &|_| ())
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::UnsafeTarget {
                reason: "it leaves https",
                ..
            }
        ),
        "{error}"
    );
}
