//! From what KFP gave to what the function takes.
//!
//! Nothing is written before every argument has been understood.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use crate::arguments::{Arguments, shown};
use crate::artifact::ArtifactType;
use crate::description::{Argument, Description, Kind, Presence, Range};
use crate::error::named;
use crate::executor::{self, ExecutorInput};
use crate::input::Input;
use crate::number;
use crate::output::Output;
use crate::parameter::{self, Parameter};
use crate::shutdown;
use crate::staged::StagedOutput;

/// One run of the function. The code `#[component]` emits asks it for each argument, then whether it is ready.
#[derive(Debug)]
pub struct Invocation {
    description: &'static Description,
    arguments: Option<Arguments>,
    inputs: Vec<(&'static str, PathBuf)>,
    pub(crate) outputs: Vec<Arc<StagedOutput>>,
    /// Each argument's choices, for the help text.
    pub(crate) choices: Vec<&'static [&'static str]>,
    pub(crate) stop: Option<Stop>,
}

/// Why the function is not called.
#[derive(Debug)]
pub(crate) enum Stop {
    /// An argument is wrong, in one line.
    Usage(String),
    /// An input is not there, or an output's directory cannot be made.
    Failure(io::Error),
}

impl Invocation {
    /// A call with these arguments; without them, it only collects choices.
    pub(crate) fn new(description: &'static Description, mut arguments: Option<Arguments>) -> Self {
        let mistake = arguments.as_mut().and_then(|given| given.mistake.take());
        let choices = vec![&[][..]; description.arguments.len()];
        Self {
            description,
            arguments,
            inputs: Vec::new(),
            outputs: Vec::new(),
            choices,
            stop: mistake.map(Stop::Usage),
        }
    }

    /// A required or defaulted parameter.
    pub fn parameter<P: Parameter<Type = K>, K>(&mut self, index: usize) -> Option<P> {
        self.optional(index)?
    }

    /// A parameter that may be `None`.
    pub fn optional<P: Parameter<Type = K>, K>(&mut self, index: usize) -> Option<Option<P>> {
        let argument = &self.description.arguments[index];
        self.choices[index] = P::CHOICES;
        let Kind::Parameter { presence, range } = &argument.kind else {
            return None;
        };
        let given = given(self.arguments.as_ref()?, argument);
        let value = match (given, presence) {
            (Some(value), _) => value,
            (None, Presence::Default(text)) => Value::String((*text).into()),
            (None, Presence::Optional) => return Some(None),
            (None, Presence::Required) => return self.refuse(missing(argument)),
        };
        match read(&value, argument, range.as_ref()) {
            Ok(value) => Some(Some(value)),
            Err(wanted) => {
                let given = shown(&parameter::text(&value));
                self.refuse(format!(
                    "`{}` is `{given}`, but must be {wanted}",
                    argument.name
                ))
            }
        }
    }

    /// A required input artifact.
    pub fn input<A: ArtifactType<Type = K>, K>(&mut self, index: usize) -> Option<Input<A>> {
        self.optional_input(index)?
    }

    /// An input artifact that may be `None`.
    pub fn optional_input<A: ArtifactType<Type = K>, K>(
        &mut self,
        index: usize,
    ) -> Option<Option<Input<A>>> {
        let argument = &self.description.arguments[index];
        let arguments = self.arguments.as_ref()?;
        let provisioned = arguments
            .executor_input
            .as_ref()
            .and_then(|input| input.input_artifact(argument.name));
        let resolved = || provisioned.and_then(executor::Provisioned::path);
        let Some(path) = arguments.path(argument).or_else(resolved) else {
            return match argument.kind {
                Kind::InputArtifact {
                    presence: Presence::Optional,
                } => Some(None),
                _ => self.refuse(missing(argument)),
            };
        };
        let metadata = provisioned
            .map(executor::Provisioned::metadata)
            .unwrap_or_default();
        if !A::METADATA_ONLY {
            self.inputs.push((argument.name, path.clone()));
        }
        Some(Some(Input::new(argument.name, path, metadata, None)))
    }

    /// An output artifact.
    pub fn output<A: ArtifactType<Type = K>, K>(&mut self, index: usize) -> Option<Output<A>> {
        self.staged_output(index, |input, name| input.output_artifact(name)?.path())
    }

