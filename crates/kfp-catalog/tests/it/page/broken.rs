//! Catalogs that are broken or mean ill: text stays text, and what is wrong is a message.

use std::fs;

use kfp_catalog::Catalog;
use kfp_catalog::testing;
use serde_json::{Value, json};

use super::{assert_quiet, page_into, samples};
use kfp_test_support::browser::Browser;

use crate::serve::serve;

#[test]
fn text_of_a_catalog_is_never_run() {
    let Some(browser) = Browser::start(1280, 900) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::at(folder.path());
    let function = "/// Harmless.\nfn evil(/// Text.\ntext: Input<Dataset>, #[arg(default = 1)] n: i64, out: Output<Model>) -> Result<()> {}";
    let mut draft = testing::release("evil", "1.0.0", function);
    draft.readme = Some(format!(
        "# {EVIL}\n\n[click](javascript:window.pwned=1) ![x](https://example.org/x.png) {EVIL}\n"
    ));
    catalog.add(&[draft]).unwrap();
    // Every text of both files that nothing is looked up by.
    for (file, function) in [
        ("index", "kfpCatalog"),
        ("components/evil/index", "kfpComponent"),
    ] {
        let path = folder.path().join(format!("{file}.js"));
        let script = fs::read_to_string(&path).unwrap();
        let json = script.trim_end().trim_start_matches(function);
        let mut data: Value = serde_json::from_str(json.trim_matches(['(', ')', ';'])).unwrap();
        spoil(&mut data);
        fs::write(&path, format!("{function}({data});")).unwrap();
    }
    let (_server, url) = serve(catalog.root());
    for page in ["", "#/c/evil", "#/c/<img src=x onerror=window.pwned=1>"] {
        browser.open("about:blank");
        browser.open(&format!("{url}{page}"));
        browser.wait("document.querySelector('.card, .detail, .notice.bad')");
        assert_eq!(browser.value("typeof window.pwned"), json!("undefined"));
        let live = "document.querySelectorAll('img, main script, a[href^=\"javascript\"]').length";
        assert_eq!(browser.value(live), json!(0));
    }
    assert_quiet(&browser, &url);
}

const EVIL: &str = "<img src=x onerror='window.pwned=1'><script>window.pwned=1</script>";

/// Puts script where a text is, and a script's address where an address is.
fn spoil(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(spoil),
        Value::Object(fields) => {
            for (key, value) in fields.iter_mut() {
                let is_key = [
                    "name",
                    "schema",
                    "version",
                    "component",
                    "url",
                    "repository",
                    "digest",
                ]
                .contains(&key.as_str());
                match key.as_str() {
                    "homepage" | "git" => *value = json!("javascript:window.pwned=1"),
                    _ if is_key && !value.is_array() => {}
                    _ => spoil(value),
                }
            }
        }
        Value::String(text) => EVIL.clone_into(text),
        _ => {}
    }
}

#[test]
fn what_would_be_pasted_wrongly_is_not_shown() {
    let Some(browser) = Browser::start(1280, 900) else {
        return;
    };
    let (folder, catalog) = samples();
    let path = folder.path().join("components/predict/index.js");
    let good = fs::read_to_string(&path).unwrap();
    let (_server, url) = serve(catalog.root());
    for (from, to, says) in [
        (
            "registry.example.org/acme/predict\"",
            "x; rm -rf ~ #\"",
            "names its image wrongly",
        ),
        (
            "components/predict/0.4.0/component.yaml",
            "../../../x",
            "names its file wrongly",
        ),
        (
            "\"version\":\"0.4.0\"",
            "\"version\":\"../x\"",
            "it has a version that is none",
        ),
    ] {
        assert!(good.contains(from), "{from} is not in {good}");
        fs::write(&path, good.replace(from, to)).unwrap();
        browser.open("about:blank");
        browser.open(&format!(
            "{url}#/c/predict{}",
            if to == "\"version\":\"../x\"" {
                "/..%2Fx"
            } else {
                ""
            }
        ));
        browser.wait("document.querySelector('[role=\"alert\"]')");
        let shown = browser.text("document.querySelector('[role=\"alert\"]').textContent");
        assert!(shown.contains(says), "{says} is not in {shown}");
    }
}

#[test]
fn a_broken_catalog_is_a_message_and_not_an_empty_list() {
    let Some(browser) = Browser::start(1280, 900) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    page_into(folder.path());
    let (_server, url) = serve(folder.path());
    let shows = |text: &str| {
        browser.open("about:blank");
        browser.open(&url);
        browser.wait("document.querySelector('[role=\"alert\"]')");
        let shown = browser.text("document.querySelector('[role=\"alert\"]').textContent");
        assert!(shown.contains(text), "{text} is not in {shown}");
        assert!(shown.contains("kfp-comp catalog build"), "{shown}");
    };
    let put = |text: &str| fs::write(folder.path().join("index.js"), text).unwrap();
    shows("it is not there");
    put("<!doctype html><title>Not found</title>");
    shows("it holds no catalog");
    put("kfpCatalog({\"schema\":\"kfp-comp.dev/catalog/v9\",\"components\":[]})");
    shows("another format (kfp-comp.dev/catalog/v9)");
    put(
        "kfpCatalog({\"schema\":\"kfp-comp.dev/catalog/v1\",\"components\":[{\"name\":\"../../x\"}]})",
    );
    shows("its entry 1 is not a component");

    put("kfpCatalog({\"schema\":\"kfp-comp.dev/catalog/v1\",\"components\":[]})");
    browser.open(&url);
    browser
        .wait("document.querySelector('.notice')?.textContent.includes('This catalog is empty')");
}
