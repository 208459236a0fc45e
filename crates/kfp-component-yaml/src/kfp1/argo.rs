//! What the Argo compiler refuses in a component's texts and extras, all of which it writes into the workflow as JSON.

use std::collections::HashSet;

use crate::ir::is_word;
use crate::read::Problem;
use crate::rules;
use kfp_pyyaml::{NodeId, Position, Tree, Value};

/// Checks a container component, which lies at this node.
pub(super) fn check(tree: &Tree, component: NodeId) -> Result<(), Problem> {
    let declared = ["inputs", "outputs"]
        .iter()
        .filter_map(|side| tree.get(component, side));
    for port in declared.flat_map(|ports| tree.items(ports)) {
        for extra in ["type", "annotations"]
            .iter()
            .filter_map(|key| tree.get(*port, key))
        {
            serializable(tree, extra, &mut HashSet::new())?;
        }
    }
    let mut seen = HashSet::new();
    let mut waiting = vec![component];
    while let Some(id) = waiting.pop() {
        if !seen.insert(id) {
            continue;
        }
        match tree.value(id) {
            Value::Str(text) => tags(text, tree.position(id))?,
            Value::List(items) => waiting.extend(items.iter().rev()),
            Value::Map(entries) => waiting.extend(entries.iter().rev().flat_map(|&(k, v)| [v, k])),
            _ => {}
        }
    }
    Ok(())
}

/// Checks the components of a graph's tasks, each of which is written into the workflow.
pub(super) fn check_tasks(tree: &Tree, component: NodeId) -> Result<(), Problem> {
    let inside = |id, key| tree.get(id, key);
    let graph = inside(component, "implementation").and_then(|id| inside(id, "graph"));
    let tasks = graph.and_then(|graph| inside(graph, "tasks"));
    for &(_, task) in tasks.map_or(&[][..], |tasks| tree.entries(tasks)) {
        let Some(spec) = inside(task, "componentRef").and_then(|id| inside(id, "spec")) else {
            continue;
        };
        let is_graph =
            inside(spec, "implementation").is_some_and(|id| inside(id, "graph").is_some());
        if is_graph {
            check_tasks(tree, spec)?;
        } else {
            check(tree, spec)?;
        }
    }
    Ok(())
}

/// Whether `json.dumps(…, sort_keys=True)` can write a value.
fn serializable(tree: &Tree, id: NodeId, open: &mut HashSet<NodeId>) -> Result<(), Problem> {
    let refuse = |class, message: String, position| {
        Err(Problem::new(&rules::NOT_JSON, class, message, position))
    };
    let position = tree.position(id);
    match tree.value(id) {
        Value::Other(class) => {
            let class = class.rsplit('.').next().unwrap_or(class);
            refuse(
                "TypeError",
                format!("Object of type {class} is not JSON serializable"),
                position,
            )
        }
        Value::List(_) | Value::Map(_) if !open.insert(id) => {
            refuse("ValueError", "Circular reference detected".into(), position)
        }
        Value::List(items) => {
            items
                .iter()
                .try_for_each(|item| serializable(tree, *item, open))?;
            open.remove(&id);
            Ok(())
        }
        Value::Map(entries) => {
            let rank = |key: NodeId| match tree.value(key) {
                Value::Str(_) => "str",
                Value::Null => "NoneType",
                Value::Bool(_) | Value::Int(_) | Value::BigInt(_) | Value::Float(_) => "int",
                _ => "other",
            };
            if let Some((key, _)) = entries.iter().find(|(key, _)| rank(*key) == "other") {
                let message = format!(
                    "keys must be str, int, float, bool or None, not {}",
                    tree.class(*key)
                );
                return refuse("TypeError", message, tree.position(*key));
            }
            if let Some(pair) = entries
                .windows(2)
                .find(|pair| rank(pair[0].0) != rank(pair[1].0))
            {
                let (one, other) = (tree.class(pair[1].0), tree.class(pair[0].0));
                let message =
                    format!("'<' not supported between instances of '{one}' and '{other}'");
                return refuse("TypeError", message, tree.position(pair[1].0));
            }
            entries
                .iter()
                .try_for_each(|(_, value)| serializable(tree, *value, open))?;
            open.remove(&id);
            Ok(())
        }
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::BigInt(_)
        | Value::Float(_)
        | Value::Str(_) => Ok(()),
    }
}

/// Argo's own `{{…}}` tags, which must not be in any text of a component, descriptions included.
pub(super) fn tags(text: &str, position: Position) -> Result<(), Problem> {
    if text.contains("{{pipelineparam") {
        let message = "Internal compiler error: Found unresolved PipelineParam.";
        return Err(Problem::new(
            &rules::ARGO_TAG,
            "RuntimeError",
            message,
            position,
        ));
    }
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        let body = rest[at..].trim_start_matches('{');
        rest = body;
        let allowed = |c: char| c.is_ascii() && (is_word(c) || matches!(c, '-' | '.'));
        let end = body.find(|c| !allowed(c)).unwrap_or(body.len());
        if end == 0 || !body[end..].starts_with("}}") {
            continue;
        }
        let parts: Vec<&str> = body[..end].split('.').collect();
        let (class, message) = match parts.as_slice() {
            ["inputs"] | ["inputs", "parameters"] => {
                ("IndexError", "list index out of range".to_owned())
            }
            ["inputs", "parameters", ..] => continue,
            ["inputs" | "outputs" | "tasks" | "steps" | "item", ..] => (
                "AssertionError",
                format!(
                    "Found unexpected Argo placeholder in container template: {}",
                    &body[..end]
                ),
            ),
            _ => continue,
        };
        return Err(Problem::new(&rules::ARGO_TAG, class, message, position));
    }
    Ok(())
}
