//! From what KFP passed to what the function takes.
//!
//! Nothing is written before every argument has been understood.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use crate::arguments::{Arguments, OTHER_VERSION, shown};
use crate::artifact::ArtifactType;
use crate::description::{Argument, Description, Kind, Presence};
use crate::error::with_hint;
use crate::executor_input::ExecutorInput;
use crate::executor_output;
use crate::input::{Input, Source};
use crate::json_text;
use crate::output::Output;
use crate::parameter::{self, Parameter};
use crate::provisioned::Provisioned;
use crate::redact;
use crate::run;
use crate::shutdown;
use crate::staged::StagedOutput;
use crate::value;

/// One run of the function. The code `#[component]` emits asks it for each argument, then whether it is ready.
#[derive(Debug)]
pub struct Invocation {
    description: &'static Description,
    arguments: Option<Arguments>,
    inputs: Vec<(&'static str, PathBuf)>,
    outputs: Vec<Arc<StagedOutput>>,
    /// Each input with its value, as the log shows them.
    resolved: Vec<(&'static str, String)>,
    /// What KFP did wrong without harm, one line per warning.
    pub(crate) warnings: String,
    /// Each argument's choices, for the help text.
    pub(crate) choices: Vec<&'static [&'static str]>,
    pub(crate) refusal: Option<Refusal>,
}

/// Why the function is not called.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// An argument is wrong.
    Usage(String),
    /// An input does not exist, or an output's directory cannot be created.
    Failure(io::Error),
}

impl Invocation {
    /// An invocation that only collects choices.
    pub(crate) fn without_arguments(description: &'static Description) -> Self {
        Self {
            description,
            arguments: None,
            inputs: Vec::new(),
            outputs: Vec::new(),
            resolved: Vec::new(),
            warnings: String::new(),
            choices: vec![&[][..]; description.arguments.len()],
            refusal: None,
        }
    }

