//! What `#[component]` knows about a component, as constants.

/// A component's contract.
#[derive(Debug)]
pub struct Description {
    /// The function's name.
    pub function: &'static str,
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
    /// The author's documentation and what the range adds.
    pub description: &'static str,
    /// The KFP type's name, if it has one.
    pub ty: Option<&'static str>,
    /// Which way it goes.
    pub kind: Kind,
}

/// Which way an argument goes.
#[derive(Debug)]
pub enum Kind {
    /// A value passed in.
    Parameter {
        /// What stands for it when it is not given.
        presence: Presence,
        /// The interval allowed.
        range: Option<Range>,
    },
    /// A file passed in.
    InputArtifact {
        /// What stands for it when it is not given: nothing, or `None`.
        presence: Presence,
    },
    /// A small value produced.
    OutputParameter,
    /// A file produced.
    OutputArtifact,
}

/// What stands for an argument that is not given.
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
    /// The lowest.
    pub from: Option<f64>,
    /// The highest.
    pub to: Option<f64>,
    /// Whether `to` is allowed.
    pub inclusive: bool,
    /// In words: `From 1 to 10000`.
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

impl Argument {
    pub(crate) fn is_input(&self) -> bool {
        matches!(
            self.kind,
            Kind::Parameter { .. } | Kind::InputArtifact { .. }
        )
    }

    /// Whether any text is a value, `null` and the empty one too.
    pub(crate) fn takes_any_text(&self) -> bool {
        self.ty == Some("String")
    }
}
