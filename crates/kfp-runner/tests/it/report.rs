//! The report says what the record says, and nothing in it is taken for markup.

use std::path::Path;

use kfp_runner::{
    engine::Options,
    report::{self, Local},
};
use serde_json::json;

use crate::support::{Build, Ran, constant, input, run_text, task};

const EVIL: &str = "</td><script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{ 7 * 7 }}";

/// A pipeline whose tasks produce each thing a report shows.
fn pipeline() -> String {
    let metadata = json!({
        "accuracy": 0.5,
        EVIL: EVIL,
    });
    let classes = json!({
        "confusionMatrix": {
            "annotationSpecs": [{"displayName": "cat"}, {"displayName": EVIL}],
            "rows": [{"row": [7, 1]}, {"row": [2, 6]}],
        },
        "confidenceMetrics": [
            {"confidenceThreshold": 1, "recall": 0, "falsePositiveRate": 0},
            {"confidenceThreshold": 0, "recall": 1, "falsePositiveRate": 0.25},
        ],
    });
    let answer = json!({"artifacts": {
        "scores": {"artifacts": [{"metadata": metadata}]},
        "classes": {"artifacts": [{"metadata": classes}]},
    }});
    let script = format!(
        "printf '# Notes\\n\\n%s\\n' \"$text\" > $notes; cat > $PWD/executor_output.json <<'END'\n{answer}\nEND\n\
         printf '%s' \"$text\" > $page; printf 'a,b\\n1,%s\\n' \"$text\" | tr -d '\"' > $table; printf '%s' \"$text\"; printf x > $scores; printf x > $classes"
    );
    Build::new()
        .script(
            "make",
            &["text: STRING"],
            &["page: system.HTML", "notes: system.Markdown", "table: system.Dataset", "scores: system.Metrics", "classes: system.ClassificationMetrics"],
            &script,
        )
        .script("fail", &["text: STRING"], &[], "printf 'error: %s' \"$text\"; exit 3")
        .root("inputDefinitions", json!({"parameters": {"text": {"parameterType": "STRING"}}}))
        .task("make", "make", json!({"inputs": {"parameters": {"text": input("text")}}}))
        .task("bad", "fail", json!({"inputs": {"parameters": {"text": constant(json!(EVIL))}}, "dependentTasks": ["make"]}))
        .text()
}

fn run(root: &Path, text: &str) -> Ran {
    run_text(root, &pipeline(), json!({"text": text}), Options::default())
}

fn html(runs: &[&Ran]) -> String {
    let local: Vec<Local> = runs
        .iter()
        .map(|run| Local::read(&run.directory, &run.directory).unwrap())
        .collect();
    let sources: Vec<_> = local.iter().map(Local::source).collect();
    report::html(&sources).unwrap()
}

#[test]
fn what_others_wrote_stays_text() {
    let root = tempfile::tempdir().unwrap();
    let html = html(&[&run(root.path(), EVIL)]);
    for markup in ["<script>alert", "<img", "onerror=alert(2)>"] {
        assert!(!html.contains(markup), "{markup} in {html}");
    }
    assert!(
        html.contains("&lt;script&gt;") && html.contains("{{ 7 * 7 }}"),
        "{html}"
    );
    // Nothing is fetched: links lead to places in the file and to files of the run; frames hold their page and may do
    // nothing.
    assert!(!html.contains(" src=\""));
    let local =
        html.matches(" href=\"#").count() + html.matches(" href=\".&#x2f;tasks&#x2f;").count();
    assert_eq!(html.matches(" href=").count(), local);
    assert_eq!(html.matches("<iframe").count(), 2);
    assert_eq!(html.matches("<iframe sandbox=\"\"").count(), 2);
    // What a page of the run does is the page's own.
    assert!(html.contains("srcdoc=\"&lt;"), "{html}");
}

#[test]
fn runs_stand_side_by_side_with_their_differences() {
    let root = tempfile::tempdir().unwrap();
    let (first, second) = (run(root.path(), "one"), run(root.path(), "two"));
    let html = html(&[&first, &second]);
    assert_eq!(
        html,
        self::html(&[&first, &second]),
        "the same records give the same report"
    );
    for wanted in [
        "<tr class=\"row differs\"><th scope=\"row\">text</th><td class=\"dim\">parameter",
        "<th scope=\"row\">make accuracy</th><td class=\"dim\">metric",
        "points=\"0.00,240.00 60.00,0.00 \"",
        "exited with 3",
        "<details open><summary>last lines it printed</summary><pre>error: ",
        // Both runs' rows of a table with the same columns.
        "<th scope=\"col\">run</th><th scope=\"col\">a</th>",
        "<td>1</td><td>two</td>",
        "rect class=\"failed critical\"",
    ] {
        assert!(html.contains(wanted), "{wanted} is not in {html}");
    }
    assert_eq!(html.matches("<figcaption>confusion matrix, run").count(), 2);
    assert_eq!(html.matches("<polyline").count(), 2);
}

#[test]
fn secrets_are_not_in_the_report() {
    let root = tempfile::tempdir().unwrap();
    let text = Build::new()
        .script(
            "log-in",
            &["db_password: STRING"],
            &["token: STRING"],
            "printf hunter2 > $token",
        )
        .root(
            "inputDefinitions",
            json!({"parameters": {"db_password": {"parameterType": "STRING"}}}),
        )
        .task(
            "log-in",
            "log-in",
            json!({"inputs": {"parameters": {"db_password": input("db_password")}}}),
        )
        .text();
    let ran = run_text(
        root.path(),
        &text,
        json!({"db_password": "hunter2"}),
        Options::default(),
    );
    let html = html(&[&ran]);
    assert!(html.contains("token = (hidden)"), "{html}");
    assert!(!html.contains("hunter2"), "{html}");
}

#[test]
fn a_report_of_a_thousand_tasks_that_print_much_is_small() {
    let root = tempfile::tempdir().unwrap();
    let items: Vec<u32> = (0..250).collect();
    let text = Build::new()
        .script(
            "talk",
            &["n: NUMBER_INTEGER"],
            &["page: system.HTML", "answer: NUMBER_INTEGER"],
            "yes '<it is a long, long story, told & told again, of a task that likes to talk>' | head -n 100 | tee $page; printf %s $n > $answer",
        )
        .component(
            "comp-each",
            json!({
                "inputDefinitions": {"parameters": {"item": {"parameterType": "NUMBER_INTEGER"}}},
                "dag": {"tasks": {"talk": task("talk", json!({"inputs": {"parameters": {"n": input("item")}}}))}},
            }),
        )
        .task(
            "each",
            "each",
            json!({"parameterIterator": {"items": {"raw": json!(items).to_string()}, "itemInput": "item"}}),
        )
        .text();
    let ran = run_text(root.path(), &text, json!({}), Options::default());
    let html = html(&[&ran]);
    assert!(html.len() < 2_000_000, "{} bytes", html.len());
    assert_eq!(html.matches("<tr id=\"t1-").count(), 250);
    assert_eq!(
        html.matches("class=\"name\"").count(),
        2,
        "a loop is one box with its body"
    );
    assert!(html.contains("its log is not shown, for size"));
}
