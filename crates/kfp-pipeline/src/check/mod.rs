//! What can be said about a pipeline without running it.
//!
//! Errors are what KFP's backend refuses or fails on; warnings are what it does differently from what the pipeline's
//! text suggests; infos are what kfp.local does differently from the backend.

mod kfp_local;
mod outputs;
mod sizes;
mod tasks;

use std::collections::BTreeSet;

use crate::{
    ComponentSpec, Executor, ParameterType, Pipeline, Problem, TriggerStrategy, Way, kubernetes,
    rule::{self, Rule},
};

/// Every problem of a pipeline, in the order of the file.
///
/// ```
/// let text = "
/// pipelineInfo: {name: broken}
/// root: {dag: {tasks: {train: {componentRef: {name: comp-train}}}}}
/// schemaVersion: 2.1.0
/// ";
/// let pipeline = kfp_pipeline::Pipeline::read(text)?;
/// let problems = kfp_pipeline::check(&pipeline);
/// assert_eq!(problems[0].message, "task `train` runs the component `comp-train`, which is not in the file");
/// # Ok::<(), kfp_pipeline::Problem>(())
/// ```
pub fn check(pipeline: &Pipeline) -> Vec<Problem> {
    let mut checker = Checker {
        pipeline,
        problems: Vec::new(),
    };
    let root = &pipeline.spec.root;
    checker.component(root, &Way::root().key("root"));
    checker.root(root);
    checker.root_in_kfp_local(root);
    for (name, component) in &pipeline.spec.components {
        checker.component(component, &Way::root().keys(["components", name]));
    }
    for (label, executor) in &pipeline.spec.deployment_spec.executors {
        checker.executor_sizes(label, executor);
    }
    checker.recursion();
    let mut problems = checker.problems;
    problems.sort_by_key(|problem| problem.position);
    problems
}

struct Checker<'a> {
    pipeline: &'a Pipeline,
    problems: Vec<Problem>,
}

impl<'a> Checker<'a> {
    fn report(&mut self, rule: &'static Rule, way: &Way, message: String) {
        let problem = self.pipeline.problem(rule, way, message);
        self.problems.push(problem);
    }

