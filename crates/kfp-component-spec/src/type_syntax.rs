//! What a type says: the direction and the KFP type, or why KFP cannot pass it.

use syn::{
    Error, GenericArgument, PathArguments, PathSegment, Result, Type, TypePath, ext::IdentExt,
};

use crate::{
    model::{ArtifactType, ParameterType},
    types::{ARTIFACTS, PARAMETERS},
};

/// What a type says about the direction and what is carried.
pub(crate) enum TypeSyntax<'a> {
    Parameter(&'a Type),
    OptionalParameter(&'a Type),
    Input { artifact: &'a Type, optional: bool },
    InputList(&'a Type),
    Output(&'a Type),
}

pub(crate) fn type_syntax(ty: &Type) -> Result<TypeSyntax<'_>> {
    let Some(last) = last_segment(ty) else {
        return Ok(TypeSyntax::Parameter(ty));
    };
    match last.ident.unraw().to_string().as_str() {
        "Input" => Ok(TypeSyntax::Input {
            artifact: only_argument(ty, last, "Input<Dataset>")?,
            optional: false,
        }),
        "Output" => Ok(TypeSyntax::Output(only_argument(
            ty,
            last,
            "Output<Dataset>",
        )?)),
        "Option" => {
            let inner = only_argument(ty, last, "Option<String>")?;
            match type_syntax(inner)? {
                TypeSyntax::Parameter(_) => Ok(TypeSyntax::OptionalParameter(inner)),
                TypeSyntax::Input { artifact, .. } => Ok(TypeSyntax::Input {
                    artifact,
                    optional: true,
                }),
                TypeSyntax::InputList(_) => Err(Error::new_spanned(
                    ty,
                    "a loop without tasks gives an empty list: remove the `Option`",
                )),
                TypeSyntax::Output(_) => Err(Error::new_spanned(
                    ty,
                    "KFP creates every output: remove the `Option`",
                )),
                TypeSyntax::OptionalParameter(_) => Err(Error::new_spanned(
                    inner,
                    "one `Option` is enough: a value is given or not",
                )),
            }
        }
        "Vec" => match only_argument(ty, last, "Vec<String>").map(type_syntax) {
            Ok(Ok(TypeSyntax::Input {
                artifact,
                optional: false,
            })) => Ok(TypeSyntax::InputList(artifact)),
            _ => Ok(TypeSyntax::Parameter(ty)),
        },
        _ => Ok(TypeSyntax::Parameter(ty)),
    }
}

pub(crate) fn input_artifact(ty: &Type) -> Result<ArtifactType> {
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

pub(crate) fn artifact_names() -> String {
    let names: Vec<&str> = ARTIFACTS
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| *name != "UiMetadata")
        .collect();
    names.join(", ")
}

pub(crate) fn artifact_type(ty: &Type) -> Option<ArtifactType> {
    let last = last_segment(ty)?;
    if !last.arguments.is_none() {
        return None;
    }
    ARTIFACTS
        .iter()
        .find(|(name, _)| last.ident == name)
        .map(|(_, artifact)| *artifact)
}

/// The KFP type of a Rust type passed by value, and whether it has to be a `Choice`.
pub(crate) fn parameter_type(ty: &Type) -> Result<(ParameterType, bool)> {
    const ADVICE: &str = "KFP cannot pass this type by value; use String, bool, an integer, f32/f64, Vec<_>, Json<_>, an enum \
                          with #[derive(Choice)], or Input<_>/Output<_> for a file";
    let refuse = |message: &str| Err(Error::new_spanned(ty, message));
    if let Type::Reference(reference) = ty {
        return refuse(match &*reference.elem {
            Type::Slice(_) => "arguments are passed by value: write `Vec<_>`",
            elem if last_segment(elem).is_some_and(|last| last.ident == "str") => {
                "arguments are passed by value: write `String`"
            }
            _ => "arguments are passed by value: drop the `&`",
        });
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
        "isize" | "i128" | "u128" => refuse("KFP's integers end at 2^53 - 1: use `i64` or `u64`"),
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
        // A type that the author defined: an enum with `#[derive(Choice)]`, which its trait bound verifies.
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
                Some("Output") => Err(Error::new_spanned(
                    ty,
                    "KFP has no list of outputs: write one directory as `Output<Artifact>`",
                )),
                _ => Ok(()),
            }
        }
        // Alone, it holds any JSON.
        "Json" if last.arguments.is_none() => Ok(()),
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

pub(crate) fn type_arguments(segment: &PathSegment) -> Vec<&Type> {
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
pub(crate) fn rust_number(ty: &Type) -> Option<String> {
    last_segment(ty).map(|last| last.ident.to_string())
}

pub(crate) fn ungrouped(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungrouped(&group.elem),
        Type::Paren(paren) => ungrouped(&paren.elem),
        other => other,
    }
}

pub(crate) fn last_segment(ty: &Type) -> Option<&PathSegment> {
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
