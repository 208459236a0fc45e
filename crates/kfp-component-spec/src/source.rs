//! Finds the component in the text of a source file.
//!
//! Only what matters is parsed, so a half-typed body or an item that this parser does not know does no harm.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::{
    Attribute, Error, Expr, Ident, Pat, PatType, Result as SynResult, Token, Type,
    ext::IdentExt,
    parse::{ParseStream, Parser},
    parse_quote,
    spanned::Spanned,
};

use crate::{
    choice::{self, ChoiceEnum},
    items::Items,
    model::{Argument, Component, Kind, Presence},
    signature::{self, Function},
    type_syntax::artifact_names,
};

/// A mistake and its position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong, and what to write instead, in lower case.
    pub message: String,
    /// Line, counted from 1.
    pub line: usize,
    /// Column, counted from 1.
    pub column: usize,
}

/// An argument as `kfp-comp new --arg` takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedArgument {
    /// What it means.
    pub argument: Argument,
    /// Its type in Rust, as written.
    pub rust_type: String,
    /// Its default in Rust, as written.
    pub default: Option<String>,
}

/// Reads the component out of the text of a `src/main.rs`.
///
/// # Errors
///
/// Every mistake at once, in the order of the text. A file without a `#[component]` function is one mistake.
pub fn component(text: &str) -> Result<Component, Vec<Diagnostic>> {
    parse_file(text).map_err(|error| diagnostics(&error))
}

/// Reads `NAME: TYPE [= DEFAULT]`.
///
/// # Errors
///
/// Every mistake at once; the line is always 1.
pub fn argument(text: &str) -> Result<ParsedArgument, Vec<Diagnostic>> {
    let parser = |input: ParseStream<'_>| {
        let instead = |message| move |error: Error| Error::new(error.span(), message);
        let keyword = input.fork().call(Ident::parse_any);
        let name = Pat::parse_single(input).map_err(|error| match keyword {
            Ok(word) => Error::new(
                error.span(),
                format!(
                    "`{word}` is a keyword of Rust: write `r#{word}`, which KFP knows as `{word}`"
                ),
            ),
            Err(_) => Error::new(error.span(), "the argument's name comes first"),
        })?;
        let colon_token: Token![:] = input.parse()?;
        let ty: Type = input.parse()?;
        let default = if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            Some(input.parse::<Expr>().map_err(instead(
                "write the default in Rust: a number, `\"text\"`, `true`, `[1, 2]`, or an object as a string",
            ))?)
        } else {
            None
        };
        let attrs: Vec<Attribute> = default
            .iter()
            .map(|default| parse_quote!(#[arg(default = #default)]))
            .collect();
        let typed = PatType {
            attrs,
            pat: Box::new(name),
            colon_token,
            ty: Box::new(ty),
        };
        let (argument, syntax) = signature::parse_argument(&typed)?;
        if syntax.is_choice {
            return Err(unknown_type(&syntax.inner, &argument.kind));
        }
        if !input.is_empty() {
            return Err(input.error("one argument ends here"));
        }
        Ok(ParsedArgument {
            argument,
            rust_type: source_text(&typed.ty),
            default: default.map(|default| source_text(&default)),
        })
    };
    parser.parse_str(text).map_err(|error| diagnostics(&error))
}

/// The source text of a type or an expression: printing its tokens would change the spacing.
fn source_text(syntax: &(impl Spanned + ToTokens)) -> String {
    let text = syntax.span().source_text();
    text.unwrap_or_else(|| syntax.to_token_stream().to_string())
}

fn diagnostics(error: &Error) -> Vec<Diagnostic> {
    let mut all: Vec<Diagnostic> = error
        .clone()
        .into_iter()
        .map(|error| {
            let (line, column) = signature::position(error.span());
            Diagnostic {
                message: error.to_string(),
                line,
                column,
            }
        })
        .collect();
    all.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
    all
}

fn parse_file(text: &str) -> SynResult<Component> {
    let items: Items = syn::parse_str(text.strip_prefix('\u{feff}').unwrap_or(text))?;
    let mut found = items.components.into_iter();
    let Some((attribute, item)) = found.next() else {
        return Err(Error::new(
            Span::call_site(),
            "no `#[component]` function at the root of this file",
        ));
    };
    if let Some((second, _)) = found.next() {
        return Err(Error::new_spanned(
            second,
            "a second component: one program is one component",
        ));
    }
    let arguments = match &attribute.meta {
        syn::Meta::List(list) => list.tokens.clone(),
        _ => TokenStream::new(),
    };
    let mut errors = Vec::new();
    let function = match signature::read(arguments, item) {
        Ok(function) => Some(function),
        Err(error) => {
            errors.push(error);
            None
        }
    };
    let mut choices = Vec::new();
    for item in &items.enums {
        match choice::from_enum(item) {
            Ok(choice) => choices.push(choice),
            Err(error) => errors.push(error),
        }
    }
    let component = function.map(|function| resolve(function, &choices, &mut errors));
    match (component, signature::combine(errors)) {
        (Some(component), None) => Ok(component),
        (_, Some(error)) => Err(error),
        (None, None) => Err(Error::new(Span::call_site(), "no component")),
    }
}

/// Fills in what only the whole file shows: the values of each `Choice`.
fn resolve(mut function: Function, choices: &[ChoiceEnum], errors: &mut Vec<Error>) -> Component {
    let mut seen = Vec::new();
    for (argument, syntax) in &mut function.arguments {
        if seen.contains(&argument.name) {
            errors.push(Error::new_spanned(
                &syntax.ident,
                format!("a second argument named `{}`", argument.name),
            ));
        }
        seen.push(argument.name.clone());
        if !syntax.is_choice {
            continue;
        }
        let Type::Path(path) = &syntax.inner else {
            continue;
        };
        let Some(choice) = choices
            .iter()
            .find(|choice| path.path.is_ident(&choice.ident))
        else {
            errors.push(unknown_type(&syntax.inner, &argument.kind));
            continue;
        };
        let words: Vec<String> = choice
            .variants
            .iter()
            .map(|(_, word)| word.clone())
            .collect();
        if let Kind::Parameter(parameter) = &mut argument.kind {
            if let (Presence::Default(default), Some(expr)) = (&parameter.presence, &syntax.default)
                && !words.contains(default)
            {
                errors.push(Error::new_spanned(
                    expr,
                    format!("not a choice; the choices are: {}", words.join(", ")),
                ));
            }
            parameter.choices = words;
        }
    }
    function.into_component()
}

fn unknown_type(ty: &Type, kind: &Kind) -> Error {
    let files = match kind {
        Kind::OutputParameter(_) => format!("an artifact ({})", artifact_names()),
        _ => "Input<_>, Output<_>".into(),
    };
    Error::new_spanned(
        ty,
        format!(
            "unknown type; use String, bool, an integer, f32/f64, Vec<_>, Json<_>, {files}, or an enum with \
             #[derive(Choice)] at the root of this file"
        ),
    )
}
