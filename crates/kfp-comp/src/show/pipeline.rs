//! A compiled pipeline: its parameters, its outputs and its graph.

use anyhow::Result;
use kfp_pipeline::{
    Dag, OutputDefinitions, Pipeline, PipelineSpec, Task, TriggerStrategy, diagram,
};
use serde_json::{Value, json};

use crate::{
    output::{Console, printable, table},
    pipeline::flags,
};

/// How a pipeline's graph is drawn.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum Graph {
    /// Indented lines
    Text,
    /// A flowchart
    Mermaid,
}

/// Shows a pipeline, or only its graph.
pub(super) fn show(
    pipeline: &Pipeline,
    graph: Option<Graph>,
    as_json: bool,
    console: &mut Console,
) -> Result<()> {
    let spec = &pipeline.spec;
    if as_json {
        return Ok(console.json(&object(spec))?);
    }
    let text = match graph {
        Some(Graph::Text) => diagram::text(spec),
        Some(Graph::Mermaid) => diagram::mermaid(spec),
        None => {
            let graph = diagram::text(spec);
            // The first line is the pipeline's name.
            let tasks = graph.split_once('\n').map_or("", |(_, tasks)| tasks);
            let outputs = outputs(&spec.root.output_definitions);
            format!("{}{outputs}\nTasks:\n{tasks}", flags::help(spec))
        }
    };
    console.data(&printable(&text))?;
    Ok(())
}

fn outputs(declared: &OutputDefinitions) -> String {
    let rows: Vec<Vec<String>> = names_and_types(declared)
        .map(|(name, ty)| vec![format!("  {name}"), ty.to_owned()])
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    format!("\nOutputs:\n{}", table(rows))
}

/// All outputs, parameters before artifacts.
fn names_and_types(declared: &OutputDefinitions) -> impl Iterator<Item = (&str, &str)> {
    let parameters = declared
        .parameters
        .iter()
        .map(|(name, port)| (name.as_str(), port.parameter_type.name()));
    let artifacts = declared
        .artifacts
        .iter()
        .map(|(name, port)| (name.as_str(), port.artifact_type.schema_title.as_str()));
    parameters.chain(artifacts)
}

/// The pipeline for programs.
fn object(spec: &PipelineSpec) -> Value {
    let inputs = &spec.root.input_definitions.parameters;
    let parameters: Vec<Value> = inputs
        .iter()
        .map(|(name, port)| {
            json!({
                "name": name,
                "type": port.parameter_type.name(),
                "default": port.default_value,
                "optional": port.is_optional,
                "description": port.description,
            })
        })
        .collect();
    let outputs: Vec<Value> = names_and_types(&spec.root.output_definitions)
        .map(|(name, ty)| json!({"name": name, "type": ty}))
        .collect();
    let mut tasks = Vec::new();
    if let Some(dag) = &spec.root.dag {
        add_tasks(spec, dag, "", 0, &mut tasks);
    }
    json!({
        "name": spec.pipeline_info.name,
        "description": spec.pipeline_info.description,
        "sdk": spec.sdk_version,
        "parameters": parameters,
        "outputs": outputs,
        "tasks": tasks,
    })
}

/// All tasks, those of graphs and loops by their paths: `for-loop-2/train`.
fn add_tasks(spec: &PipelineSpec, dag: &Dag, parent: &str, depth: usize, tasks: &mut Vec<Value>) {
    for (name, task) in &dag.tasks {
        let path = format!("{parent}{name}");
        let component = spec.components.get(&task.component_ref.name);
        let inner = component.and_then(|component| component.dag.as_ref());
        tasks.push(json!({
            "task": path,
            "component": task.component_ref.name,
            "image": image(spec, task),
            "after": task.dependencies(),
            "condition": Some(&task.trigger_policy.condition).filter(|text| !text.is_empty()),
            "is_exit_task": task.trigger_policy.strategy == TriggerStrategy::AllUpstreamTasksCompleted,
            "is_loop": task.parameter_iterator.is_some(),
            "is_cached": task.caching_options.enable_cache,
        }));
        if let Some(inner) = inner.filter(|_| depth < diagram::MAX_DEPTH) {
            add_tasks(spec, inner, &format!("{path}/"), depth + 1, tasks);
        }
    }
}

fn image<'a>(spec: &'a PipelineSpec, task: &Task) -> Option<&'a str> {
    spec.image(spec.components.get(&task.component_ref.name)?)
}
