//! `#[derive(Choice)]`: an enum as a parameter.

use kfp_component_spec::choice;
use proc_macro2::TokenStream;
use quote::quote;
use syn::Item;

pub(crate) fn expand(item: TokenStream) -> TokenStream {
    match choice::parse(item.clone()) {
        Ok(choice) => {
            let (variants, words): (Vec<_>, Vec<_>) = choice.variants.into_iter().unzip();
            let ident = &choice.ident;
            implement(
                ident,
                &words,
                &quote!(#(#words => Self::#variants,)*),
                &quote!(match self { #(Self::#variants => #words),* }),
            )
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
            // Implemented all the same, so that the component which takes it is not an error too.
            let stub = implement(&ident, &[], &TokenStream::new(), &quote!(""));
            quote!(#error #stub)
        }
    }
}

fn implement(
    ident: &syn::Ident,
    words: &[String],
    arms: &TokenStream,
    word: &TokenStream,
) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl ::kfp_component::Parameter for #ident {
            type Type = ::kfp_component::__private::types::String;

            const CHOICES: &'static [&'static str] = &[#(#words),*];

            fn from_value(
                value: &::kfp_component::__private::Value,
            ) -> ::core::result::Result<Self, ::std::string::String> {
                ::core::result::Result::Ok(match value.as_str().unwrap_or_default() {
                    #arms
                    _ => return ::core::result::Result::Err(::kfp_component::__private::one_of(Self::CHOICES)),
                })
            }

            fn to_value(
                &self,
            ) -> ::core::result::Result<::kfp_component::__private::Value, ::std::string::String> {
                let word: &str = #word;
                ::core::result::Result::Ok(word.into())
            }
        }
    }
}
