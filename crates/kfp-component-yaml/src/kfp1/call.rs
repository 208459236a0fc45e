//! One call of a container component: its command line resolved, once for Argo and once for the unused v2 spec.

use std::collections::HashMap;

use super::Arguments;
use super::signature::is_final_status;
use super::value::Argument;
use crate::ir::{FINAL_STATUS, double, integer, looks_like_parameter, short_name};
use crate::python;
use crate::read::{
    Arg, ArgKind, Branch, ComponentFile, Condition, Container, DeclaredType, Default, Input,
    Output, PlaceholderKind, Problem, Spanned,
};
use crate::rules;
use kfp_ir::placeholder::Placeholder;
use kfp_pyyaml::Position;

type Called<T> = Result<T, Problem>;

pub(super) fn call<'f>(
    file: &'f ComponentFile,
    container: &'f Container,
    mut arguments: Arguments<'f>,
) -> Called<()> {
    let inputs: HashMap<&str, &Input> = file
        .inputs
        .iter()
        .map(|input| (input.name.value.as_str(), input))
        .collect();
    for input in &file.inputs {
        if let Some(default) = &input.default
            && !arguments.contains_key(input.name.value.as_str())
        {
            arguments.insert(&input.name.value, filled_in(input, default)?);
        }
    }
    let outputs = file
        .outputs
        .iter()
        .map(|output| (output.name.value.as_str(), output))
        .collect();
    let fixed = container
        .file_outputs
        .iter()
        .map(|(name, path)| (name.value.as_str(), path))
        .collect();
    encodable(file, container)?;
    let mut resolver = Resolver {
        file,
        inputs,
        outputs,
        fixed,
        arguments,
        v2: false,
    };
    resolver.list(container.command.as_deref().unwrap_or_default())?;
    resolver.list(container.args.as_deref().unwrap_or_default())?;
    for output in &file.outputs {
        check_output_name(output)?;
    }
    for input in &file.inputs {
        if let Some(value) = resolver.arguments.get(input.name.value.as_str()) {
            check_v2_input(input, value)?;
        }
    }
    resolver.v2 = true;
    resolver.list(container.command.as_deref().unwrap_or_default())?;
    resolver.list(container.args.as_deref().unwrap_or_default())?;
    for output in &file.outputs {
        let parameter = looks_like_parameter(output.kind.as_ref())?;
        let name = output
            .kind
            .as_ref()
            .and_then(|kind| kind.value.name())
            .map(short_name);
        if parameter && name == Some(FINAL_STATUS) {
            let message = "Cannot set ml_pipelines.ComponentOutputsSpec.ParameterSpec.type to None";
            return Err(Problem::type_error(
                &rules::BAD_TYPE_NAME,
                message,
                output.position,
            ));
        }
    }
    Ok(())
}

/// Texts outside the command line that end up in a protobuf, which takes no half characters.
fn encodable(file: &ComponentFile, container: &Container) -> Called<()> {
    let inputs = file.inputs.iter().flat_map(|input| {
        // The default of an artifact becomes the content of a file.
        let is_parameter = looks_like_parameter(input.kind.as_ref()).unwrap_or(false);
        let default = input.default.as_ref().filter(|_| is_parameter);
        let default = default.map(|default| default.start);
        std::iter::once(input.name.start).chain(default)
    });
    std::iter::once(container.image.start)
        .chain(inputs)
        .try_for_each(|position| check_encodable(file, position))
}

fn check_encodable(file: &ComponentFile, position: Position) -> Called<()> {
    if file.surrogates.binary_search(&position).is_err() {
        return Ok(());
    }
    let message = "the text isn't a valid unicode string and can't be encoded in UTF-8";
    Err(Problem::new(
        &rules::SURROGATE_ESCAPE,
        "ValueError",
        message,
        position,
    ))
}

