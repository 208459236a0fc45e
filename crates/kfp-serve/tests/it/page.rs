//! The page to try a model, in a real browser.

use kfp_model::{Column, Forest, Manifest, Model, Node};
use kfp_test_support::browser::Browser;

use crate::support::{Server, program};

/// The text of the answer's parts that a selector finds.
fn answers(browser: &Browser, selector: &str) -> Vec<String> {
    browser.texts(&format!("#answer {selector}"))
}

fn type_into(browser: &Browser, field: usize, text: &str) {
    let selector = format!("#column-{field}");
    browser.value(&format!("document.querySelector('{selector}').value = ''"));
    browser.keys(&selector, text);
}

#[test]
fn a_row_is_scored_and_the_command_asks_the_same() {
    let Some(browser) = Browser::start(1100, 800) else {
        return;
    };
    let server = Server::start();
    browser.open(&format!("http://{}/", server.http));
    assert_eq!(
        browser.texts("label").join("|"),
        "petal.length number|petal.width number, may be empty"
    );
    type_into(&browser, 0, "5");
    type_into(&browser, 1, "1.5");
    browser.click("button");
    browser.wait("document.querySelector('#answer dl')");
    assert_eq!(answers(&browser, "dd.one"), ["Versicolor"]);
    assert_eq!(
        answers(&browser, "dd .label"),
        ["Setosa", "Versicolor", "Virginica"]
    );
    // What was typed stays.
    assert_eq!(
        browser.text("document.querySelector('#column-0').value"),
        "5"
    );

    let command = browser.text("document.querySelector('#answer code').textContent");
    let output = std::process::Command::new("sh")
        .args(["-c", &command])
        .output()
        .unwrap();
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["predictions"][0]["label"], "Versicolor");
    assert_eq!(browser.complaints(), [""; 0]);
    assert_eq!(browser.loaded(), [""; 0]);
}

#[test]
fn a_value_that_cannot_be_read_is_marked_and_kept() {
    let Some(browser) = Browser::start(1100, 800) else {
        return;
    };
    let server = Server::start();
    browser.open(&format!("http://{}/", server.http));
    type_into(&browser, 0, "long <b>");
    browser.click("button");
    browser.wait("document.querySelector('#answer .problem')");
    assert_eq!(
        browser.texts("form .problem"),
        ["Write a number, such as 5.1."]
    );
    assert_eq!(
        browser.text("document.querySelector('[aria-invalid]').value"),
        "long <b>"
    );
    assert_eq!(answers(&browser, "dl"), [""; 0]);
}

#[test]
fn names_from_the_model_are_text_and_nothing_else() {
    let Some(browser) = Browser::start(1100, 800) else {
        return;
    };
    let hostile = "<script>document.title='owned'</script>'\"&{{ name }}";
    let manifest = Manifest::classification(
        vec![Column::new(hostile)],
        vec![format!("a{hostile}"), format!("b{hostile}")],
    );
    let trees = vec![vec![Node::Leaf { class: 0 }]];
    let folder = tempfile::tempdir().unwrap();
    Model::new(manifest, Forest { trees })
        .unwrap()
        .save(folder.path())
        .unwrap();
    let server = Server::spawn(&mut program(folder.path()));
    browser.open(&format!("http://{}/", server.http));
    type_into(&browser, 0, "1");
    browser.click("button");
    browser.wait("document.querySelector('#answer dl')");
    assert_eq!(browser.text("document.title"), "iris – try the model");
    assert_eq!(browser.texts("label"), [format!("{hostile} number")]);
    assert_eq!(answers(&browser, "dd.one"), [format!("a{hostile}")]);
    assert!(
        browser
            .text("document.querySelector('#answer code').textContent")
            .contains(r"owned'\''")
    );
}

#[test]
fn everything_can_be_read_in_the_light_and_in_the_dark() {
    for (arguments, dark) in [(&[][..], false), (&["force-dark-mode"][..], true)] {
        let Some(browser) = Browser::with_arguments(1100, 800, arguments) else {
            return;
        };
        let server = Server::start();
        browser.open(&format!("http://{}/", server.http));
        assert_eq!(
            browser.value("matchMedia('(prefers-color-scheme: dark)').matches"),
            dark
        );
        assert_eq!(browser.faint_texts(), [""; 0]);
        for (length, shown) in [("x", ".problem"), ("5", "#answer dl")] {
            type_into(&browser, 0, length);
            browser.click("button");
            browser.wait(&format!("document.querySelector('{shown}')"));
            assert_eq!(browser.faint_texts(), [""; 0], "dark: {dark}");
        }
    }
}

#[test]
fn the_page_runs_no_script_and_loads_nothing() {
    let server = Server::start();
    let page = server.get("/");
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    assert!(!page.text().contains("<script"), "{}", page.text());
    assert!(!page.text().contains("http"), "{}", page.text());
}
