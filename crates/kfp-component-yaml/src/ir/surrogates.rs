//! Texts that Python holds and protobuf cannot encode: `"\\ud83d"` in YAML is half a character.

use super::kind::{Kind, kind};
use crate::read::{ArgKind, ComponentFile, Container, Problem};
use crate::rules;
use kfp_ir::ParameterType;
use kfp_pyyaml::Position;

/// What kfp 2 raises while it compiles a component with such a text, if it writes the text as it is.
///
/// Names are sanitised before, and what is inside `concat` and `if` becomes ASCII by `json.dumps`.
pub(super) fn check(file: &ComponentFile) -> Result<(), Problem> {
    if file.surrogates.is_empty() {
        return Ok(());
    }
    let container = file.container();
    let args = container.into_iter().flat_map(Container::args);
    let texts = args
        .filter(|arg| matches!(arg.kind, ArgKind::Text(_)))
        .map(|arg| arg.position);
    let env = container.into_iter().flat_map(|container| &container.env);
    let env = env.flat_map(|(name, value)| [name.start, value.start]);
    let image = container.map(|container| container.image.start);
    let defaults = file.inputs.iter().filter_map(|input| {
        let is_text = matches!(
            kind(input.kind.as_ref()),
            Ok(Kind::Parameter(
                ParameterType::String | ParameterType::List | ParameterType::Struct
            ))
        );
        input
            .default
            .as_ref()
            .filter(|_| is_text)
            .map(|default| default.start)
    });
    let description = file.description.as_ref().map(|text| text.start);
    let mut written = texts
        .chain(env)
        .chain(image)
        .chain(defaults)
        .chain(description);
    match written.find(|position| file.surrogates.binary_search(position).is_ok()) {
        Some(position) => Err(refused(position)),
        None => Ok(()),
    }
}

pub(super) fn refused(position: Position) -> Problem {
    let message = "'utf-8' codec can't encode a character: surrogates not allowed";
    Problem::new(
        &rules::SURROGATE_ESCAPE,
        "UnicodeEncodeError",
        message,
        position,
    )
}
