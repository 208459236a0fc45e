//! What a component is: its name, its inputs and its outputs.

use std::fmt;

/// A component's contract, as its function's signature states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// The function's name, in snake case: `train_eval`.
    pub function: String,
    /// The title given by `#[component(name = "…")]`.
    pub title: Option<String>,
    /// The function's documentation; paragraphs are separated by an empty line.
    pub description: String,
    /// Everything between the parentheses, in the author's order.
    pub arguments: Vec<Argument>,
}

/// One argument of the function, which is one input or one output of the component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The name in the signature, in `component.yaml` and in KFP, without `r#`.
    pub name: String,
    /// The author's documentation, without what choices and ranges add (see [`Argument::full_description`]).
    pub description: String,
    /// What the argument carries.
    pub kind: Kind,
    /// The output's name in the file for KFP 1, which draws only two names: `#[arg(kfp1 = "mlpipeline_metrics")]`.
    pub kfp1_name: Option<String>,
}

/// What an argument carries, and in which direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A value passed in.
    Parameter(Parameter),
    /// A file or directory read.
    InputArtifact {
        /// Its KFP type.
        ty: ArtifactType,
        /// Whether the function takes `Option<Input<_>>`.
        optional: bool,
    },
    /// A list of files or directories read: what the tasks of a loop produced. Only KFP 2 has it.
    InputList(ArtifactType),
    /// A small value produced.
    OutputParameter(ParameterType),
    /// A file or directory produced.
    OutputArtifact(ArtifactType),
}

/// A value passed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its KFP type.
    pub ty: ParameterType,
    /// What the function sees when the parameter is left out.
    pub presence: Presence,
    /// The values allowed, if the Rust type is an enum with `#[derive(Choice)]`; otherwise empty. They are known only where the
    /// enum can be seen: in source text, not inside the macro.
    pub choices: Vec<String>,
    /// The numbers allowed.
    pub range: Option<Range>,
}

/// What the function sees when a parameter is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Nothing: it must not be left out.
    Required,
    /// `None`.
    Optional,
    /// This value, written as KFP passes it: `100`, `true`, `[1,2]`.
    Default(String),
}

/// An interval of numbers. The ends are decimal text as Rust reads it, without `_` and type suffix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// The lowest value allowed, if there is one.
    pub from: Option<String>,
    /// The highest value, if there is one; see `inclusive`.
    pub to: Option<String>,
    /// Whether `to` itself is allowed.
    pub inclusive: bool,
}

/// The types KFP passes by value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ParameterType {
    /// Text.
    String,
    /// A whole number from -(2^53 - 1) to 2^53 - 1.
    Integer,
    /// A finite number.
    Float,
    /// True or false.
    Boolean,
    /// A JSON array.
    JsonArray,
    /// A JSON object.
    JsonObject,
    /// How the tasks of an exit handler ended. Only KFP 2 has it, and fills it in itself.
    TaskFinalStatus,
}

/// The types KFP passes as files or directories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ArtifactType {
    /// Anything.
    Artifact,
    /// A table or other data.
    Dataset,
    /// A trained model.
    Model,
    /// Scalar metrics, which KFP 2 stores as metadata.
    Metrics,
    /// Confusion matrix and ROC curve, which KFP 2 stores as metadata.
    ClassificationMetrics,
    /// The same for slices of the data.
    SlicedClassificationMetrics,
    /// A web page both UIs show.
    Html,
    /// Markdown text both UIs show.
    Markdown,
    /// The KFP 1 visualisation file. Written without a type, because only an untyped output is drawn by both UIs.
    UiMetadata,
}

impl Component {
    /// Whether KFP 1 has nothing for one of its inputs: a list of artifacts.
    pub fn is_for_kfp2_alone(&self) -> bool {
        self.inputs()
            .any(|input| matches!(input.kind, Kind::InputList(_)))
    }

    /// The arguments KFP passes in, in order.
    pub fn inputs(&self) -> impl Iterator<Item = &Argument> {
        self.arguments.iter().filter(|argument| argument.is_input())
    }

    /// The arguments the component produces, in order.
    pub fn outputs(&self) -> impl Iterator<Item = &Argument> {
        self.arguments
            .iter()
            .filter(|argument| !argument.is_input())
    }
}

impl Argument {
    /// Whether KFP passes this argument in.
    pub fn is_input(&self) -> bool {
        matches!(
            self.kind,
            Kind::Parameter(_) | Kind::InputArtifact { .. } | Kind::InputList(_)
        )
    }

    /// Whether a pipeline may leave it out, because it is optional or has a default.
    pub fn may_be_omitted(&self) -> bool {
        match &self.kind {
            Kind::Parameter(parameter) => parameter.presence != Presence::Required,
            Kind::InputArtifact { optional, .. } => *optional,
            Kind::InputList(_) | Kind::OutputParameter(_) | Kind::OutputArtifact(_) => false,
        }
    }

    /// The flag that carries it: `--label-colname`.
    pub fn flag(&self) -> String {
        format!("--{}", self.name.replace('_', "-"))
    }

    /// The KFP type's name; `None` for the one type that is written without a name.
    pub fn type_name(&self) -> Option<&'static str> {
        match &self.kind {
            Kind::Parameter(Parameter { ty, .. }) | Kind::OutputParameter(ty) => Some(ty.name()),
            Kind::InputArtifact { ty, .. } | Kind::OutputArtifact(ty) => ty.name(),
            Kind::InputList(ty) => Some(ty.list_name()),
        }
    }

    /// The description followed by what KFP has no field for: choices, range and the name in KFP 1.
    pub fn full_description(&self) -> String {
        let mut sentences = vec![self.description.clone()];
        if let Kind::Parameter(parameter) = &self.kind {
            if !parameter.choices.is_empty() {
                sentences.push(format!("One of: {}.", parameter.choices.join(", ")));
            }
            sentences.extend(parameter.range.as_ref().map(|range| format!("{range}.")));
        }
        sentences.extend(
            self.kfp1_name
                .as_ref()
                .map(|name| format!("In KFP 1: `{name}`.")),
        );
        sentences.retain(|sentence| !sentence.is_empty());
        sentences.join(" ")
    }
}

/// `From 1 to 10000`, `At least 1`, `Less than 10`, …
impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.from, &self.to, self.inclusive) {
            (Some(from), Some(to), true) => write!(f, "From {from} to {to}"),
            (Some(from), Some(to), false) => write!(f, "From {from} to less than {to}"),
            (Some(from), None, _) => write!(f, "At least {from}"),
            (None, Some(to), true) => write!(f, "At most {to}"),
            (None, Some(to), false) => write!(f, "Less than {to}"),
            (None, None, _) => write!(f, "Any number"),
        }
    }
}
