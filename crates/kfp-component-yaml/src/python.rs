//! Python's reading and writing of numbers, booleans and JSON, which decide what the SDKs make of a default.

use serde_json::Value;

/// What `int(text)` gives, held at the limits of 128 bits.
pub(crate) fn int(text: &str) -> Option<i128> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) => (text.starts_with('-'), digits),
        None => (false, text),
    };
    let number = without_underscores(digits)?;
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number = number.parse().unwrap_or(i128::MAX);
    Some(if negative { -number } else { number })
}

/// What `float(text)` gives.
pub(crate) fn float(text: &str) -> Option<f64> {
    without_underscores(text.trim())?.parse().ok()
}

/// Python allows one underscore between two digits.
fn without_underscores(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let digit = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at))
            .is_some_and(u8::is_ascii_digit)
    };
    let misplaced =
        |at: usize| bytes[at] == b'_' && !(digit(at.checked_sub(1)) && digit(Some(at + 1)));
    if (0..bytes.len()).any(misplaced) {
        None
    } else {
        Some(text.replace('_', ""))
    }
}

/// What `distutils.util.strtobool` gives, or says.
pub(crate) fn strtobool(text: &str) -> Result<bool, String> {
    let lower = text.to_lowercase();
    match lower.as_str() {
        "y" | "yes" | "t" | "true" | "on" | "1" => Ok(true),
        "n" | "no" | "f" | "false" | "off" | "0" => Ok(false),
        _ => Err(format!("invalid truth value {}", quoted(&lower))),
    }
}

/// A text in quotes as `repr` writes it.
pub(crate) fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut out = String::from(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => out.extend(['\\', c]),
            c if c.is_control() => out.extend(format!("\\x{:02x}", u32::from(c)).chars()),
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

/// A float as `repr` writes it.
pub(crate) fn float_repr(number: f64) -> String {
    // Rust writes `NaN`.
    let text = format!("{number:?}").to_lowercase();
    match text.split_once('e') {
        None => text,
        Some((digits, exponent)) => {
            let (sign, exponent) = exponent
                .strip_prefix('-')
                .map_or(('+', exponent), |exponent| ('-', exponent));
            format!("{digits}e{sign}{exponent:0>2}")
        }
    }
}

/// JSON data as Python prints it.
pub(crate) fn repr(value: &Value) -> String {
    match value {
        Value::Null => "None".into(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Number(number) => number
            .as_f64()
            .map_or_else(|| number.to_string(), float_repr),
        Value::String(text) => quoted(text),
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(repr).collect::<Vec<_>>().join(", ")
        ),
        Value::Object(map) => {
            let entries: Vec<_> = map
                .iter()
                .map(|(key, value)| format!("{}: {}", quoted(key), repr(value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

/// What `json.dumps` writes for text, lists and mappings of text.
pub(crate) fn json_dumps(value: &Value) -> String {
    match value {
        Value::String(text) => {
            let mut out = String::new();
            for c in Value::from(text.as_str()).to_string().chars() {
                if c.is_ascii() {
                    out.push(c);
                } else {
                    let mut units = [0; 2];
                    for unit in c.encode_utf16(&mut units) {
                        out.extend(format!("\\u{unit:04x}").chars());
                    }
                }
            }
            out
        }
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(json_dumps).collect::<Vec<_>>().join(", ")
        ),
        Value::Object(map) => {
            let entry = |(key, value): (&String, &Value)| {
                format!(
                    "{}: {}",
                    json_dumps(&Value::from(key.as_str())),
                    json_dumps(value)
                )
            };
            format!(
                "{{{}}}",
                map.iter().map(entry).collect::<Vec<_>>().join(", ")
            )
        }
        scalar => scalar.to_string(),
    }
}

/// What `json.loads` makes of a text.
pub(crate) enum Json {
    /// Not JSON.
    No,
    /// JSON with NaN or an infinity in it, which Python reads and protobuf refuses.
    NotFinite,
    /// JSON.
    Value(Value),
}

pub(crate) fn json_loads(text: &str) -> Json {
    let (finite, replaced) = without_infinities(text);
    match serde_json::from_str(&finite) {
        Ok(_) if replaced => Json::NotFinite,
        Ok(value) => Json::Value(value),
        Err(error) if error.to_string().starts_with("number out of range") => Json::NotFinite,
        Err(_) => Json::No,
    }
}

/// Puts `0` for `NaN` and `Infinity` outside strings; whether there were any.
fn without_infinities(text: &str) -> (String, bool) {
    let (mut out, mut replaced, mut in_string, mut rest) = (String::new(), false, false, text);
    while let Some(c) = rest.chars().next() {
        let special = ["NaN", "Infinity"]
            .into_iter()
            .find(|word| !in_string && rest.starts_with(word));
        if let Some(word) = special {
            out.push('0');
            replaced = true;
            rest = &rest[word.len()..];
            continue;
        }
        let escaped = in_string && c == '\\';
        if c == '"' {
            in_string = !in_string;
        }
        let taken = if escaped {
            rest.chars().take(2).map(char::len_utf8).sum()
        } else {
            c.len_utf8()
        };
        out.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    (out, replaced)
}