    /// The error of a name that is not there, with the nearest that is.
    fn unknown<'n>(
        &mut self,
        rule: &'static Rule,
        way: &Way,
        message: String,
        name: &str,
        known: impl Iterator<Item = &'n String>,
    ) {
        let known: Vec<&str> = known.map(String::as_str).collect();
        let near = similar::get_close_matches(name, &known, 1, 0.6);
        let hint = near.first().map(|near| format!("there is `{near}`"));
        let problem = self.pipeline.problem(rule, way, message);
        self.problems.push(Problem { hint, ..problem });
    }

    fn component_of(&self, task: &str, dag: &'a crate::Dag) -> Option<&'a ComponentSpec> {
        let name = &dag.tasks.get(task)?.component_ref.name;
        self.pipeline.spec.components.get(name)
    }

    fn component(&mut self, component: &'a ComponentSpec, way: &Way) {
        self.defaults(component, way);
        self.output_sizes(component, way);
        let outputs = &component.output_definitions;
        let parameters = outputs.parameters.keys().map(|name| ("parameters", name));
        let artifacts = outputs.artifacts.keys().map(|name| ("artifacts", name));
        for (side, name) in parameters.chain(artifacts) {
            self.name("output", name, &way.keys(["outputDefinitions", side, name]));
        }
        match (&component.dag, &component.executor_label) {
            (Some(dag), None) => {
                self.tasks(component, dag, &way.key("dag"));
                self.outputs(component, dag, way);
                self.graph_in_kfp_local(component, dag, &way.key("dag"));
            }
            (None, Some(label)) => self.label(label, way),
            (None, None) => self.report(
                &rule::MISSING_EXECUTOR,
                way,
                "the component has neither `dag` nor `executorLabel`".to_owned(),
            ),
            (Some(_), Some(_)) => self.report(
                &rule::MISSING_EXECUTOR,
                way,
                "the component has both `dag` and `executorLabel`".to_owned(),
            ),
        }
    }

    /// Names become names of files and directories.
    fn name(&mut self, what: &str, name: &str, way: &Way) {
        let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        if name.is_empty() || name.len() > 200 || !name.chars().all(is_plain) {
            let message =
                format!("the name of the {what} `{name}` must be letters, digits, `-` and `_`");
            self.report(&rule::BAD_FILE_NAME, way, message);
        }
    }

    fn label(&mut self, label: &str, way: &Way) {
        let executors = &self.pipeline.spec.deployment_spec.executors;
        let way = way.key("executorLabel");
        let kind = match executors.get(label) {
            None => {
                let message = format!("the executor `{label}` is not in `deploymentSpec`");
                return self.unknown(
                    &rule::MISSING_EXECUTOR,
                    &way,
                    message,
                    label,
                    executors.keys(),
                );
            }
            Some(Executor::Container(container)) => {
                let is_volume = kubernetes::is_volume(&container.image);
                if container.command.is_empty() && container.args.is_empty() && !is_volume {
                    let message = format!(
                        "the executor `{label}` has neither `command` nor `args`: KFP does not use an image's ENTRYPOINT"
                    );
                    self.report(&rule::ENTRYPOINT, &way, message);
                }
                return;
            }
            Some(Executor::Importer(_)) => return,
            Some(Executor::Resolver(_)) => "resolver",
            Some(Executor::CustomJob(_)) => "customJob",
        };
        let message = format!(
            "the executor `{label}` is a `{kind}`, which open-source KFP does not implement"
        );
        self.report(&rule::UNSUPPORTED_EXECUTOR, &way, message);
    }

    fn defaults(&mut self, component: &ComponentSpec, way: &Way) {
        for (name, parameter) in &component.input_definitions.parameters {
            let Some(default) = &parameter.default_value else {
                continue;
            };
            if !parameter.parameter_type.admits(default) {
                let way = way.keys(["inputDefinitions", "parameters", name, "defaultValue"]);
                let message = format!(
                    "the default of `{name}` is a {}, and its type is {}",
                    crate::value::kind(default),
                    parameter.parameter_type.name()
                );
                self.report(&rule::DEFAULT_TYPE, &way, message);
            }
        }
    }

    fn root(&mut self, root: &ComponentSpec) {
        let way = Way::root().key("root");
        let Some(dag) = &root.dag else {
            return;
        };
        let waits_for_all = |task: &crate::Task| {
            task.trigger_policy.strategy == TriggerStrategy::AllUpstreamTasksCompleted
        };
        if !dag.tasks.is_empty() && dag.tasks.values().all(waits_for_all) {
            let message =
                "the pipeline has exit tasks only, which KFP's backend refuses".to_owned();
            self.report(&rule::ONLY_EXIT_TASKS, &way.keys(["dag", "tasks"]), message);
        }
        for (name, _) in root
            .input_definitions
            .artifacts
            .iter()
            .filter(|(_, port)| !port.is_optional)
        {
            let message = format!(
                "the pipeline needs the artifact `{name}`, and a run can only be given parameters"
            );
            let way = way.keys(["inputDefinitions", "artifacts", name]);
            self.report(&rule::PIPELINE_ARTIFACT, &way, message);
        }
    }

    /// A component that contains itself has no end.
    fn recursion(&mut self) {
        fn visit<'a>(
            checker: &Checker<'a>,
            name: &'a str,
            path: &mut Vec<&'a str>,
            done: &mut BTreeSet<&'a str>,
        ) -> Option<Vec<&'a str>> {
            if let Some(first) = path.iter().position(|other| *other == name) {
                return Some(path[first..].to_vec());
            }
            if !done.insert(name) {
                return None;
            }
            path.push(name);
            let component = checker.pipeline.spec.components.get(name);
            let tasks = component
                .and_then(|component| component.dag.as_ref())
                .map(|dag| dag.tasks.values());
            for task in tasks.into_iter().flatten() {
                let found = visit(checker, &task.component_ref.name, path, done);
                if found.is_some() {
                    return found;
                }
            }
            path.pop();
            None
        }
        let mut done = BTreeSet::new();
        for name in self.pipeline.spec.components.keys() {
            if let Some(cycle) = visit(self, name, &mut Vec::new(), &mut done) {
                let message = format!(
                    "the component `{}` contains itself, by way of {}",
                    cycle[0],
                    quoted(&cycle)
                );
                let way = Way::root().keys(["components", cycle[0]]);
                self.report(&rule::COMPONENT_CYCLE, &way, message);
                return;
            }
        }
    }
}

/// Whether a value of one type may be given to an input of another: numbers are all alike, and anything becomes text.
fn fits(from: ParameterType, to: ParameterType) -> bool {
    use ParameterType::{NumberDouble, NumberInteger, String};
    let is_number = |ty| matches!(ty, NumberDouble | NumberInteger);
    from == to || to == String || (is_number(from) && is_number(to))
}

fn quoted(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
