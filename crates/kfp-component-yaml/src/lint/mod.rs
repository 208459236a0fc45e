//! What both SDKs will say of a file, before they do, and what else is wrong with it; it opens no files and no URLs.
//!
//! ```
//! use kfp_component_yaml::lint::{Outcome, lint};
//! let report = lint("implementation: {container: {image: 'wc:1', command: wc}}");
//! assert_eq!(report.kfp_2.outcome, Outcome::LoadError);
//! assert_eq!(report.findings[0].rule.code, "wrong-kind");
//! assert_eq!(report.findings[0].position.column, 54);
//! ```

mod command;
mod metadata;
mod ports;
mod rule;
mod rules;
mod verdict;

pub use rule::{Rule, Severity};
pub use rules::{RULES, rule};
pub use verdict::{Outcome, Verdict, verdicts};

use std::collections::HashMap;

use crate::ir;
use crate::kfp1;
use crate::read::{self, ComponentFile, Problem};
use kfp_pyyaml::{Position, Tree};

/// Everything lint has to say of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The verdict of kfp 1.8.22.
    pub kfp_1_8: Verdict,
    /// The verdict of kfp 2.17.0.
    pub kfp_2: Verdict,
    /// In the file's order.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether an SDK cannot use the file.
    pub fn is_refused(&self) -> bool {
        self.kfp_1_8.outcome != Outcome::Ok || self.kfp_2.outcome != Outcome::Ok
    }

    /// The worst finding's severity.
    pub fn worst(&self) -> Option<Severity> {
        self.findings
            .iter()
            .map(|finding| finding.rule.severity)
            .max()
    }

    /// A file that could not be read at all, such as one that is not text.
    pub fn unreadable(
        code: &'static str,
        class: &'static str,
        message: &str,
        position: Position,
    ) -> Self {
        let problem = Problem::new(code, class, message, position);
        let verdict = Verdict {
            outcome: Outcome::LoadError,
            problem: Some(problem),
        };
        let findings = findings(&verdict, &verdict, None);
        Self {
            kfp_1_8: verdict.clone(),
            kfp_2: verdict,
            findings,
        }
    }
}

/// One thing that is wrong at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub rule: &'static Rule,
    /// What is wrong here.
    pub reason: String,
    /// Where.
    pub position: Position,
}

impl Finding {
    fn new(code: &str, reason: impl AsRef<str>, position: Position) -> Self {
        let rule = rule(code).unwrap_or(&RULES[0]);
        Self {
            rule,
            reason: one_line(reason.as_ref()),
            position,
        }
    }

    /// The reason and the help in one sentence.
    pub fn message(&self) -> String {
        format!("{}; {}", self.reason.trim_end_matches('.'), self.rule.help)
    }
}

/// Lints one file.
pub fn lint(text: &str) -> Report {
    let documents = kfp_pyyaml::load_all(text);
    let (kfp_1_8, kfp_2) = verdict::of(&documents);
    let tree = documents
        .as_deref()
        .ok()
        .and_then(|documents| documents.first());
    let findings = findings(&kfp_1_8, &kfp_2, tree);
    Report {
        kfp_1_8,
        kfp_2,
        findings,
    }
}

fn findings(kfp_1_8: &Verdict, kfp_2: &Verdict, tree: Option<&Tree>) -> Vec<Finding> {
    let mut said = Said::default();
    said.verdict("kfp 1.8", kfp_1_8);
    said.verdict("kfp 2", kfp_2);
    let mut findings = Vec::new();
    if let Some(tree) = tree {
        findings.extend(tree.duplicates.iter().map(|(key, position)| {
            Finding::new(
                "duplicate-key",
                format!("the key `{key}` is given twice and the last one wins"),
                *position,
            )
        }));
        let is_component = tree.get(tree.root(), "implementation").is_some();
        let reading = is_component.then(|| read::read_tree(tree));
        if let Some(reading) = reading {
            if reading.problems.is_empty() {
                said.all("kfp 2 does not accept it", ir::problems(&reading.file));
                component(&reading.file, &mut findings);
            } else {
                said.all("both SDKs refuse it", reading.problems);
            }
        }
    }
    findings.extend(said.findings);
    findings.sort_by_key(|finding| {
        (
            finding.position,
            std::cmp::Reverse(finding.rule.severity),
            finding.rule.code,
        )
    });
    shorten(&mut findings);
    findings
}

/// One mistake can be made in ten thousand positions, and nobody reads on for so long.
fn shorten(findings: &mut Vec<Finding>) {
    const MOST: usize = 200;
    let mut counts = HashMap::new();
    for finding in &*findings {
        *counts.entry(finding.rule.code).or_insert(0_usize) += 1;
    }
    let mut shown = HashMap::new();
    findings.retain_mut(|finding| {
        let number = shown.entry(finding.rule.code).or_insert(0_usize);
        *number += 1;
        let more = counts[finding.rule.code] - *number;
        if *number == MOST && more > 0 {
            finding.reason = format!("{} (and {more} more)", finding.reason.trim_end_matches('.'));
        }
        *number <= MOST
    });
}

fn component(file: &ComponentFile, findings: &mut Vec<Finding>) {
    if let Some(position) = kfp1::needs_network(file) {
        let reason =
            "kfp 1.8 loads this task's component from elsewhere, and the verdict is without it";
        findings.push(Finding::new("needs-network", reason, position));
    }
    metadata::check(file, findings);
    ports::check(file, findings);
    if let Some(container) = file.container() {
        command::check(file, container, findings);
    }
}

/// What the SDKs say, each thing once.
#[derive(Default)]
struct Said {
    findings: Vec<Finding>,
    positions: HashMap<(&'static str, Position), usize>,
}

impl Said {
    fn verdict(&mut self, sdk: &str, verdict: &Verdict) {
        let Some(problem) = &verdict.problem else {
            return;
        };
        let stage = match verdict.outcome {
            Outcome::LoadError => "load",
            _ => "compile",
        };
        let said = format!("cannot {stage} it: ");
        match self.positions.get(&(problem.code, problem.position)) {
            None => self.add(&format!("{sdk} cannot {stage} it"), problem),
            Some(&at) => {
                let reason = &mut self.findings[at].reason;
                *reason = match reason.split_once(&said) {
                    Some((_, message)) => format!("neither SDK can {stage} it: {message}"),
                    None => format!("{reason}, and {sdk} {said}{}", one_line(&problem.message)),
                };
            }
        }
    }

    fn all(&mut self, who: &str, problems: Vec<Problem>) {
        for problem in problems {
            if !self
                .positions
                .contains_key(&(problem.code, problem.position))
            {
                self.add(who, &problem);
            }
        }
    }

    fn add(&mut self, who: &str, problem: &Problem) {
        self.positions
            .insert((problem.code, problem.position), self.findings.len());
        let reason = format!("{who}: {}", problem.message);
        self.findings
            .push(Finding::new(problem.code, reason, problem.position));
    }
}

/// Names and texts of the file end up in reasons, whatever is in them; a report stays one line and safe to print.
fn one_line(message: &str) -> String {
    const LONGEST: usize = 500;
    let words = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let shown = words
        .chars()
        .take(LONGEST)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c });
    let mut line: String = shown.collect();
    if words.chars().nth(LONGEST).is_some() {
        line.push('…');
    }
    line
}
