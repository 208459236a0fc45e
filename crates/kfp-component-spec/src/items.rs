//! The items of a source file that concern the component. Everything else is skipped without being parsed.

use proc_macro2::{Delimiter, TokenTree};
use syn::{
    Attribute, ItemEnum, Result,
    ext::IdentExt,
    parse::{Parse, ParseStream},
};

use crate::function::FunctionItem;

/// The items of a source file that concern the component.
#[derive(Default)]
pub(crate) struct Items {
    pub(crate) components: Vec<(Attribute, FunctionItem)>,
    pub(crate) enums: Vec<ItemEnum>,
}

impl Parse for Items {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut items = Self::default();
        input.call(Attribute::parse_inner)?;
        while !input.is_empty() {
            let ahead = input.fork();
            let attrs = ahead.call(Attribute::parse_outer)?;
            if let Some(attribute) = attrs.iter().find(|attr| ends_in(attr, "component")) {
                let mut item: FunctionItem = input.parse()?;
                item.attrs.retain(|attr| !ends_in(attr, "component"));
                items.components.push((attribute.clone(), item));
            } else if attrs.iter().any(derives_choice) {
                items.enums.push(input.parse()?);
            } else {
                skip_item(input)?;
            }
        }
        Ok(items)
    }
}

/// Skips everything up to the next `;` or `{…}`, inclusive. A rest of the item (the `;` after `use a::{b}`) is skipped as if
/// it were the next item.
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
        // rustc reports a malformed list.
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
