//! The attribute `#[component]` and the derive `Choice` of [kfp-component](https://docs.rs/kfp-component), which re-exports
//! and documents them.
//!
//! kfp-component-spec reads the signature; this crate turns it into code.

mod choice;
mod component;
mod fallback;

use proc_macro::TokenStream;

/// Makes a function a component; see `kfp_component::component`.
#[proc_macro_attribute]
pub fn component(attribute: TokenStream, item: TokenStream) -> TokenStream {
    component::expand(attribute.into(), item.into()).into()
}

/// Makes an enum a parameter that takes the names of its variants; see `kfp_component::Choice`.
#[proc_macro_derive(Choice, attributes(choice))]
pub fn choice(item: TokenStream) -> TokenStream {
    choice::expand(item.into()).into()
}
