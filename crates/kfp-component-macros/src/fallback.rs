//! What is emitted beside an error, so that no second error follows from the first.

use kfp_component_spec::signature::FunctionItem;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{FnArg, PathArguments, Type, parse_quote};

/// The function, and the module that `main!` looks for.
pub(crate) fn component(error: &syn::Error, item: TokenStream) -> TokenStream {
    let error = error.to_compile_error();
    let Ok(mut item) = syn::parse2::<FunctionItem>(item) else {
        return error;
    };
    for input in &mut item.sig.inputs {
        match input {
            FnArg::Typed(argument) => {
                argument.attrs.clear();
                if complete(&mut argument.ty) {
                    // The body cannot be checked against a type that the author did not write.
                    item.body = quote!({ ::std::process::abort() });
                }
            }
            // Outside an `impl`, rustc would report it again.
            FnArg::Receiver(_) => return error,
        }
    }
    let (name, vis) = (&item.sig.ident, &item.vis);
    quote! {
        #error

        #[allow(unused, clippy::all, clippy::pedantic)]
        #item

        #[doc(hidden)]
        #vis mod #name {
            pub fn run() -> ::std::process::ExitCode {
                ::std::process::ExitCode::FAILURE
            }
        }
    }
}

/// Gives `Output` and the like the one type they hold, without which rustc would report a second error.
fn complete(ty: &mut Type) -> bool {
    let Type::Path(path) = ty else { return false };
    let Some(last) = path.path.segments.last_mut() else {
        return false;
    };
    let held = match &last.arguments {
        PathArguments::AngleBracketed(arguments) => arguments.args.len(),
        _ => 0,
    };
    let name = last.ident.to_string();
    let holds_one = ["Input", "Output", "Option", "Vec"].contains(&name.as_str());
    let is_wrong = held != 1 && (holds_one || name == "Json" && held > 1);
    if is_wrong {
        last.arguments = PathArguments::AngleBracketed(parse_quote!(<::kfp_component::Artifact>));
    }
    is_wrong
}