    /// An invocation with these arguments. A mistake in the command line as a whole is refused like one of an argument.
    pub(crate) fn new(
        description: &'static Description,
        arguments: Arguments,
        mistake: Option<String>,
    ) -> Self {
        let input = arguments.executor_input.as_ref();
        let damage = input.and_then(|input| input.damage.clone());
        let mut invocation = Self {
            arguments: Some(arguments),
            refusal: mistake.map(Refusal::Usage),
            ..Self::without_arguments(description)
        };
        if let Some(damage) = damage {
            invocation.warn(&format!("{damage}, so the arguments are used instead"));
        }
        invocation
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
        self.arguments.as_ref()?;
        let passed = self.value(argument, P::CHOICES);
        let value = match (passed, presence) {
            (Some(value), _) => value,
            (None, Presence::Default(text)) => Value::String((*text).into()),
            (None, Presence::Optional) => {
                self.resolved.push((argument.name, "none".into()));
                return Some(None);
            }
            (None, Presence::Required) => return self.refuse_missing(argument),
        };
        let text = redact::value(argument.name, &json_text::of(&value));
        match value::read(&value, argument, range.as_ref()) {
            Ok(read) => {
                self.resolved.push((argument.name, text));
                Some(Some(read))
            }
            Err(wanted) => {
                let is_damaged = argument.is_json() && self.damage().is_some();
                let hint = is_damaged
                    .then_some(PASS_IT_ALONE)
                    .or_else(|| value::hint(&value));
                let hint = hint.map(|hint| format!("\nhint: {hint}"));
                self.refuse(format!(
                    "`{}` is `{text}`, but must be {wanted}{}",
                    argument.name,
                    hint.unwrap_or_default()
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
        let resolved = || provisioned.and_then(Provisioned::path);
        let Some(path) = arguments.path(argument).or_else(resolved) else {
            return match argument.kind {
                Kind::InputArtifact {
                    presence: Presence::Optional,
                } => {
                    self.resolved.push((argument.name, "none".into()));
                    Some(None)
                }
                _ => self.refuse_missing(argument),
            };
        };
        let source = Source::new(argument.name, path.clone(), provisioned);
        let text = shown(&path.to_string_lossy());
        self.resolved.push((argument.name, text));
        if !A::METADATA_ONLY {
            self.inputs.push((argument.name, path));
        }
        Some(Some(Input::new(source)))
    }

    /// A list of input artifacts. KFP 2 names it in the executor input alone; no placeholder stands for one.
    pub fn input_list<A: ArtifactType<Type = K>, K>(
        &mut self,
        index: usize,
    ) -> Option<Vec<Input<A>>> {
        let argument = &self.description.arguments[index];
        let arguments = self.arguments.as_ref()?;
        let sources: Option<Vec<Source>> = match (
            arguments.flag(argument),
            &arguments.executor_input,
        ) {
            (Some(text), _) => {
                let Ok(paths) = serde_json::from_str::<Vec<PathBuf>>(text) else {
                    let text = shown(text);
                    return self.refuse(format!(
                        "`{}` is `{text}`, but must be a JSON list of paths: `[\"a.csv\",\"b.csv\"]`",
                        argument.name
                    ));
                };
                let source = |path| Source::new(argument.name, path, None);
                Some(paths.into_iter().map(source).collect())
            }
            (None, Some(input)) => input
                .input_artifacts(argument.name)
                .map(|artifact| Some(Source::new(argument.name, artifact.path()?, Some(artifact))))
                .collect(),
            (None, None) => None,
        };
        let Some(sources) = sources else {
            return self.refuse_missing(argument);
        };
        let paths: Vec<PathBuf> = sources.iter().map(|one| one.path().to_owned()).collect();
        let text = shown(&format!("{} artifacts: {paths:?}", paths.len()));
        self.resolved.push((argument.name, text));
        if !A::METADATA_ONLY {
            let inputs = paths.into_iter().map(|path| (argument.name, path));
            self.inputs.extend(inputs);
        }
        Some(sources.into_iter().map(Input::new).collect())
    }

    /// An output artifact.
    pub fn output<A: ArtifactType<Type = K>, K>(&mut self, index: usize) -> Option<Output<A>> {
        let argument = &self.description.arguments[index];
        let input = self.executor_input();
        let provisioned = input.and_then(|input| input.output_artifact(argument.name));
        let path = provisioned.and_then(Provisioned::path);
        let uri = provisioned
            .and_then(Provisioned::uri)
            .map(ToOwned::to_owned);
        self.staged_output(argument, path, uri.as_deref())
    }

    /// An output parameter.
    pub fn output_parameter<P: Parameter<Type = K>, K>(
        &mut self,
        index: usize,
    ) -> Option<Output<P>> {
        let argument = &self.description.arguments[index];
        self.choices[index] = P::CHOICES;
        let input = self.executor_input();
        let path = input.and_then(|input| input.output_parameter(argument.name));
        self.staged_output(argument, path, None)
    }

    /// Finds the inputs and creates the outputs' directories, if every argument was understood.
    pub fn ready(&mut self) -> Option<()> {
        if self.arguments.is_none() || self.refusal.is_some() {
            return None;
        }
        run::log(&self.warnings);
        if self.is_from_kfp() {
            run::log(&self.inputs());
        }
        for (name, path) in &self.inputs {
            if let Err(error) = fs::metadata(path) {
                let hint = (error.kind() == io::ErrorKind::NotFound).then(|| NOT_WRITTEN.into());
                let error = with_hint("find input", name, path, error, hint);
                self.refusal = Some(Refusal::Failure(error));
                return None;
            }
        }
        shutdown::watch(&self.outputs);
        for output in &self.outputs {
            if let Err(error) = output.prepare() {
                self.refusal = Some(Refusal::Failure(error));
                return None;
            }
        }
        Some(())
    }

    fn warn(&mut self, warning: &str) {
        let _ = writeln!(self.warnings, "warning: {warning}");
    }

    /// The inputs, with defaults filled in: KFP's UI does not show those.
    fn inputs(&self) -> String {
        let name = self.description.name();
        let mut text = format!("{name} {}\n", self.description.version);
        for (name, value) in &self.resolved {
            let _ = writeln!(text, "  {name}: {value}");
        }
        text
    }

    /// Whether KFP started the program, and not a person.
    pub(crate) fn is_from_kfp(&self) -> bool {
        self.arguments
            .as_ref()
            .is_some_and(|arguments| arguments.from_kfp)
    }

    /// What KFP 2 passed.
    pub(crate) fn executor_input(&self) -> Option<&ExecutorInput> {
        self.arguments.as_ref()?.executor_input.as_ref()
    }

    /// What is wrong with it.
    fn damage(&self) -> Option<&String> {
        self.executor_input()?.damage.as_ref()
    }

    /// Whether `kfp.local` started the program.
    pub(crate) fn is_local(&self) -> bool {
        self.executor_input().is_some_and(ExecutorInput::is_local)
    }

    /// The executor output, if KFP asks for one: where it goes and what it says.
    pub(crate) fn executor_output(&self) -> Option<StagedOutput> {
        let outputs = self.outputs.iter().map(AsRef::as_ref);
        self.executor_output_with(|input| executor_output::output(input, outputs))
    }

    /// What stands in the place of the executor output until there is one.
    pub(crate) fn unfinished(&self) -> Option<StagedOutput> {
        self.executor_output_with(|_| executor_output::unfinished(&self.description.name()))
    }

    fn executor_output_with(
        &self,
        text: impl FnOnce(&ExecutorInput) -> String,
    ) -> Option<StagedOutput> {
        let input = self.executor_input()?;
        let output = StagedOutput::new("executor output", input.output_file()?, None);
        output.state().content = Some(text(input));
        Some(output)
    }

    fn staged_output<T>(
        &mut self,
        argument: &'static Argument,
        provisioned: Option<PathBuf>,
        uri: Option<&str>,
    ) -> Option<Output<T>> {
        let path = self.arguments.as_ref()?.path(argument);
        let Some(path) = path.or(provisioned) else {
            return self.refuse_missing(argument);
        };
        let output = Arc::new(StagedOutput::new(argument.name, &path, uri));
        self.outputs.push(Arc::clone(&output));
        Some(Output::new(output))
    }

    /// The value KFP passed for a parameter, if it passed one.
    fn value(&mut self, argument: &Argument, choices: &[&str]) -> Option<Value> {
        let arguments = self.arguments.as_ref()?;
        let input = arguments.executor_input.as_ref();
        let value = match input.and_then(|input| input.parameter(argument.name)) {
            Some(value) => value.clone(),
            // Placeholders are replaced inside the JSON, not inside its text.
            None if argument.is_json() => {
                let text = arguments.flag(argument)?;
                input.map_or_else(|| parameter::document(text), |input| input.document(text))
            }
            None => arguments.flag(argument)?.into(),
        };
        if value::is_absent(&value, argument, choices) {
            return None;
        }
        let Some(input) = input else {
            return Some(value);
        };
        let (value, unresolved) = input.resolve(value);
        if let Some(placeholder) = unresolved {
            self.warn(&format!(
                "KFP did not replace `{}` in `{}`, and its value is not in the executor input",
                shown(&placeholder),
                argument.name
            ));
        }
        Some(value)
    }

    /// Refuses a call without that argument. KFP damaging the executor input is reason enough.
    fn refuse_missing<T>(&mut self, argument: &Argument) -> Option<T> {
        let what = match argument.kind {
            Kind::Parameter { .. } => argument.ty.unwrap_or_default(),
            Kind::InputArtifact { .. } => "path of a file",
            Kind::InputList => "JSON list of paths",
            Kind::OutputParameter | Kind::OutputArtifact => "path to write to",
        };
        let mut message = format!(
            "`{}` is missing: give `{} <{what}>`",
            argument.name, argument.flag
        );
        if argument.ty == Some("PipelineTaskFinalStatus") {
            message = format!(
                "`{}` is missing: KFP 2 gives it to exit handlers only, and KFP 1 to none\nhint: take an \
                 `Option<TaskFinalStatus>` to do without",
                argument.name
            );
        } else if matches!(argument.kind, Kind::InputList) && self.is_from_kfp() {
            message = format!(
                "`{}` is missing: KFP 1 has no lists of artifacts",
                argument.name
            );
        } else if self.damage().is_some() {
            let _ = write!(message, "\nhint: {PASS_IT_ALONE}");
        } else if self.is_from_kfp() {
            message += OTHER_VERSION;
        }
        self.refuse(message)
    }

    /// Keeps the first mistake only, so that the message stays short.
    fn refuse<T>(&mut self, message: String) -> Option<T> {
        self.refusal.get_or_insert(Refusal::Usage(message));
        None
    }
}

const PASS_IT_ALONE: &str = "in the pipeline, pass the value as an argument, not inside an f-string, a list or a dictionary";

const NOT_WRITTEN: &str =
    "did the task before write it? under kfp.local, does it lie below the pipeline root?";
