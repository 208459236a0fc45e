//! One parameter of the function: its type decides what it carries, `#[arg]` what may be left out.

use syn::{
    Error, Expr, GenericArgument, Ident, PatType, PathArguments, PathSegment, Result, Type,
    TypePath, ext::IdentExt,
};

use crate::{
    default,
    model::{ArtifactType, Kind, Parameter, ParameterType, Presence},
    range::RangeSyntax,
    types::{ARTIFACTS, PARAMETERS},
};

/// The tokens of one parameter, for building the program.
#[derive(Clone)]
pub struct ArgumentSyntax {
    /// The parameter's name as written, `r#` included.
    pub ident: Ident,
    /// The whole type as written.
    pub ty: Type,
    /// What `Option`, `Input` or `Output` wraps (through `Option<Input<_>>` too); the type itself if nothing does.
    pub inner: Type,
    /// Whether the inner type is not in the table, and so must prove to be a `Choice`.
    pub is_choice: bool,
    /// The default as written, for its span.
    pub default: Option<Expr>,
    /// The range as written.
    pub range: Option<RangeSyntax>,
}

/// What stands in `#[arg(…)]`.
#[derive(Default)]
struct Options {
    default: Option<Expr>,
    range: Option<RangeSyntax>,
}

/// What a type says about the direction and the thing carried.
enum Shape<'a> {
    Parameter(&'a Type),
    OptionalParameter(&'a Type),
    Input { artifact: &'a Type, optional: bool },
    Output(&'a Type),
}

pub(crate) fn parse(typed: &PatType) -> Result<(Kind, ArgumentSyntax)> {
    let ty = ungrouped(&typed.ty);
    let options = parse_options(typed)?;
    let shape = shape(ty)?;
    let (kind, inner, is_choice) = match shape {
        Shape::Parameter(inner) => {
            let (kind, is_choice) = parameter(inner, false, &options)?;
            (kind, inner, is_choice)
        }
        Shape::OptionalParameter(inner) => {
            let (kind, is_choice) = parameter(inner, true, &options)?;
            (kind, inner, is_choice)
        }
        Shape::Input { artifact, optional } => {
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
        Shape::Output(inner) => {
            options.refuse("an output has no default and no range")?;
            let (kind, is_choice) = output(inner)?;
            (kind, inner, is_choice)
        }
    };
    let Options { default, range } = options;
    // The caller puts the real name; a type alone has none.
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
        },
    ))
}

/// The two outputs KFP 1.x draws have one meaning each.
pub(crate) fn check_reserved_output(name: &str, kind: &Kind, ty: &Type) -> Result<()> {
    let (wanted, fits) = match name {
        "mlpipeline_metrics" => (
            "Output<Metrics>",
            matches!(kind, Kind::OutputArtifact(ArtifactType::Metrics)),
        ),
        "mlpipeline_ui_metadata" => (
            "Output<ClassificationMetrics>` or `Output<UiMetadata>",
            matches!(
                kind,
                Kind::OutputArtifact(
                    ArtifactType::ClassificationMetrics | ArtifactType::UiMetadata
                )
            ),
        ),
        _ if matches!(kind, Kind::OutputArtifact(ArtifactType::UiMetadata)) => {
            return Err(Error::new_spanned(
                ty,
                "KFP draws this output only if it is named `mlpipeline_ui_metadata`",
            ));
        }
        _ => return Ok(()),
    };
    if fits {
        Ok(())
    } else {
        Err(Error::new_spanned(
            ty,
            format!("KFP draws the output `{name}`: it must be `{wanted}`"),
        ))
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
            if meta.path.is_ident("default") {
                options.default = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("range") {
                options.range = Some(meta.value()?.parse()?);
            } else {
                return Err(meta.error("unknown option; the options are: default, range"));
            }
            Ok(())
        })?;
    }
    Ok(options)
}

fn shape(ty: &Type) -> Result<Shape<'_>> {
    let Some(last) = last_segment(ty) else {
        return Ok(Shape::Parameter(ty));
    };
    match last.ident.unraw().to_string().as_str() {
        "Input" => Ok(Shape::Input {
            artifact: only_argument(ty, last, "Input<Dataset>")?,
            optional: false,
        }),
        "Output" => Ok(Shape::Output(only_argument(ty, last, "Output<Dataset>")?)),
        "Option" => {
            let inner = only_argument(ty, last, "Option<String>")?;
            match shape(inner)? {
                Shape::Parameter(_) => Ok(Shape::OptionalParameter(inner)),
                Shape::Input { artifact, .. } => Ok(Shape::Input {
                    artifact,
                    optional: true,
                }),
                Shape::Output(_) => Err(Error::new_spanned(
                    ty,
                    "KFP creates every output: remove the `Option`",
                )),
                Shape::OptionalParameter(_) => Err(Error::new_spanned(
                    inner,
                    "one `Option` is enough: a value is given or not",
                )),
            }
        }
        _ => Ok(Shape::Parameter(ty)),
    }
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
            let text = default::text(default, parameter_type, rust.as_deref())?;
            if let Some(range) = &options.range {
                range.check_default(default, &text)?;
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
        && matches!(
            last.ident.to_string().as_str(),
            "Option" | "Input" | "Output"
        )
    {
        return Err(Error::new_spanned(
            ty,
            "an output holds an artifact type or a parameter type",
        ));
    }
    let (parameter_type, is_choice) = parameter_type(ty)?;
    Ok((Kind::OutputParameter(parameter_type), is_choice))
}

