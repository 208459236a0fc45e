//! The report in headless Chromium, from `file://`.

use std::{fs, path::Path};

use kfp_runner::{
    engine::Options,
    report::{self, Local},
};
use kfp_test_support::browser::Browser;
use serde_json::{Value, json};

use crate::support::{Build, Ran, constant, input, output_of, run_text, task};

/// What must not be done by anything a task wrote.
const ATTACK: &str =
    "<script>top.attacked = 1</script><img src=http://127.0.0.1:9/x onerror='top.attacked = 1'>";

/// A pipeline with a loop, a condition, a failure and pages.
fn pipeline() -> String {
    let body = json!({
        "inputDefinitions": {"parameters": {"item": {"parameterType": "NUMBER_INTEGER"}}},
        "dag": {"tasks": {
            "train": task("train", json!({"inputs": {"parameters": {"n": input("item")}}})),
            "score": task("train", json!({"inputs": {"parameters": {"n": output_of("train", "answer")}}})),
        }},
    });
    Build::new()
        .script(
            "read",
            &["text: STRING"],
            &["page: system.HTML", "notes: system.Markdown", "table: system.Dataset"],
            "printf '%s' \"$text\" | tee $page; printf '# Notes\\n\\n%s' \"$text\" > $notes; printf 'epoch,loss\\n1,0.5\\n2,0.25\\n' > $table",
        )
        .script(
            "train",
            &["n: NUMBER_INTEGER"],
            &["answer: NUMBER_INTEGER"],
            "printf '\\033[31m%s\\033[0m' $n; printf %s $n > $answer",
        )
        .script("fail", &[], &[], "echo 'out of luck'; exit 3")
        .component("comp-each", body)
        .root("inputDefinitions", json!({"parameters": {"text": {"parameterType": "STRING"}}}))
        .task(
            "read",
            "read",
            json!({
                "inputs": {"parameters": {"text": input("text")}},
                "cachingOptions": {"enableCache": true},
            }),
        )
        .task(
            "each",
            "each",
            json!({
                "dependentTasks": ["read"],
                "parameterIterator": {"items": {"raw": "[1, 2, 3]"}, "itemInput": "item"},
            }),
        )
        .task("broken", "fail", json!({"dependentTasks": ["each"]}))
        .task("never", "fail", json!({"dependentTasks": ["broken"]}))
        .task(
            "perhaps",
            "train",
            json!({
                "inputs": {"parameters": {"n": constant(json!(1))}},
                "triggerPolicy": {"condition": "int(inputs.parameter_values['n']) == 2"},
            }),
        )
        .text()
}

/// Runs the pipeline with each text and writes the report of all runs.
fn reported(root: &Path, texts: &[&str]) -> String {
    let runs: Vec<Ran> = texts
        .iter()
        .map(|text| run_text(root, &pipeline(), json!({"text": text}), Options::default()))
        .collect();
    let local: Vec<Local> = runs
        .iter()
        .map(|run| Local::read(&run.directory, root).unwrap())
        .collect();
    let sources: Vec<_> = local.iter().map(Local::source).collect();
    let path = root.join(report::FILE);
    fs::write(&path, report::html(&sources).unwrap()).unwrap();
    format!("file://{}", path.display())
}

/// The first cells of the rows of tasks that can be seen.
fn shown(browser: &Browser) -> Vec<String> {
    let rows = "[...document.querySelectorAll('tr.task')].filter((one) => one.checkVisibility()).map((one) => one.cells[0].textContent)";
    kfp_test_support::browser::strings(&browser.value(rows))
}

const ALL: [&str; 10] = [
    "read",
    "perhaps",
    "each[0]/train",
    "each[1]/train",
    "each[2]/train",
    "each[0]/score",
    "each[1]/score",
    "each[2]/score",
    "broken",
    "never",
];