    /// An output parameter.
    pub fn output_parameter<P: Parameter<Type = K>, K>(
        &mut self,
        index: usize,
    ) -> Option<Output<P>> {
        self.choices[index] = P::CHOICES;
        self.staged_output(index, ExecutorInput::output_parameter)
    }

    /// Finds the inputs and makes the outputs' directories, if every argument was understood.
    pub fn ready(&mut self) -> Option<()> {
        if self.arguments.is_none() || self.stop.is_some() {
            return None;
        }
        for (name, path) in &self.inputs {
            if let Err(error) = fs::metadata(path) {
                self.stop = Some(Stop::Failure(named("find input", name, path, error)));
                return None;
            }
        }
        shutdown::watch(&self.outputs);
        for output in &self.outputs {
            if let Err(error) = output.prepare() {
                self.stop = Some(Stop::Failure(error));
                return None;
            }
        }
        Some(())
    }

    /// Whether KFP's local runner has started this.
    pub(crate) fn is_local(&self) -> bool {
        let arguments = self.arguments.as_ref();
        let input = arguments.and_then(|arguments| arguments.executor_input.as_ref());
        input.is_some_and(ExecutorInput::is_local)
    }

    /// The executor output, if KFP asks for one: where it goes and what it says.
    pub(crate) fn answer(&self) -> Option<StagedOutput> {
        self.answer_with(|input| executor::output(input, self.outputs.iter().map(AsRef::as_ref)))
    }

    /// What stands in the answer's place until there is one.
    pub(crate) fn no_answer(&self) -> Option<StagedOutput> {
        self.answer_with(|_| executor::no_output(self.description.function))
    }

    fn answer_with(&self, text: impl FnOnce(&ExecutorInput) -> String) -> Option<StagedOutput> {
        let input = self.arguments.as_ref()?.executor_input.as_ref()?;
        let output = StagedOutput::new("executor output", input.output_file()?);
        output.state().content = Some(text(input));
        Some(output)
    }

    fn staged_output<T>(
        &mut self,
        index: usize,
        find: fn(&ExecutorInput, &str) -> Option<PathBuf>,
    ) -> Option<Output<T>> {
        let argument = &self.description.arguments[index];
        let arguments = self.arguments.as_ref()?;
        let resolved = || find(arguments.executor_input.as_ref()?, argument.name);
        let Some(path) = arguments.path(argument).or_else(resolved) else {
            return self.refuse(missing(argument));
        };
        let output = Arc::new(StagedOutput::new(argument.name, &path));
        self.outputs.push(Arc::clone(&output));
        Some(Output::new(output))
    }

    /// Keeps the first mistake: fixing one line at a time is what a one-line message is for.
    fn refuse<T>(&mut self, message: String) -> Option<T> {
        self.stop.get_or_insert(Stop::Usage(message));
        None
    }
}

/// The value KFP gave for a parameter, if it gave one.
fn given(arguments: &Arguments, argument: &Argument) -> Option<Value> {
    if let Some(value) = arguments
        .executor_input
        .as_ref()
        .and_then(|input| input.parameter(argument.name))
    {
        return (!value.is_null()).then(|| value.clone());
    }
    let text = arguments.flag(argument)?;
    // What KFP writes for an omitted value of a type that has no such text.
    let absent = !argument.takes_any_text() && matches!(text.trim(), "" | "null");
    (!absent).then(|| text.into())
}

/// The value in the author's type, or what is wanted instead.
fn read<P: Parameter>(
    value: &Value,
    argument: &Argument,
    range: Option<&Range>,
) -> Result<P, String> {
    let read = P::from_value(value);
    let Some(range) = range else { return read };
    // In `f64`, before narrowing to `f32` moves the number over an edge.
    let in_range = number::number(value).is_some_and(|number| range.contains(number));
    read.ok().filter(|_| in_range).ok_or_else(|| {
        let number = if argument.ty == Some("Integer") {
            "a whole number"
        } else {
            "a number"
        };
        format!("{number}, {}", range.words.to_lowercase())
    })
}

fn missing(argument: &Argument) -> String {
    let what = match argument.kind {
        Kind::Parameter { .. } => argument.ty.unwrap_or_default(),
        Kind::InputArtifact { .. } => "path of a file",
        Kind::OutputParameter | Kind::OutputArtifact => "path to write to",
    };
    format!(
        "`{}` is missing: give `{} <{what}>`",
        argument.name, argument.flag
    )
}
