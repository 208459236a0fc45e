//! The page in headless Chromium, over http and from `file://`.

mod broken;
mod finding;
mod looks;
mod reading;

use std::fs;
use std::path::Path;

use kfp_catalog::{Catalog, Settings};
use kfp_catalog::{PAGE, testing};
use tempfile::TempDir;

use kfp_test_support::browser::{Browser, strings};

/// Made-up components of every kind.
fn samples() -> (TempDir, Catalog) {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::at(folder.path());
    catalog.add(&testing::samples()).unwrap();
    let title = Some("Acme components".to_owned());
    catalog.build(&Settings { title, url: None }).unwrap();
    (folder, catalog)
}

/// The names on the cards, in order.
fn cards(browser: &Browser) -> Vec<String> {
    strings(
        &browser.value("[...document.querySelectorAll('.card')].map((one) => one.hash.slice(4))"),
    )
}

fn assert_quiet(browser: &Browser, url: &str) {
    assert_eq!(browser.complaints(), Vec::<String>::new());
    let elsewhere: Vec<String> = browser
        .loaded()
        .into_iter()
        .filter(|one| !one.starts_with(url) && !one.starts_with("data:"))
        .collect();
    assert_eq!(
        elsewhere,
        Vec::<String>::new(),
        "the page asked another host"
    );
}

/// The page's own files.
fn page_into(folder: &Path) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("page");
    for name in PAGE.iter().filter(|name| !name.contains('/')) {
        fs::copy(page.join(name), folder.join(name)).unwrap();
    }
}
