//! The tree of a run: graphs, loops and tasks, as they come into being.

use std::collections::BTreeMap;

use kfp_pipeline::{ComponentSpec, Task, executor::Inputs};
use serde_json::Value;

use crate::record::{Outputs, State};

/// A node's index in the engine's list of nodes.
pub(super) type NodeId = usize;

/// A graph, a loop, an iteration or a task of a run.
#[derive(Debug)]
pub(super) struct Node<'a> {
    /// `for-loop-1[0]/train`; empty for the pipeline itself.
    pub(super) path: String,
    /// Where it comes among tasks that are ready at the same time: depth first, in topological order.
    pub(super) order: Vec<usize>,
    /// The graph or loop it is in.
    pub(super) parent: Option<NodeId>,
    /// What other tasks of the graph call it.
    pub(super) name: &'a str,
    pub(super) component: &'a ComponentSpec,
    /// None for the pipeline itself.
    pub(super) task: Option<&'a Task>,
    /// Whether it is one iteration of a loop.
    pub(super) is_iteration: bool,
    pub(super) inputs: Inputs,
    pub(super) kind: Kind<'a>,
    /// How many of the tasks it waits for have not ended.
    pub(super) waiting: usize,
    /// The tasks of the graph that wait for it.
    pub(super) dependents: Vec<NodeId>,
    /// How it ended.
    pub(super) state: Option<State>,
    pub(super) error: Option<String>,
    pub(super) outputs: Outputs,
}

/// What a node turned out to be.
#[derive(Debug)]
pub(super) enum Kind<'a> {
    /// Not known until it is its turn.
    Closed,
    /// A program or an importer.
    Leaf,
    /// Tasks.
    Graph {
        children: BTreeMap<&'a str, NodeId>,
        /// How many of them have not ended.
        open: usize,
    },
    /// One component for each of several items.
    Loop {
        items: Vec<Value>,
        iterations: Vec<NodeId>,
        /// How many of them have not ended.
        open: usize,
        /// How many may be open at a time.
        limit: usize,
    },
}

impl<'a> Node<'a> {
    /// A node that is not known to be anything yet.
    pub(super) fn new(
        path: String,
        order: Vec<usize>,
        parent: Option<NodeId>,
        name: &'a str,
        component: &'a ComponentSpec,
        task: Option<&'a Task>,
    ) -> Self {
        Self {
            path,
            order,
            parent,
            name,
            component,
            task,
            is_iteration: false,
            inputs: Inputs::default(),
            kind: Kind::Closed,
            waiting: 0,
            dependents: Vec::new(),
            state: None,
            error: None,
            outputs: Outputs::default(),
        }
    }

    /// Whether it ended with outputs.
    pub(super) fn is_success(&self) -> bool {
        self.state.is_some_and(State::is_success)
    }
}

/// The path of a node within another.
pub(super) fn path(parent: &str, name: &str) -> String {
    if parent.is_empty() {
        name.to_owned()
    } else {
        format!("{parent}/{name}")
    }
}
