//! What of a file's text concerns the component; everything else is skipped, not parsed.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{
    Attribute, ItemEnum, Result,
    ext::IdentExt,
    parse::{Parse, ParseStream},
};

use crate::function::FunctionItem;

/// What of a file concerns the component.
#[derive(Default)]
pub(crate) struct File {
    pub(crate) components: Vec<(Attribute, TokenStream)>,
    pub(crate) enums: Vec<ItemEnum>,
}

impl Parse for File {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut file = Self::default();
        input.call(Attribute::parse_inner)?;
        while !input.is_empty() {
            let ahead = input.fork();
            let attrs = ahead.call(Attribute::parse_outer)?;
            if let Some(attribute) = attrs.iter().find(|attr| ends_in(attr, "component")) {
                let mut item: FunctionItem = input.parse()?;
                item.attrs.retain(|attr| !ends_in(attr, "component"));
                file.components
                    .push((attribute.clone(), quote::quote!(#item)));
            } else if attrs.iter().any(derives_choice) {
                file.enums.push(input.parse()?);
            } else {
                skip_item(input)?;
            }
        }
        Ok(file)
    }
}

/// Up to and with the next `;` or `{…}`. What is left of the item (`;` after `use a::{b};`) is skipped as the next one.
fn skip_item(input: ParseStream<'_>) -> Result<()> {
    while !input.is_empty() {
        match input.parse::<TokenTree>()? {
            TokenTree::Punct(punct) if punct.as_char() == ';' => break,
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => break,
            _ => {}
        }
    }
    Ok(())
}

fn ends_in(attr: &Attribute, name: &str) -> bool {
    attr.path()
        .segments
        .last()
        .is_some_and(|last| last.ident.unraw() == name)
}

fn derives_choice(attr: &Attribute) -> bool {
    let mut found = false;
    if attr.path().is_ident("derive") {
        // A list this reads badly is rustc's to report.
        let _ = attr.parse_nested_meta(|meta| {
            found |= meta
                .path
                .segments
                .last()
                .is_some_and(|last| last.ident == "Choice");
            Ok(())
        });
    }
    found
}
