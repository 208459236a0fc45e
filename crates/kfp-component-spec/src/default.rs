//! `#[arg(default = …)]` as the text that KFP passes.

use serde_json::Value;
use syn::{Error, Expr, ExprLit, Lit, Result, Type};

use crate::{fit, model::ParameterType, number, type_syntax::rust_number};

/// The text of a default that fits the type.
pub(crate) fn text(expr: &Expr, kind: ParameterType, ty: &Type) -> Result<String> {
    match kind {
        ParameterType::Integer | ParameterType::Float => {
            number::text(expr, kind, rust_number(ty).as_deref())
        }
        ParameterType::Boolean => match literal(expr) {
            Some(Lit::Bool(value)) => Ok(value.value.to_string()),
            _ => Err(Error::new_spanned(expr, "write `true` or `false`")),
        },
        ParameterType::String => match literal(expr) {
            Some(Lit::Str(text)) => Ok(text.value()),
            _ => Err(Error::new_spanned(
                expr,
                "write a string, such as `\"gini\"`",
            )),
        },
        ParameterType::JsonArray => match literal(expr) {
            Some(Lit::Str(text)) => json_text(
                expr,
                &text.value(),
                ty,
                Value::is_array,
                "a JSON array, such as `[1, 2]`",
            ),
            _ => fitting(expr, &json(expr)?, ty),
        },
        ParameterType::JsonObject => match literal(expr) {
            Some(Lit::Str(text)) => json_text(
                expr,
                &text.value(),
                ty,
                Value::is_object,
                "a JSON object, such as `\"{\\\"depth\\\": 4}\"`",
            ),
            _ => Err(Error::new_spanned(
                expr,
                "write a JSON object as a string, such as `\"{\\\"depth\\\": 4}\"`",
            )),
        },
        ParameterType::TaskFinalStatus => Err(Error::new_spanned(
            expr,
            "KFP 2 fills this input in; `Option<TaskFinalStatus>` is `None` where it does not",
        )),
    }
}

fn literal(expr: &Expr) -> Option<&Lit> {
    match expr {
        Expr::Lit(ExprLit { lit, .. }) => Some(lit),
        Expr::Group(group) => literal(&group.expr),
        Expr::Paren(paren) => literal(&paren.expr),
        _ => None,
    }
}

/// The text of a value whose items fit the type.
fn fitting(expr: &Expr, value: &Value, ty: &Type) -> Result<String> {
    match fit::check(value, ty) {
        Ok(()) => Ok(value.to_string()),
        Err(reason) => Err(Error::new_spanned(expr, reason)),
    }
}

fn json_text(
    expr: &Expr,
    text: &str,
    ty: &Type,
    is_wanted: fn(&Value) -> bool,
    wanted: &str,
) -> Result<String> {
    match serde_json::from_str::<Value>(text) {
        Ok(value) if is_wanted(&value) && !holds_null(&value) => fitting(expr, &value, ty),
        Ok(value) if holds_null(&value) => Err(Error::new_spanned(
            expr,
            "kfp 2 cannot compile a default that holds `null`",
        )),
        Ok(_) => Err(Error::new_spanned(expr, format!("write {wanted}"))),
        Err(error) => Err(Error::new_spanned(expr, format!("write {wanted}: {error}"))),
    }
}

fn holds_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(holds_null),
        Value::Object(members) => members.values().any(holds_null),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// `[1, 2.5, "a", [true]]` as JSON.
fn json(expr: &Expr) -> Result<Value> {
    match expr {
        Expr::Array(array) => array
            .elems
            .iter()
            .map(json_item)
            .collect::<Result<_>>()
            .map(Value::Array),
        Expr::Group(group) => json(&group.expr),
        _ => Err(Error::new_spanned(expr, "write an array, such as `[1, 2]`")),
    }
}

fn json_item(expr: &Expr) -> Result<Value> {
    match literal(expr) {
        Some(Lit::Str(text)) => return Ok(text.value().into()),
        Some(Lit::Bool(value)) => return Ok(value.value.into()),
        _ => {}
    }
    if let Ok(text) = number::text(expr, ParameterType::Integer, None)
        .or_else(|_| number::text(expr, ParameterType::Float, None))
    {
        return serde_json::from_str(&text).map_err(|error| Error::new_spanned(expr, error));
    }
    json(expr).map_err(|_| {
        Error::new_spanned(
            expr,
            "write a literal: a number, string, bool or array of them",
        )
    })
}
