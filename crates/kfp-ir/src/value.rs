//! Parameter values: `google.protobuf.Value` in JSON, and the text the backend makes of them.

use std::fmt::Write as _;

use serde_json::Value;

use crate::ParameterType;

/// A number; integral ones as integers, which is how protobuf writes them. `None` for NaN and infinities.
pub fn number(number: f64) -> Option<Value> {
    // Above this not every integer is a double, and the shortest digits are no longer all of them.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "checked above")]
        return Some((number as i64).into());
    }
    serde_json::Number::from_f64(number).map(Value::Number)
}

/// The same value with integral numbers as integers, at any depth.
pub fn normalized(value: Value) -> Value {
    match value {
        Value::Number(n) if n.is_f64() => {
            let float = n.as_f64().unwrap_or_default();
            number(float).unwrap_or(Value::Number(n))
        }
        Value::Array(items) => items.into_iter().map(normalized).collect(),
        Value::Object(map) => Value::Object(
            map.into_iter()
                .map(|(key, value)| (key, normalized(value)))
                .collect(),
        ),
        other => other,
    }
}

/// The text of a value on a command line, as the backend writes it: lists and objects as compact JSON with sorted
/// keys and `<`, `>`, `&` escaped (Go's `json.Marshal`), numbers without an exponent.
///
/// ```
/// use serde_json::json;
/// assert_eq!(kfp_ir::value::text(&json!(1e-7)), "0.0000001");
/// assert_eq!(kfp_ir::value::text(&json!({"b": "<", "a": [1.0, true]})), r#"{"a":[1,true],"b":"\u003c"}"#);
/// ```
pub fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(n), ..) => n.to_string(),
            (_, Some(n), _) => n.to_string(),
            // Rust writes the shortest digits and never an exponent, like Go's format `f` with precision -1.
            (.., n) => n.unwrap_or_default().to_string(),
        },
        Value::Array(_) | Value::Object(_) => {
            let mut json = String::new();
            go_json(value, &mut json);
            json
        }
    }
}

fn go_json(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                go_json(item, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            out.push('{');
            for (i, key) in keys.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                go_string(key, out);
                out.push(':');
                go_json(&map[key], out);
            }
            out.push('}');
        }
        Value::String(text) => go_string(text, out),
        Value::Number(_) | Value::Bool(_) => out.push_str(&text(value)),
        Value::Null => out.push_str("null"),
    }
}

fn go_string(text: &str, out: &mut String) {
    for c in Value::from(text).to_string().chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
}

/// What the backend calls the kind of a value in its messages.
pub fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "list",
        Value::Object(_) => "struct",
    }
}

impl ParameterType {
    /// All there are.
    pub const ALL: [Self; 8] = [
        Self::NumberDouble,
        Self::NumberInteger,
        Self::String,
        Self::Boolean,
        Self::List,
        Self::Struct,
        Self::TaskFinalStatus,
        Self::TaskConfig,
    ];

    /// How the file writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NumberDouble => "NUMBER_DOUBLE",
            Self::NumberInteger => "NUMBER_INTEGER",
            Self::String => "STRING",
            Self::Boolean => "BOOLEAN",
            Self::List => "LIST",
            Self::Struct => "STRUCT",
            Self::TaskFinalStatus => "TASK_FINAL_STATUS",
            Self::TaskConfig => "TASK_CONFIG",
        }
    }

    /// Whether a value is of this type; the backend does not tell integers from other numbers.
    pub fn admits(self, value: &Value) -> bool {
        matches!(
            (self, value),
            (Self::NumberDouble | Self::NumberInteger, Value::Number(_))
                | (Self::String, Value::String(_))
                | (Self::Boolean, Value::Bool(_))
                | (Self::List, Value::Array(_))
                | (
                    Self::Struct | Self::TaskFinalStatus | Self::TaskConfig,
                    Value::Object(_)
                )
        )
    }

    /// The value a task gets for an input of this type: anything becomes text for a STRING, all else must fit.
    ///
    /// # Errors
    /// The backend's words for what does not fit.
    pub fn convert(self, name: &str, value: Value) -> Result<Value, String> {
        if self == Self::String && !value.is_string() && !value.is_null() {
            return Ok(Value::String(text(&value)));
        }
        if self.admits(&value) {
            return Ok(value);
        }
        Err(format!(
            "input parameter `{name}` type mismatch: expect {}, got {}",
            self.name(),
            kind(&value)
        ))
    }

    /// The value of an output parameter's file, read as KFP's launcher does.
    ///
    /// # Errors
    /// If the text is not of this type.
    pub fn parse_output(self, text: &str) -> Result<Value, String> {
        let wrong = || format!("{:?} is not a {}", shortened(text, 60), self.name());
        let trimmed = text.trim();
        match self {
            Self::String => Ok(Value::String(text.to_owned())),
            Self::NumberInteger => trimmed.parse::<i64>().map(Value::from).map_err(|_| wrong()),
            Self::NumberDouble => trimmed
                .parse::<f64>()
                .ok()
                .and_then(number)
                .ok_or_else(wrong),
            Self::Boolean => match trimmed {
                "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(Value::Bool(true)),
                "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(Value::Bool(false)),
                _ => Err(wrong()),
            },
            Self::List | Self::Struct | Self::TaskFinalStatus | Self::TaskConfig => {
                let value = serde_json::from_str(text).map_err(|_| wrong())?;
                if self.admits(&value) {
                    Ok(normalized(value))
                } else {
                    Err(wrong())
                }
            }
        }
    }
}

/// A text of at most so many characters: of a longer one the end is replaced by `…`.
///
/// ```
/// use kfp_ir::value::shortened;
/// assert_eq!(shortened("forest", 6), "forest");
/// assert_eq!(shortened("forests", 6), "fores…");
/// ```
pub fn shortened(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars()
        .take(width.saturating_sub(1))
        .chain(['…'])
        .collect()
}
