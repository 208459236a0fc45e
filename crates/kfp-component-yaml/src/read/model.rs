//! What a component.yaml says, as data with positions; it judges nothing.

use std::ops::Range;

use super::command::Arg;
use super::graph_model::Graph;
use crate::python;
use kfp_pyyaml::Position;

/// A value and the text it was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its first character, quotes and block indicators included.
    pub start: Position,
    /// The byte after its last one.
    pub end: usize,
    /// Whether an alias leads to it, so that an edit here changes other places too.
    pub aliased: bool,
}

impl<T> Spanned<T> {
    /// The bytes of the file it was read from.
    pub fn range(&self) -> Range<usize> {
        self.start.offset..self.end
    }
}

/// Keys and values in the file's order.
pub type Pairs = Vec<(Spanned<String>, Spanned<String>)>;

/// A component.yaml.
#[derive(Debug, Clone, PartialEq)]
pub struct ComponentFile {
    /// The component's title.
    pub name: Option<Spanned<String>>,
    /// What it does.
    pub description: Option<Spanned<String>>,
    /// `metadata.annotations`, known to us or not.
    pub annotations: Pairs,
    /// `metadata.labels`
    pub labels: Pairs,
    /// In declaration order.
    pub inputs: Vec<Input>,
    /// In declaration order.
    pub outputs: Vec<Output>,
    /// The container or graph that runs.
    pub implementation: Option<Implementation>,
    /// Where the component begins.
    pub position: Position,
    /// Where texts with escaped surrogates begin, sorted: Python cannot encode them.
    pub surrogates: Vec<Position>,
}

impl ComponentFile {
    /// The container, if that is what runs.
    pub fn container(&self) -> Option<&Container> {
        match &self.implementation {
            Some(Implementation::Container(container)) => Some(container),
            _ => None,
        }
    }

    /// The value of an annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations
            .iter()
            .find(|(k, _)| k.value == key)
            .map(|(_, v)| v.value.as_str())
    }

    /// The input with exactly this name.
    pub fn input(&self, name: &str) -> Option<&Input> {
        self.inputs.iter().find(|input| input.name.value == name)
    }

    /// The output with exactly this name.
    pub fn output(&self, name: &str) -> Option<&Output> {
        self.outputs.iter().find(|output| output.name.value == name)
    }
}

/// A declared input.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// Its name as declared.
    pub name: Spanned<String>,
    /// Its type; none is an artifact of any type.
    pub kind: Option<Spanned<DeclaredType>>,
    /// What it is.
    pub description: Option<Spanned<String>>,
    /// Its value when nothing is passed.
    pub default: Option<Spanned<Default>>,
    /// `optional: true`
    pub optional: bool,
    /// Where it begins.
    pub position: Position,
}

impl Input {
    /// Whether a caller may leave it out.
    pub fn may_be_omitted(&self) -> bool {
        self.optional || self.default.is_some()
    }
}

/// A declared output.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// Its name as declared.
    pub name: Spanned<String>,
    /// Its type; none is an artifact of any type.
    pub kind: Option<Spanned<DeclaredType>>,
    /// What it is.
    pub description: Option<Spanned<String>>,
    /// Where it begins.
    pub position: Position,
}

/// The type of an input or output as written.
#[derive(Debug, Clone, PartialEq)]
pub enum DeclaredType {
    /// `type: Dataset`
    Name(String),
    /// `type: {JsonObject: {data_type: …}}`: the first key, or what Python says where there is none to look at.
    Map(Result<String, String>),
    /// `type: [a, b]`, which kfp 2 cannot read.
    List,
    /// `List[Dataset]` as pipeline IR declares it; no component.yaml can.
    ArtifactList(String),
}

impl DeclaredType {
    /// The type's name where it is just a name.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name) | Self::ArtifactList(name) => Some(name),
            Self::Map(_) | Self::List => None,
        }
    }
}

/// A default as YAML resolves it.
#[derive(Debug, Clone, PartialEq)]
pub enum Default {
    /// Anything quoted, and unquoted text
    Text(String),
    /// `3`
    Int(i128),
    /// An integer beyond 128 bits, as the nearest double
    BigInt(f64),
    /// `2.5`
    Float(f64),
    /// `true`, `yes`
    Bool(bool),
}

impl Default {
    /// As Python's `str` writes it.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Int(number) => number.to_string(),
            Self::BigInt(number) => format!("{number:.0}"),
            Self::Float(number) => python::float_repr(*number),
            Self::Bool(true) => "True".into(),
            Self::Bool(false) => "False".into(),
        }
    }
}

/// What runs.
#[derive(Debug, Clone, PartialEq)]
pub enum Implementation {
    /// A container.
    Container(Box<Container>),
    /// Tasks wired to one another, which kfp 1.8 alone reads.
    Graph(Graph),
}

/// `implementation.container`
#[derive(Debug, Clone, PartialEq)]
pub struct Container {
    /// The image reference.
    pub image: Spanned<String>,
    /// The program; none where the key is missing.
    pub command: Option<Vec<Arg>>,
    /// Its arguments; none where the key is missing.
    pub args: Option<Vec<Arg>>,
    /// Environment.
    pub env: Pairs,
    /// Outputs at fixed paths.
    pub file_outputs: Pairs,
}

impl Container {
    /// Command and arguments in a row.
    pub fn args(&self) -> impl Iterator<Item = &Arg> {
        self.command
            .iter()
            .flatten()
            .chain(self.args.iter().flatten())
    }
}
