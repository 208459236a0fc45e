//! Reads a component's contract from its function's signature.
//!
//! Only syntax is read. The body stays a sequence of tokens, and the type system verifies what a type name stands for.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{
    Error, FnArg, Ident, LitStr, Pat, PatType, Result, ReturnType, Safety, Signature, Type,
    ext::IdentExt, parse::Parser,
};

pub use crate::function::FunctionItem;
use crate::{
    argument::{self, ArgumentSyntax},
    docs,
    model::{Argument, Component},
    name,
};

/// A component function: its contract, and the tokens to build the program from.
pub struct Function {
    /// The function's name, without `r#`.
    pub name: String,
    /// The title given by `#[component(name = "…")]`.
    pub title: Option<String>,
    /// The function's documentation.
    pub description: String,
    /// Each argument with the syntax it was read from, in the author's order.
    pub arguments: Vec<(Argument, ArgumentSyntax)>,
    /// The function without what only the macro understands: `#[arg]` and the parameters' documentation.
    pub item: FunctionItem,
}

impl Function {
    /// The contract alone.
    pub fn into_component(self) -> Component {
        let arguments = self.arguments.into_iter().map(|(argument, _)| argument);
        Component {
            function: self.name,
            title: self.title,
            description: self.description,
            arguments: arguments.collect(),
        }
    }
}

/// Parses `item`, and reads `#[component(attribute)] item` as [`read`] does.
///
/// # Errors
///
/// If `item` is not a function with a body; otherwise those of [`read`].
pub fn parse(attribute: TokenStream, item: TokenStream) -> Result<Function> {
    let item = syn::parse2(item).map_err(|error| {
        Error::new(
            error.span(),
            format!("`#[component]` marks a plain function with a body ({error})"),
        )
    })?;
    read(attribute, item)
}

/// Reads `#[component(attribute)] item`.
///
/// # Errors
///
/// One [`syn::Error`] that combines every mistake, each at its own token.
pub fn read(attribute: TokenStream, item: FunctionItem) -> Result<Function> {
    let mut errors = Vec::new();
    let title = parse_attribute(attribute).unwrap_or_else(|error| {
        errors.push(error);
        None
    });
    check_function(&item.sig, &mut errors);

    let mut arguments = Vec::new();
    for input in &item.sig.inputs {
        match input {
            FnArg::Receiver(receiver) => {
                errors.push(Error::new_spanned(
                    receiver,
                    "a component is a plain function: it has no `self`",
                ));
            }
            FnArg::Typed(typed) => match parse_argument(typed) {
                Ok(argument) => arguments.push(argument),
                Err(error) => errors.push(error),
            },
        }
    }
    check_kfp1_names(&arguments, &mut errors);
    match combine(errors) {
        Some(error) => Err(error),
        None => Ok(Function {
            name: item.sig.ident.unraw().to_string(),
            title,
            description: docs::description(&item.attrs),
            arguments,
            item: item.stripped(),
        }),
    }
}

