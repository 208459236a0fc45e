//! Public files and what both SDKs did with them.

use std::{
    collections::{HashMap, HashSet},
    fs,
};

use kfp_component_yaml::{
    lint::lint,
    load::{Format, LoadError, load},
};

use super::shared::{note, outcomes};

type Row = HashMap<String, String>;

/// Files whose verdicts may differ, one name per line; `#` begins a reason.
const ALLOWED: &str = include_str!("../data/corpus-allowed.txt");

/// The rows of the corpus's index and the files they are about.
fn rows() -> Option<Vec<(Row, String)>> {
    let folder = kfp_test_support::shared("corpus")?;
    let index = fs::read_to_string(folder.join("index.tsv")).unwrap();
    let mut lines = index.lines();
    let head: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let rows: Vec<_> = lines
        .map(|line| -> Row {
            let keys = head.iter().map(|key| (*key).to_owned());
            keys.zip(line.split('\t').map(str::to_owned)).collect()
        })
        .map(|row| {
            let text = fs::read_to_string(folder.join(&row["file"])).unwrap();
            (row, text)
        })
        .collect();
    assert!(rows.len() > 150, "the corpus has {} files", rows.len());
    Some(rows)
}

#[test]
fn public_files_get_the_recorded_verdicts() {
    let Some(rows) = rows() else { return };
    let allowed: HashSet<&str> = ALLOWED
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim())
        .filter(|name| !name.is_empty())
        .collect();
    let (mut wrong, mut judged) = (Vec::new(), 0);
    for (row, text) in &rows {
        // What a graph loads by URL is judged by what is in the file.
        if row["kfp1_class"] == "ConnectionError" {
            continue;
        }
        judged += 1;
        let expected = [row["kfp1"].as_str(), row["kfp2"].as_str()];
        let found = outcomes(text);
        let file = row["file"].as_str();
        if (found == expected) == allowed.contains(file) {
            wrong.push(format!("{file}: recorded {expected:?}, found {found:?}"));
        }
    }
    note(&format!(
        "corpus: {judged} of {} files judged, {} allowed to differ",
        rows.len(),
        allowed.len()
    ));
    assert!(judged > 150);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn graphs_that_load_from_elsewhere_are_reported() {
    let Some(rows) = rows() else { return };
    let mut seen = 0;
    for (row, text) in rows {
        if row["kfp1_class"] == "ConnectionError" {
            let found = lint(&text)
                .findings
                .iter()
                .any(|finding| finding.rule.code == "needs-network");
            assert!(found, "{}", row["file"]);
            seen += 1;
        }
    }
    assert!(seen > 0);
}

#[test]
fn a_compiled_component_of_the_corpus_loads_as_a_component() {
    let Some(rows) = rows() else { return };
    let mut loaded = 0;
    for (row, text) in rows {
        match load(&text, None) {
            Ok(component) if component.format == Format::Pipeline => {
                assert!(component.file.container().is_some(), "{}", row["file"]);
                loaded += 1;
            }
            Err(LoadError::Choose { components, .. }) => {
                for name in &components {
                    load(&text, Some(name))
                        .unwrap_or_else(|error| panic!("{}: {error}", row["file"]));
                }
                loaded += 1;
            }
            _ => {}
        }
    }
    assert!(loaded > 0);
}

#[test]
fn every_refusal_has_an_error_with_a_position() {
    let Some(rows) = rows() else { return };
    for (row, text) in rows {
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
