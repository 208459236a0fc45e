//! Placeholders such as `{{$.inputs.parameters['n']}}`, which KFP replaces before it starts the program, or fails to.
//!
//! A pipeline's formatted string, list or dictionary holds one for each value that another task produced or that the
//! pipeline was given. Drivers before 2.5 replaced only some of them. The executor input has the values they stand for.

use serde_json::Value;

use crate::json_text;

const OPEN: &str = "{{$.";
const CLOSE: &str = "}}";

/// What a placeholder stands for: `{{$.inputs.artifacts['table'].uri}}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reference<'a> {
    /// `inputs` or `outputs`.
    pub(crate) side: &'a str,
    /// `parameters` or `artifacts`.
    pub(crate) kind: &'a str,
    /// The name of the parameter or artifact.
    pub(crate) name: &'a str,
    /// `path`, `uri`, `output_file`; empty for the value of a parameter.
    pub(crate) field: &'a str,
}

impl<'a> Reference<'a> {
    /// Reads what stands between `{{$.` and `}}`.
    fn parse(text: &'a str) -> Option<Self> {
        let (path, rest) = text.split_once('[')?;
        let (side, kind) = path.split_once('.')?;
        let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let (name, field) = rest[1..].split_once(quote)?;
        let field = field.strip_prefix(']')?;
        Some(Self {
            side,
            kind,
            name,
            field: field.strip_prefix('.').unwrap_or(field),
        })
    }
}

/// Whether `text` is nothing but a placeholder of the argument `name`, which means that the argument was left out.
pub(crate) fn stands_for(text: &str, name: &str) -> bool {
    whole(text).is_some_and(|reference| reference.name == name)
}

fn whole(text: &str) -> Option<Reference<'_>> {
    let inner = text.strip_prefix(OPEN)?.strip_suffix(CLOSE)?;
    (!inner.contains(CLOSE))
        .then(|| Reference::parse(inner))
        .flatten()
}

/// Replaces placeholders, at any depth, by what `find` returns for them.
pub(crate) struct Resolver<F> {
    find: F,
    /// The placeholders being resolved, so that one that leads back to itself stays as it is.
    open: Vec<String>,
    /// The first placeholder that was not found.
    pub(crate) unresolved: Option<String>,
}

