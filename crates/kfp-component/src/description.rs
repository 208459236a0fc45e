//! What `#[component]` knows about a component, as constants.
//!
//! It mirrors the model of kfp-component-spec, so that a component needs neither that crate nor syn.

/// A component's contract.
#[derive(Debug)]
pub struct Description {
    /// The title given by `#[component(name = "…")]`.
    pub title: Option<&'static str>,
    /// The author's package, which is the program's name.
    pub package: &'static str,
    /// The package's version.
    pub version: &'static str,
    /// The function's documentation.
    pub description: &'static str,
    /// Its arguments, in order.
    pub arguments: &'static [Argument],
}

/// One argument.
#[derive(Debug)]
pub struct Argument {
    /// The name in the signature and in KFP.
    pub name: &'static str,
    /// The flag that carries it.
    pub flag: &'static str,
    /// The author's documentation, and the range in words.
    pub description: &'static str,
    /// The KFP type's name, if it has one.
    pub ty: Option<&'static str>,
    /// What it carries, and in which direction.
    pub kind: Kind,
}

/// What an argument carries, and in which direction.
#[derive(Debug)]
pub enum Kind {
    /// A value passed in.
    Parameter {
        /// What the function sees when it is not given.
        presence: Presence,
        /// The interval allowed.
        range: Option<Range>,
    },
    /// A file passed in.
    InputArtifact {
        /// What the function sees when it is not given: nothing, or `None`.
        presence: Presence,
    },
    /// A list of files passed in.
    InputList,
    /// A small value produced.
    OutputParameter,
    /// A file produced.
    OutputArtifact,
}

/// What the function sees when an argument is not given.
#[derive(Debug)]
pub enum Presence {
    /// Nothing: it must be given.
    Required,
    /// `None`.
    Optional,
    /// This text.
    Default(&'static str),
}

/// An interval of numbers.
#[derive(Debug)]
pub struct Range {
    /// The lowest number allowed, if there is one.
    pub from: Option<f64>,
    /// The highest number, if there is one.
    pub to: Option<f64>,
    /// Whether `to` itself is allowed.
    pub inclusive: bool,
    /// The range in words: `From 1 to 10000`.
    pub words: &'static str,
}

impl Range {
    /// Whether the range allows `number`.
    pub(crate) fn contains(&self, number: f64) -> bool {
        let below = |to: f64| {
            if self.inclusive {
                number <= to
            } else {
                number < to
            }
        };
        self.from.is_none_or(|from| number >= from) && self.to.is_none_or(below)
    }
}

impl Description {
    /// The component's name as KFP 2 writes it, which is also the name of its task: `data-preprocess`.
    pub(crate) fn name(&self) -> String {
        let words = self.title.unwrap_or(self.package).to_lowercase();
        let words = words.split(|c: char| !c.is_ascii_alphanumeric());
        let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
        words.join("-")
    }
}

impl Argument {
    pub(crate) fn is_input(&self) -> bool {
        matches!(
            self.kind,
            Kind::Parameter { .. } | Kind::InputArtifact { .. } | Kind::InputList
        )
    }

    /// Whether any text may be a value, `null` and the empty text included.
    pub(crate) fn takes_any_text(&self) -> bool {
        matches!(self.kind, Kind::Parameter { .. }) && self.ty == Some("String")
    }

    /// Whether the value is a JSON array or object.
    pub(crate) fn is_json(&self) -> bool {
        matches!(
            self.ty,
            Some("JsonArray" | "JsonObject" | "PipelineTaskFinalStatus")
        )
    }
}
