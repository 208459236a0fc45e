//! Reading about a component: the same from a server and from `file://`, and what is to be said against a version.

use std::fs;

use kfp_catalog::Settings;
use serde_json::{Value, json};

use super::samples;
use kfp_test_support::browser::Browser;

use crate::serve::serve;

#[test]
fn withdrawn_versions_are_marked_and_out_of_the_way() {
    let Some(browser) = Browser::start(1280, 900) else {
        return;
    };
    let (folder, catalog) = samples();
    let path = folder.path().join("components/predict/index.json");
    let mut index: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    index["versions"][0]["yanked"] = json!(true);
    index["versions"][0]["advisory"] = json!("wrong on empty input");
    fs::write(&path, index.to_string()).unwrap();
    catalog.build(&Settings::default()).unwrap();
    let (_server, url) = serve(catalog.root());
    browser.open(&url);
    browser.wait("document.querySelectorAll('.card').length === 9");
    browser.open(&format!("{url}#/c/predict"));
    browser.wait(
        "document.querySelector('.notice.bad')?.textContent.includes('wrong on empty input')",
    );
}

#[test]
fn a_verification_of_long_ago_is_said_in_the_list_and_beside_the_component() {
    let Some(browser) = Browser::start(1280, 900) else {
        return;
    };
    let (folder, catalog) = samples();
    for (name, verified) in [
        ("predict", "2020-01-01T00:00:00Z"),
        ("evaluate", "2999-01-01T00:00:00Z"),
    ] {
        let path = folder.path().join(format!("components/{name}/index.json"));
        let mut index: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        index["versions"][0]["last_verified"] = json!(verified);
        fs::write(&path, index.to_string()).unwrap();
    }
    catalog.build(&Settings::default()).unwrap();
    let (_server, url) = serve(catalog.root());
    browser.open(&url);
    browser.wait("document.querySelectorAll('.card').length === 10");
    let said = |name: &str| {
        browser
            .texts(&format!(".card[href='#/c/{name}'] .warn"))
            .concat()
    };
    assert_eq!(said("predict"), "stale: not verified since 2020-01-01");
    assert_eq!(said("evaluate"), "");
    browser.open(&format!("{url}#/c/predict"));
    browser.wait("document.querySelector('.detail .warn')?.textContent.startsWith('stale')");
}
