//! Documentation comments as descriptions.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The text of the `///` lines: paragraphs unwrapped, lists, tables and code kept line by line.
pub(crate) fn description(attrs: &[Attribute]) -> String {
    let lines: Vec<String> = attrs.iter().filter_map(doc_line).collect();
    let mut paragraphs: Vec<Vec<&str>> = vec![Vec::new()];
    for line in lines.iter().flat_map(|text| text.split('\n')) {
        let line = line.strip_prefix(' ').unwrap_or(line).trim_end();
        if line.is_empty() {
            paragraphs.push(Vec::new());
        } else if let Some(paragraph) = paragraphs.last_mut() {
            paragraph.push(line);
        }
    }
    let paragraphs: Vec<String> = paragraphs
        .into_iter()
        .filter(|lines| !lines.is_empty())
        .map(|lines| {
            lines.join(if lines.iter().any(|line| is_laid_out(line)) {
                "\n"
            } else {
                " "
            })
        })
        .collect();
    paragraphs.join("\n\n")
}

fn doc_line(attr: &Attribute) -> Option<String> {
    match &attr.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// Whether joining this line to its neighbours would destroy Markdown.
fn is_laid_out(line: &str) -> bool {
    line.starts_with([' ', '\t', '-', '*', '+', '#', '|', '>', '`'])
        || line.split_once(['.', ')']).is_some_and(|(number, rest)| {
            rest.starts_with(' ')
                && !number.is_empty()
                && number.bytes().all(|byte| byte.is_ascii_digit())
        })
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    fn of(item: &syn::ItemFn) -> String {
        description(&item.attrs)
    }

    #[test]
    fn a_wrapped_paragraph_becomes_one_line() {
        assert_eq!(
            of(&parse_quote! {
                /// Downloads a file
                /// over HTTP.
                ///
                /// Twice.
                fn f() {}
            }),
            "Downloads a file over HTTP.\n\nTwice."
        );
    }

    #[test]
    fn lists_keep_their_lines() {
        assert_eq!(
            of(&parse_quote! {
                /// Either
                /// - this
                /// - that
                ///
                /// 1. one
                /// 2. two
                fn f() {}
            }),
            "Either\n- this\n- that\n\n1. one\n2. two"
        );
    }

    #[test]
    fn no_documentation_is_an_empty_description() {
        assert_eq!(of(&parse_quote! { #[doc(hidden)] fn f() {} }), "");
    }
}
