//! How the page looks: in both themes, wide and narrow, with texts of any length, and to a screen reader.

use kfp_catalog::testing;
use kfp_catalog::{Catalog, Settings};
use serde_json::json;

use super::samples;
use kfp_test_support::browser::Browser;

use crate::serve::serve;

/// What a screen reader would stumble over.
const STUMBLES: &str = r#"(() => {
    const found = [];
    const headings = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")];
    if (headings.filter((one) => one.tagName === "H1").length !== 1) found.push("not one first heading");
    headings.forEach((one, i) => {
        if (!one.textContent.trim()) found.push("an empty heading");
        if (i && one.tagName[1] - headings[i - 1].tagName[1] > 1) found.push(`${one.textContent} skips a level`);
    });
    const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
    if (new Set(ids).size !== ids.length) found.push("an id twice");
    for (const one of document.querySelectorAll("[aria-labelledby], [aria-controls], label[for]")) {
        for (const name of ["aria-labelledby", "aria-controls", "for"]) if (one.hasAttribute(name) && !document.getElementById(one.getAttribute(name))) found.push(`${name} leads nowhere`);
    }
    for (const one of document.querySelectorAll("a, button, input, aside, [role=group], [role=tablist]")) {
        const named = one.textContent.trim() && !one.matches("aside, [role]") || one.ariaLabel || one.getAttribute("aria-labelledby") || one.labels?.length || one.matches("[role=tab]");
        if (!named) found.push(`${one.outerHTML.slice(0, 60)} has no name`);
    }
    if (!document.documentElement.lang || !document.querySelector("main") || !document.querySelector("[role=search]") || !document.querySelector("[role=status]")) found.push("no language, main, search or status");
    return found;
})()"#;

#[test]
fn every_text_can_be_read_and_every_part_has_a_name_in_both_themes() {
    let Some(browser) = Browser::start(1280, 900) else {
        return;
    };
    let (_folder, catalog) = samples();
    let (_server, url) = serve(catalog.root());
    for _ in 0..2 {
        for page in [
            "#/",
            "#/?category=convert",
            "#/?q=nothinglikeit",
            "#/c/train-eval",
            "#/c/nobody",
        ] {
            browser.open(&format!("{url}{page}"));
            browser.wait("!document.getElementById('loading') && document.querySelector('.cards, .detail, .notice')");
            if page == "#/c/train-eval" {
                browser.wait("document.querySelector('.detail')");
            }
            assert_eq!(browser.faint_texts(), [""; 0], "{page}");
            if !page.ends_with("nobody") {
                assert_eq!(browser.value(STUMBLES), json!([]), "{page}");
            }
        }
        browser.click("#theme");
    }
}

#[test]
fn long_names_and_words_stay_inside() {
    let long = "a".repeat(60);
    let name = format!("{long}-{long}");
    let function = format!(
        "/// {long}{long} {long}.\nfn {long}_{long}(/// {long}{long}\n{long}: Input<Dataset>, #[arg(default = \"{long}{long}\")] b: String) -> Result<()> {{}}"
    );
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::at(folder.path());
    let mut draft = testing::release(&name, "1.0.0", &function);
    draft.categories = vec![long.clone()];
    draft.readme = Some(format!(
        "# {long}{long}\n\n| {long} | {long} |\n|---|---|\n| {long} | {long} |\n\n`{long}{long}`\n"
    ));
    catalog.add(&[draft]).unwrap();
    let title = Some(long.clone());
    catalog.build(&Settings { title, url: None }).unwrap();
    let (_server, url) = serve(catalog.root());
    for width in [1280, 500] {
        let Some(browser) = Browser::start(width, 900) else {
            return;
        };
        for page in [String::new(), format!("#/c/{name}")] {
            browser.open(&format!("{url}{page}"));
            browser.wait("document.querySelector('.card, .detail')");
            let outside = "[...document.querySelectorAll('main *, header *')].filter((one) => !one.closest('.scroll, pre, .hidden, .skip') \
                           && one.getBoundingClientRect().right > document.documentElement.clientWidth + 1).map((one) => one.className)";
            assert_eq!(browser.value(outside), json!([]), "{width} {page}");
        }
    }
}
