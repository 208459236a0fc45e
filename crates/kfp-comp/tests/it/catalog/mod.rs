//! The verbs that read catalogs, and what they say of bad ones.

mod add;
mod change;
mod find;
mod hostile;
mod image;
mod login;
mod mirror;
mod newer;
mod python;
mod trust;
mod verify;

use std::{fs, path::Path};

use kfp_catalog::{Catalog, NewRelease, testing};
use kfp_test_registry::{FaultServer, Reply};

use crate::support::Place;

/// A catalog of these releases in a directory.
fn build(root: &Path, releases: &[NewRelease]) {
    Catalog::at(root).add(releases).unwrap();
}

/// A place with the sample catalog beside the working directory, as `../catalog`.
fn samples() -> Place {
    let place = Place::new();
    build(&place.path().join("../catalog"), &testing::samples());
    place
}

/// Serves a folder below `/c/`.
fn serve(root: &Path) -> (FaultServer, String) {
    let root = root.to_owned();
    let server = FaultServer::start(move |request| {
        let path = request.target.strip_prefix("/c/").unwrap_or_default();
        match fs::read(root.join(path)) {
            Ok(bytes) => Reply::status(200).body(bytes),
            Err(_) => Reply::status(404),
        }
    });
    let url = format!("http://{}/c", server.host());
    (server, url)
}

/// Runs the program; exit code, stdout, stderr.
fn run(place: &Place, arguments: &[&str]) -> (i32, String, String) {
    let output = place
        .kfp_comp(arguments)
        .env("XDG_CONFIG_HOME", place.path().join("../config"))
        .env("NETRC", place.path().join("../netrc"))
        .output()
        .unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// Runs something that must fail, leave the folder as it was, and say all of these.
fn refused(place: &Place, arguments: &[&str], says: &[&str]) {
    let before = place.tree();
    let (code, out, err) = run(place, arguments);
    assert!(code == 1 || code == 2, "{code}: {err}");
    assert_eq!(out, "");
    assert!(err.starts_with("error: "), "{err}");
    for part in says {
        assert!(err.contains(part), "{part} is not in {err}");
    }
    assert_eq!(place.tree(), before, "something was written");
}
