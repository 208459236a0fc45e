//! A component's inputs and outputs as a catalog lists them: out of any component.yaml, refined by the signature.
//!
//! Judges nothing; what both SDKs say of the types is the linter's business.

use serde::{Deserialize, Serialize};
use serde_json::Number;

use kfp_component_spec::{self as spec, Component, Parameter};
use kfp_component_yaml::{
    ir,
    read::{ComponentFile, DeclaredType, Spanned},
};

/// What a component takes and gives.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Interface {
    /// In declaration order.
    pub inputs: Vec<Input>,
    /// In declaration order.
    pub outputs: Vec<Output>,
}

/// Whether KFP passes a value or a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A value.
    Parameter,
    /// A file or directory.
    Artifact,
}

/// One input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Input {
    /// As declared.
    pub name: String,
    /// Value or file.
    pub kind: Kind,
    /// KFP's name for the type; `Artifact` where none is declared.
    #[serde(rename = "type")]
    pub ty: String,
    /// What it is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Whether a caller may leave it out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// What it is then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// The values allowed; empty if any is.
    #[serde(default, rename = "enum", skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// The lowest value allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Number>,
    /// The highest value allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<Number>,
    /// The value all others must be below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclusive_maximum: Option<Number>,
}

/// One output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Output {
    /// As declared.
    pub name: String,
    /// Value or file.
    pub kind: Kind,
    /// KFP's name for the type; `Artifact` where none is declared.
    #[serde(rename = "type")]
    pub ty: String,
    /// What it is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
}

impl Interface {
    /// What a component.yaml declares.
    pub fn of(file: &ComponentFile) -> Self {
        let text = |text: &Option<Spanned<String>>| {
            text.as_ref()
                .map_or_else(String::new, |text| text.value.clone())
        };
        Self {
            inputs: file
                .inputs
                .iter()
                .map(|input| {
                    let (kind, ty) = declared(input.kind.as_ref());
                    Input {
                        name: input.name.value.clone(),
                        kind,
                        ty,
                        description: text(&input.description),
                        optional: input.may_be_omitted(),
                        default: input.default.as_ref().map(|default| default.value.text()),
                        choices: Vec::new(),
                        minimum: None,
                        maximum: None,
                        exclusive_maximum: None,
                    }
                })
                .collect(),
            outputs: file
                .outputs
                .iter()
                .map(|output| {
                    let (kind, ty) = declared(output.kind.as_ref());
                    Output {
                        name: output.name.value.clone(),
                        kind,
                        ty,
                        description: text(&output.description),
                    }
                })
                .collect(),
        }
    }

    /// The same with what KFP has no field for: choices and ranges, and in pipeline IR descriptions, from the signature the
    /// file was rendered from.
    #[must_use]
    pub fn refined(mut self, component: &Component) -> Self {
        let described = self
            .inputs
            .iter_mut()
            .map(|it| (&it.name, &mut it.description));
        let described = described.chain(
            self.outputs
                .iter_mut()
                .map(|it| (&it.name, &mut it.description)),
        );
        for (name, description) in described {
            let argument = component.arguments.iter().find(|one| one.name == *name);
            if let (true, Some(argument)) = (description.is_empty(), argument) {
                *description = argument.full_description();
            }
        }
        for argument in component.inputs() {
            let input = self
                .inputs
                .iter_mut()
                .find(|input| input.name == argument.name);
            if let (Some(input), spec::Kind::Parameter(parameter)) = (input, &argument.kind) {
                input.refine(parameter);
            }
        }
        self
    }
}

impl Input {
    fn refine(&mut self, parameter: &Parameter) {
        self.choices.clone_from(&parameter.choices);
        if let Some(range) = &parameter.range {
            let number = |text: &Option<String>| text.as_ref()?.parse().ok();
            self.minimum = number(&range.from);
            if range.inclusive {
                self.maximum = number(&range.to);
            } else {
                self.exclusive_maximum = number(&range.to);
            }
        }
    }
}

fn declared(ty: Option<&Spanned<DeclaredType>>) -> (Kind, String) {
    let name = ty.and_then(|ty| ty.value.name()).unwrap_or("Artifact");
    let kind = match ir::kind(ty) {
        Ok(ir::Kind::Parameter(_)) => Kind::Parameter,
        _ => Kind::Artifact,
    };
    (kind, name.to_owned())
}
