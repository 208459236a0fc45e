//! Placeholders as kfp 2 converts them on loading and writes them on compiling; refuses what either step refuses.

use std::collections::HashMap;

use kfp_ir::placeholder::{Argument, Placeholder};

use super::kind::{Kind, looks_like_parameter};
use super::name::port_name;
use crate::python::json_dumps;
use crate::read::{
    Arg, ArgKind, Branch, ComponentFile, Condition, If, Output, PlaceholderKind, Problem,
};
use crate::{rules, suggest};
use kfp_pyyaml::Position;

/// A command line item after loading.
#[derive(Debug, Clone)]
pub(crate) enum Item {
    Text(String),
    /// A placeholder of an input or output, under its name in kfp 2.
    Placeholder {
        kind: PlaceholderKind,
        name: String,
        parameter: bool,
        position: Position,
    },
    Concat(Vec<Self>),
    If {
        name: String,
        then: Branches,
        otherwise: Option<Branches>,
    },
    /// What a placeholder alone in `else` stays: kfp 2 converts it and forgets the result.
    Unconverted {
        text: String,
        position: Position,
    },
}

#[derive(Debug, Clone)]
pub(crate) enum Branches {
    One(Box<Item>),
    Many(Vec<Item>),
}

impl Branches {
    fn items(&self) -> &[Item] {
        match self {
            Self::One(item) => std::slice::from_ref(item),
            Self::Many(items) => items,
        }
    }
}

pub(crate) struct Loader<'f> {
    outputs: HashMap<&'f str, &'f Output>,
}

type Loaded<T> = Result<T, Problem>;

impl<'f> Loader<'f> {
    pub(crate) fn new(file: &'f ComponentFile) -> Self {
        let outputs = file
            .outputs
            .iter()
            .map(|output| (output.name.value.as_str(), output))
            .collect();
        Self { outputs }
    }

    pub(crate) fn items(&self, args: &[Arg]) -> Loaded<Vec<Item>> {
        args.iter().map(|arg| self.item(arg)).collect()
    }

    pub(crate) fn item(&self, arg: &Arg) -> Loaded<Item> {
        match &arg.kind {
            ArgKind::Text(text) => Ok(Item::Text(text.clone())),
            ArgKind::ExecutorInput => Ok(Item::Text(Placeholder::ExecutorInput.to_string())),
            ArgKind::OutputMetadata => Err(unexpected("'outputMetadata': None", arg.position)),
            ArgKind::Placeholder(
                kind @ (PlaceholderKind::InputMetadata | PlaceholderKind::InputOutputPortName),
                name,
            ) => Err(unexpected(
                &format!("'{}': '{}'", kind.key(), name.value),
                arg.position,
            )),
            ArgKind::Placeholder(kind, name) => {
                let parameter = match (kind, self.outputs.get(name.value.as_str())) {
                    (PlaceholderKind::OutputPath, Some(output)) => {
                        looks_like_parameter(output.kind.as_ref())?
                    }
                    _ => false,
                };
                Ok(Item::Placeholder {
                    kind: *kind,
                    name: port_name(&name.value),
                    parameter,
                    position: arg.position,
                })
            }
            ArgKind::Concat(args) => {
                let items = self.items(args)?;
                if items.iter().any(has_list_branch) {
                    let message = "Cannot use IfPresentPlaceholder within ConcatPlaceholder when `then` and `else_` \
                                   arguments to IfPresentPlaceholder are lists. Please use a single element for `then` \
                                   and `else_` only.";
                    return Err(Problem::new(
                        &rules::LIST_IF_IN_CONCAT,
                        "ValueError",
                        message,
                        arg.position,
                    ));
                }
                Ok(Item::Concat(items))
            }
            ArgKind::If(choice) => self.choice(choice, arg.position),
        }
    }

