//! The function and, in a hidden module of the same name, the program that calls it.

use kfp_component_spec::signature::{self, Function};
use kfp_component_spec::{Argument, ArgumentSyntax, Kind, Parameter, Presence, Range};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ReturnType;
use syn::spanned::Spanned;

use crate::fallback;

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    match signature::parse(attribute, item.clone()) {
        Ok(function) => program(&function),
        Err(error) => fallback::component(&error, item),
    }
}

fn program(function: &Function) -> TokenStream {
    let Function {
        title,
        description,
        arguments,
        item,
        ..
    } = function;
    let (name, vis) = (&item.sig.ident, &item.vis);
    let title = option(title.as_ref());
    let cfg = item.attrs.iter().filter(|attr| attr.path().is_ident("cfg"));
    let constants = arguments.iter().map(|(argument, _)| constant(argument));
    let values: Vec<_> = (0..arguments.len())
        .map(|index| format_ident!("value_{index}"))
        .collect();
    let reads = arguments.iter().zip(&values).enumerate();
    let reads =
        reads.map(|(index, ((argument, syntax), value))| read(index, argument, syntax, value));
    let outcome = match &item.sig.output {
        ReturnType::Type(_, ty) => ty.span(),
        ReturnType::Default => name.span(),
    };
    // At the return type, so that a wrong one is underlined there.
    let mut called = name.clone();
    called.set_span(outcome);
    let called =
        quote_spanned!(outcome=> private::Outcome::into_result(super::#called(#(#values?),*)));
    quote! {
        #[allow(clippy::too_many_arguments, clippy::needless_pass_by_value)]
        #item

        #(#cfg)*
        #[doc(hidden)]
        #vis mod #name {
            use ::kfp_component::__private as private;

            static DESCRIPTION: private::Description = private::Description {
                title: #title,
                package: ::core::env!("CARGO_PKG_NAME"),
                version: ::core::env!("CARGO_PKG_VERSION"),
                description: #description,
                arguments: &[#(#constants),*],
            };

            pub fn run() -> ::std::process::ExitCode {
                private::run(&DESCRIPTION, |invocation| {
                    #(#reads)*
                    invocation.ready()?;
                    ::core::option::Option::Some(#called)
                })
            }
        }
    }
}

/// The argument as a constant of the runtime.
fn constant(argument: &Argument) -> TokenStream {
    let (name, flag, description) = (&argument.name, argument.flag(), argument.full_description());
    let ty = option(argument.type_name());
    let kind = match &argument.kind {
        Kind::Parameter(parameter) => {
            let presence = presence(&parameter.presence);
            let range = option(parameter.range.as_ref().map(range));
            quote!(Parameter { presence: #presence, range: #range })
        }
        Kind::InputArtifact { optional, .. } => {
            let presence = presence(if *optional {
                &Presence::Optional
            } else {
                &Presence::Required
            });
            quote!(InputArtifact { presence: #presence })
        }
        Kind::InputList(_) => quote!(InputList),
        Kind::OutputParameter(_) => quote!(OutputParameter),
        Kind::OutputArtifact(_) => quote!(OutputArtifact),
    };
    quote! {
        private::Argument {
            name: #name,
            flag: #flag,
            description: #description,
            ty: #ty,
            kind: private::Kind::#kind,
        }
    }
}

fn presence(presence: &Presence) -> TokenStream {
    match presence {
        Presence::Required => quote!(private::Presence::Required),
        Presence::Optional => quote!(private::Presence::Optional),
        Presence::Default(text) => quote!(private::Presence::Default(#text)),
    }
}

fn range(range: &Range) -> TokenStream {
    let end = |text: &Option<String>| {
        let number = text.as_ref().and_then(|text| text.parse::<f64>().ok());
        // A number that overflows a double does not limit anything.
        option(number.filter(|number| number.is_finite()))
    };
    let (from, to, inclusive, words) = (
        end(&range.from),
        end(&range.to),
        range.inclusive,
        range.to_string(),
    );
    quote!(private::Range { from: #from, to: #to, inclusive: #inclusive, words: #words })
}

fn option(value: Option<impl ToTokens>) -> TokenStream {
    if let Some(value) = value {
        quote!(::core::option::Option::Some(#value))
    } else {
        quote!(::core::option::Option::None)
    }
}

/// The statement that reads one argument. The call is the one check of its type's bound, underlined at that type;
/// the function's own signature says which type it is.
fn read(index: usize, argument: &Argument, syntax: &ArgumentSyntax, value: &Ident) -> TokenStream {
    let (method, ty) = match &argument.kind {
        Kind::Parameter(parameter) => {
            let method = if parameter.presence == Presence::Optional {
                "optional"
            } else {
                "parameter"
            };
            (method, format_ident!("{}", parameter.ty.name()))
        }
        Kind::InputArtifact { optional, ty } => (
            if *optional { "optional_input" } else { "input" },
            format_ident!("{ty:?}"),
        ),
        Kind::InputList(ty) => ("input_list", format_ident!("{ty:?}")),
        Kind::OutputParameter(ty) => ("output_parameter", format_ident!("{}", ty.name())),
        Kind::OutputArtifact(ty) => ("output", format_ident!("{ty:?}")),
    };
    let method = Ident::new(method, syntax.inner.span());
    let allowed = allowed(argument, syntax);
    quote_spanned!(syntax.inner.span()=> #allowed let #value = invocation.#method::<_, private::types::#ty>(#index);)
}

/// The check that a `Choice` allows its default: the signature alone does not know the choices.
///
/// An enum that does not derive `Choice` passes, because [`read`] refuses it.
fn allowed(argument: &Argument, syntax: &ArgumentSyntax) -> Option<TokenStream> {
    let Kind::Parameter(Parameter {
        presence: Presence::Default(text),
        ..
    }) = &argument.kind
    else {
        return None;
    };
    let (default, ty) = (syntax.default.as_ref()?, &syntax.inner);
    syntax.is_choice.then(|| {
        quote_spanned! {default.span()=>
            const _: () = {
                #[allow(unused_imports)]
                use private::AnyChoices as _;
                ::core::assert!(private::default_is_one_of(super::#ty::CHOICES, #text))
            };
        }
    })
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use quote::quote;

    use super::expand;

    fn expanded(item: &str) -> String {
        expand(TokenStream::new(), item.parse().unwrap()).to_string()
    }

    #[test]
    fn the_function_stays_but_for_options_and_documentation_of_its_parameters() {
        let function = "/// Doubles.\n#[inline] pub(crate) fn double(#[doc = \"A number.\"] #[arg(default = 1)] mut n: u32) \
                        -> Result<()> { n *= 2; drop(n); Ok(()) }";
        let stays: TokenStream = function
            .replace("#[doc = \"A number.\"] #[arg(default = 1)] ", "")
            .parse()
            .unwrap();
        let text = expanded(function);
        assert!(text.contains(&stays.to_string()), "{text}");
    }

    #[test]
    fn a_body_is_never_parsed() {
        let body = quote!({ let x = table. ; @ => loop if }).to_string();
        assert!(
            expanded(&format!(
                "fn half_typed(table: Input<Dataset>) -> Result<()> {body}"
            ))
            .contains(&body)
        );
    }

    #[test]
    fn nonsense_is_an_error_and_no_panic() {
        for item in [
            "",
            "struct A;",
            "fn",
            "fn f",
            "fn f()",
            "fn f(",
            "fn f(x) {}",
            "mod m {}",
            "fn f(self) {}",
            "1 + 1",
            "{}",
        ] {
            let Ok(item) = item.parse::<TokenStream>() else {
                continue;
            };
            let text = expand(TokenStream::new(), item.clone()).to_string();
            assert!(text.contains("compile_error"), "{item}");
        }
        assert!(
            expand(
                quote!(title = 3),
                quote!(
                    fn f() -> Result<()> {
                        Ok(())
                    }
                )
            )
            .to_string()
            .contains("compile_error")
        );
    }

    #[test]
    fn an_error_still_leaves_a_function_and_a_program() {
        let text = expanded("async fn f(#[arg(x)] x: &str) -> Result<()> { Ok(()) }");
        assert!(
            text.contains("async fn f (x : & str)")
                && text.contains("mod f")
                && text.contains("fn run"),
            "{text}"
        );
    }
}
