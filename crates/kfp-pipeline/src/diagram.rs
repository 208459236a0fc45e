//! The graph of a pipeline, as text and as a Mermaid flowchart.

use std::fmt::Write as _;

use crate::{Dag, Executor, IteratorItems, PipelineSpec, Task, TriggerStrategy};

/// How deep graphs are followed: deeper ones are not written by people, and a component may contain itself.
pub const MAX_DEPTH: usize = 32;

/// The tasks, each after those it waits for, those of a graph or loop indented below it.
///
/// ```
/// let text = "
/// pipelineInfo: {name: two}
/// schemaVersion: 2.1.0
/// components: {comp-a: {executorLabel: exec-a}}
/// deploymentSpec: {executors: {exec-a: {container: {image: a:1, command: [/a]}}}}
/// root:
///   dag:
///     tasks:
///       second: {componentRef: {name: comp-a}, dependentTasks: [first]}
///       first: {componentRef: {name: comp-a}}
/// ";
/// let pipeline = kfp_pipeline::Pipeline::read(text)?;
/// let shown = kfp_pipeline::diagram::text(&pipeline.spec);
/// assert_eq!(shown, "two\n  first: a:1\n  second: a:1, after first\n");
/// # Ok::<(), kfp_pipeline::Problem>(())
/// ```
pub fn text(pipeline: &PipelineSpec) -> String {
    let mut text = format!("{}\n", pipeline.pipeline_info.name);
    if let Some(dag) = &pipeline.root.dag {
        outline(pipeline, dag, 1, &mut text);
    }
    text
}

fn outline(pipeline: &PipelineSpec, dag: &Dag, depth: usize, text: &mut String) {
    for (name, task) in ordered(dag) {
        let mut notes: Vec<String> = image(pipeline, task).into_iter().collect();
        let after: Vec<&str> = task.dependencies().into_iter().collect();
        if !after.is_empty() {
            notes.push(format!("after {}", after.join(", ")));
        }
        notes.extend(policies(task));
        let colon = if notes.is_empty() { "" } else { ": " };
        let indent = "  ".repeat(depth);
        let _ = writeln!(text, "{indent}{name}{colon}{}", notes.join(", "));
        if let Some(dag) = inner(pipeline, task).filter(|_| depth < MAX_DEPTH) {
            outline(pipeline, dag, depth + 1, text);
        }
    }
}

/// A flowchart for <https://mermaid.js.org>: graphs and loops are boxes around their tasks.
pub fn mermaid(pipeline: &PipelineSpec) -> String {
    let mut text = "flowchart TD\n".to_owned();
    if let Some(dag) = &pipeline.root.dag {
        flowchart(pipeline, dag, "", 1, &mut text);
    }
    text
}

fn flowchart(pipeline: &PipelineSpec, dag: &Dag, parent: &str, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    for (name, task) in ordered(dag) {
        let id = format!("{parent}{name}");
        let words = [vec![name.to_owned()], policies(task)].concat();
        // Mermaid's own way to write what would end the label.
        let label = words.join("<br>").replace('"', "#quot;");
        match inner(pipeline, task).filter(|_| depth < MAX_DEPTH) {
            None => {
                let _ = writeln!(text, "{indent}{id}[\"{label}\"]");
            }
            Some(dag) => {
                let _ = writeln!(text, "{indent}subgraph {id} [\"{label}\"]");
                flowchart(pipeline, dag, &format!("{id}."), depth + 1, text);
                let _ = writeln!(text, "{indent}end");
            }
        }
        for before in task.dependencies() {
            let _ = writeln!(text, "{indent}{parent}{before} --> {id}");
        }
    }
}

/// The tasks in order; by name if there is none.
fn ordered(dag: &Dag) -> Vec<(&str, &Task)> {
    let names = dag
        .order()
        .unwrap_or_else(|_| dag.tasks.keys().map(String::as_str).collect());
    names
        .into_iter()
        .map(|name| (name, &dag.tasks[name]))
        .collect()
}

fn inner<'a>(pipeline: &'a PipelineSpec, task: &Task) -> Option<&'a Dag> {
    let component = pipeline.components.get(&task.component_ref.name)?;
    component.dag.as_ref()
}

/// The image a task runs, or what it does instead.
fn image(pipeline: &PipelineSpec, task: &Task) -> Option<String> {
    let component = pipeline.components.get(&task.component_ref.name)?;
    Some(match pipeline.executor(component)? {
        Executor::Container(container) => container.image.clone(),
        Executor::Importer(_) => "imports an artifact".to_owned(),
        Executor::Resolver(_) | Executor::CustomJob(_) => "cannot run".to_owned(),
    })
}

/// When and how often a task runs, if not once.
fn policies(task: &Task) -> Vec<String> {
    let mut notes = Vec::new();
    if !task.trigger_policy.condition.is_empty() {
        notes.push(format!("if {}", task.trigger_policy.condition));
    }
    if task.trigger_policy.strategy == TriggerStrategy::AllUpstreamTasksCompleted {
        notes.push("whatever happened before".to_owned());
    }
    if let Some(iterator) = &task.parameter_iterator {
        notes.push(match &iterator.items {
            IteratorItems::Raw(items) => format!("for each of {items}"),
            IteratorItems::InputParameter(name) => format!("for each of {name}"),
        });
    }
    if let Some(retry) = task
        .retry_policy
        .as_ref()
        .filter(|retry| retry.max_retry_count > 0)
    {
        notes.push(format!("up to {} attempts", retry.max_retry_count + 1));
    }
    notes
}
