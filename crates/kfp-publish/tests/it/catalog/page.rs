//! The page of the real catalog, in headless Chromium, and the pictures of it in the documentation.

use std::fs;
use std::path::Path;

use kfp_test_support::Sdk;
use kfp_test_support::browser::{Browser, strings};
use serde_json::json;

use super::load::load_all;
use super::real::{draws, real};
use super::serve::serve;

/// The key that WebDriver gives no letter.
const CONTROL: char = '\u{e009}';

/// The names on the cards, in order.
fn cards(browser: &Browser) -> Vec<String> {
    strings(
        &browser.value("[...document.querySelectorAll('.card')].map((one) => one.hash.slice(4))"),
    )
}

/// How many components the repository has.
fn components() -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../components");
    fs::read_dir(folder).unwrap().count()
}

/// The browser complains about nothing and has loaded nothing from elsewhere.
fn assert_quiet(browser: &Browser, url: &str) {
    assert_eq!(browser.complaints(), Vec::<String>::new());
    let loaded = browser.loaded();
    assert!(
        loaded
            .iter()
            .all(|one| one.starts_with(url) || one.starts_with("data:")),
        "the page asked another host: {loaded:?}"
    );
}

#[test]
fn both_sdks_load_and_compile_every_component_by_url() {
    let Some(catalog) = real() else { return };
    for sdk in [Sdk::Kfp1, Sdk::Kfp2] {
        if let Some(said) = load_all(&catalog, sdk) {
            let all = format!(" loaded and compiled {}\n", components());
            assert!(said.ends_with(&all), "{said}");
        }
    }
}

#[test]
fn a_person_finds_a_component_and_copies_the_line() {
    let Some(browser) = Browser::start(1280, 900) else {
        return;
    };
    let Some(catalog) = real() else { return };
    let (_server, url) = serve(catalog.root());
    browser.open(&url);
    browser.wait(&format!(
        "document.querySelectorAll('.card').length === {}",
        components()
    ));
    assert_eq!(browser.text("document.title"), "Acme components");

    browser.keys("#query", "csv");
    browser.wait("document.querySelector('.count').textContent.startsWith('2 ')");
    assert_eq!(cards(&browser), ["data-ingestion", "data-preprocess"]);
    assert!(browser.text("location.hash").contains("q=csv"));

    browser.click("[data-facet='in:Dataset']");
    browser.wait("document.querySelectorAll('.card').length === 1");
    browser.click("[data-facet='arch:arm64']");
    browser.wait("document.querySelectorAll('[aria-pressed=\"true\"]').length === 2");
    assert_eq!(cards(&browser), ["data-preprocess"]);

    browser.click(".card");
    browser.wait("document.querySelector('.detail h1')");
    let address = format!("{url}components/data-preprocess/0.1.0/component.yaml");
    assert!(browser.texts("#panel-0")[0].contains(&address));
    let interface = browser.texts("td code");
    for name in ["ingested_data", "label_colname", "test_fraction", "y_test"] {
        assert!(
            interface.iter().any(|one| one == name),
            "{name} is not in {interface:?}"
        );
    }
    browser.click("#panel-0 .copy");
    browser.wait("document.querySelector('#panel-0 .copy').textContent === 'Copied'");
    browser.keys("#query", &format!("{CONTROL}av"));
    browser.wait("document.getElementById('query').value.includes('load_component_from_url')");
    assert!(
        browser
            .text("document.getElementById('query').value")
            .contains(&address)
    );
    assert_quiet(&browser, &url);
}

#[test]
fn it_works_from_a_file_as_well() {
    let Some(browser) = Browser::start(1280, 900) else {
        return;
    };
    let Some(catalog) = real() else { return };
    let url = format!("file://{}/", catalog.root().display());
    browser.open(&format!("{url}index.html#/c/train-eval"));
    browser.wait("document.querySelector('.detail h1')");
    let shown = browser.text("document.querySelector('main').textContent");
    for part in [
        "load_component_from_file",
        "Number of trees. From 1 to 10000.",
        "libraries, in the bill of materials",
        "MIT OR Apache-2.0 (",
        "Data Preprocess",
        "The model",
        "linux/arm64",
        "fn train_eval(",
    ] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
    assert_quiet(&browser, &url);
}

#[test]
fn it_looks_well_wide_narrow_and_dark() {
    let Some(browser) = Browser::start(1280, 900) else {
        return;
    };
    let Some(catalog) = real() else { return };
    let (_server, url) = serve(catalog.root());
    browser.open(&url);
    browser.wait("document.querySelectorAll('.card').length");
    keep("catalog", &browser);
    browser.open(&format!("{url}#/c/train-eval"));
    browser.wait("document.querySelector('.detail')");
    keep("catalog-detail", &browser);
    let light = browser.text("getComputedStyle(document.body).backgroundColor");
    browser.click("#theme");
    assert_ne!(
        browser.text("getComputedStyle(document.body).backgroundColor"),
        light
    );
    keep("catalog-dark", &browser);

    let Some(narrow) = Browser::start(500, 900) else {
        return;
    };
    for page in ["", "#/c/train-eval"] {
        narrow.open(&format!("{url}{page}"));
        narrow.wait("document.querySelector('.card, .detail')");
        assert_eq!(
            narrow.value("document.documentElement.scrollWidth <= innerWidth"),
            json!(true),
            "{page} is too wide"
        );
    }
    keep("catalog-narrow", &narrow);
}

/// The pictures of the documentation, drawn anew where that is asked for.
fn keep(name: &str, browser: &Browser) {
    let picture = browser.screenshot();
    assert!(picture.starts_with(b"\x89PNG") && picture.len() > 10_000);
    if draws() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("{name}.png")), picture).unwrap();
    }
}
