//! What a graph is made of, as data with positions.

use super::model::{ComponentFile, Default, Spanned};
use kfp_pyyaml::Position;

/// `implementation.graph`
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    /// Tasks by name.
    pub tasks: Vec<Task>,
    /// What the graph's outputs are.
    pub output_values: Vec<(Spanned<String>, GraphArgument)>,
    /// Where it begins.
    pub position: Position,
}

/// A task of a graph.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// Its name in the graph.
    pub id: Spanned<String>,
    /// `componentRef.url`
    pub url: Option<Spanned<String>>,
    /// `componentRef.name`, which kfp 1.8 looks up where it has been told to search.
    pub name: Option<Spanned<String>>,
    /// `componentRef.spec`
    pub spec: Option<Box<ComponentFile>>,
    /// What it is called with; none where the key is missing.
    pub arguments: Option<Vec<(Spanned<String>, GraphArgument)>>,
}

/// What a task or an output of a graph is given.
#[derive(Debug, Clone, PartialEq)]
pub enum GraphArgument {
    /// A constant.
    Constant(Default),
    /// An input of the graph.
    GraphInput {
        /// Its name.
        input: Spanned<String>,
    },
    /// An output of a task.
    TaskOutput {
        /// The task.
        task: Option<Spanned<String>>,
        /// The output.
        output: Spanned<String>,
    },
}
