//! Graph components, which only kfp 1.8 runs: tasks, what they are given and what comes out.

use super::Problem;
use super::decode::{Class, Reader, optional, renamed, required};
use super::graph_model::{Graph, GraphArgument, Task};
use super::model::Spanned;
use crate::rules;
use kfp_pyyaml::{NodeId, Value};

const GRAPH_IMPLEMENTATION: Class = Class {
    name: "GraphImplementation",
    fields: &[required("graph")],
};
/// `outputValues` has a default, but its type does not allow it, and under Python 3.11 the type wins.
const GRAPH: Class = Class {
    name: "GraphSpec",
    fields: &[
        required("tasks"),
        renamed(&optional("outputValues"), "output_values"),
    ],
};
const TASK: Class = Class {
    name: "TaskSpec",
    fields: &[
        renamed(&required("componentRef"), "component_ref"),
        optional("arguments"),
        renamed(&optional("isEnabled"), "is_enabled"),
        renamed(&optional("executionOptions"), "execution_options"),
        optional("annotations"),
    ],
};
const REFERENCE: Class = Class {
    name: "ComponentReference",
    fields: &[
        optional("name"),
        optional("digest"),
        optional("tag"),
        optional("url"),
        optional("spec"),
    ],
};
const GRAPH_INPUT: Class = Class {
    name: "GraphInputReference",
    fields: &[
        renamed(&required("inputName"), "input_name"),
        optional("type"),
    ],
};
const TASK_OUTPUT: Class = Class {
    name: "TaskOutputReference",
    fields: &[
        renamed(&required("outputName"), "output_name"),
        renamed(&optional("taskId"), "task_id"),
        optional("task"),
        optional("type"),
    ],
};
const OPTIONS: Class = Class {
    name: "ExecutionOptionsSpec",
    fields: &[
        renamed(&optional("retryStrategy"), "retry_strategy"),
        renamed(&optional("cachingStrategy"), "caching_strategy"),
    ],
};
const RETRY: Class = Class {
    name: "RetryStrategySpec",
    fields: &[renamed(&required("maxRetries"), "max_retries")],
};
const CACHING: Class = Class {
    name: "CachingStrategySpec",
    fields: &[renamed(
        &optional("maxCacheStaleness"),
        "max_cache_staleness",
    )],
};
const OPERANDS: Class = Class {
    name: "TwoOperands",
    fields: &[required("op1"), required("op2")],
};

