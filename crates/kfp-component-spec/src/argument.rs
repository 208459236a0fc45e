//! One parameter of the function: its type says what it carries, and `#[arg]` whether it may be left out.

use syn::{Error, Expr, Ident, LitStr, PatType, Result, Type};

use crate::{
    default,
    model::{ArtifactType, Kind, Parameter, ParameterType, Presence},
    range::RangeSyntax,
    type_syntax::{
        TypeSyntax, artifact_type, input_artifact, last_segment, parameter_type, rust_number,
        type_syntax, ungrouped,
    },
};

/// The tokens of one parameter, for building the program.
#[derive(Clone)]
pub struct ArgumentSyntax {
    /// The parameter's name as written, `r#` included.
    pub ident: Ident,
    /// The whole type as written.
    pub ty: Type,
    /// The type inside `Option`, `Input`, `Output`, `Option<Input<_>>` or `Vec<Input<_>>`; otherwise the whole type.
    pub inner: Type,
    /// Whether the inner type is not in the table of types, and so has to be a `Choice`.
    pub is_choice: bool,
    /// The default as written, for its span.
    pub default: Option<Expr>,
    /// The range as written.
    pub range: Option<RangeSyntax>,
    /// The name in KFP 1 as written.
    pub kfp1: Option<LitStr>,
}

/// What stands in `#[arg(…)]`.
#[derive(Default)]
struct Options {
    default: Option<Expr>,
    range: Option<RangeSyntax>,
    kfp1: Option<LitStr>,
}

pub(crate) fn parse(typed: &PatType) -> Result<(Kind, ArgumentSyntax)> {
    let ty = ungrouped(&typed.ty);
    let options = parse_options(typed)?;
    let syntax = type_syntax(ty)?;
    if let (Some(kfp1), false) = (&options.kfp1, matches!(syntax, TypeSyntax::Output(_))) {
        return Err(Error::new_spanned(
            kfp1,
            "KFP 1 draws outputs: an input has no other name there",
        ));
    }
    let (kind, inner, is_choice) = match syntax {
        TypeSyntax::Parameter(inner) => {
            let (kind, is_choice) = parameter(inner, false, &options)?;
            (kind, inner, is_choice)
        }
        TypeSyntax::OptionalParameter(inner) => {
            let (kind, is_choice) = parameter(inner, true, &options)?;
            (kind, inner, is_choice)
        }
        TypeSyntax::Input { artifact, optional } => {
            options.refuse("a file has no default and no range")?;
            (
                Kind::InputArtifact {
                    ty: input_artifact(artifact)?,
                    optional,
                },
                artifact,
                false,
            )
        }
        TypeSyntax::InputList(artifact) => {
            options.refuse("a list of files has no default and no range")?;
            (Kind::InputList(input_artifact(artifact)?), artifact, false)
        }
        TypeSyntax::Output(inner) => {
            options.refuse("an output has no default and no range")?;
            let (kind, is_choice) = output(inner)?;
            if let Some(kfp1) = &options.kfp1 {
                check_kfp1_name(kfp1, &kind)?;
            }
            (kind, inner, is_choice)
        }
    };
    let Options {
        default,
        range,
        kfp1,
    } = options;
    // The caller puts the name in; a type alone has none.
    let ident = Ident::new("_", proc_macro2::Span::call_site());
    Ok((
        kind,
        ArgumentSyntax {
            ident,
            ty: ty.clone(),
            inner: inner.clone(),
            is_choice,
            default,
            range,
            kfp1,
        },
    ))
}

/// Refuses a name in KFP 1 that it does not draw, or that it draws from another type.
fn check_kfp1_name(name: &LitStr, kind: &Kind) -> Result<()> {
    match reserved_output(&name.value(), kind) {
        Some((_, true)) => Ok(()),
        Some((wanted, false)) => Err(Error::new_spanned(
            name,
            format!("KFP 1 draws this name from `{wanted}`"),
        )),
        None => Err(Error::new_spanned(
            name,
            "KFP 1 draws `mlpipeline_metrics` and `mlpipeline_ui_metadata` alone: drop any other name",
        )),
    }
}

