//! Ways to a registry: proxies, certificates of its own, TLS on this machine, IPv6.

use std::ffi::OsString;
use std::fs;

use kfp_http::Network;
use kfp_registry::{Builder, Client, Credentials, Digest, Error};
use kfp_test_registry::{DockerRegistry, FaultServer, Reply, Setup};

use crate::common::{image, publish};
use crate::script::{MANIFEST, anonymous, eager, normal, put};

/// An address that no connection can be made to, which the system says without asking anyone.
const NOWHERE: &str = "255.255.255.255:5804";

fn builder() -> Builder {
    Client::builder().credentials(Credentials::none())
}

fn through(variables: &[(&str, &str)]) -> Client {
    let network = Network::from_vars(|name| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| OsString::from(value))
    });
    let builder = builder()
        .network(network)
        .insecure("reg.test:5804")
        .insecure(NOWHERE);
    eager(builder.max_attempts(1)).0
}

#[test]
fn a_plain_http_registry_is_reached_through_the_proxy_for_http() {
    let proxy = FaultServer::start(normal);
    let client = through(&[("HTTP_PROXY", proxy.host()), ("HTTPS_PROXY", "gone.test:1")]);
    let image = image("reg.test:5804", "acme/app:1");
    assert!(client.head_manifest(&image).unwrap().is_some());
    put(&client, "reg.test:5804", None).unwrap();
    let requests = proxy.requests();
    assert_eq!(requests.len(), 4);
    for request in requests {
        let target = &request.target;
        assert!(
            target.starts_with("http://reg.test:5804/v2/acme/app/"),
            "{target}"
        );
    }
}

#[test]
fn the_proxy_for_the_other_scheme_and_exceptions_are_not_used() {
    let proxy = FaultServer::start(normal);
    for variables in [
        &[("HTTPS_PROXY", proxy.host())][..],
        &[
            ("HTTP_PROXY", proxy.host()),
            ("NO_PROXY", "other, 255.255.255.255"),
        ],
        &[("HTTP_PROXY", proxy.host()), ("NO_PROXY", "255.0.0.0/8")],
        &[
            ("HTTP_PROXY", proxy.host()),
            ("NO_PROXY", "255.255.255.255:5804"),
        ],
    ] {
        let error = through(variables)
            .head_manifest(&image(NOWHERE, "acme/app:1"))
            .unwrap_err();
        assert!(matches!(error, Error::Transport { .. }), "{error}");
    }
    assert!(proxy.requests().is_empty());
}

#[test]
fn a_proxy_that_cannot_be_used_is_named_and_a_loopback_registry_does_without() {
    let variables = [("http_proxy", "ftp://me:s3cret@proxy")];
    let client = through(&variables);
    let error = client
        .head_manifest(&image("reg.test:5804", "acme/app:1"))
        .unwrap_err();
    assert!(matches!(error, Error::Network(_)), "{error:?}");
    let shown = format!("{error} {error:?} {:?}", error.hint());
    assert!(
        shown.contains("http_proxy") && !shown.contains("s3cret"),
        "{shown}"
    );
    let server = FaultServer::start(normal);
    let image = image(server.host(), "acme/app:1");
    assert!(client.head_manifest(&image).unwrap().is_some());
}

#[test]
fn a_registry_on_this_machine_that_speaks_tls_is_found_out() {
    let Some(registry) = DockerRegistry::start(Setup::Tls) else {
        return;
    };
    let trusting = builder().ca_file(registry.ca_file()).build().unwrap();
    let image = image(registry.host(), "acme/app:1.0");
    let digest = publish(&trusting, &image, &["amd64"], 100).unwrap();
    assert_eq!(trusting.head_manifest(&image).unwrap(), Some(digest));

    let (stranger, pauses) = eager(builder());
    let error = stranger.head_manifest(&image).unwrap_err();
    assert!(error.hint().unwrap().contains("--ca-file"), "{error:?}");
    assert!(
        pauses.lock().unwrap().is_empty(),
        "it will not be trusted a second later"
    );
}

#[test]
fn a_registry_on_this_machine_that_breaks_off_is_not_taken_for_tls() {
    let server = crate::script::first(|_| true, [Reply::status(200).cut(5)]);
    let found = anonymous().head_manifest(&image(server.host(), "acme/app:1"));
    assert_eq!(found.unwrap(), Some(Digest::of(MANIFEST)));
}

#[test]
fn a_registry_has_certificates_of_its_own() {
    let Some(registry) = DockerRegistry::start(Setup::Tls) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join(registry.host());
    fs::create_dir(&own).unwrap();
    fs::copy(registry.ca_file(), own.join("ca.crt")).unwrap();
    let folders = vec![folder.path().to_owned()];
    let with_folders = || builder().certificate_folders(folders.clone());
    let client = with_folders().secure(registry.host()).build().unwrap();
    let image = image(registry.host(), "acme/app:1.0");
    publish(&client, &image, &["amd64"], 100).unwrap();

    // Without the key to it, a client certificate is not passed over silently.
    fs::copy(registry.ca_file(), own.join("client.cert")).unwrap();
    let error = with_folders()
        .build()
        .unwrap()
        .head_manifest(&image)
        .unwrap_err();
    assert!(matches!(error, Error::NoKey { .. }), "{error}");
    fs::write(own.join("client.key"), "not a key").unwrap();
    let error = with_folders()
        .build()
        .unwrap()
        .head_manifest(&image)
        .unwrap_err();
    assert!(matches!(error, Error::Network(_)), "{error}");
}

#[test]
fn a_registry_on_ipv6_is_one_like_any_other() {
    let Some(server) = FaultServer::start_on_ipv6(normal) else {
        return kfp_test_support::skip("this machine has no IPv6");
    };
    assert!(server.host().starts_with("[::1]:"));
    let client = anonymous();
    let found = client.head_manifest(&image(server.host(), "acme/app:1"));
    assert_eq!(found.unwrap(), Some(Digest::of(MANIFEST)));
    put(&client, server.host(), None).unwrap();
}