impl Reader<'_> {
    pub(super) fn graph_implementation(&mut self, id: NodeId) -> Option<Graph> {
        let mut graph = None;
        self.class(id, &GRAPH_IMPLEMENTATION, |reader, _, value| {
            graph = Some(reader.graph(value));
        });
        graph
    }

    fn graph(&mut self, id: NodeId) -> Graph {
        let position = self.tree.position(id);
        let mut graph = Graph {
            tasks: Vec::new(),
            output_values: Vec::new(),
            position,
        };
        let is_map = self.class(id, &GRAPH, |reader, key, value| {
            let tree = reader.tree;
            let Value::Map(entries) = tree.value(value) else {
                let expected = if key == "tasks" {
                    "TaskSpec"
                } else {
                    "ArgumentType"
                };
                return reader.wrong_kind(value, &format!("typing.Mapping[str, {expected}]"));
            };
            for &(name, value) in entries {
                let Some(name) = reader.text(name) else {
                    continue;
                };
                if key == "tasks" {
                    graph
                        .tasks
                        .extend(reader.bounded(value, |reader| Some(reader.task(value, name))));
                } else {
                    graph
                        .output_values
                        .extend(reader.argument(value).map(|argument| (name, argument)));
                }
            }
        });
        if is_map
            && self.tree.get(id, "tasks").is_some()
            && self.tree.get(id, "outputValues").is_none()
        {
            let message = "Argument for output_values is not compatible with type \"typing.Mapping[str, ArgumentType]\". \
                           Exception: Error: None object is incompatible with type";
            let problem = Problem::type_error(&rules::MISSING_KEY, message, position);
            self.problems
                .push(problem.with_help("add `outputValues: {}` beside `tasks`"));
        }
        graph
    }

    fn task(&mut self, id: NodeId, name: Spanned<String>) -> Task {
        let mut task = Task {
            id: name,
            url: None,
            name: None,
            spec: None,
            arguments: None,
        };
        self.class(id, &TASK, |reader, key, value| match key {
            "componentRef" => reader.component_reference(value, &mut task),
            "arguments" => task.arguments = reader.arguments(value),
            "isEnabled" | "executionOptions" if reader.is_null(value) => {}
            "isEnabled" => reader.predicate(value),
            "executionOptions" => reader.execution_options(value),
            _ => reader.any_map(value),
        });
        task
    }

    fn component_reference(&mut self, id: NodeId, task: &mut Task) {
        let mut given = false;
        let is_map = self.class(id, &REFERENCE, |reader, key, value| {
            if reader.is_null(value) {
                return;
            }
            if key == "spec" {
                given = true;
                task.spec = Some(Box::new(reader.component(value)));
                return;
            }
            let text = reader.text(value);
            given |= text.as_ref().is_some_and(|text| !text.value.is_empty());
            match key {
                "url" => task.url = text,
                "name" => task.name = text,
                _ => {}
            }
        });
        if is_map && !given {
            self.refuse(
                &rules::MISSING_KEY,
                "Need at least one argument.",
                self.tree.position(id),
            );
        }
    }

    fn arguments(&mut self, id: NodeId) -> Option<Vec<(Spanned<String>, GraphArgument)>> {
        let tree = self.tree;
        match tree.value(id) {
            Value::Null => None,
            Value::Map(entries) => {
                let mut arguments = Vec::new();
                for &(name, value) in entries {
                    let (name, value) = (self.text(name), self.argument(value));
                    arguments.extend(name.zip(value));
                }
                Some(arguments)
            }
            _ => {
                self.wrong_kind(id, "typing.Optional[typing.Mapping[str, ArgumentType]]");
                None
            }
        }
    }

    fn argument(&mut self, id: NodeId) -> Option<GraphArgument> {
        self.bounded(id, |reader| {
            let tree = reader.tree;
            match tree.value(id) {
                Value::Map(entries) => match entries.as_slice() {
                    [(key, value)] if tree.text(*key) == Some("graphInput") => {
                        reader.graph_input(*value)
                    }
                    [(key, value)] if tree.text(*key) == Some("taskOutput") => {
                        reader.task_output(*value)
                    }
                    _ => {
                        reader.wrong_kind(id, "ArgumentType");
                        None
                    }
                },
                Value::Null => {
                    reader.wrong_kind(id, "ArgumentType");
                    None
                }
                _ => reader
                    .primitive(id)
                    .map(|constant| GraphArgument::Constant(constant.value)),
            }
        })
    }

    fn graph_input(&mut self, id: NodeId) -> Option<GraphArgument> {
        let mut input = None;
        self.class(id, &GRAPH_INPUT, |reader, key, value| match key {
            "inputName" => input = reader.text(value),
            _ => drop(reader.declared_type(value)),
        });
        Some(GraphArgument::GraphInput { input: input? })
    }

    fn task_output(&mut self, id: NodeId) -> Option<GraphArgument> {
        let (mut output, mut task, mut inline) = (None, None, false);
        let is_map = self.class(id, &TASK_OUTPUT, |reader, key, value| match key {
            "outputName" => output = reader.text(value),
            "taskId" => task = reader.optional_text(value),
            "task" if reader.is_null(value) => {}
            "task" => {
                inline = true;
                let name = reader.spanned(value, String::new());
                reader.bounded(value, |reader| Some(reader.task(value, name)));
            }
            _ => drop(reader.declared_type(value)),
        });
        if is_map && task.is_none() && !inline {
            self.refuse(
                &rules::MISSING_KEY,
                "task_id and task cannot be None at the same time.",
                self.tree.position(id),
            );
        }
        Some(GraphArgument::TaskOutput {
            task,
            output: output?,
        })
    }

    /// A condition on a task: an argument, a comparison of two or a combination of conditions.
    fn predicate(&mut self, id: NodeId) {
        self.bounded(id, |reader| {
            let tree = reader.tree;
            let single = match tree.entries(id) {
                [(key, value)] => tree.text(*key).map(|key| (key, *value)),
                _ => None,
            };
            match single {
                Some(("==" | "!=" | ">" | ">=" | "<" | "<=", operands)) => {
                    reader.class(operands, &OPERANDS, |reader, _, operand| {
                        drop(reader.argument(operand));
                    });
                }
                Some(("and" | "or", operands)) => {
                    reader.class(operands, &OPERANDS, |reader, _, operand| {
                        reader.predicate(operand);
                    });
                }
                Some(("not", operand)) => reader.predicate(operand),
                _ => drop(reader.argument(id)),
            }
            Some(())
        });
    }

    fn execution_options(&mut self, id: NodeId) {
        self.class(id, &OPTIONS, |reader, key, value| {
            if reader.is_null(value) {
                return;
            }
            let class = if key == "retryStrategy" {
                &RETRY
            } else {
                &CACHING
            };
            reader.class(value, class, |reader, key, value| {
                match (key, reader.tree.value(value)) {
                    ("maxRetries", Value::Int(_)) => {}
                    ("maxRetries", _) => reader.wrong_kind(value, "int"),
                    _ => drop(reader.optional_text(value)),
                }
            });
        });
    }
}