/// Reads one parameter of the function. There is at most one error for its name and one for its type and options.
pub(crate) fn parse_argument(typed: &PatType) -> Result<(Argument, ArgumentSyntax)> {
    let ident = plain_name(&typed.pat);
    let kind = argument::parse(typed);
    match (ident, kind) {
        (Ok(ident), Ok((kind, tokens))) => {
            let name = ident.unraw().to_string();
            argument::check_reserved_output(&name, &kind, &typed.ty)?;
            let argument = Argument {
                name,
                description: docs::description(&typed.attrs),
                kind,
                kfp1_name: tokens.kfp1.as_ref().map(LitStr::value),
            };
            Ok((argument, ArgumentSyntax { ident, ..tokens }))
        }
        (Err(mut first), Err(second)) => {
            first.combine(second);
            Err(first)
        }
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

/// Refuses a name in KFP 1 that an output has there without it.
fn check_kfp1_names(arguments: &[(Argument, ArgumentSyntax)], errors: &mut Vec<Error>) {
    for (index, (argument, syntax)) in arguments.iter().enumerate() {
        let (Some(name), Some(written)) = (&argument.kfp1_name, &syntax.kfp1) else {
            continue;
        };
        let same_name = arguments.iter().map(|(other, _)| other);
        let mut same_name = same_name.enumerate().filter(|(at, other)| {
            other.name == *name || (*at < index && other.kfp1_name.as_ref() == Some(name))
        });
        if let Some((_, other)) = same_name.next() {
            errors.push(Error::new_spanned(
                written,
                format!("`{}` has this name in KFP 1, which draws one", other.name),
            ));
        }
    }
}

fn plain_name(pat: &Pat) -> Result<Ident> {
    let Pat::Ident(pat) = pat else {
        return Err(Error::new_spanned(
            pat,
            "an input or output needs a plain name, which is its name in KFP",
        ));
    };
    if pat.by_ref.is_some() || pat.subpat.is_some() {
        return Err(Error::new_spanned(
            pat,
            "an input or output needs a plain name, which is its name in KFP",
        ));
    }
    match name::refusal(&pat.ident.unraw().to_string()) {
        Some(reason) => Err(Error::new_spanned(&pat.ident, reason)),
        None => Ok(pat.ident.clone()),
    }
}

fn parse_attribute(attribute: TokenStream) -> Result<Option<String>> {
    let mut title = None;
    let parser = syn::meta::parser(|meta| {
        if !meta.path.is_ident("name") {
            return Err(meta.error("unknown option; the options are: name"));
        }
        let text: LitStr = meta.value()?.parse()?;
        if !text.value().contains(|c: char| c.is_ascii_alphanumeric())
            || text.value().contains(char::is_control)
        {
            return Err(Error::new_spanned(
                &text,
                "a component's name needs at least one letter or digit and no line breaks",
            ));
        }
        title = Some(text.value());
        Ok(())
    });
    parser.parse2(attribute)?;
    Ok(title)
}

fn check_function(sig: &Signature, errors: &mut Vec<Error>) {
    let mut refuse =
        |tokens: &dyn ToTokens, message: &str| errors.push(Error::new_spanned(tokens, message));
    if let Some(token) = &sig.constness {
        refuse(token, "a component is a plain function: drop `const`");
    }
    if let Some(token) = &sig.asyncness {
        refuse(
            token,
            "a component is a plain function: drop `async` and block inside it",
        );
    }
    if !matches!(sig.safety, Safety::Default) {
        refuse(
            &sig.safety,
            "a component is a plain function: drop `unsafe`",
        );
    }
    if let Some(abi) = &sig.abi {
        refuse(abi, "a component is a plain function: drop `extern`");
    }
    if !sig.generics.params.is_empty() {
        refuse(
            &sig.generics,
            "a component is a plain function: KFP needs every type, so it has no generics",
        );
    }
    if let Some(clause) = &sig.generics.where_clause {
        refuse(clause, "a component is a plain function: it has no `where`");
    }
    if let Some(variadic) = &sig.variadic {
        refuse(variadic, "a component has a fixed list of arguments");
    }
    match &sig.output {
        ReturnType::Default => refuse(
            &sig.ident,
            "a component says whether it worked: end the signature with `-> Result<()>`",
        ),
        ReturnType::Type(_, ty) if !is_result(ty) => {
            refuse(
                ty,
                "a component returns `Result<()>`; what it produces are `Output<_>` arguments",
            );
        }
        ReturnType::Type(..) => {}
    }
}

/// Whether it is `Result`, `io::Result<()>` or an alias that ends in `Result`; the type system checks the rest.
fn is_result(ty: &Type) -> bool {
    match ty {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .is_some_and(|last| last.ident.to_string().ends_with("Result")),
        Type::Paren(inner) => is_result(&inner.elem),
        Type::Group(inner) => is_result(&inner.elem),
        _ => false,
    }
}

/// All errors combined in order; `None` if there are none.
pub(crate) fn combine(errors: Vec<Error>) -> Option<Error> {
    errors.into_iter().reduce(|mut all, next| {
        all.combine(next);
        all
    })
}

/// The line and the column of an error, both counted from 1.
pub(crate) fn position(span: proc_macro2::Span) -> (usize, usize) {
    let start = span.start();
    (start.line, start.column + 1)
}
