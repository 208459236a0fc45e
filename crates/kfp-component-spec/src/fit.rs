//! Whether what a JSON default holds fits the Rust type: a default that its type refuses would fail in every run.

use serde_json::Value;
use syn::Type;

use crate::{
    number,
    type_syntax::{last_segment, type_arguments},
};

/// Why the first value that does not fit does not, among those whose types are known here.
pub(crate) fn check(value: &Value, ty: &Type) -> Result<(), String> {
    let Some(last) = last_segment(ty) else {
        return Ok(());
    };
    let rust = last.ident.to_string();
    let wanted = match (rust.as_str(), value) {
        ("Vec", Value::Array(items)) => return each(items, &type_arguments(last)),
        ("BTreeMap" | "HashMap", Value::Object(members)) => {
            return each(members.values(), &type_arguments(last));
        }
        ("Option", value) => return each([value], &type_arguments(last)),
        ("String", Value::String(_)) | ("bool", Value::Bool(_)) | ("f64", Value::Number(_)) => {
            return Ok(());
        }
        ("f32", Value::Number(number)) => return number::fits_f32(&number.to_string()),
        (_, Value::Number(number)) if number::is_integer(&rust) => {
            return number::fits_integer(number, &rust);
        }
        ("Vec", _) => "an array",
        ("BTreeMap" | "HashMap", _) => "an object",
        ("String", _) => "a string",
        ("bool", _) => "`true` or `false`",
        ("f32" | "f64", _) => "a number",
        _ if number::is_integer(&rust) => "a whole number",
        // The type is the author's.
        _ => return Ok(()),
    };
    Err(format!("`{value}` is not {wanted}"))
}

/// Checks the values against the last of the types, which is that of items and of members.
fn each<'a>(values: impl IntoIterator<Item = &'a Value>, types: &[&Type]) -> Result<(), String> {
    let Some(ty) = types.last() else {
        return Ok(());
    };
    values.into_iter().try_for_each(|value| check(value, ty))
}
