//! Converts defaults from YAML to Rust.

use kfp_component_yaml::read::Default;

/// The default as a Rust literal, interpreted as kfp 2 does.
pub(super) fn literal(rust: &str, default: &Default) -> Option<String> {
    let text = default.text();
    let text = text.trim();
    match rust {
        "String" => Some(format!("{:?}", default.text())),
        "i64" => match default {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "Python's `int` cuts off too"
            )]
            Default::Float(number) if number.is_finite() => Some((*number as i64).to_string()),
            Default::Bool(value) => Some(i64::from(*value).to_string()),
            _ => text.parse::<i64>().ok().map(|number| number.to_string()),
        },
        "f64" => text
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())
            .map(|number| format!("{number:?}")),
        "bool" => match text.to_ascii_lowercase().as_str() {
            "y" | "yes" | "t" | "true" | "on" | "1" => Some("true".into()),
            "n" | "no" | "f" | "false" | "off" | "0" => Some("false".into()),
            _ => None,
        },
        _ => Some(format!("{text:?}")),
    }
}