/// A default that is filled in goes through `int` or `float` where the type is exactly `Integer` or `Float`.
fn filled_in(input: &Input, default: &Spanned<Default>) -> Called<Argument> {
    let refuse = |class, message: String| {
        Err(Problem::new(
            &rules::BAD_DEFAULT,
            class,
            message,
            default.start,
        ))
    };
    match input.kind.as_ref().and_then(|kind| kind.value.name()) {
        Some("Integer") => match integer(&default.value) {
            Ok(number) => Ok(Argument::Constant(number)),
            Err((class, message)) => refuse(class, message),
        },
        Some("Float") => match double(&default.value) {
            Ok(number) => Ok(Argument::Constant(Default::Float(number))),
            Err((class, message)) => refuse(class, message),
        },
        _ => Ok(Argument::Constant(default.value.clone())),
    }
}

fn check_output_name(output: &Output) -> Called<()> {
    let name = &output.name.value;
    let allowed =
        |c: char| c.is_ascii_alphanumeric() || c.is_whitespace() || matches!(c, '_' | '-');
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(allowed) {
        return Ok(());
    }
    let message = format!(
        "Only letters, numbers, spaces, \"_\", and \"-\" are allowed in name. Must begin with a letter. Got name: {name}"
    );
    Err(Problem::new(
        &rules::BAD_NAME,
        "ValueError",
        message,
        output.name.start,
    ))
}

struct Resolver<'f> {
    file: &'f ComponentFile,
    inputs: HashMap<&'f str, &'f Input>,
    outputs: HashMap<&'f str, &'f Output>,
    /// `fileOutputs`
    fixed: HashMap<&'f str, &'f Spanned<String>>,
    arguments: Arguments<'f>,
    /// The second pass writes v2 placeholders instead of values and paths.
    v2: bool,
}

impl Resolver<'_> {
    fn list(&self, args: &[Arg]) -> Called<Vec<String>> {
        let mut texts = Vec::new();
        for arg in args {
            texts.extend(self.arg(arg)?);
        }
        Ok(texts)
    }

    /// The texts an item becomes; none for an optional input that is not there.
    fn arg(&self, arg: &Arg) -> Called<Vec<String>> {
        match &arg.kind {
            ArgKind::Text(text) => {
                check_encodable(self.file, arg.position)?;
                Ok(vec![text.clone()])
            }
            ArgKind::ExecutorInput => Ok(vec![Placeholder::ExecutorInput.to_string()]),
            ArgKind::OutputMetadata => Ok(vec!["/tmp/outputs/executor_output.json".into()]),
            ArgKind::Placeholder(kind, name) => Ok(self
                .placeholder(*kind, name, arg.position)?
                .into_iter()
                .collect()),
            ArgKind::Concat(items) => Ok(vec![self.list(items)?.concat()]),
            ArgKind::If(choice) => {
                let condition = match &choice.condition {
                    Condition::Bool(truth) => Some(*truth),
                    Condition::IsPresent(name) => {
                        Some(self.arguments.contains_key(name.value.as_str()))
                    }
                    Condition::Text(text) => truth(text, arg.position)?,
                    Condition::InputValue(name) => {
                        match self.placeholder(PlaceholderKind::InputValue, name, arg.position)? {
                            Some(text) => truth(&text, arg.position)?,
                            None => None,
                        }
                    }
                };
                let branch = if condition == Some(true) {
                    Some(&choice.then)
                } else {
                    choice.otherwise.as_ref()
                };
                branch.map_or_else(
                    || Ok(Vec::new()),
                    |branch: &Branch| self.list(branch.args()),
                )
            }
        }
    }

    fn placeholder(
        &self,
        kind: PlaceholderKind,
        name: &Spanned<String>,
        position: Position,
    ) -> Called<Option<String>> {
        if kind.is_output() {
            return self.output(kind, name, position).map(Some);
        }
        let Some(input) = self.inputs.get(name.value.as_str()) else {
            return Ok(None);
        };
        let value = self.arguments.get(name.value.as_str());
        match (kind, value) {
            (PlaceholderKind::InputValue, Some(_)) if self.v2 => {
                Ok(Some(Placeholder::InputParameter(&name.value).to_string()))
            }
            (PlaceholderKind::InputValue, Some(value)) => {
                let position = input
                    .default
                    .as_ref()
                    .map_or(position, |default| default.start);
                value.serialized(input.kind.as_ref(), position).map(Some)
            }
            (_, Some(_)) => Ok(Some(format!("/tmp/inputs/{}/data", name.value))),
            (PlaceholderKind::InputValue, None) if self.v2 && is_final_status(input) => {
                Ok(Some("{{$.inputs.parameters}}".into()))
            }
            (PlaceholderKind::InputValue, None) if input.optional || is_final_status(input) => {
                Ok(None)
            }
            (PlaceholderKind::InputPath, None) if input.optional => Ok(None),
            (_, None) if input.optional => {
                let message = format!(
                    "Unrecognized argument type: {}(input_name='{}')",
                    kind.class(),
                    name.value
                );
                Err(Problem::type_error(
                    &rules::URI_OF_OPTIONAL,
                    message,
                    position,
                ))
            }
            (_, None) => {
                let message = format!("No value provided for input {}", name.value);
                Err(Problem::new(
                    &rules::FINAL_STATUS_NOT_PASSED,
                    "ValueError",
                    message,
                    position,
                ))
            }
        }
    }

    fn output(
        &self,
        kind: PlaceholderKind,
        name: &Spanned<String>,
        position: Position,
    ) -> Called<String> {
        if kind == PlaceholderKind::OutputUri {
            return Ok(Placeholder::OutputUri(&name.value).to_string());
        }
        let generated = if self.v2 {
            let output = self.outputs.get(name.value.as_str());
            looks_like_parameter(output.and_then(|output| output.kind.as_ref()))?;
            Placeholder::OutputPath(&name.value).to_string()
        } else {
            format!("/tmp/outputs/{}/data", file_name(&name.value))
        };
        match self.fixed.get(name.value.as_str()) {
            Some(path) if path.value != generated => {
                let message = format!(
                    "Conflicting output files specified for port {}: {} and {generated}",
                    name.value, path.value
                );
                Err(Problem::new(
                    &rules::CONFLICTING_OUTPUT_FILES,
                    "ValueError",
                    message,
                    position,
                ))
            }
            _ => Ok(generated),
        }
    }
}