fn input_artifact(ty: &Type) -> Result<ArtifactType> {
    match artifact_type(ty) {
        Some(ArtifactType::UiMetadata) => Err(Error::new_spanned(
            ty,
            "`UiMetadata` is only produced, for KFP's UI",
        )),
        Some(artifact) => Ok(artifact),
        None if last_segment(ty)
            .is_some_and(|last| PARAMETERS.iter().any(|(name, _)| last.ident == name)) =>
        {
            Err(Error::new_spanned(
                ty,
                "a plain type is passed by value: write it without `Input<_>`",
            ))
        }
        None => Err(Error::new_spanned(
            ty,
            format!("not an artifact type; the types are: {}", artifact_names()),
        )),
    }
}

fn artifact_names() -> String {
    let names: Vec<&str> = ARTIFACTS
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| *name != "UiMetadata")
        .collect();
    names.join(", ")
}

fn artifact_type(ty: &Type) -> Option<ArtifactType> {
    let last = last_segment(ty)?;
    if !last.arguments.is_none() {
        return None;
    }
    ARTIFACTS
        .iter()
        .find(|(name, _)| last.ident == name)
        .map(|(_, artifact)| *artifact)
}

/// The KFP type of a Rust type passed by value, and whether it must prove to be a `Choice`.
fn parameter_type(ty: &Type) -> Result<(ParameterType, bool)> {
    const ADVICE: &str = "KFP cannot pass this type by value; use String, bool, an integer, f32/f64, Vec<_>, Json<_>, an enum \
                          with #[derive(Choice)], or Input<_>/Output<_> for a file";
    let refuse = |message: &str| Err(Error::new_spanned(ty, message));
    if matches!(ty, Type::Reference(_)) {
        return refuse(
            "parameters are passed by value: write `String` instead of `&str`, `Vec<_>` instead of a slice",
        );
    }
    let Some(last) = last_segment(ty) else {
        return refuse(ADVICE);
    };
    let ident = last.ident.unraw().to_string();
    if let Some((_, parameter_type)) = PARAMETERS.iter().find(|(name, _)| *name == ident) {
        check_type_arguments(ty, last, &ident)?;
        return Ok((*parameter_type, false));
    }
    match ident.as_str() {
        "isize" | "i128" | "u128" => refuse("KFP's integers end at 2^53: use `i64` or `u64`"),
        "char" | "str" | "Cow" => refuse("KFP passes text: use `String`"),
        "PathBuf" | "Path" | "File" => {
            refuse("KFP passes files as artifacts: use `Input<Artifact>` or `Output<Artifact>`")
        }
        "HashSet" | "BTreeSet" | "VecDeque" => refuse("KFP passes lists: use `Vec<_>`"),
        _ if artifact_type(ty).is_some() => Err(Error::new_spanned(
            ty,
            format!(
                "`{ident}` is a file: write `Input<{ident}>` to read it or `Output<{ident}>` to produce it"
            ),
        )),
        // A name of the author's own: an enum with `#[derive(Choice)]`, as its trait bound will verify.
        _ if last.arguments.is_none() && is_single_segment(ty) => Ok((ParameterType::String, true)),
        _ => refuse(ADVICE),
    }
}

fn check_type_arguments(ty: &Type, last: &PathSegment, ident: &str) -> Result<()> {
    match ident {
        "Vec" => {
            let item = only_argument(ty, last, "Vec<String>")?;
            match last_segment(ungrouped(item))
                .map(|last| last.ident.to_string())
                .as_deref()
            {
                Some("Input" | "Output") => Err(Error::new_spanned(
                    ty,
                    "KFP 1 has no lists of files; pass one directory as `Input<Artifact>`",
                )),
                _ => Ok(()),
            }
        }
        "Json" => only_argument(ty, last, "Json<Options>").map(|_| ()),
        "BTreeMap" | "HashMap" => {
            let arguments = type_arguments(last);
            match arguments.as_slice() {
                [key, _] if last_segment(key).is_some_and(|last| last.ident == "String") => Ok(()),
                [_, _] => Err(Error::new_spanned(
                    arguments[0],
                    "the keys of a JSON object are `String`",
                )),
                _ => Err(Error::new_spanned(
                    ty,
                    format!("write the types it holds: `{ident}<String, f64>`"),
                )),
            }
        }
        _ if last.arguments.is_none() => Ok(()),
        _ => Err(Error::new_spanned(
            ty,
            format!("`{ident}` takes no type arguments"),
        )),
    }
}

fn only_argument<'a>(ty: &'a Type, last: &'a PathSegment, example: &str) -> Result<&'a Type> {
    match type_arguments(last).as_slice() {
        [only] => Ok(ungrouped(only)),
        _ => Err(Error::new_spanned(
            ty,
            format!("write the type it holds: `{example}`"),
        )),
    }
}

fn type_arguments(segment: &PathSegment) -> Vec<&Type> {
    match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => arguments
            .args
            .iter()
            .filter_map(|argument| match argument {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The primitive's name, by which its width is known.
fn rust_number(ty: &Type) -> Option<String> {
    last_segment(ty).map(|last| last.ident.to_string())
}

fn ungrouped(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungrouped(&group.elem),
        Type::Paren(paren) => ungrouped(&paren.elem),
        other => other,
    }
}

fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ungrouped(ty) {
        Type::Path(TypePath {
            qself: None, path, ..
        }) => path.segments.last(),
        _ => None,
    }
}

fn is_single_segment(ty: &Type) -> bool {
    matches!(ungrouped(ty), Type::Path(path) if path.path.segments.len() == 1 && path.path.leading_colon.is_none())
}
