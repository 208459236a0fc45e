//! A function whose body stays a sequence of tokens.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Attribute, Error, FnArg, Result, Signature, Visibility,
    parse::{Parse, ParseStream},
};

/// A function whose body was not parsed.
#[derive(Clone)]
pub struct FunctionItem {
    /// Attributes, documentation included.
    pub attrs: Vec<Attribute>,
    /// Visibility.
    pub vis: Visibility,
    /// Everything between visibility and body.
    pub sig: Signature,
    /// The body with its braces, untouched so that editors can complete inside it.
    pub body: TokenStream,
}

impl FunctionItem {
    /// The function without `#[arg]` and documentation on its parameters, which Rust would refuse.
    #[must_use]
    pub fn stripped(mut self) -> Self {
        for input in &mut self.sig.inputs {
            if let FnArg::Typed(argument) = input {
                argument
                    .attrs
                    .retain(|attr| !attr.path().is_ident("arg") && !attr.path().is_ident("doc"));
            }
        }
        self
    }
}

impl Parse for FunctionItem {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        Ok(Self {
            attrs: input.call(Attribute::parse_outer)?,
            vis: input.parse()?,
            sig: input.parse()?,
            body: {
                let ahead = input.fork();
                let body: TokenTree = ahead.parse()?;
                match body {
                    TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                        input.parse::<TokenTree>()?;
                        group.into_token_stream()
                    }
                    other => return Err(Error::new(other.span(), "a component has a body")),
                }
            },
        })
    }
}

impl ToTokens for FunctionItem {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        for attr in &self.attrs {
            attr.to_tokens(tokens);
        }
        self.vis.to_tokens(tokens);
        self.sig.to_tokens(tokens);
        self.body.to_tokens(tokens);
    }
}
