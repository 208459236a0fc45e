//! The text of a JSON value, exactly as Python's `json.dumps` writes it: `1.0`, `true`, `["a", "b"]`, `1e-07`, `"\u00fc"`.
//!
//! `kfp.local` and KFP's Python components have this text where a pipeline passes a number, a boolean, a list or an object
//! for text.

use std::fmt::Write as _;

use serde_json::{Number, Value};

/// The text itself, or the JSON text of everything else.
pub fn of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => {
            let mut text = String::new();
            write(&mut text, other);
            text
        }
    }
}

fn write(text: &mut String, value: &Value) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Number(value) => number(text, value),
        Value::String(value) => string(text, value),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push_str(", ");
                }
                write(text, item);
            }
            text.push(']');
        }
        Value::Object(entries) => {
            text.push('{');
            for (index, (key, value)) in entries.iter().enumerate() {
                if index > 0 {
                    text.push_str(", ");
                }
                string(text, key);
                text.push_str(": ");
                write(text, value);
            }
            text.push('}');
        }
    }
}

/// Python's `repr` of a float: the shortest digits that read back, with an exponent below 1e-4 and from 1e16.
fn number(text: &mut String, number: &Number) {
    let Some(float) = number.as_f64().filter(|_| number.is_f64()) else {
        text.push_str(&number.to_string());
        return;
    };
    let scientific = format!("{float:e}");
    // Rust always writes the exponent, and Python at least two digits of it.
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    // Writing to a string does not fail.
    let _ = if float != 0.0 && !(-4..16).contains(&exponent) {
        write!(
            text,
            "{digits}e{}{:02}",
            if exponent < 0 { '-' } else { '+' },
            exponent.abs()
        )
    } else {
        write!(text, "{float:?}")
    };
}

/// A JSON string in ASCII.
fn string(text: &mut String, value: &str) {
    text.push('"');
    for c in value.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            ' '..='~' => text.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(text, "\\u{unit:04x}");
                }
            }
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::of;

    /// Each was printed by Python 3.11: `print(json.dumps(json.loads(text)))`.
    #[test]
    fn it_is_what_python_prints() {
        let cases = [
            ("3", "3"),
            ("3.0", "3.0"),
            ("-0.0", "-0.0"),
            ("0.0001", "0.0001"),
            ("0.00001", "1e-05"),
            ("1e-7", "1e-07"),
            ("1e15", "1000000000000000.0"),
            ("1e16", "1e+16"),
            ("1.5e300", "1.5e+300"),
            ("123456789012345680", "123456789012345680"),
            ("123456789012345680.0", "1.2345678901234568e+17"),
            ("9007199254740993.0", "9007199254740992.0"),
            ("true", "true"),
            ("[1,2.5,null,\"a\"]", "[1, 2.5, null, \"a\"]"),
            ("{\"b\":1,\"a\":{}}", "{\"b\": 1, \"a\": {}}"),
            ("[]", "[]"),
            (
                "[\"\\u00fc\\ud83e\\udd80\\u007f\\n/\\\\\\\"\"]",
                "[\"\\u00fc\\ud83e\\udd80\\u007f\\n/\\\\\\\"\"]",
            ),
        ];
        for (json, wanted) in cases {
            let value: Value = serde_json::from_str(json).unwrap();
            assert_eq!(of(&value), wanted, "{json}");
        }
        assert_eq!(of(&json!("grün")), "grün", "text stays as it is");
    }
}
