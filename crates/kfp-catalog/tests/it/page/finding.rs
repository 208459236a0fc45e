//! Finding a component: by words, by filters, by keyboard, among two thousand.

use std::fs;

use kfp_catalog::{Query, search, testing};
use serde_json::json;

use super::{assert_quiet, cards, page_into, samples};
use kfp_test_support::browser::Browser;

use crate::serve::serve;

/// The keys WebDriver gives no letter.
const ENTER: char = '\u{e007}';
const DOWN: char = '\u{e015}';

#[test]
fn the_keyboard_is_enough() {
    let Some(browser) = Browser::start(1280, 900) else {
        return;
    };
    let (_folder, catalog) = samples();
    let (_server, url) = serve(catalog.root());
    browser.open(&url);
    browser.wait("document.querySelectorAll('.card').length");
    browser.keys("body", "/");
    browser.wait("document.activeElement.id === 'query'");
    browser.keys("#query", "model");
    browser.wait("document.getElementById('status').textContent.endsWith('components')");
    browser.keys("#query", &DOWN.to_string());
    browser.wait("document.activeElement.classList.contains('card')");
    browser.keys(".card:focus", &ENTER.to_string());
    browser.wait("document.querySelector('.detail h1') && document.activeElement.id === 'main'");

    // Back to the list as it was, at the card one came from.
    let card = "document.activeElement.hash";
    browser.keys(".back", &ENTER.to_string());
    browser.wait("document.activeElement.classList.contains('card')");
    assert_eq!(browser.text("location.hash"), "#/?q=model");
    let left = browser.text(card);
    browser.keys(".card:focus", &ENTER.to_string());
    browser.wait("document.querySelector('.detail h1')");
    browser.value("history.back()");
    browser.wait("document.activeElement.classList.contains('card')");
    assert_eq!(browser.text(card), left);
    let unnamed = "[...document.querySelectorAll('button, a, input')].filter((one) => !(one.textContent.trim() \
                   || one.getAttribute('aria-label') || one.labels?.length)).length";
    assert_eq!(browser.value(unnamed), json!(0));
}

#[test]
fn page_and_command_line_rank_alike() {
    let Some(browser) = Browser::start(1280, 900) else {
        return;
    };
    let (_folder, catalog) = samples();
    browser.open(&format!("file://{}/index.html", catalog.root().display()));
    browser.wait("document.querySelectorAll('.card').length");
    let components = catalog.index().unwrap().components;
    for words in [
        "csv",
        "parqet",
        "mdoel",
        "train",
        "random forst",
        "dataset model",
        "to",
        "roc",
        "x_train",
        "evaluate",
        "quantum",
    ] {
        browser.search(words);
        let query = Query {
            words: words.to_owned(),
            ..Query::default()
        };
        let expected: Vec<String> = search(&components, &query)
            .iter()
            .map(|hit| hit.component.name.to_string())
            .collect();
        assert_eq!(cards(&browser), expected, "{words}");
    }
}

#[test]
fn two_thousand_components_are_found_at_once() {
    let Some(browser) = Browser::start(1280, 900) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    for file in testing::generated_contents(2000)
        .files()
        .iter()
        .filter(|file| file.path == "index.js" || file.path.contains("join-csv-fast/index.js"))
    {
        let path = folder.path().join(&file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &file.text).unwrap();
    }
    page_into(folder.path());
    let (_server, url) = serve(folder.path());
    browser.open(&url);
    browser.wait("document.querySelectorAll('.card').length");
    let loaded = browser.value("performance.now()").as_f64().unwrap();
    let times: Vec<f64> = [
        "p",
        "pa",
        "par",
        "parq",
        "parqe",
        "parqet",
        "parqet join",
        "dataset",
    ]
    .map(|words| browser.search(words))
    .into();
    let slowest = times.iter().copied().fold(0.0, f64::max);
    println!(
        "2,000 components: first cards after {loaded:.0} ms, slowest search {slowest:.0} ms, all {times:.0?}"
    );
    // Bounds for a machine that does other things too; the numbers above are what to look at.
    assert!(loaded < 15_000.0, "{loaded}");
    assert!(slowest < 1_500.0, "{slowest}");
    browser.search("join csv fast");
    assert_eq!(cards(&browser)[0], "join-csv-fast");
    browser.open(&format!("{url}#/c/join-csv-fast"));
    browser.wait("document.querySelector('.detail h1')");
    assert_quiet(&browser, &url);
}
