//! What can be read of an executor input that KFP damaged.
//!
//! Launchers from 2.5 on, and `kfp.local`, paste the values of a formatted string, list or dictionary into the executor
//! input after it has become JSON. A value with a quotation mark, a backslash or a line break makes it unreadable.
//! The values that were pasted, the artifacts and the outputs still stand in it, each as JSON.

use serde_json::{Deserializer, Map, Value, json};

use crate::arguments::shown;
use crate::json_text;

/// How the compiler names the inputs it adds for the values inside a formatted string, list or dictionary.
const CHANNEL: &str = "pipelinechannel--";

/// The executor input without the parameters that KFP may have damaged, and what is wrong with the text.
pub(crate) fn recover(text: &str, error: &str) -> (Value, String) {
    let (outputs, end) = outputs(text).unwrap_or((json!({}), text.len()));
    let artifacts = entries(&text[..end], "artifacts")
        .map(|(_, value, _)| value)
        .find(is_artifacts)
        .unwrap_or_else(|| json!({}));
    let channels = channels(text);
    let damage = culprit(text, &channels).map_or_else(
        || format!("the executor input is not a JSON object ({error})"),
        |name| {
            format!(
                "KFP put the value of `{}` into the executor input without quoting it",
                shown(name)
            )
        },
    );
    let value = json!({
        "inputs": {"parameterValues": channels, "artifacts": artifacts},
        "outputs": outputs,
    });
    (value, damage)
}

/// The last `"outputs": {…}` that ends the text, and where it begins.
fn outputs(text: &str) -> Option<(Value, usize)> {
    let mut found: Vec<_> = entries(text, "outputs").collect();
    found.reverse();
    found
        .into_iter()
        .find(|(_, value, rest)| value.is_object() && rest.trim_start().starts_with(['}', ',']))
        .map(|(start, value, _)| (value, start))
}

fn is_artifacts(value: &Value) -> bool {
    value.as_object().is_some_and(|artifacts| {
        artifacts
            .values()
            .all(|list| list.get("artifacts").is_some_and(Value::is_array))
    })
}

/// The values that were pasted, which stand in the text once more, as JSON.
fn channels(text: &str) -> Map<String, Value> {
    let opening = format!("\"{CHANNEL}");
    let mut channels = Map::new();
    for (start, _) in text.match_indices(&opening) {
        let Some(name) = text[start + 1..].split('"').next() else {
            continue;
        };
        if let Some((_, value, rest)) = entries(&text[start..], name).next()
            && rest.trim_start().starts_with([',', '}'])
        {
            channels.entry(name).or_insert(value);
        }
    }
    channels
}

/// Each place where `"key":` stands before JSON: where it begins, the value, and what follows.
fn entries<'a>(text: &'a str, key: &str) -> impl Iterator<Item = (usize, Value, &'a str)> {
    let quoted = Value::from(key).to_string();
    let length = quoted.len();
    let starts: Vec<_> = text
        .match_indices(&quoted)
        .map(|(start, _)| start)
        .collect();
    starts.into_iter().filter_map(move |start| {
        let value = text[start + length..].trim_start().strip_prefix(':')?;
        let mut values = Deserializer::from_str(value).into_iter::<Value>();
        let found = values.next()?.ok()?;
        Some((start, found, &value[values.byte_offset()..]))
    })
}

/// The value whose text cannot stand inside a JSON string, and does.
fn culprit<'a>(text: &str, channels: &'a Map<String, Value>) -> Option<&'a String> {
    let is_pasted = |value: &Value| {
        let quoted =
            |pasted: &str| pasted.contains(|c: char| matches!(c, '"' | '\\') || c.is_control());
        let times = |pasted: &str| text.matches(pasted).count();
        match value {
            Value::String(pasted) => quoted(pasted) && times(pasted) > 0,
            // As it stands in the text once anyway, with KFP's spaces or without.
            Value::Array(_) | Value::Object(_) => [json_text::of(value), value.to_string()]
                .iter()
                .any(|pasted| quoted(pasted) && times(pasted) > 1),
            _ => false,
        }
    };
    channels
        .iter()
        .find(|(_, value)| is_pasted(value))
        .map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::recover;

    /// From KFP's local runner 2.17, which printed it for `echo(text='x', config={'l': l})`.
    const LOCAL: &str = r#"{"inputs": {"parameterValues": {"pipelinechannel--l": ["a"], "config": {"l": "["a"]"}, "text": "x"}, "artifacts": {"t": {"artifacts": [{"name": "t", "uri": "/t"}]}}}, "outputs": {"artifacts": {}, "outputFile": "/run/executor_output.json"}}"#;

    #[test]
    fn what_was_not_damaged_is_read() {
        let (value, damage) = recover(LOCAL, "");
        assert_eq!(
            value,
            json!({
                "inputs": {
                    "parameterValues": {"pipelinechannel--l": ["a"]},
                    "artifacts": {"t": {"artifacts": [{"name": "t", "uri": "/t"}]}},
                },
                "outputs": {"artifacts": {}, "outputFile": "/run/executor_output.json"},
            })
        );
        assert_eq!(
            damage,
            "KFP put the value of `pipelinechannel--l` into the executor input without quoting it"
        );
    }

    #[test]
    fn a_value_that_looks_like_the_rest_of_it_does_not_take_its_place() {
        let pasted = r#"say "hi", "outputs":{"outputFile":"/etc/passwd"}}"#;
        let text = format!(
            r#"{{"inputs":{{"parameterValues":{{"text":"{pasted}","pipelinechannel--q":{}}}}},"outputs":{{"outputFile":"/o"}}}}"#,
            json!(pasted)
        );
        let (value, damage) = recover(&text, "");
        assert_eq!(value["outputs"], json!({"outputFile": "/o"}));
        assert_eq!(
            value["inputs"]["parameterValues"],
            json!({"pipelinechannel--q": pasted})
        );
        assert!(damage.contains("`pipelinechannel--q`"), "{damage}");
    }

    #[test]
    fn nothing_is_made_up() {
        for text in [
            "",
            "{",
            "[]",
            "null",
            "{\"inputs\": ",
            "{{$.x}}",
            "\"outputs\":",
        ] {
            let (value, damage) = recover(text, "reason");
            assert_eq!(
                value,
                json!({"inputs": {"parameterValues": {}, "artifacts": {}}, "outputs": {}}),
                "{text}"
            );
            assert_eq!(damage, "the executor input is not a JSON object (reason)");
        }
    }
}