#[test]
fn a_run_can_be_read_filtered_and_does_nothing_by_itself() {
    let Some(browser) = Browser::start(1280, 900) else {
        return;
    };
    let root = tempfile::tempdir().unwrap();
    browser.open(&reported(root.path(), &[ATTACK]));
    let mut tasks = shown(&browser);
    tasks.sort();
    let mut all = ALL;
    all.sort_unstable();
    assert_eq!(tasks, all);

    browser.click("#show-succeeded");
    let mut rest = shown(&browser);
    rest.sort();
    assert_eq!(rest, ["broken", "never", "perhaps"]);
    browser.click("#show-succeeded");
    browser.keys("#name", "SCORE");
    assert_eq!(shown(&browser).len(), 3);

    // The failed task says why, where the page opens.
    let row = "document.querySelector('tr.is-failed')";
    assert!(
        browser
            .text(&format!("{row}.textContent"))
            .contains("out of luck")
    );
    // Colours of a terminal are not in the logs.
    assert!(!browser.text("document.body.textContent").contains("[31m"));

    // A box of the graph leads to the task's row.
    let boxes = browser.texts("svg.graph .name");
    let mut boxes: Vec<&str> = boxes.iter().map(String::as_str).collect();
    boxes.sort_unstable();
    assert_eq!(
        boxes,
        [
            "broken", "each", "never", "perhaps", "read", "score", "train"
        ]
    );
    let link = "[...document.querySelectorAll('svg.graph a')].find((one) => one.textContent.includes('broken')).getAttribute('href')";
    let target = browser.text(link);
    let row = browser.text(&format!(
        "document.querySelector('{target}').cells[0].textContent"
    ));
    assert_eq!(row, "broken");

    // What a task wrote ran nowhere and asked nobody.
    assert_eq!(
        browser.value(
            "[window.attacked ?? null, document.querySelectorAll('iframe[sandbox=\"\"]').length]"
        ),
        json!([null, 2])
    );
    assert_eq!(browser.loaded(), [""; 0]);
    let complaints: Vec<String> = browser
        .complaints()
        .into_iter()
        // Chromium tells of what it kept a sandboxed page from doing.
        .filter(|one| !one.contains("about:srcdoc") && !one.contains("Content Security Policy"))
        .collect();
    assert_eq!(complaints, [""; 0]);
}

#[test]
fn runs_are_compared_and_each_can_be_left_out() {
    let Some(browser) = Browser::start(1280, 900) else {
        return;
    };
    let root = tempfile::tempdir().unwrap();
    browser.open(&reported(root.path(), &["one", "two", "two"]));
    let columns = || {
        let heads = "[...document.querySelector('thead').querySelectorAll('th')].filter((one) => one.checkVisibility()).length";
        browser.value(heads)
    };
    assert_eq!(columns(), json!(4));
    browser.click("#show-r2");
    assert_eq!(columns(), json!(3));
    browser.click("#only-differences");
    let states = shown(&browser);
    // One line for each run that is shown.
    let lines = "[...document.querySelectorAll('[aria-label=\"loss over epoch\"] polyline')].filter((one) => one.checkVisibility()).length";
    assert_eq!(browser.value(lines), json!(2));
    // The third run took from the cache what the second had done.
    assert!(
        states.contains(&"read".to_owned()) && !states.contains(&"broken".to_owned()),
        "{states:?}"
    );
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn without_scripts_everything_is_there_but_the_search() {
    let Some(browser) = Browser::start(1280, 900) else {
        return;
    };
    let root = tempfile::tempdir().unwrap();
    let url = reported(root.path(), &["one"]);
    let path = root.path().join(report::FILE);
    let html = fs::read_to_string(&path).unwrap();
    let (before, script) = html.rsplit_once("<script>").unwrap();
    fs::write(
        &path,
        format!("{before}{}", script.split_once("</script>").unwrap().1),
    )
    .unwrap();
    browser.open(&url);
    assert_eq!(shown(&browser).len(), ALL.len());
    browser.click("#show-failed");
    assert_eq!(shown(&browser).len(), ALL.len() - 1);
    assert_eq!(
        browser.value("document.getElementById('name').checkVisibility()"),
        Value::Bool(false)
    );
}

#[test]
fn every_text_can_be_read_in_both_themes() {
    for theme in [&[][..], &["blink-settings=preferredColorScheme=0"]] {
        let Some(browser) = Browser::with_arguments(1280, 900, theme) else {
            return;
        };
        let root = tempfile::tempdir().unwrap();
        for texts in [&["one"][..], &["one", "two", "three"]] {
            browser.open(&reported(root.path(), texts));
            browser.value(
                "document.querySelectorAll('details').forEach((one) => { one.open = true; })",
            );
            let dark = browser.value("matchMedia('(prefers-color-scheme: dark)').matches");
            assert_eq!(dark, json!(!theme.is_empty()));
            assert_eq!(browser.faint_texts(), [""; 0], "{theme:?} {texts:?}");
        }
    }
}
