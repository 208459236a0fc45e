//! Compiled pipelines: what backends do with their components' arguments and with the constants of their tasks.

use super::{Backend, Finding, Rule, command, command::Language};
use crate::ir;
use crate::rules;
use kfp_pyyaml::{MAX_DEPTH, NodeId, Tree, Value};

/// The rules that a compiled component can break.
static OF_COMPILED: [&Rule; 15] = [
    &rules::BACKEND_CONCAT,
    &rules::BACKEND_DEFAULT,
    &rules::BACKEND_IF,
    &rules::BACKEND_LITERAL,
    &rules::CONCAT,
    &rules::DEFAULT_UNGUARDED,
    &rules::EMPTY_IMAGE,
    &rules::LATEST_IMAGE,
    &rules::LITERAL_TAG,
    &rules::NESTED_IF,
    &rules::NOT_DRAWN,
    &rules::OPTIONAL_UNGUARDED,
    &rules::PIP_INSTALL,
    &rules::SECRET_PARAMETER,
    &rules::UNPINNED_IMAGE,
];

/// Where the names of images begin that kfp-kubernetes gives to what is not a container.
const STAND_IN: &str = "argostub/";

/// Checks pipeline IR that kfp 2 takes.
pub(super) fn check(tree: &Tree, backend: Option<Backend>, findings: &mut Vec<Finding>) {
    let names = ir::decompile::names(tree);
    for name in &names {
        // What cannot be read as a component is a pipeline's own affair, and kfp 2 has taken it.
        let Ok(file) = ir::decompile::component(tree, name, "") else {
            continue;
        };
        let Some(container) = file.container() else {
            continue;
        };
        // KFP's driver makes and deletes claims itself, and pulls no image.
        if container.image.value.starts_with(STAND_IN) {
            continue;
        }
        let mut found = Vec::new();
        command::check(&file, container, Language::Dsl, backend, &mut found);
        found.retain(|finding| OF_COMPILED.contains(&finding.rule));
        // Who has the Python has not the lines of the compiled text.
        if names.len() > 1 {
            for finding in &mut found {
                finding.reason = format!("component `{name}`: {}", finding.reason);
            }
        }
        findings.extend(found);
    }
    let root = tree.get(tree.root(), "root");
    let components = tree.get(tree.root(), "components");
    let components = components.map_or(&[][..], |components| tree.entries(components));
    for id in root.into_iter().chain(components.iter().map(|(_, id)| *id)) {
        let tasks = tree.get(id, "dag").and_then(|dag| tree.get(dag, "tasks"));
        for &(_, task) in tasks.map_or(&[][..], |tasks| tree.entries(tasks)) {
            constants(tree, task, findings);
        }
    }
}

/// Placeholders inside the constants that a task is given.
fn constants(tree: &Tree, task: NodeId, findings: &mut Vec<Finding>) {
    let parameters = tree
        .get(task, "inputs")
        .and_then(|inputs| tree.get(inputs, "parameters"));
    for &(name, value) in parameters.map_or(&[][..], |parameters| tree.entries(parameters)) {
        let constant = tree
            .get(value, "runtimeValue")
            .and_then(|value| tree.get(value, "constant"));
        let Some(constant) = constant else { continue };
        let Some((found, is_nested)) = placeholder(tree, constant, 0) else {
            continue;
        };
        let name = tree.repr(name);
        let place = if is_nested {
            "inside a list or mapping, which nothing fills in"
        } else {
            "inside a text, which not every backend fills in"
        };
        let reason = format!("the constant for `{name}` has a placeholder {place}");
        let finding = Finding::new(&rules::NESTED_PLACEHOLDER, reason, tree.position(found));
        findings.push(finding);
    }
}

/// A text with a placeholder in it, and whether it stands in a list or mapping; a text that is one placeholder and
/// nothing else is filled in everywhere.
fn placeholder(tree: &Tree, id: NodeId, depth: usize) -> Option<(NodeId, bool)> {
    if depth > MAX_DEPTH {
        return None;
    }
    let mut inside = match tree.value(id) {
        Value::Str(text) => {
            let is_whole = text.starts_with("{{$") && text.find("}}") == Some(text.len() - 2);
            return (text.contains("{{$") && !(is_whole && depth == 0)).then_some((id, depth > 0));
        }
        Value::List(items) => items.clone(),
        Value::Map(entries) => entries
            .iter()
            .flat_map(|(key, value)| [*key, *value])
            .collect(),
        _ => return None,
    }
    .into_iter();
    inside.find_map(|item| placeholder(tree, item, depth + 1))
}
