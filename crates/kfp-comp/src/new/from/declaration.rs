//! One input or output: its type in Rust, and whether its default can be kept.

use anyhow::Result;
use kfp_component_spec::source::{self, ParsedArgument};
use kfp_component_yaml::{
    ir::{self, Kind},
    read::{DeclaredType, Default, Spanned},
};
use kfp_pipeline::ParameterType;

use super::default::literal;
use super::name::{Direction, drawn, ident};
use crate::new::{argument::NewArgument, scaffold::sentence};

/// An input or output as the file declares it.
pub(super) struct Declaration<'a> {
    pub(super) direction: Direction,
    pub(super) declared: &'a str,
    pub(super) name: String,
    pub(super) kind: Option<&'a Spanned<DeclaredType>>,
    pub(super) description: Option<&'a str>,
    pub(super) default: Option<&'a Default>,
    pub(super) omissible: bool,
}

fn rust_type(ty: ParameterType) -> &'static str {
    match ty {
        ParameterType::String => "String",
        ParameterType::NumberInteger => "i64",
        ParameterType::NumberDouble => "f64",
        ParameterType::Boolean => "bool",
        ParameterType::List => "Vec<Json<serde_json::Value>>",
        ParameterType::Struct | ParameterType::TaskConfig => {
            "Json<serde_json::Map<String, serde_json::Value>>"
        }
        ParameterType::TaskFinalStatus => "TaskFinalStatus",
    }
}

impl Declaration<'_> {
    /// The argument for the signature.
    pub(super) fn declare(&self, changes: &mut Vec<String>) -> Result<NewArgument> {
        let (rust, kfp) = self.types()?;
        let kfp = if self.is_list() {
            format!("List[{kfp}]")
        } else {
            kfp
        };
        let declared = match self.kind.map(|kind| &kind.value) {
            None => "no type".to_owned(),
            Some(DeclaredType::Name(name) | DeclaredType::ArtifactList(name)) => {
                format!("type `{name}`")
            }
            Some(DeclaredType::Map(_) | DeclaredType::List) => "a type with properties".to_owned(),
        };
        // The one output whose type is not written.
        let kept =
            declared == format!("type `{kfp}`") || (rust == "UiMetadata" && declared == "no type");
        if !kept {
            changes.push(format!(
                "{} `{}` had {declared} and is now `{kfp}`",
                self.direction.word(),
                self.name
            ));
        }
        let parsed = self.parse(&rust, changes)?;
        let text = self
            .description
            .map(str::trim)
            .filter(|text| !text.is_empty());
        let description = text.map_or_else(|| sentence(&self.name) + ".", str::to_owned);
        Ok(NewArgument {
            parsed,
            description,
        })
    }

    /// The type in Rust, without `Option`, `Input` or `Output`, and its name in KFP.
    fn types(&self) -> Result<(String, String)> {
        if let (Direction::Output, Some(ty)) = (self.direction, drawn(&self.name)) {
            return Ok((ty.into(), ty.into()));
        }
        let kind = ir::kind(self.kind).map_err(|problem| anyhow::anyhow!("{}", problem.message))?;
        let pair = match kind {
            Kind::Parameter(ty) => (rust_type(ty), ir::declared_name(ty)),
            Kind::Artifact(title) | Kind::ArtifactList(title) => {
                match title.strip_prefix("system.") {
                    Some("HTML") => ("Html", "HTML"),
                    Some(name) => return Ok((name.to_owned(), name.to_owned())),
                    None => ("Artifact", "Artifact"),
                }
            }
        };
        Ok((pair.0.to_owned(), pair.1.to_owned()))
    }

    fn is_list(&self) -> bool {
        matches!(ir::kind(self.kind), Ok(Kind::ArtifactList(_)))
    }

    fn is_parameter(&self) -> bool {
        matches!(ir::kind(self.kind), Ok(Kind::Parameter(_)))
    }

    /// Parses the argument; a default that the parser refuses makes the parameter optional.
    fn parse(&self, rust: &str, changes: &mut Vec<String>) -> Result<ParsedArgument> {
        let ident = ident(&self.name);
        let parse = |text: String| {
            source::argument(&text).map_err(|mistakes| {
                anyhow::anyhow!(
                    "{}",
                    mistakes
                        .into_iter()
                        .map(|mistake| mistake.message)
                        .collect::<Vec<_>>()
                        .join("; ")
                )
            })
        };
        match (self.direction, self.is_parameter(), self.omissible) {
            (Direction::Output, ..) => parse(format!("{ident}: Output<{rust}>")),
            (Direction::Input, false, _) if self.is_list() => {
                parse(format!("{ident}: Vec<Input<{rust}>>"))
            }
            (Direction::Input, false, false) => parse(format!("{ident}: Input<{rust}>")),
            (Direction::Input, false, true) => {
                if let Some(default) = self.default {
                    changes.push(format!(
                        "input `{}` loses its default `{}`: a file cannot have one",
                        self.name,
                        default.text()
                    ));
                }
                parse(format!("{ident}: Option<Input<{rust}>>"))
            }
            (Direction::Input, true, false) => parse(format!("{ident}: {rust}")),
            (Direction::Input, true, true) => {
                if let Some(default) = self.default {
                    if let Some(Ok(parsed)) = literal(rust, default)
                        .map(|literal| parse(format!("{ident}: {rust} = {literal}")))
                    {
                        return Ok(parsed);
                    }
                    changes.push(format!(
                        "input `{}` loses its default `{}` and is optional",
                        self.name,
                        default.text()
                    ));
                }
                parse(format!("{ident}: Option<{rust}>"))
            }
        }
    }
}
