//! Number literals in attributes, as decimal text.

use syn::{Error, Expr, ExprLit, ExprUnary, Lit, Result, UnOp};

use crate::model::ParameterType;

/// KFP passes numbers as JSON doubles. Every integer up to here survives; 2^53 is also what 2^53 + 1 becomes.
const LARGEST: i128 = (1 << 53) - 1;

/// The decimal text of `3`, `-2.5` or `10_000`, checked against the Rust type's width and KFP's limit.
pub(crate) fn text(expr: &Expr, ty: ParameterType, rust: Option<&str>) -> Result<String> {
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
            check_integer(expr, value, rust)?;
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
                Ok(_) if rust == Some("f32") && !fits_f32(&digits) => Err(Error::new_spanned(
                    expr,
                    format!("does not fit `f32`, which ends at {:e}", f32::MAX),
                )),
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

fn fits_f32(digits: &str) -> bool {
    digits.parse::<f32>().is_ok_and(f32::is_finite)
}

fn check_integer(expr: &Expr, value: i128, rust: Option<&str>) -> Result<()> {
    if !(-LARGEST..=LARGEST).contains(&value) {
        return Err(Error::new_spanned(expr, "KFP's integers end at 2^53 - 1"));
    }
    let Some(rust) = rust else { return Ok(()) };
    let Some((low, high)) = bounds(rust) else {
        return Ok(());
    };
    if (low..=high).contains(&value) {
        Ok(())
    } else {
        Err(Error::new_spanned(
            expr,
            format!("does not fit `{rust}`, which goes from {low} to {high}"),
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
