//! Registries that are down, busy, slow or cut off.

use std::net::TcpListener;
use std::time::{Duration, SystemTime};

use kfp_registry::{Client, Credentials, Error};
use kfp_test_registry::Reply;

use crate::common::image;
use crate::script::{MANIFEST, always, anonymous, eager, first, is, manifest};

#[test]
fn a_registry_that_is_down_is_tried_and_then_named() {
    let unused = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let (client, pauses) = eager(Client::builder().credentials(Credentials::none()));
    let error = client
        .head_manifest(&image(&unused.to_string(), "acme/app:1"))
        .unwrap_err();
    assert_eq!(error.to_string(), format!("cannot reach {unused}"));
    assert!(error.hint().unwrap().contains("is up"));
    let pauses = pauses.lock().unwrap();
    assert_eq!(pauses.len(), 4, "five tries");
    for (pause, full) in pauses.iter().zip([250, 500, 1000, 2000]) {
        let full = Duration::from_millis(full);
        assert!((full / 2..=full).contains(pause), "{pause:?} of {full:?}");
    }
}

#[test]
fn a_registry_that_does_not_answer_is_given_up() {
    let server = always(|_| true, Reply::status(200).silent());
    let builder = Client::builder().credentials(Credentials::none());
    let (client, pauses) = eager(builder.timeout(Duration::from_millis(50)).max_attempts(2));
    let error = client
        .head_manifest(&image(server.host(), "acme/app:1"))
        .unwrap_err();
    assert!(matches!(error, Error::Transport { .. }), "{error}");
    assert_eq!(pauses.lock().unwrap().len(), 1, "two tries");
}

#[test]
fn the_pause_a_registry_asks_for_is_made() {
    let soon = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(30));
    let busy = |after: &str| Reply::status(429).header("retry-after", after);
    let server = first(is("HEAD"), [busy("7"), busy(&soon)]);
    let (client, pauses) = eager(Client::builder().credentials(Credentials::none()));
    assert!(
        client
            .head_manifest(&image(server.host(), "acme/app:1"))
            .unwrap()
            .is_some()
    );
    let pauses = pauses.lock().unwrap();
    assert_eq!(pauses[0], Duration::from_secs(7));
    assert!((20..=30).contains(&pauses[1].as_secs()), "{pauses:?}");
}

#[test]
fn a_pause_of_an_hour_is_left_to_the_user() {
    let server = always(is("HEAD"), Reply::status(429).header("retry-after", "3600"));
    let error = anonymous()
        .head_manifest(&image(server.host(), "acme/app:1"))
        .unwrap_err();
    assert_eq!(error.hint().as_deref(), Some("try again in 3600 seconds"));
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_cut_answer_is_fetched_again_wherever_it_is_cut() {
    let whole = manifest(MANIFEST);
    for cut in (0..whole.size()).step_by(whole.size() / 24) {
        let server = first(is("GET"), [whole.clone().cut(cut)]);
        let found = anonymous().manifest(&image(server.host(), "acme/app:1"));
        assert_eq!(
            found.unwrap().unwrap().bytes,
            MANIFEST,
            "cut at {cut} of {}",
            whole.size()
        );
        assert_eq!(server.requests().len(), 2, "cut at {cut}");
    }
}
