//! What is emitted beside errors, so that no second error follows from the first.

use kfp_component_spec::signature::FunctionItem;
use proc_macro2::TokenStream;
use quote::quote;
use syn::FnArg;

/// The function, and the module that `main!` looks for.
pub(crate) fn component(error: &syn::Error, item: TokenStream) -> TokenStream {
    let error = error.to_compile_error();
    let Ok(mut item) = syn::parse2::<FunctionItem>(item) else {
        return error;
    };
    for input in &mut item.sig.inputs {
        match input {
            FnArg::Typed(argument) => argument.attrs.clear(),
            // Outside an `impl`, rustc would complain about it again.
            FnArg::Receiver(_) => return error,
        }
    }
    let (name, vis) = (&item.sig.ident, &item.vis);
    quote! {
        #error

        #[allow(dead_code, clippy::all, clippy::pedantic)]
        #item

        #[doc(hidden)]
        #vis mod #name {
            pub fn run() -> ::std::process::ExitCode {
                ::std::process::ExitCode::FAILURE
            }
        }
    }
}
