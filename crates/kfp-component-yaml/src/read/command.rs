//! What a command line is made of, as data with positions.

use super::model::Spanned;
use kfp_pyyaml::Position;

/// One item of a command line.
#[derive(Debug, Clone, PartialEq)]
pub struct Arg {
    /// Its kind.
    pub kind: ArgKind,
    /// Where it begins.
    pub position: Position,
}

/// The kinds of placeholders for an input or output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PlaceholderKind {
    /// `inputValue`
    InputValue,
    /// `inputPath`
    InputPath,
    /// `inputUri`
    InputUri,
    /// `inputMetadata`
    InputMetadata,
    /// `inputOutputPortName`
    InputOutputPortName,
    /// `outputPath`
    OutputPath,
    /// `outputUri`
    OutputUri,
}

impl PlaceholderKind {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::InputValue,
        Self::InputPath,
        Self::InputUri,
        Self::InputMetadata,
        Self::InputOutputPortName,
        Self::OutputPath,
        Self::OutputUri,
    ];

    /// The key in YAML.
    pub fn key(self) -> &'static str {
        match self {
            Self::InputValue => "inputValue",
            Self::InputPath => "inputPath",
            Self::InputUri => "inputUri",
            Self::InputMetadata => "inputMetadata",
            Self::InputOutputPortName => "inputOutputPortName",
            Self::OutputPath => "outputPath",
            Self::OutputUri => "outputUri",
        }
    }

    /// The class of the SDKs.
    pub fn class(self) -> &'static str {
        match self {
            Self::InputValue => "InputValuePlaceholder",
            Self::InputPath => "InputPathPlaceholder",
            Self::InputUri => "InputUriPlaceholder",
            Self::InputMetadata => "InputMetadataPlaceholder",
            Self::InputOutputPortName => "InputOutputPortNamePlaceholder",
            Self::OutputPath => "OutputPathPlaceholder",
            Self::OutputUri => "OutputUriPlaceholder",
        }
    }

    /// Whether it stands for an output.
    pub fn is_output(self) -> bool {
        matches!(self, Self::OutputPath | Self::OutputUri)
    }
}

/// The kinds of command line items.
#[derive(Debug, Clone, PartialEq)]
pub enum ArgKind {
    /// Literal text.
    Text(String),
    /// A placeholder for an input or output.
    Placeholder(PlaceholderKind, Spanned<String>),
    /// `{executorInput: null}`
    ExecutorInput,
    /// `{outputMetadata: null}`, which kfp 2 does not know
    OutputMetadata,
    /// `{concat: […]}`
    Concat(Vec<Arg>),
    /// `{if: {cond, then, else}}`
    If(Box<If>),
}

/// `{cond, then, else}`
#[derive(Debug, Clone, PartialEq)]
pub struct If {
    /// The condition.
    pub condition: Condition,
    /// The items if the condition holds.
    pub then: Branch,
    /// The items if it does not hold.
    pub otherwise: Option<Branch>,
}

/// The condition of an `if`.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// `{isPresent: x}`, the only one that kfp 2 knows
    IsPresent(Spanned<String>),
    /// `{inputValue: x}`
    InputValue(Spanned<String>),
    /// `'true'`
    Text(String),
    /// `true`
    Bool(bool),
}

/// A branch of an `if`.
#[derive(Debug, Clone, PartialEq)]
pub enum Branch {
    /// A single item.
    One(Arg),
    /// A list.
    Many(Vec<Arg>),
}

impl Branch {
    /// The items, one or many.
    pub fn args(&self) -> &[Arg] {
        match self {
            Self::One(arg) => std::slice::from_ref(arg),
            Self::Many(args) => args,
        }
    }
}
