//! The attribute and derive behind kfp-component, which documents them.
//!
//! The signature is read by kfp-component-spec; here it only becomes code.

mod choice;
mod component;
mod fallback;

use proc_macro::TokenStream;

/// Makes a program of a function; see `kfp_component`.
#[proc_macro_attribute]
pub fn component(attribute: TokenStream, item: TokenStream) -> TokenStream {
    component::expand(attribute.into(), item.into()).into()
}

/// Makes an enum a parameter that takes the names of its variants; see `kfp_component`.
#[proc_macro_derive(Choice, attributes(choice))]
pub fn choice(item: TokenStream) -> TokenStream {
    choice::expand(item.into()).into()
}