    fn choice(&self, choice: &If, position: Position) -> Loaded<Item> {
        let refuse = |class, message: &str| {
            Err(Problem::new(
                &rules::IF_WITHOUT_IS_PRESENT,
                class,
                message,
                position,
            ))
        };
        let name = match &choice.condition {
            Condition::IsPresent(name) => port_name(&name.value),
            Condition::InputValue(_) => return refuse("KeyError", "'isPresent'"),
            Condition::Bool(_) => return refuse("TypeError", "'bool' object is not subscriptable"),
            Condition::Text(_) => {
                return refuse("TypeError", "string indices must be integers, not 'str'");
            }
        };
        let then = self.branches(&choice.then)?;
        let otherwise = match &choice.otherwise {
            None => None,
            Some(Branch::One(arg)) if !matches!(arg.kind, ArgKind::Text(_)) => {
                self.item(arg)?;
                let text = as_yaml(arg);
                Some(Branches::One(Box::new(Item::Unconverted {
                    text,
                    position: arg.position,
                })))
            }
            Some(branch) => Some(self.branches(branch)?),
        };
        Ok(Item::If {
            name,
            then,
            otherwise,
        })
    }

    fn branches(&self, branch: &Branch) -> Loaded<Branches> {
        Ok(match branch {
            Branch::One(arg) => Branches::One(Box::new(self.item(arg)?)),
            Branch::Many(args) => Branches::Many(self.items(args)?),
        })
    }
}

fn unexpected(argument: &str, position: Position) -> Problem {
    Problem::type_error(
        &rules::V1_ONLY_PLACEHOLDER,
        format!("Unexpected argument {{{argument}}} of type <class 'dict'>."),
        position,
    )
}

fn as_yaml(arg: &Arg) -> String {
    match &arg.kind {
        ArgKind::Placeholder(kind, name) => format!("{{'{}': '{}'}}", kind.key(), name.value),
        ArgKind::Concat(_) => "{'concat': […]}".into(),
        ArgKind::If(_) => "{'if': {…}}".into(),
        ArgKind::Text(_) | ArgKind::ExecutorInput | ArgKind::OutputMetadata => {
            "{'executorInput': None}".into()
        }
    }
}

/// Whether an item of a `concat` is an `if` with a list in it, however deep.
fn has_list_branch(item: &Item) -> bool {
    let Item::If {
        then, otherwise, ..
    } = item
    else {
        return false;
    };
    let within = |branch: &Branches| match branch {
        Branches::Many(_) => true,
        Branches::One(item) => match item.as_ref() {
            Item::Concat(items) => items.iter().any(has_list_branch),
            item => has_list_branch(item),
        },
    };
    within(then) || otherwise.as_ref().is_some_and(within)
}

/// Loading ends by refusing what is neither text nor a placeholder.
pub(crate) fn check_converted(item: &Item) -> Result<(), Problem> {
    match item {
        Item::Text(_) | Item::Placeholder { .. } => Ok(()),
        Item::Concat(items) => items.iter().try_for_each(check_converted),
        Item::If {
            then, otherwise, ..
        } => then
            .items()
            .iter()
            .chain(otherwise.iter().flat_map(Branches::items))
            .try_for_each(check_converted),
        Item::Unconverted { text, position } => Err(Problem::type_error(
            &rules::SCALAR_ELSE,
            format!("Unexpected argument \"{text}\" of type <class 'dict'>."),
            *position,
        )),
    }
}

/// What compiling knows of the ports.
pub(crate) struct Kinds<'i> {
    pub(crate) inputs: HashMap<&'i str, &'i Kind>,
    pub(crate) outputs: HashMap<&'i str, &'i Kind>,
    /// The types of inputs as they are declared.
    pub(crate) declared: HashMap<String, Option<&'i str>>,
}

/// The declared types of a component's inputs, by their names in kfp 2.
pub(crate) fn declared(file: &ComponentFile) -> HashMap<String, Option<&str>> {
    let inputs = file.inputs.iter().map(|input| {
        let name = input.kind.as_ref().and_then(|kind| kind.value.name());
        (port_name(&input.name.value), name)
    });
    inputs.collect()
}

/// What to write instead of a placeholder that does not suit its input.
fn pairing_help(kind: PlaceholderKind, name: &str, kinds: &Kinds) -> Option<String> {
    Some(match (kind, kinds.declared.get(name)?) {
        (PlaceholderKind::InputValue, None) => format!(
            "declare the type of `{name}`, such as `type: String`: kfp 2 takes an input without one for an artifact"
        ),
        (PlaceholderKind::InputValue, Some(declared)) => match suggest::contract_type(declared) {
            Some(known) if ir_kind_is_parameter(known) => format!(
                "declare `type: {known}`: kfp 2 takes `{declared}` for an artifact; or use `{{inputPath: {name}}}` if it is a file"
            ),
            _ => format!(
                "use `{{inputPath: {name}}}` if the program reads a file, or declare `type: String` if it is a text such as a URI"
            ),
        },
        (PlaceholderKind::InputPath | PlaceholderKind::InputUri, _) => format!(
            "use `{{inputValue: {name}}}`; or declare `type: Dataset` or another artifact type if other steps write the file"
        ),
        _ => return None,
    })
}

