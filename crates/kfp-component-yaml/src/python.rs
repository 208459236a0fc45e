//! Python's reading and writing of numbers, booleans and JSON, which decide what the SDKs make of a default.

use serde_json::Value;

/// What `int(text)` gives, beyond 128 bits as the nearest double.
pub(crate) fn int(text: &str) -> Option<Result<i128, f64>> {
    let text = ascii_digits(text.trim());
    let (negative, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) => (text.starts_with('-'), digits),
        None => (false, text.as_str()),
    };
    let number = without_underscores(digits)?;
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    if number.len() > MAX_DIGITS {
        return None;
    }
    let exact = number.parse::<i128>().map_err(|_| {
        let double = number.parse::<f64>().unwrap_or(f64::INFINITY);
        if negative { -double } else { double }
    });
    Some(exact.map(|number| if negative { -number } else { number }))
}

/// `int` refuses longer texts since Python 3.11.
const MAX_DIGITS: usize = 4300;

/// What `float(text)` gives.
pub(crate) fn float(text: &str) -> Option<f64> {
    without_underscores(&ascii_digits(text.trim()))?
        .parse()
        .ok()
}

/// Every decimal digit of Unicode as the ASCII digit that `int` and `float` take it for.
fn ascii_digits(text: &str) -> String {
    text.chars()
        .map(|c| {
            let code = u32::from(c);
            ZEROS
                .iter()
                .find(|zero| (**zero..**zero + 10).contains(&code))
                .and_then(|zero| char::from_digit(code - zero, 10))
                .unwrap_or(c)
        })
        .collect()
}

/// The zeros of all scripts with decimal digits in Unicode 14, which is Python 3.11's; nine digits follow each.
const ZEROS: [u32; 66] = [
    0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66,
    0xde6, 0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90,
    0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
    0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650,
    0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0, 0x16b50,
    0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0,
];

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
    /// JSON with half a surrogate pair in it, which Python reads and cannot encode.
    Surrogate,
    /// JSON.
    Value(Value),
}

pub(crate) fn json_loads(text: &str) -> Json {
    let (finite, replaced) = without_infinities(text);
    match serde_json::from_str(&finite) {
        Ok(_) if replaced => Json::NotFinite,
        Ok(value) => Json::Value(value),
        Err(error) if error.to_string().starts_with("number out of range") => {
            let longest = finite
                .split(|c: char| !c.is_ascii_digit())
                .map(str::len)
                .max();
            if longest > Some(MAX_DIGITS) {
                Json::No
            } else {
                Json::NotFinite
            }
        }
        Err(_) => match without_surrogates(&finite) {
            Some(joined) if serde_json::from_str::<Value>(&joined).is_ok() => Json::Surrogate,
            _ => Json::No,
        },
    }
}

/// Puts U+FFFD for each escaped surrogate; nothing if there is none.
fn without_surrogates(text: &str) -> Option<String> {
    let mut out = String::new();
    let (mut rest, mut found) = (text, false);
    while let Some(at) = rest.find('\\') {
        let escape = &rest[at..];
        let code = escape.get(2..6).filter(|_| escape.starts_with("\\u"));
        let code = code.and_then(|code| u32::from_str_radix(code, 16).ok());
        let length = match code {
            Some(_) => 6,
            None => 1 + escape[1..].chars().next().map_or(0, char::len_utf8),
        };
        out.push_str(&rest[..at]);
        if code.is_some_and(|code| (0xd800..0xe000).contains(&code)) {
            out.push_str("\\ufffd");
            found = true;
        } else {
            out.push_str(&escape[..length]);
        }
        rest = &escape[length..];
    }
    out.push_str(rest);
    found.then_some(out)
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
