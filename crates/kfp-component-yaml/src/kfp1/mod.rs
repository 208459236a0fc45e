//! What kfp 1.8 does with a component after reading it; refuses what its factory and its one-step pipeline refuse.
//!
//! A pipeline of one step is compiled twice: with the required arguments only, and with all of them, each a constant
//! of its type. That is the least any pipeline does with a component.

mod argo;
mod call;
mod graph;
mod name;
mod signature;
mod value;

use std::collections::HashMap;

use crate::read::{ComponentFile, Implementation, Input, Problem};
use crate::rules;
use kfp_pyyaml::{Position, Tree};

pub(crate) use name::{is_drawn, python_name};

/// What loading refuses beyond the schema: names that cannot be Python arguments, mappings inside themselves.
pub(crate) fn load(file: &ComponentFile, tree: &Tree) -> Result<(), Problem> {
    if let Some(position) = tree.cycle {
        let message = "found unconstructable recursive node";
        return Err(Problem::new(
            &rules::NOT_YAML,
            "ConstructorError",
            message,
            position,
        ));
    }
    signature::check(file)
}

/// What compiling a one-step pipeline refuses; where sub-components would have to be fetched, it ends there.
pub(crate) fn compile(file: &ComponentFile, tree: &Tree) -> Result<(), Problem> {
    signature::check_final_status(file)?;
    let required = signature::arguments(file, false);
    compile_with(file, tree, required)?;
    if file.inputs.iter().any(Input::may_be_omitted) {
        compile_with(file, tree, signature::arguments(file, true))?;
    }
    Ok(())
}

/// Where a graph names a component it does not hold.
pub(crate) fn needs_network(file: &ComponentFile) -> Option<Position> {
    let Some(Implementation::Graph(graph)) = &file.implementation else {
        return None;
    };
    graph.tasks.iter().find_map(|task| match &task.spec {
        Some(spec) => needs_network(spec),
        None => task
            .url
            .as_ref()
            .or(task.name.as_ref())
            .map(|reference| reference.start),
    })
}

type Arguments<'f> = HashMap<&'f str, value::Argument>;

fn compile_with(file: &ComponentFile, tree: &Tree, arguments: Arguments) -> Result<(), Problem> {
    match &file.implementation {
        Some(Implementation::Container(container)) => {
            call::call(file, container, arguments)?;
            argo::check(tree, tree.root())
        }
        Some(Implementation::Graph(graph)) => match graph::call(file, graph, arguments, 0)? {
            Some(_) => argo::check_tasks(tree, tree.root()),
            None => Ok(()),
        },
        None => {
            let message = "Only container components have command line to resolve";
            Err(Problem::type_error(
                &rules::NO_IMPLEMENTATION,
                message,
                file.position,
            ))
        }
    }
}
