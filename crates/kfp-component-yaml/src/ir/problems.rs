//! Everything kfp 2 has against a component, where the SDK itself stops at the first.

use std::collections::HashMap;

use super::default;
use super::kind::{Kind, kind, output_kind};
use super::loaded::check_port_name;
use super::name::port_name;
use super::placeholder::{self, Kinds, Loader};
use crate::read::{ComponentFile, Problem};

/// All that kfp 2 would come across in turn, were it to go on after the first.
pub(crate) fn problems(file: &ComponentFile) -> Vec<Problem> {
    let mut problems = Vec::new();
    let Some(container) = file.container() else {
        return problems;
    };
    let kinds = file
        .inputs
        .iter()
        .map(|input| kind(input.kind.as_ref()).map(drop));
    let defaults = file.inputs.iter().map(|input| {
        let (default, kind) = (default::load(input)?, kind(input.kind.as_ref())?);
        match (default, kind) {
            (Some(default), Kind::Parameter(kind)) => {
                default::compile(&default, kind, input).map(drop)
            }
            _ => Ok(()),
        }
    });
    let names = file
        .inputs
        .iter()
        .map(|input| &input.name)
        .chain(file.outputs.iter().map(|output| &output.name));
    let names = names.map(|name| check_port_name(&port_name(&name.value), name.start));
    problems.extend(kinds.chain(defaults).chain(names).filter_map(Result::err));
    let loader = Loader::new(file);
    let inputs: Vec<_> = file
        .inputs
        .iter()
        .map(|input| (port_name(&input.name.value), kind(input.kind.as_ref())))
        .collect();
    let outputs: Vec<_> = file
        .outputs
        .iter()
        .map(|output| {
            let kind = output_kind(output.kind.as_ref());
            (port_name(&output.name.value), kind)
        })
        .collect();
    let kinds = Kinds {
        inputs: known(&inputs),
        outputs: known(&outputs),
        declared: placeholder::declared(file),
    };
    for arg in container.args() {
        match loader.item(arg) {
            Ok(item) => {
                let checks = [
                    placeholder::check_converted(&item),
                    placeholder::check_pairing(&item, &kinds),
                ];
                problems.extend(checks.into_iter().filter_map(Result::err));
            }
            Err(problem) => problems.push(problem),
        }
    }
    problems
}

fn known(ports: &[(String, Result<Kind, Problem>)]) -> HashMap<&str, &Kind> {
    ports
        .iter()
        .filter_map(|(name, kind)| Some((name.as_str(), kind.as_ref().ok()?)))
        .collect()
}