fn ir_kind_is_parameter(name: &str) -> bool {
    super::kind::parameter(&name.to_lowercase()).is_some()
}

/// Compiling first checks that each placeholder suits its port.
pub(crate) fn check_pairing(item: &Item, kinds: &Kinds) -> Result<(), Problem> {
    match item {
        Item::Text(_) | Item::Unconverted { .. } => Ok(()),
        Item::Concat(items) => items.iter().try_for_each(|item| check_pairing(item, kinds)),
        Item::If {
            then, otherwise, ..
        } => {
            let items = then
                .items()
                .iter()
                .chain(otherwise.iter().flat_map(Branches::items));
            items
                .into_iter()
                .try_for_each(|item| check_pairing(item, kinds))
        }
        Item::Placeholder {
            kind,
            name,
            position,
            ..
        } => {
            let types = if kind.is_output() {
                &kinds.outputs
            } else {
                &kinds.inputs
            };
            let Some(declared) = types.get(name.as_str()) else {
                return Ok(());
            };
            let parameter = matches!(declared, Kind::Parameter(_));
            let rule = match kind {
                PlaceholderKind::InputValue if !parameter => &rules::VALUE_ON_ARTIFACT,
                PlaceholderKind::InputPath | PlaceholderKind::InputUri if parameter => {
                    &rules::PATH_ON_PARAMETER
                }
                PlaceholderKind::OutputUri if parameter => &rules::URI_OF_PARAMETER,
                _ => return Ok(()),
            };
            let side = if kind.is_output() { "Output" } else { "Input" };
            let message = format!(
                "{side} \"{name}\" with type \"{}\" cannot be paired with {}.",
                declared.in_memory(),
                kind.class()
            );
            let problem = Problem::type_error(rule, message, *position);
            Err(match pairing_help(*kind, name, kinds) {
                Some(help) => problem.with_help(help),
                None => problem,
            })
        }
    }
}

/// The item as a string of the IR.
pub(crate) fn compile(item: &Item) -> String {
    match argument(item) {
        Argument::Text(text) => text,
        structure => json_dumps(&structure.to_json()),
    }
}

fn argument(item: &Item) -> Argument {
    match item {
        Item::Text(text) | Item::Unconverted { text, .. } => Argument::Text(text.clone()),
        Item::Placeholder {
            kind,
            name,
            parameter,
            ..
        } => Argument::Text(ir_placeholder(*kind, name, *parameter).to_string()),
        Item::Concat(items) => Argument::Concat(items.iter().map(argument).collect()),
        Item::If {
            name,
            then,
            otherwise,
        } => {
            let nothing = [Argument::List(Vec::new()), Argument::Text(String::new())];
            let otherwise = otherwise.as_ref().map(branch);
            Argument::IfPresent {
                input_name: name.clone(),
                then: Box::new(branch(then)),
                otherwise: otherwise.filter(|it| !nothing.contains(it)).map(Box::new),
            }
        }
    }
}

fn ir_placeholder(kind: PlaceholderKind, name: &str, is_parameter: bool) -> Placeholder<'_> {
    match kind {
        PlaceholderKind::InputValue => Placeholder::InputParameter(name),
        PlaceholderKind::InputPath => Placeholder::InputPath(name),
        PlaceholderKind::InputUri
        | PlaceholderKind::InputMetadata
        | PlaceholderKind::InputOutputPortName => Placeholder::InputUri(name),
        PlaceholderKind::OutputPath if is_parameter => Placeholder::OutputFile(name),
        PlaceholderKind::OutputPath => Placeholder::OutputPath(name),
        PlaceholderKind::OutputUri => Placeholder::OutputUri(name),
    }
}

fn branch(branches: &Branches) -> Argument {
    match branches {
        Branches::One(item) => argument(item),
        Branches::Many(items) => Argument::List(items.iter().map(argument).collect()),
    }
}
