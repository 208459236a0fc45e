//! Requests, taken apart.

use kfp_test_support::{Reply, Request};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::reply::gateway;

/// A text of a query or a form, with `%20` and `+` resolved.
fn decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " "))
        .decode_utf8_lossy()
        .into_owned()
}

/// The segments of a path, in which only `%20` is a space.
pub(crate) fn segments(path: &str) -> Vec<String> {
    let decoded = |part| percent_decode_str(part).decode_utf8_lossy().into_owned();
    path.split('/').skip(1).map(decoded).collect()
}

/// The pairs of a query or a form.
pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

/// The parameters of a request's query.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn of(request: &Request) -> Self {
        let query = request
            .target
            .split_once('?')
            .map_or("", |(_, query)| query);
        Self(pairs(query))
    }

    /// A parameter's value; empty if it is not there.
    pub(crate) fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }
}

/// A request as a log shows it.
pub(crate) fn logged(request: &Request) -> Value {
    let text = String::from_utf8_lossy(&request.body);
    let body = serde_json::from_str(&text).unwrap_or_else(|_| Value::from(text.into_owned()));
    serde_json::json!({
        "method": request.method,
        "path": request.path(),
        "query": Query::of(request).0,
        "body": body,
    })
}

/// The body as a message with these fields.
pub(crate) fn message(request: &Request, fields: &[&str]) -> Result<Map<String, Value>, Reply> {
    let text = String::from_utf8_lossy(&request.body);
    let map: Map<String, Value> = serde_json::from_str(&text).map_err(|error| {
        if error.is_eof() {
            gateway(3, "unexpected EOF")
        } else {
            let (line, column) = (error.line(), error.column());
            gateway(
                3,
                &format!("proto:\u{a0}syntax error (line {line}:{column}): {error}"),
            )
        }
    })?;
    match map.keys().find(|key| !fields.contains(&key.as_str())) {
        None => Ok(map),
        Some(key) => {
            let before = &text[..text.find(&format!("\"{key}\"")).unwrap_or_default()];
            let line = before.matches('\n').count() + 1;
            let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1) + 1;
            let message = format!("proto:\u{a0}(line {line}:{column}): unknown field \"{key}\"");
            Err(gateway(3, &message))
        }
    }
}

/// A text field of a message.
pub(crate) fn text<'a>(message: &'a Map<String, Value>, name: &str) -> &'a str {
    message
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plus_is_a_space_in_queries_and_itself_in_paths() {
        assert_eq!(
            segments("/artifacts/a+b%20c%2525"),
            ["artifacts", "a+b c%25"]
        );
        assert_eq!(
            pairs("key=a+b%20c%2525"),
            [("key".to_owned(), "a b c%25".to_owned())]
        );
    }
}
