//! The outputs of graphs and loops, gathered from the tasks in them.

use kfp_pipeline::ComponentSpec;
use serde_json::Value;

use super::{
    Engine,
    node::{Kind, NodeId},
};
use crate::record::{Artifact, Outputs};

impl Engine<'_> {
    /// The outputs of a graph: of each the first candidate that succeeded, for a list of artifacts all of them.
    pub(super) fn graph_outputs(&self, graph: NodeId) -> Outputs {
        let node = &self.nodes[graph];
        let (Some(dag), Kind::Graph { children, .. }) = (&node.component.dag, &node.kind) else {
            return Outputs::default();
        };
        let succeeded = |task: &str| {
            let child = &self.nodes[*children.get(task)?];
            child.is_success().then_some(&child.outputs)
        };
        let mut outputs = Outputs::default();
        for (name, source) in &dag.outputs.parameters {
            let value = source.selectors().iter().find_map(|selector| {
                let outputs = succeeded(&selector.producer_subtask)?;
                outputs.parameters.get(&selector.output_parameter_key)
            });
            if let Some(value) = value {
                outputs.parameters.insert(name.clone(), value.clone());
            }
        }
        for (name, source) in &dag.outputs.artifacts {
            let mut lists = source.artifact_selectors.iter().filter_map(|selector| {
                let outputs = succeeded(&selector.producer_subtask)?;
                outputs.artifacts.get(&selector.output_artifact_key)
            });
            let artifacts: Option<Vec<Artifact>> = if is_list(node.component, name) {
                Some(lists.flatten().cloned().collect())
            } else {
                lists.next().cloned()
            };
            if let Some(artifacts) = artifacts {
                outputs.artifacts.insert(name.clone(), artifacts);
            }
        }
        outputs
    }

    /// The outputs of a loop: lists of what its iterations produced, in their order. The backend gathers the outputs of
    /// loops within loops into one flat list, and leaves out iterations that have none.
    pub(super) fn loop_outputs(&self, node: NodeId) -> Outputs {
        let Kind::Loop { iterations, .. } = &self.nodes[node].kind else {
            return Outputs::default();
        };
        let declared = &self.nodes[node].component.output_definitions;
        let mut outputs = Outputs::default();
        for name in declared.parameters.keys() {
            let mut values = Vec::new();
            for iteration in iterations {
                let Some(value) = self.nodes[*iteration].outputs.parameters.get(name) else {
                    continue;
                };
                match value {
                    Value::Array(inner)
                        if self.options.dialect.gathers_flat()
                            && self.is_gathered(*iteration, name) =>
                    {
                        values.extend(inner.iter().cloned());
                    }
                    value => values.push(value.clone()),
                }
            }
            outputs.parameters.insert(name.clone(), values.into());
        }
        for name in declared.artifacts.keys() {
            let lists = iterations
                .iter()
                .filter_map(|iteration| self.nodes[*iteration].outputs.artifacts.get(name));
            let artifacts = lists.flatten().cloned().collect();
            outputs.artifacts.insert(name.clone(), artifacts);
        }
        outputs
    }

    /// Whether an output parameter of a graph is a list because a loop within it made one.
    fn is_gathered(&self, node: NodeId, output: &str) -> bool {
        let node = &self.nodes[node];
        match (&node.kind, &node.component.dag) {
            (Kind::Loop { .. }, _) => true,
            (Kind::Graph { children, .. }, Some(dag)) => {
                let source = dag.outputs.parameters.get(output);
                let selectors = source.map_or(&[][..], |source| source.selectors());
                selectors.iter().any(|selector| {
                    let child = children.get(selector.producer_subtask.as_str());
                    child.is_some_and(|child| {
                        self.is_gathered(*child, &selector.output_parameter_key)
                    })
                })
            }
            _ => false,
        }
    }
}

fn is_list(component: &ComponentSpec, output: &str) -> bool {
    let port = component.output_definitions.artifacts.get(output);
    port.is_some_and(|port| port.is_artifact_list)
}
