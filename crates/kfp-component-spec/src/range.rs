//! `#[arg(range = 1..=100)]`.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{
    Error, Expr, RangeLimits, Result,
    parse::{Parse, ParseStream},
};

use crate::{
    model::{ParameterType, Range},
    number,
};

/// A range as written.
#[derive(Clone)]
pub struct RangeSyntax {
    /// The lowest value, if there is one.
    pub from: Option<Expr>,
    /// The highest value, if there is one.
    pub to: Option<Expr>,
    /// Whether `to` itself is allowed.
    pub inclusive: bool,
    whole: Expr,
}

impl Parse for RangeSyntax {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let whole: Expr = input.parse()?;
        match &whole {
            Expr::Range(range) if range.start.is_some() || range.end.is_some() => Ok(Self {
                from: range.start.as_deref().cloned(),
                to: range.end.as_deref().cloned(),
                inclusive: matches!(range.limits, RangeLimits::Closed(_)),
                whole,
            }),
            _ => Err(Error::new_spanned(
                whole,
                "write a range, such as `1..=100` or `0.0..`",
            )),
        }
    }
}

impl ToTokens for RangeSyntax {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.whole.to_tokens(tokens);
    }
}

impl RangeSyntax {
    /// The range as data, if its ends are numbers of that type and something lies between them.
    pub(crate) fn check(&self, ty: ParameterType, rust: Option<&str>) -> Result<Range> {
        if !matches!(ty, ParameterType::Integer | ParameterType::Float) {
            return Err(Error::new_spanned(self, "only numbers have a range"));
        }
        let end = |expr: &Option<Expr>| {
            expr.as_ref()
                .map(|expr| number::text(expr, ty, rust))
                .transpose()
        };
        let range = Range {
            from: end(&self.from)?,
            to: end(&self.to)?,
            inclusive: self.inclusive,
        };
        if let (Some(from), Some(to)) = (&range.from, &range.to)
            && !range.contains(from)
            && !range.contains(to)
        {
            return Err(Error::new_spanned(self, "no number lies in this range"));
        }
        Ok(range)
    }

    /// Refuses a default outside the range, also one that narrowing to `f32` moves over an edge.
    pub(crate) fn check_default(
        &self,
        default: &Expr,
        text: &str,
        rust: Option<&str>,
    ) -> Result<()> {
        let as_text = |expr: &Option<Expr>| {
            expr.as_ref()
                .and_then(|expr| number::text(expr, ParameterType::Float, None).ok())
        };
        let range = Range {
            from: as_text(&self.from),
            to: as_text(&self.to),
            inclusive: self.inclusive,
        };
        let narrowed = match (rust, text.parse::<f32>()) {
            (Some("f32"), Ok(number)) => number.to_string(),
            _ => text.to_owned(),
        };
        let message = if !range.contains(text) {
            format!("the default lies outside the range: {range}")
        } else if !range.contains(&narrowed) {
            format!("as `f32` the default is {narrowed}, outside the range: {range}")
        } else {
            return Ok(());
        };
        Err(Error::new_spanned(default, message))
    }
}

impl Range {
    /// Whether a number, written in decimal, lies in the range. KFP's integers are exact in `f64`.
    pub fn contains(&self, number: &str) -> bool {
        let parse = |text: &str| text.parse::<f64>().ok();
        let Some(value) = parse(number) else {
            return false;
        };
        self.from
            .as_deref()
            .and_then(parse)
            .is_none_or(|from| value >= from)
            && self.to.as_deref().and_then(parse).is_none_or(|to| {
                if self.inclusive {
                    value <= to
                } else {
                    value < to
                }
            })
    }
}
