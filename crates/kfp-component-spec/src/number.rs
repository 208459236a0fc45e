//! Number literals in attributes, as decimal text.

use serde_json::Number;
use syn::{Error, Expr, ExprLit, ExprUnary, Lit, UnOp};

use crate::model::ParameterType;

/// KFP passes numbers as JSON doubles. Every integer up to here survives; 2^53 is also what 2^53 + 1 becomes.
const LARGEST: i128 = (1 << 53) - 1;

/// The decimal text of `3`, `-2.5` or `10_000`, checked against the Rust type's width and KFP's limit.
pub(crate) fn text(expr: &Expr, ty: ParameterType, rust: Option<&str>) -> syn::Result<String> {
    let (sign, literal) = match expr {
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_),
            expr,
            ..
        }) => ("-", &**expr),
        Expr::Group(group) => return text(&group.expr, ty, rust),
        Expr::Paren(paren) => return text(&paren.expr, ty, rust),
        other => ("", other),
    };
    match (literal, ty) {
        (
            Expr::Lit(ExprLit {
                lit: Lit::Int(int), ..
            }),
            ParameterType::Integer,
        ) => {
            let value: i128 = format!("{sign}{}", int.base10_digits())
                .parse()
                .map_err(|_| Error::new_spanned(expr, "KFP's integers end at 2^53 - 1"))?;
            check_integer(value, rust).map_err(|reason| Error::new_spanned(expr, reason))?;
            Ok(value.to_string())
        }
        (
            Expr::Lit(ExprLit {
                lit: Lit::Int(int), ..
            }),
            ParameterType::Float,
        ) => Ok(format!("{sign}{}", int.base10_digits())),
        (
            Expr::Lit(ExprLit {
                lit: Lit::Float(float),
                ..
            }),
            ParameterType::Float,
        ) => {
            let digits = format!("{sign}{}", float.base10_digits());
            match digits.parse::<f64>() {
                Ok(value) if !value.is_finite() => {
                    Err(Error::new_spanned(expr, "not a finite number"))
                }
                Ok(_) if rust == Some("f32") => match fits_f32(&digits) {
                    Ok(()) => Ok(digits),
                    Err(reason) => Err(Error::new_spanned(expr, reason)),
                },
                Ok(_) => Ok(digits),
                Err(_) => Err(Error::new_spanned(expr, "not a number")),
            }
        }
        (_, ParameterType::Integer) => Err(Error::new_spanned(
            expr,
            "write a whole number, such as `100`",
        )),
        _ => Err(Error::new_spanned(expr, "write a number, such as `0.5`")),
    }
}

/// Why a number does not fit an `f32`, if it does not.
pub(crate) fn fits_f32(digits: &str) -> Result<(), String> {
    if digits.parse::<f32>().is_ok_and(f32::is_finite) {
        Ok(())
    } else {
        let most = f32::MAX;
        Err(format!(
            "`{digits}` does not fit `f32`, which ends at {most:e}"
        ))
    }
}

/// Why a JSON number does not fit an integer of Rust, if it does not.
pub(crate) fn fits_integer(number: &Number, rust: &str) -> Result<(), String> {
    let value = number
        .as_i128()
        .ok_or(format!("`{number}` is not a whole number"))?;
    check_integer(value, Some(rust))
}

/// Whether it is the name of an integer that KFP can pass.
pub(crate) fn is_integer(rust: &str) -> bool {
    bounds(rust).is_some()
}

fn check_integer(value: i128, rust: Option<&str>) -> Result<(), String> {
    if !(-LARGEST..=LARGEST).contains(&value) {
        return Err("KFP's integers end at 2^53 - 1".to_owned());
    }
    let Some(rust) = rust else { return Ok(()) };
    let Some((low, high)) = bounds(rust) else {
        return Ok(());
    };
    if (low..=high).contains(&value) {
        Ok(())
    } else {
        Err(format!(
            "`{value}` does not fit `{rust}`, which goes from {low} to {high}"
        ))
    }
}

fn bounds(rust: &str) -> Option<(i128, i128)> {
    Some(match rust {
        "i8" => (i8::MIN.into(), i8::MAX.into()),
        "i16" => (i16::MIN.into(), i16::MAX.into()),
        "i32" => (i32::MIN.into(), i32::MAX.into()),
        "i64" => (i64::MIN.into(), i64::MAX.into()),
        "u8" => (0, u8::MAX.into()),
        "u16" => (0, u16::MAX.into()),
        "u32" => (0, u32::MAX.into()),
        "u64" | "usize" => (0, u64::MAX.into()),
        _ => return None,
    })
}
