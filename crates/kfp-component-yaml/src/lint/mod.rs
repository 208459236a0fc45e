//! What both SDKs and the backends will say about a file, before they do; it opens no files and no URLs.
//!
//! ```
//! use kfp_component_yaml::lint::{Outcome, lint};
//! let report = lint("implementation: {container: {image: 'wc:1', command: wc}}");
//! assert_eq!(report.kfp_2.outcome, Outcome::LoadError);
//! let finding = &report.findings[0];
//! assert_eq!(finding.rule.code, "wrong-kind");
//! assert_eq!(finding.position.column, 54);
//! assert_eq!(finding.help, "write a list with one item per argument: `command: [wc]`");
//! ```

mod backend;
mod bytes;
mod command;
mod file_help;
mod finding;
mod metadata;
mod pipeline;
mod ports;
mod secret;
mod texts;
mod verdict;

pub use crate::rules::{Rule, Severity, rule, rules};
pub use backend::{Backend, UnknownBackend};
pub use bytes::{lint_bytes, text};
pub use finding::Finding;
pub use verdict::{Outcome, Verdict, verdicts};

use crate::document::DocumentKind;
use crate::ir;
use crate::kfp1;
use crate::read::{self, ComponentFile};
use crate::rules;
use command::Language;
use finding::{Said, shorten};
use kfp_pyyaml::Tree;

/// Everything that lint has to say about a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The verdict of kfp 1.8.22.
    pub kfp_1_8: Verdict,
    /// The verdict of kfp 2.17.0.
    pub kfp_2: Verdict,
    /// Sorted by position.
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
}

/// Lints one file for every backend in use: what goes wrong on any of them is found.
pub fn lint(text: &str) -> Report {
    lint_for(text, None)
}

/// Lints one file for one backend: what that backend does with the component is found, and what only others do is not.
///
/// Of the SDKs, only kfp 2 can compile for a named backend, so findings of kfp 1.8 are left out; its verdict is still
/// given.
pub fn lint_for(text: &str, backend: Option<Backend>) -> Report {
    let documents = kfp_pyyaml::load_all(text);
    let (mut kfp_1_8, mut kfp_2) = verdict::of(&documents);
    if let Some(help) = file_help::help(text, &documents) {
        kfp_1_8.help(&help);
        kfp_2.help(&help);
    }
    let tree = documents
        .as_deref()
        .ok()
        .and_then(|documents| documents.first());
    let findings = findings(&kfp_1_8, &kfp_2, tree, backend);
    Report {
        kfp_1_8,
        kfp_2,
        findings,
    }
}

fn findings(
    kfp_1_8: &Verdict,
    kfp_2: &Verdict,
    tree: Option<&Tree>,
    backend: Option<Backend>,
) -> Vec<Finding> {
    let mut said = Said::default();
    let mut findings = Vec::new();
    let kind = tree.map(DocumentKind::of);
    match (tree, &kind) {
        (Some(tree), Some(kind)) if kind.is_foreign() => {
            let reason = format!("neither SDK can load it: it is {kind}");
            let position = tree.position(tree.root());
            findings.push(
                Finding::new(&rules::OTHER_DOCUMENT, reason, position).with_help(kind.help()),
            );
        }
        _ => {
            if backend.is_none() {
                said.verdict("kfp 1.8", kfp_1_8);
            }
            said.verdict("kfp 2", kfp_2);
        }
    }
    if let Some(tree) = tree {
        keys(tree, &mut findings);
        let is_component = tree.get(tree.root(), "implementation").is_some();
        if is_component && kind == Some(DocumentKind::Component) {
            let reading = read::read_tree(tree);
            if reading.problems.is_empty() {
                said.all("kfp 2 does not accept it", ir::problems(&reading.file));
                component(&reading.file, backend, &mut findings);
            } else {
                said.all("both SDKs refuse it", reading.problems);
            }
        }
    }
    if let (Some(tree), Some(DocumentKind::Pipeline), Outcome::Ok) = (tree, kind, kfp_2.outcome) {
        pipeline::check(tree, backend, &mut findings);
    }
    findings.extend(said.findings);
    if backend.is_some() {
        findings.retain(|finding| !OF_KFP_1.contains(&finding.rule));
    }
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

/// What only matters to KFP 1, which is not asked where a backend of KFP 2 is named.
static OF_KFP_1: [&Rule; 4] = [
    &rules::METRICS_NAME,
    &rules::NEEDS_NETWORK,
    &rules::TYPE_SPELLING,
    &rules::URI_IN_KFP_1,
];

/// Keys of which PyYAML drops one.
fn keys(tree: &Tree, findings: &mut Vec<Finding>) {
    for (key, position) in &tree.duplicates {
        let reason = format!("the key `{key}` is given twice and the last one wins");
        findings.push(Finding::new(&rules::DUPLICATE_KEY, reason, *position));
    }
    for (key, position) in &tree.merged_twice {
        let reason = format!(
            "two merged mappings give `{key}`: PyYAML 6.0.4 takes the last, earlier releases the first"
        );
        findings.push(Finding::new(&rules::DUPLICATE_MERGE, reason, *position));
    }
}

fn component(file: &ComponentFile, backend: Option<Backend>, findings: &mut Vec<Finding>) {
    if let Some(position) = kfp1::needs_network(file) {
        let reason =
            "kfp 1.8 loads this task's component from elsewhere, and the verdict is without it";
        findings.push(Finding::new(&rules::NEEDS_NETWORK, reason, position));
    }
    metadata::check(file, findings);
    ports::check(file, findings);
    if let Some(container) = file.container() {
        command::check(file, container, Language::ComponentYaml, backend, findings);
    }
}
