//! One input or output: its type in Rust, and whether its default can stay.

use anyhow::{Result, bail};
use kfp_component_spec::source::{self, ParsedArgument};
use kfp_component_yaml::{
    ir::{self, Kind, ParameterKind},
    read::{DeclaredType, Default, Spanned},
};

use super::default::literal;
use super::name::{Side, drawn, ident};
use crate::new::{declared::Declared, scaffold::sentence};

/// One input or output on its way.
pub(super) struct Port<'a> {
    pub(super) side: Side,
    pub(super) declared: &'a str,
    pub(super) name: String,
    pub(super) kind: Option<&'a Spanned<DeclaredType>>,
    pub(super) description: Option<&'a str>,
    pub(super) default: Option<&'a Default>,
    pub(super) omissible: bool,
}

impl Port<'_> {
    /// As it is written into the signature.
    pub(super) fn declare(&self, changes: &mut Vec<String>) -> Result<Declared> {
        let (rust, kfp) = self.types()?;
        let declared = match self.kind.map(|kind| &kind.value) {
            None => "no type".to_owned(),
            Some(DeclaredType::Name(name)) => format!("type `{name}`"),
            Some(DeclaredType::Map(_) | DeclaredType::List) => "a type with properties".to_owned(),
        };
        // The one output whose type stays unwritten.
        let kept =
            declared == format!("type `{kfp}`") || (rust == "UiMetadata" && declared == "no type");
        if !kept {
            changes.push(format!(
                "{} `{}` had {declared}, and is `{kfp}`",
                self.side.word(),
                self.name
            ));
        }
        let parsed = self.parse(&rust, changes)?;
        let text = self
            .description
            .map(str::trim)
            .filter(|text| !text.is_empty());
        let description = text.map_or_else(|| sentence(&self.name) + ".", str::to_owned);
        Ok(Declared {
            parsed,
            description,
        })
    }

    /// The type in Rust, without `Option`, `Input` or `Output`, and its name in KFP.
    fn types(&self) -> Result<(String, String)> {
        if let (Side::Output, Some(ty)) = (self.side, drawn(&self.name)) {
            return Ok((ty.into(), ty.into()));
        }
        let kind = ir::kind(self.kind).map_err(|problem| anyhow::anyhow!("{}", problem.message))?;
        let pair = match kind {
            Kind::Parameter(ParameterKind::String) => ("String", "String"),
            Kind::Parameter(ParameterKind::Integer) => ("i64", "Integer"),
            Kind::Parameter(ParameterKind::Double) => ("f64", "Float"),
            Kind::Parameter(ParameterKind::Boolean) => ("bool", "Boolean"),
            Kind::Parameter(ParameterKind::List) => ("Vec<Json<serde_json::Value>>", "JsonArray"),
            Kind::Parameter(ParameterKind::Struct) => (
                "Json<serde_json::Map<String, serde_json::Value>>",
                "JsonObject",
            ),
            Kind::Parameter(ParameterKind::TaskFinalStatus) => {
                bail!(
                    "{} `{}` is filled in by exit handlers, which have no component in Rust",
                    self.side.word(),
                    self.declared
                )
            }
            Kind::Artifact(title) => match title.strip_prefix("system.") {
                Some("HTML") => ("Html", "HTML"),
                Some(name) => return Ok((name.to_owned(), name.to_owned())),
                None => ("Artifact", "Artifact"),
            },
        };
        Ok((pair.0.to_owned(), pair.1.to_owned()))
    }

    fn is_parameter(&self) -> bool {
        matches!(ir::kind(self.kind), Ok(Kind::Parameter(_)))
    }

    /// The argument, by the one parser; a default it does not take makes the parameter optional.
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
        match (self.side, self.is_parameter(), self.omissible) {
            (Side::Output, ..) => parse(format!("{ident}: Output<{rust}>")),
            (Side::Input, false, false) => parse(format!("{ident}: Input<{rust}>")),
            (Side::Input, false, true) => {
                if let Some(default) = self.default {
                    changes.push(format!(
                        "input `{}` loses its default `{}`: a file has none",
                        self.name,
                        default.text()
                    ));
                }
                parse(format!("{ident}: Option<Input<{rust}>>"))
            }
            (Side::Input, true, false) => parse(format!("{ident}: {rust}")),
            (Side::Input, true, true) => {
                if let Some(default) = self.default {
                    if let Some(Ok(parsed)) = literal(rust, default)
                        .map(|literal| parse(format!("{ident}: {rust} = {literal}")))
                    {
                        return Ok(parsed);
                    }
                    changes.push(format!(
                        "input `{}` loses its default `{}`, and is optional",
                        self.name,
                        default.text()
                    ));
                }
                parse(format!("{ident}: Option<{rust}>"))
            }
        }
    }
}
