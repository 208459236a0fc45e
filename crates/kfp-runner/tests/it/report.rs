//! The report says what the record says, and nothing in it is taken for markup.

use std::path::Path;

use kfp_runner::{engine::Options, report};
use serde_json::json;

use crate::support::{Build, Ran, constant, input, run_text};

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
        "cat > $PWD/executor_output.json <<'END'\n{answer}\nEND\n\
         printf '%s' \"$text\" > $page; printf 'a,b\\n1,%s\\n' \"$text\" | tr -d '\"' > $table; printf '%s' \"$text\"; printf x > $scores; printf x > $classes"
    );
    Build::new()
        .script(
            "make",
            &["text: STRING"],
            &["page: system.HTML", "table: system.Dataset", "scores: system.Metrics", "classes: system.ClassificationMetrics"],
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
    let runs: Vec<_> = runs
        .iter()
        .map(|run| report::read(&run.directory).unwrap())
        .collect();
    report::html(&runs).unwrap()
}

#[test]
fn what_others_wrote_stays_text() {
    let root = tempfile::tempdir().unwrap();
    let html = html(&[&run(root.path(), EVIL)]);
    for markup in ["<script", "<img", "onerror=alert(2)>"] {
        assert!(!html.contains(markup), "{markup} in {html}");
    }
    assert!(
        html.contains("&lt;script&gt;") && html.contains("{{ 7 * 7 }}"),
        "{html}"
    );
    // Nothing is fetched: links lead to places in the file, frames hold their page and may do nothing.
    assert!(!html.contains(" src=\""));
    assert!(html.matches(" href=").count() == html.matches(" href=\"#").count());
    assert_eq!(html.matches("<iframe").count(), 1);
    assert!(html.contains("<iframe sandbox=\"\""));
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
    assert!(
        html.contains("<tr class=\"differs\"><th scope=\"row\">text"),
        "{html}"
    );
    assert!(html.contains("make accuracy"));
    assert_eq!(html.matches("<figcaption>confusion matrix, run").count(), 2);
    assert_eq!(html.matches("<polyline").count(), 2);
    assert!(html.contains("points=\"0.00,240.00 60.00,0.00 \""));
    assert!(html.contains("exited with 3"));
    assert!(html.contains("<details open><summary>last lines it printed</summary><pre>error: "));
    assert!(html.contains("<td>a</td><td>b</td>"));
    assert!(html.contains("rect class=\"failed critical\""));
}
