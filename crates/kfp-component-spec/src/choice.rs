//! Enums with `#[derive(Choice)]`: a closed set of texts for a parameter.

use proc_macro2::TokenStream;
use syn::{Error, Fields, Ident, ItemEnum, LitStr, Result, Variant, ext::IdentExt};

use crate::name::kebab_case;

/// A fieldless enum and the texts that KFP passes for its variants.
#[derive(Debug)]
pub struct ChoiceEnum {
    /// The enum's name.
    pub ident: Ident,
    /// Each variant with its text, in order.
    pub variants: Vec<(Ident, String)>,
}

/// Reads an enum that derives `Choice`.
///
/// # Errors
///
/// One [`syn::Error`] that combines every mistake, each at its own token.
pub fn parse(item: TokenStream) -> Result<ChoiceEnum> {
    let item: ItemEnum = syn::parse2(item)
        .map_err(|error| Error::new(error.span(), "only an enum can be a `Choice`"))?;
    from_enum(&item)
}

pub(crate) fn from_enum(item: &ItemEnum) -> Result<ChoiceEnum> {
    let mut errors = Vec::new();
    if !item.generics.params.is_empty() {
        errors.push(Error::new_spanned(
            &item.generics,
            "a `Choice` is a plain enum: remove the generics",
        ));
    }
    if item.variants.is_empty() {
        errors.push(Error::new_spanned(
            &item.ident,
            "a `Choice` needs at least one variant",
        ));
    }
    let mut variants: Vec<(Ident, String)> = Vec::new();
    for variant in &item.variants {
        match word(variant) {
            Ok(word) if variants.iter().any(|(_, other)| *other == word) => {
                errors.push(Error::new_spanned(
                    variant,
                    format!("two variants are written `{word}`"),
                ));
            }
            Ok(word) => variants.push((variant.ident.clone(), word)),
            Err(error) => errors.push(error),
        }
    }
    match crate::signature::combine(errors) {
        Some(error) => Err(error),
        None => Ok(ChoiceEnum {
            ident: item.ident.clone(),
            variants,
        }),
    }
}

fn word(variant: &Variant) -> Result<String> {
    if !matches!(variant.fields, Fields::Unit) {
        return Err(Error::new_spanned(
            &variant.fields,
            "a `Choice` has no fields: KFP passes one word",
        ));
    }
    let mut word = kebab_case(&variant.ident.unraw().to_string());
    for attr in variant
        .attrs
        .iter()
        .filter(|attr| attr.path().is_ident("choice"))
    {
        attr.parse_nested_meta(|meta| {
            if !meta.path.is_ident("name") {
                return Err(meta.error("unknown option; the options are: name"));
            }
            let name: LitStr = meta.value()?.parse()?;
            word = name.value();
            if word.trim().is_empty() || word.contains(char::is_control) {
                return Err(Error::new_spanned(
                    &name,
                    "a choice is written as at least one visible character",
                ));
            }
            Ok(())
        })?;
    }
    Ok(word)
}
