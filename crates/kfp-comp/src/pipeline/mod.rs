//! Compiled pipelines, as every verb that takes one reads them.

pub(crate) mod flags;
pub(crate) mod interface;
pub(crate) mod released;
pub(crate) mod source;

use std::path::Path;

use kfp_pipeline::{Executor, ParameterSource, Pipeline, TaskParameter};

/// Whether an argument is the file of a pipeline rather than the name of something.
pub(crate) fn is_file(name: &str) -> bool {
    let extension = Path::new(name).extension().and_then(|text| text.to_str());
    matches!(extension, Some("yaml" | "yml" | "json" | "py"))
}

/// Whether a pipeline is a Python file, which is compiled first.
pub(crate) fn is_python(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "py")
}

/// Whether it is one component that kfp compiled by itself, which other pipelines load: a pipeline of this one step, with
/// the same interface.
pub(crate) fn is_component(pipeline: &Pipeline) -> bool {
    let spec = &pipeline.spec;
    let Some(dag) = &spec.root.dag else {
        return true;
    };
    let mut executors = spec.deployment_spec.executors.values();
    let is_container = matches!(executors.next(), Some(Executor::Container(_)));
    let mut tasks = dag.tasks.values();
    let (Some(task), None, None, 1) = (
        tasks.next(),
        tasks.next(),
        executors.next(),
        spec.components.len(),
    ) else {
        return false;
    };
    let passed_on = |(name, parameter): (&String, &TaskParameter)| matches!(&parameter.source, ParameterSource::ComponentInput(input) if input == name);
    is_container
        && task.inputs.parameters.iter().all(passed_on)
        && task.retry_policy.is_none()
        && task.parameter_iterator.is_none()
}