impl<F: Fn(Reference<'_>) -> Option<Value>> Resolver<F> {
    pub(crate) fn new(find: F) -> Self {
        Self {
            find,
            open: Vec::new(),
            unresolved: None,
        }
    }

    pub(crate) fn resolve(&mut self, value: Value) -> Value {
        match value {
            Value::String(text) if text.contains(OPEN) => self.text(&text),
            Value::Array(items) => items.into_iter().map(|item| self.resolve(item)).collect(),
            Value::Object(entries) => Value::Object(
                entries
                    .into_iter()
                    .map(|(key, value)| (self.key(key), self.resolve(value)))
                    .collect(),
            ),
            other => other,
        }
    }

    fn key(&mut self, key: String) -> String {
        if key.contains(OPEN) {
            json_text::of(&self.text(&key))
        } else {
            key
        }
    }

    /// KFP pastes a value in as text. Only a list or an object that stands alone stays what it is, because KFP's own
    /// paste of it would not be JSON any more.
    fn text(&mut self, text: &str) -> Value {
        if whole(text).is_some()
            && let Some(value @ (Value::Array(_) | Value::Object(_))) = self.value(text)
        {
            return value;
        }
        let mut resolved = String::new();
        let mut rest = text;
        while let Some(start) = rest.find(OPEN) {
            let Some(length) = rest[start..].find(CLOSE) else {
                break;
            };
            let (before, placeholder) = rest.split_at(start);
            let (placeholder, after) = placeholder.split_at(length + CLOSE.len());
            resolved.push_str(before);
            match self.value(placeholder) {
                Some(value) => resolved.push_str(&json_text::of(&value)),
                None => resolved.push_str(placeholder),
            }
            rest = after;
        }
        resolved.push_str(rest);
        Value::String(resolved)
    }

    /// The value of one placeholder, itself resolved.
    fn value(&mut self, placeholder: &str) -> Option<Value> {
        let found = whole(placeholder)
            .filter(|_| !self.open.iter().any(|open| open == placeholder))
            .and_then(&self.find)
            .filter(|value| !value.is_null());
        let Some(value) = found else {
            self.unresolved.get_or_insert_with(|| placeholder.into());
            return None;
        };
        self.open.push(placeholder.into());
        let value = self.resolve(value);
        self.open.pop();
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Reference, Resolver, stands_for};

    fn resolved(values: &Value, value: Value) -> (Value, Option<String>) {
        let mut resolver = Resolver::new(|reference: Reference<'_>| {
            (reference.side == "inputs" && reference.kind == "parameters")
                .then(|| values.get(reference.name).cloned())
                .flatten()
        });
        (resolver.resolve(value), resolver.unresolved)
    }

    #[test]
    fn values_are_pasted_as_text_at_any_depth() {
        let values = json!({
            "pipelinechannel--name": "Ada \"L\"", "n": 5.0, "on": true, "items": ["a", 1],
            "greeting": "Hello {{$.inputs.parameters['pipelinechannel--name']}}",
        });
        let name = "{{$.inputs.parameters['pipelinechannel--name']}}";
        let cases = [
            (json!(format!("Hello {name}")), json!("Hello Ada \"L\"")),
            (
                json!([{"k": [name, 1, null]}]),
                json!([{"k": ["Ada \"L\"", 1, null]}]),
            ),
            (json!({name: 1}), json!({"Ada \"L\"": 1})),
            (
                json!("{{$.inputs.parameters[\"n\"]}}/{{$.inputs.parameters['on']}}"),
                json!("5.0/true"),
            ),
            (json!("{{$.inputs.parameters['n']}}"), json!("5.0")),
            (
                json!("x{{$.inputs.parameters['items']}}"),
                json!("x[\"a\", 1]"),
            ),
            (
                json!({"l": "{{$.inputs.parameters['items']}}"}),
                json!({"l": ["a", 1]}),
            ),
            (
                json!("{{$.inputs.parameters['greeting']}}!"),
                json!("Hello Ada \"L\"!"),
            ),
            (json!("{{a}} {{$ {{$. }"), json!("{{a}} {{$ {{$. }")),
        ];
        for (value, wanted) in cases {
            assert_eq!(resolved(&values, value.clone()), (wanted, None), "{value}");
        }
    }

    #[test]
    fn what_is_unknown_or_leads_back_to_itself_stays_as_it_is() {
        let values = json!({"a": "<{{$.inputs.parameters['b']}}>", "b": "{{$.inputs.parameters['a']}}", "gone": null});
        for name in ["gone", "missing"] {
            let placeholder = format!("{{{{$.inputs.parameters['{name}']}}}}");
            assert_eq!(
                resolved(&values, json!(placeholder)),
                (json!(placeholder), Some(placeholder))
            );
        }
        let (value, unresolved) = resolved(&values, json!("{{$.inputs.parameters['a']}}"));
        assert_eq!(value, "<{{$.inputs.parameters['a']}}>");
        assert_eq!(unresolved.as_deref(), Some("{{$.inputs.parameters['a']}}"));
        let job = json!("{{$.pipeline_job_name}}");
        assert_eq!(
            resolved(&values, job.clone()),
            (job, Some("{{$.pipeline_job_name}}".into()))
        );
    }

    #[test]
    fn only_its_own_placeholder_alone_stands_for_an_argument() {
        for text in [
            "{{$.inputs.parameters['x']}}",
            "{{$.inputs.artifacts['x'].path}}",
        ] {
            assert!(stands_for(text, "x"), "{text}");
        }
        for text in [
            "{{$.inputs.parameters['y']}}",
            " {{$.inputs.parameters['x']}}",
            "{{$.inputs.parameters['x']}}{{$.inputs.parameters['x']}}",
            "{{$}}",
            "{{$.x}}",
            "x",
            "",
        ] {
            assert!(!stands_for(text, "x"), "{text}");
        }
    }
}
