//! What the names in a component point to; refuses names declared twice and names declared nowhere.

use std::collections::{HashMap, HashSet};

use super::Problem;
use super::command::{Arg, ArgKind, Branch, Condition, PlaceholderKind};
use super::decode::Reader;
use super::graph_model::{Graph, GraphArgument};
use super::help;
use super::model::{ComponentFile, Container, Implementation, Spanned};
use crate::rules;

struct Names<'f> {
    inputs: HashSet<&'f str>,
    outputs: HashSet<&'f str>,
}

impl Names<'_> {
    fn input_help(&self, name: &str) -> String {
        if self.outputs.contains(name) {
            return format!("`{name}` is an output: use `{{outputPath: {name}}}`");
        }
        help::undeclared(name, "input", sorted(&self.inputs))
    }

    fn output_help(&self, name: &str) -> String {
        if self.inputs.contains(name) {
            return format!(
                "`{name}` is an input: use `{{inputValue: {name}}}` or `{{inputPath: {name}}}`"
            );
        }
        help::undeclared(name, "output", sorted(&self.outputs))
    }
}

fn sorted<'n>(names: &HashSet<&'n str>) -> impl Iterator<Item = &'n str> {
    let mut names: Vec<_> = names.iter().copied().collect();
    names.sort_unstable();
    names.into_iter()
}

impl Reader<'_> {
    pub(super) fn references(&mut self, file: &ComponentFile) {
        let names = Names {
            inputs: file
                .inputs
                .iter()
                .map(|input| input.name.value.as_str())
                .collect(),
            outputs: file
                .outputs
                .iter()
                .map(|output| output.name.value.as_str())
                .collect(),
        };
        self.unique("input", file.inputs.iter().map(|input| &input.name));
        self.unique("output", file.outputs.iter().map(|output| &output.name));
        match &file.implementation {
            Some(Implementation::Container(container)) => {
                self.container_references(&names, container);
            }
            Some(Implementation::Graph(graph)) => self.graph_references(&names, graph),
            None => {}
        }
    }

    fn unique<'n>(&mut self, side: &str, names: impl Iterator<Item = &'n Spanned<String>>) {
        let mut seen = HashSet::new();
        for name in names {
            if !seen.insert(name.value.as_str()) {
                let message = format!("Non-unique {side} name \"{}\"", name.value);
                self.problems.push(Problem::new(
                    &rules::DUPLICATE_NAME,
                    "ValueError",
                    message,
                    name.start,
                ));
            }
        }
    }

    fn container_references(&mut self, names: &Names, container: &Container) {
        for (name, path) in &container.file_outputs {
            if !names.outputs.contains(name.value.as_str()) {
                let message = format!(
                    "Unconfigurable output entry \"{{'{}': '{}'}}\" references non-existing output.",
                    name.value, path.value
                );
                let problem = Problem::type_error(&rules::UNKNOWN_OUTPUT, message, name.start);
                self.problems
                    .push(problem.with_help(names.output_help(&name.value)));
            }
        }
        for arg in container.args() {
            self.element_references(names, arg);
        }
    }

    fn element_references(&mut self, names: &Names, arg: &Arg) {
        match &arg.kind {
            ArgKind::Text(_) | ArgKind::ExecutorInput | ArgKind::OutputMetadata => {}
            ArgKind::Placeholder(kind, name) => self.placeholder_reference(names, *kind, name),
            ArgKind::Concat(items) => items
                .iter()
                .for_each(|item| self.element_references(names, item)),
            ArgKind::If(choice) => {
                match &choice.condition {
                    Condition::IsPresent(name) => {
                        self.input_reference(names, "IsPresentPlaceholder", name);
                    }
                    Condition::InputValue(name) => {
                        self.placeholder_reference(names, PlaceholderKind::InputValue, name);
                    }
                    Condition::Text(_) | Condition::Bool(_) => {}
                }
                let branches = std::iter::once(&choice.then).chain(&choice.otherwise);
                for arg in branches.flat_map(Branch::args) {
                    self.element_references(names, arg);
                }
            }
        }
    }

    fn placeholder_reference(
        &mut self,
        names: &Names,
        kind: PlaceholderKind,
        name: &Spanned<String>,
    ) {
        if !kind.is_output() {
            self.input_reference(names, kind.class(), name);
        } else if !names.outputs.contains(name.value.as_str()) {
            let message = format!(
                "Argument \"{}(output_name='{}')\" references non-existing output.",
                kind.class(),
                name.value
            );
            let problem = Problem::type_error(&rules::UNKNOWN_OUTPUT, message, name.start);
            self.problems
                .push(problem.with_help(names.output_help(&name.value)));
        }
    }

    fn input_reference(&mut self, names: &Names, class: &str, name: &Spanned<String>) {
        if !names.inputs.contains(name.value.as_str()) {
            let message = format!(
                "Argument \"{class}(input_name='{}')\" references non-existing input.",
                name.value
            );
            let problem = Problem::type_error(&rules::UNKNOWN_INPUT, message, name.start);
            self.problems
                .push(problem.with_help(names.input_help(&name.value)));
        }
    }

    fn graph_references(&mut self, names: &Names, graph: &Graph) {
        self.task_order(graph);
        for (name, _) in &graph.output_values {
            if !names.outputs.contains(name.value.as_str()) {
                let message = format!(
                    "Graph output argument entry \"{{'{}': …}}\" references non-existing output.",
                    name.value
                );
                self.refuse(&rules::UNKNOWN_OUTPUT, message, name.start);
            }
        }
        for (_, argument) in graph
            .tasks
            .iter()
            .flat_map(|task| task.arguments.iter().flatten())
        {
            if let GraphArgument::GraphInput { input } = argument
                && !names.inputs.contains(input.value.as_str())
            {
                let message = format!(
                    "Argument \"GraphInputArgument(graph_input=GraphInputReference(input_name='{}', type=None))\" references non-existing input.",
                    input.value
                );
                self.refuse(&rules::UNKNOWN_INPUT, message, input.start);
            }
        }
    }

    fn task_order(&mut self, graph: &Graph) {
        let ids: HashSet<&str> = graph
            .tasks
            .iter()
            .map(|task| task.id.value.as_str())
            .collect();
        let mut waits_for: HashMap<&str, HashSet<&str>> = HashMap::new();
        for task in &graph.tasks {
            let needs = waits_for.entry(&task.id.value).or_default();
            for (name, argument) in task.arguments.iter().flatten() {
                let GraphArgument::TaskOutput { task: producer, .. } = argument else {
                    continue;
                };
                match producer {
                    Some(producer) if ids.contains(producer.value.as_str()) => drop(needs.insert(&producer.value)),
                    _ => self.refuse(
                        &rules::UNKNOWN_TASK,
                        format!("Argument \"TaskOutputArgument(…)\" of \"{}\" references non-existing task.", name.value),
                        name.start,
                    ),
                }
            }
        }
        loop {
            let before = waits_for.len();
            let waiting: HashSet<&str> = waits_for.keys().copied().collect();
            waits_for.retain(|_, needs| needs.iter().any(|need| waiting.contains(need)));
            if waits_for.len() == before {
                break;
            }
        }
        if let Some(task) = graph
            .tasks
            .iter()
            .find(|task| waits_for.contains_key(task.id.value.as_str()))
        {
            let message = format!("Task \"{}\" has cyclical dependency.", task.id.value);
            self.problems.push(Problem::new(
                &rules::CYCLIC_TASKS,
                "ValueError",
                message,
                task.id.start,
            ));
        }
    }
}
