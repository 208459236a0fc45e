//! `#[derive(Choice)]`: an enum as a parameter.

use kfp_component_spec::choice;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Ident, Item};

pub(crate) fn expand(item: TokenStream) -> TokenStream {
    match choice::parse(item.clone()) {
        Ok(choice) => {
            let (variants, words): (Vec<_>, Vec<_>) = choice.variants.into_iter().unzip();
            let read = quote!(#(#words => Ok(Self::#variants),)*);
            let write = quote!(Ok(match self { #(Self::#variants => #words),* }.into()));
            implement(&choice.ident, &words, &read, &write)
        }
        Err(error) => {
            let error = error.to_compile_error();
            let (ident, generics) = match syn::parse2(item) {
                Ok(Item::Enum(item)) => (item.ident, item.generics),
                Ok(Item::Struct(item)) => (item.ident, item.generics),
                _ => return error,
            };
            if !generics.params.is_empty() {
                return error;
            }
            // Implemented all the same, so that the component that takes it is not a second error.
            let write = quote!(Err(::std::string::String::new()));
            let stub = implement(&ident, &[], &TokenStream::new(), &write);
            quote!(#error #stub)
        }
    }
}

fn implement(
    ident: &Ident,
    words: &[String],
    read: &TokenStream,
    write: &TokenStream,
) -> TokenStream {
    quote! {
        impl #ident {
            /// The texts that KFP passes, in the order of the variants.
            pub(crate) const CHOICES: &'static [&'static str] = &[#(#words),*];
        }

        // The author may have defined another `Result`, `Ok` or `Err`.
        const _: () = {
            #[allow(unused_imports)]
            use ::core::result::Result::{self, Err, Ok};
            use ::kfp_component::__private as private;

            #[automatically_derived]
            impl ::kfp_component::Parameter for #ident {
                type Type = private::types::String;

                const CHOICES: &'static [&'static str] = <#ident>::CHOICES;

                fn from_value(value: &private::Value) -> Result<Self, ::std::string::String> {
                    match &*private::text(value) {
                        #read
                        _ => Err(private::one_of(<#ident>::CHOICES)),
                    }
                }

                fn to_value(&self) -> Result<private::Value, ::std::string::String> {
                    #write
                }
            }
        };
    }
}
