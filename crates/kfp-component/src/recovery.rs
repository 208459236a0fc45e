//! What can be read of JSON that KFP damaged.
//!
//! Launchers from 2.5 on, and `kfp.local`, paste the values of a formatted string, list or dictionary into the executor
//! input after it has become JSON. A value with a quotation mark, a backslash or a line break makes it unreadable.
//! The values that were pasted, the artifacts and the outputs still stand in it, each as JSON. Worse, a value such as `C:\temp`
//! leaves it readable and becomes another one. A flag that holds JSON is damaged likewise, and all other flags are right.

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
        unquoted,
    );
    let value = json!({
        "inputs": {"parameterValues": channels, "artifacts": artifacts},
        "outputs": outputs,
    });
    (value, damage)
}

/// What is wrong with an executor input that is JSON in spite of a pasted value. The parameters, which may have become others,
/// are removed.
pub(crate) fn remove_damaged(text: &str, value: &mut Value) -> Option<String> {
    let values = value
        .get_mut("inputs")?
        .get_mut("parameterValues")?
        .as_object_mut()?;
    let mut channels = values.clone();
    channels.retain(|name, value| {
        // Shorter texts also occur by chance.
        name.starts_with(CHANNEL)
            && value
                .as_str()
                .is_some_and(|it| it.len() > 2 && it.contains(char::is_alphanumeric))
    });
    let damage = unquoted(culprit(text, &channels)?);
    values.retain(|name, _| name.starts_with(CHANNEL));
    Some(damage)
}

fn unquoted(name: &str) -> String {
    format!(
        "KFP put the value of `{}` into the executor input without quoting it",
        shown(name)
    )
}

/// The JSON in a flag, with the values that were pasted into it quoted again; `None` if that does not make it readable.
pub(crate) fn document(text: &str, channels: &Map<String, Value>) -> Option<Value> {
    // A list that was pasted alone into a text becomes itself, unless the same list is elsewhere a part of a text.
    [true, false]
        .iter()
        .find_map(|&alone| serde_json::from_str(&quoted_again(text, channels, alone)).ok())
}

fn quoted_again(text: &str, channels: &Map<String, Value>, alone: bool) -> String {
    let mut text = text.to_owned();
    for value in channels.values() {
        let pasted = match value {
            Value::String(pasted) if needs_quoting(pasted) => vec![pasted.clone()],
            // With KFP's spaces or without.
            Value::Array(_) | Value::Object(_) => vec![json_text::of(value), value.to_string()],
            _ => Vec::new(),
        };
        for pasted in pasted {
            text = if alone && !value.is_string() {
                text.replace(&format!("\"{pasted}\""), &pasted)
            } else {
                text.replace(&pasted, &quoted(&pasted))
            };
        }
    }
    text
}

/// The text as it stands inside a JSON string.
fn quoted(text: &str) -> String {
    let json = Value::from(text).to_string();
    json[1..json.len() - 1].to_owned()
}

fn needs_quoting(text: &str) -> bool {
    text.contains(|c: char| matches!(c, '"' | '\\') || c.is_control())
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
fn culprit<'a>(text: &str, channels: &'a Map<String, Value>) -> Option<&'a str> {
    let is_pasted = |value: &Value| {
        let times = |pasted: &str| text.matches(pasted).count();
        match value {
            // Where it stands as JSON, its text may be a part of that.
            Value::String(pasted) => {
                needs_quoting(pasted) && text.replace(&quoted(pasted), "").contains(pasted)
            }
            // As it stands in the text once anyway, with KFP's spaces or without.
            Value::Array(_) | Value::Object(_) => [json_text::of(value), value.to_string()]
                .iter()
                .any(|pasted| needs_quoting(pasted) && times(pasted) > 1),
            _ => false,
        }
    };
    channels
        .iter()
        .find(|(_, value)| is_pasted(value))
        .map(|(name, _)| name.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{document, recover, remove_damaged};

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
    fn a_value_that_became_another_one_is_noticed() {
        for (pasted, is_noticed) in [
            ("C:\\temp", true),
            ("x\",\"text\":\"y", true),
            ("plain", false),
            ("\\", false),
        ] {
            let text = format!(
                r#"{{"inputs":{{"parameterValues":{{"text":"{pasted}","pipelinechannel--q":{}}}}}}}"#,
                json!(pasted)
            );
            let Ok(mut value) = serde_json::from_str(&text) else {
                assert_eq!(pasted, "\\");
                continue;
            };
            let damage = remove_damaged(&text, &mut value);
            assert_eq!(damage.is_some(), is_noticed, "{pasted}");
            let left = value["inputs"]["parameterValues"].get("text");
            assert_eq!(left.is_none(), is_noticed, "{pasted}");
        }
    }

    #[test]
    fn a_value_that_stands_as_json_only_is_not_pasted() {
        let value = json!("\\temp");
        let mut input =
            json!({"inputs": {"parameterValues": {"text": value, "pipelinechannel--q": value}}});
        assert_eq!(remove_damaged(&input.to_string(), &mut input), None);
    }

    #[test]
    fn values_pasted_into_the_json_of_a_flag_are_quoted_again() {
        let channels = json!({
            "pipelinechannel--s": "say \"hi\"",
            "pipelinechannel--p": "C:\\temp",
            "pipelinechannel--l": ["a", 1],
            "pipelinechannel--n": 5,
        });
        let cases = [
            (r#"{"k":"say "hi""}"#, json!({"k": "say \"hi\""})),
            (r#"["Q: say "hi"!"]"#, json!(["Q: say \"hi\"!"])),
            (r#"{"k":"C:\temp"}"#, json!({"k": "C:\\temp"})),
            (r#"{"k":"C:\\temp"}"#, json!({"k": "C:\\temp"})),
            (r#"{"l":"["a",1]"}"#, json!({"l": ["a", 1]})),
            (
                r#"{"l":"["a", 1]","o":["a", 1]}"#,
                json!({"l": ["a", 1], "o": ["a", 1]}),
            ),
            (
                r#"{"l":"all of ["a",1]"}"#,
                json!({"l": "all of [\"a\",1]"}),
            ),
            (
                r#"{"l":"["a",1]","m":"<["a",1]>"}"#,
                json!({"l": "[\"a\",1]", "m": "<[\"a\",1]>"}),
            ),
            (r#"{"n":"5"}"#, json!({"n": "5"})),
        ];
        for (text, wanted) in cases {
            let found = document(text, channels.as_object().unwrap());
            assert_eq!(found, Some(wanted), "{text}");
        }
        assert_eq!(
            document("{\"k\":\"a\"b\"}", channels.as_object().unwrap()),
            None
        );
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
