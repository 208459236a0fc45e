//! What a value that KFP passed means: that the input was left out, a value of the author's type, or a mistake.

use serde_json::Value;

use crate::description::{Argument, Range};
use crate::number;
use crate::parameter::Parameter;

/// Whether KFP passed the word for an input that was left out: null, or where only certain texts are values, the empty text
/// that the form of KFP's UI sends and the `null` that `kfp.local` writes.
pub(crate) fn is_absent(value: &Value, argument: &Argument, choices: &[&str]) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => {
            let is_free = argument.takes_any_text() && choices.is_empty();
            !is_free && matches!(text.trim(), "" | "null") && !choices.contains(&text.as_str())
        }
        _ => false,
    }
}

/// The value in the author's type, or what is wanted instead.
pub(crate) fn read<P: Parameter>(
    value: &Value,
    argument: &Argument,
    range: Option<&Range>,
) -> Result<P, String> {
    let read = P::from_value(value);
    let Some(range) = range else { return read };
    let contains = |value: &Value| number::number(value).is_some_and(|it| range.contains(it));
    // As it was passed and as the function sees it: narrowing to `f32` may move a number over an edge, either way.
    let is_in_range =
        |read: &P| contains(value) && read.to_value().is_ok_and(|value| contains(&value));
    read.ok().filter(is_in_range).ok_or_else(|| {
        let number = if argument.ty == Some("Integer") {
            "a whole number"
        } else {
            "a number"
        };
        format!("{number}, {}", range.words.to_lowercase())
    })
}

/// The usual reason why a value does not fit.
pub(crate) fn hint(value: &Value) -> Option<&'static str> {
    let text = value.as_str()?.trim();
    if text.contains("{{") {
        return Some(
            "KFP did not replace this placeholder; pass the value as an argument of its task",
        );
    }
    if matches!(text, "None" | "nan" | "NaN" | "<NA>") {
        return Some("this is Python's text for a value that is missing; leave the argument out");
    }
    if text.starts_with(['[', '{', '(']) && text.contains('\'') {
        return Some("this is Python's notation, not JSON; write it with `json.dumps`");
    }
    None
}
