//! Public files and what both SDKs did with them.

use std::{collections::HashMap, fs};

use kfp_component_yaml::lint::lint;

use super::shared::{note, outcomes};

type Row = HashMap<String, String>;

/// Every file of the corpus with its row in the index; none where the corpus is missing, which skips the test.
fn rows() -> Vec<(Row, String)> {
    let Some(folder) = kfp_test_support::shared("corpus") else {
        return Vec::new();
    };
    let index = fs::read_to_string(folder.join("index.tsv")).unwrap();
    let mut lines = index.lines();
    let head: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let row = |line: &str| -> Row {
        head.iter()
            .map(|key| (*key).to_owned())
            .zip(line.split('\t').map(str::to_owned))
            .collect()
    };
    let rows: Vec<_> = lines
        .map(row)
        .map(|row| {
            let text = fs::read_to_string(folder.join(&row["file"])).unwrap();
            (row, text)
        })
        .collect();
    assert!(rows.len() > 100, "only {} files in the corpus", rows.len());
    rows
}

#[test]
fn public_files_get_the_recorded_verdicts() {
    // What a graph loads by URL is judged by what is in the file.
    let offline = |(row, _): &(Row, String)| row["kfp1_class"] != "ConnectionError";
    let rows: Vec<_> = rows().into_iter().filter(offline).collect();
    let mut wrong = Vec::new();
    for (row, text) in &rows {
        let expected = [row["kfp1"].as_str(), row["kfp2"].as_str()];
        let found = outcomes(text);
        if found != expected {
            wrong.push(format!(
                "{}: recorded {expected:?}, found {found:?}",
                row["file"]
            ));
        }
    }
    note(&format!(
        "corpus: {} of {} verdicts agree",
        rows.len() - wrong.len(),
        rows.len()
    ));
    assert!(wrong.len() * 100 <= rows.len(), "{}", wrong.join("\n"));
}

#[test]
fn graphs_that_load_from_elsewhere_are_told_so() {
    for (row, text) in rows() {
        if row["kfp1_class"] == "ConnectionError" {
            let found = lint(&text)
                .findings
                .iter()
                .any(|finding| finding.rule.code == "needs-network");
            assert!(found, "{}", row["file"]);
        }
    }
}

#[test]
fn every_refusal_has_an_error_with_a_place() {
    for (row, text) in rows() {
        let report = lint(&text);
        let lines = text.lines().count();
        if report.is_refused() {
            assert!(
                report.worst() == Some(kfp_component_yaml::lint::Severity::Error),
                "{}",
                row["file"]
            );
        }
        for finding in &report.findings {
            assert!(
                finding.position.line <= lines + 1,
                "{}: {finding:?}",
                row["file"]
            );
        }
    }
}