/// The types for an output that KFP 1 draws by its name, and whether this is one of them.
fn reserved_output(name: &str, kind: &Kind) -> Option<(&'static str, bool)> {
    match name {
        "mlpipeline_metrics" => Some((
            "Output<Metrics>",
            matches!(kind, Kind::OutputArtifact(ArtifactType::Metrics)),
        )),
        "mlpipeline_ui_metadata" => Some((
            "Output<ClassificationMetrics>` or `Output<UiMetadata>",
            matches!(
                kind,
                Kind::OutputArtifact(
                    ArtifactType::ClassificationMetrics | ArtifactType::UiMetadata
                )
            ),
        )),
        _ => None,
    }
}

/// Refuses other types for the two outputs that KFP 1 draws by their names.
pub(crate) fn check_reserved_output(name: &str, kind: &Kind, ty: &Type) -> Result<()> {
    match reserved_output(name, kind) {
        Some((wanted, false)) => Err(Error::new_spanned(
            ty,
            format!("KFP draws the output `{name}`: it must be `{wanted}`"),
        )),
        None if matches!(kind, Kind::OutputArtifact(ArtifactType::UiMetadata)) => {
            Err(Error::new_spanned(
                ty,
                "KFP draws this output only if it is named `mlpipeline_ui_metadata`",
            ))
        }
        Some((_, true)) | None => Ok(()),
    }
}

impl Options {
    fn refuse(&self, reason: &str) -> Result<()> {
        match (&self.default, &self.range) {
            (Some(default), _) => Err(Error::new_spanned(default, reason)),
            (None, Some(range)) => Err(Error::new_spanned(range, reason)),
            (None, None) => Ok(()),
        }
    }
}

fn parse_options(typed: &PatType) -> Result<Options> {
    let mut options = Options::default();
    for attr in &typed.attrs {
        if attr.path().is_ident("doc") || attr.path().is_ident("cfg_attr") {
            continue;
        }
        if !attr.path().is_ident("arg") {
            return Err(Error::new_spanned(
                attr,
                "only `///` and `#[arg(…)]` can stand on an input or output",
            ));
        }
        attr.parse_nested_meta(|meta| {
            let is_new = if meta.path.is_ident("default") {
                options.default.replace(meta.value()?.parse()?).is_none()
            } else if meta.path.is_ident("range") {
                options.range.replace(meta.value()?.parse()?).is_none()
            } else if meta.path.is_ident("kfp1") {
                options.kfp1.replace(meta.value()?.parse()?).is_none()
            } else {
                return Err(meta.error("unknown option; the options are: default, range, kfp1"));
            };
            if is_new {
                Ok(())
            } else {
                Err(meta.error("given twice: drop one"))
            }
        })?;
    }
    Ok(options)
}

fn parameter(ty: &Type, optional: bool, options: &Options) -> Result<(Kind, bool)> {
    let (parameter_type, is_choice) = parameter_type(ty)?;
    let rust = rust_number(ty);
    let range = match &options.range {
        Some(range) => Some(range.check(parameter_type, rust.as_deref())?),
        None => None,
    };
    let presence = match (&options.default, optional) {
        (Some(default), true) => {
            return Err(Error::new_spanned(
                default,
                "a value with a default is always there: drop the `Option` or the default",
            ));
        }
        (Some(default), false) => {
            let text = default::text(default, parameter_type, ty)?;
            if let Some(range) = &options.range {
                range.check_default(default, &text, rust.as_deref())?;
            }
            Presence::Default(text)
        }
        (None, true) => Presence::Optional,
        (None, false) => Presence::Required,
    };
    Ok((
        Kind::Parameter(Parameter {
            ty: parameter_type,
            presence,
            choices: Vec::new(),
            range,
        }),
        is_choice,
    ))
}

fn output(ty: &Type) -> Result<(Kind, bool)> {
    if let Some(artifact) = artifact_type(ty) {
        return Ok((Kind::OutputArtifact(artifact), false));
    }
    if let Some(last) = last_segment(ty)
        && ["Option", "Input", "Output"]
            .iter()
            .any(|wrapper| last.ident == wrapper)
    {
        return Err(Error::new_spanned(
            ty,
            format!(
                "an output holds an artifact type or a parameter type: drop the `{}`",
                last.ident
            ),
        ));
    }
    let (parameter_type, is_choice) = parameter_type(ty)?;
    if parameter_type == ParameterType::TaskFinalStatus {
        return Err(Error::new_spanned(
            ty,
            "KFP 2 tells how tasks ended: a component only takes it, as an input",
        ));
    }
    Ok((Kind::OutputParameter(parameter_type), is_choice))
}