/// Arguments that are numbers go into a protobuf, and each argument's type is looked at.
fn check_v2_input(input: &Input, value: &Argument) -> Called<()> {
    let position = input
        .default
        .as_ref()
        .map_or(input.position, |default| default.start);
    let is_too_large = match value {
        Argument::Constant(Default::Int(number)) => i64::try_from(*number).is_err(),
        Argument::Constant(Default::BigInt(_)) => true,
        Argument::Constant(_) | Argument::Json | Argument::Output(_) => false,
    };
    if is_too_large {
        let message = "Value out of range: the default does not fit into 64 bits";
        return Err(Problem::new(
            &rules::INTEGER_OUT_OF_RANGE,
            "ValueError",
            message,
            position,
        ));
    }
    looks_like_parameter(input.kind.as_ref()).map(drop)
}

/// `value and strtobool(value)`
fn truth(text: &str, position: Position) -> Called<Option<bool>> {
    if text.is_empty() {
        return Ok(None);
    }
    let refuse = |message| {
        Problem::new(
            &rules::IF_WITHOUT_IS_PRESENT,
            "ValueError",
            message,
            position,
        )
    };
    python::strtobool(text).map(Some).map_err(refuse)
}

/// The folder of an input or output: runs of other characters become one underscore.
fn file_name(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') {
            out.push(c);
        } else if !out.ends_with('\u{0}') {
            out.push('\u{0}');
        }
    }
    out.replace('\u{0}', "_")
}

/// The first name of a type, for comparing what is wired together.
pub(super) fn compatible(given: Option<&DeclaredType>, expected: Option<&DeclaredType>) -> bool {
    let name = |declared: &DeclaredType| match declared {
        DeclaredType::Name(name) | DeclaredType::Map(Ok(name)) => name.clone(),
        DeclaredType::Map(Err(_)) | DeclaredType::List | DeclaredType::ArtifactList(_) => {
            String::new()
        }
    };
    let (Some(given), Some(expected)) = (given.map(name), expected.map(name)) else {
        return true;
    };
    let any = |name: &str| name.is_empty() || name.eq_ignore_ascii_case("artifact");
    any(&given) || any(&expected) || given == expected
}
