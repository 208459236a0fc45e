//! What stands in the command line of a container and is replaced by the backend's launcher.

use std::fmt;

use serde_json::{Value, json};

const START: &str = "{{$";
const END: &str = "}}";

/// A placeholder of an input or output, or of what the component is told as a whole.
///
/// ```
/// use kfp_ir::placeholder::Placeholder;
/// let path = Placeholder::parse("{{$.inputs.artifacts['table'].path}}").unwrap();
/// assert_eq!(path, Placeholder::InputPath("table"));
/// assert_eq!(path.to_string(), "{{$.inputs.artifacts['table'].path}}");
/// assert_eq!(Placeholder::parse("{{$.pipeline_job_name}}"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placeholder<'a> {
    /// The executor input as JSON.
    ExecutorInput,
    /// The value of an input parameter.
    InputParameter(&'a str),
    /// The path of an input artifact.
    InputPath(&'a str),
    /// The URI of an input artifact.
    InputUri(&'a str),
    /// What an input artifact's metadata has under a key.
    InputMetadata(&'a str, &'a str),
    /// The file for an output parameter.
    OutputFile(&'a str),
    /// The path of an output artifact.
    OutputPath(&'a str),
    /// The URI of an output artifact.
    OutputUri(&'a str),
}

impl<'a> Placeholder<'a> {
    /// The placeholder that a text is, from its first character to its last.
    pub fn parse(text: &'a str) -> Option<Self> {
        let inner = text.strip_prefix(START)?.strip_suffix(END)?;
        if inner.is_empty() {
            return Some(Self::ExecutorInput);
        }
        let (side, rest) = inner.strip_prefix('.')?.split_once('[')?;
        let (name, property) = quoted(rest)?;
        Some(match (side, property) {
            ("inputs.parameters", "") => Self::InputParameter(name),
            ("inputs.artifacts", ".path") => Self::InputPath(name),
            ("inputs.artifacts", ".uri") => Self::InputUri(name),
            ("inputs.artifacts", property) => {
                let (key, "") = quoted(property.strip_prefix(".metadata[")?)? else {
                    return None;
                };
                Self::InputMetadata(name, key)
            }
            ("outputs.parameters", ".output_file") => Self::OutputFile(name),
            ("outputs.artifacts", ".path") => Self::OutputPath(name),
            ("outputs.artifacts", ".uri") => Self::OutputUri(name),
            _ => return None,
        })
    }
}

/// A text cut into placeholders, known or not, and what stands between them.
///
/// ```
/// let pieces: Vec<_> = kfp_ir::placeholder::pieces("a{{$}}b{{$.pipeline_root}}").collect();
/// assert_eq!(pieces, ["a", "{{$}}", "b", "{{$.pipeline_root}}"]);
/// ```
pub fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = match rest.find(START) {
            Some(0) => rest.find(END).map(|end| end + END.len()),
            start => start,
        };
        let (piece, behind) = rest.split_at(end.unwrap_or(rest.len()));
        rest = behind;
        (!piece.is_empty()).then_some(piece)
    })
}

/// `'name']rest` as name and rest.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let (name, rest) = text[1..].split_once(quote)?;
    Some((name, rest.strip_prefix(']')?))
}

impl fmt::Display for Placeholder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (side, name, property) = match self {
            Self::ExecutorInput => return write!(f, "{START}{END}"),
            Self::InputParameter(name) => ("inputs.parameters", name, ""),
            Self::InputPath(name) => ("inputs.artifacts", name, ".path"),
            Self::InputUri(name) => ("inputs.artifacts", name, ".uri"),
            Self::InputMetadata(name, key) => {
                let property = format!(".metadata['{key}']");
                return write!(f, "{START}.inputs.artifacts['{name}']{property}{END}");
            }
            Self::OutputFile(name) => ("outputs.parameters", name, ".output_file"),
            Self::OutputPath(name) => ("outputs.artifacts", name, ".path"),
            Self::OutputUri(name) => ("outputs.artifacts", name, ".uri"),
        };
        write!(f, "{START}.{side}['{name}']{property}{END}")
    }
}

/// An item of a command line. All but text are JSON in the text that the file has.
///
/// ```
/// use kfp_ir::placeholder::Argument;
/// let text = r#"{"IfPresent": {"InputName": "label", "Then": ["--label", "{{$.inputs.parameters['label']}}"]}}"#;
/// let Argument::IfPresent { input_name, then, otherwise } = Argument::parse(text).unwrap() else { panic!() };
/// assert_eq!((input_name.as_str(), otherwise), ("label", None));
/// assert!(matches!(*then, Argument::List(items) if items.len() == 2));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// Text, in which placeholders may stand.
    Text(String),
    /// Several arguments.
    List(Vec<Self>),
    /// Parts joined to one argument.
    Concat(Vec<Self>),
    /// Arguments that depend on whether an input is given.
    IfPresent {
        /// The input.
        input_name: String,
        /// What stands there if it is given.
        then: Box<Self>,
        /// What stands there if it is not.
        otherwise: Option<Box<Self>>,
    },
}

impl Argument {
    /// Reads an item; one that does not begin as the backend tells structures is text.
    ///
    /// # Errors
    /// If it begins as a structure and is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        if !(text.starts_with("{\"IfPresent\":") || text.starts_with("{\"Concat\":")) {
            return Ok(Self::Text(text.into()));
        }
        let json = serde_json::from_str(text)
            .map_err(|error| format!("the argument `{text}` is not JSON: {error}"))?;
        Self::from_json(&json)
    }

    fn from_json(json: &Value) -> Result<Self, String> {
        match json {
            Value::String(text) => Ok(Self::Text(text.clone())),
            Value::Array(items) => Ok(Self::List(list(items)?)),
            Value::Object(map) => {
                if let Some(choice) = map.get("IfPresent") {
                    let branch = |key| choice.get(key).map(Self::from_json).transpose();
                    let nothing = Self::List(Vec::new());
                    return Ok(Self::IfPresent {
                        input_name: choice["InputName"].as_str().unwrap_or_default().to_owned(),
                        then: Box::new(branch("Then")?.unwrap_or(nothing)),
                        otherwise: branch("Else")?.map(Box::new),
                    });
                }
                match map.get("Concat") {
                    Some(Value::Array(items)) => Ok(Self::Concat(list(items)?)),
                    _ => Err(format!("`{json}` is neither `IfPresent` nor `Concat`")),
                }
            }
            other => Err(format!("`{other}` is not an argument")),
        }
    }

    /// The structure as the file has it, inside the text of the item.
    pub fn to_json(&self) -> Value {
        let all = |items: &[Self]| items.iter().map(Self::to_json).collect::<Value>();
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::List(items) => all(items),
            Self::Concat(items) => json!({"Concat": all(items)}),
            Self::IfPresent {
                input_name,
                then,
                otherwise,
            } => {
                let mut choice = json!({"InputName": input_name, "Then": then.to_json()});
                if let Some(otherwise) = otherwise {
                    choice["Else"] = otherwise.to_json();
                }
                json!({"IfPresent": choice})
            }
        }
    }
}

fn list(items: &[Value]) -> Result<Vec<Argument>, String> {
    items.iter().map(Argument::from_json).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_placeholder_is_read_as_it_is_written() {
        for placeholder in [
            Placeholder::ExecutorInput,
            Placeholder::InputParameter("x"),
            Placeholder::InputPath("x"),
            Placeholder::InputUri("x"),
            Placeholder::InputMetadata("x", "key"),
            Placeholder::OutputFile("x"),
            Placeholder::OutputPath("x"),
            Placeholder::OutputUri("x"),
        ] {
            let text = placeholder.to_string();
            assert_eq!(Placeholder::parse(&text), Some(placeholder), "{text}");
            assert_eq!(Placeholder::parse(&format!("{text} ")), None);
        }
    }

    #[test]
    fn a_text_is_cut_at_placeholders_alone() {
        for (text, wanted) in [
            ("", &[][..]),
            ("{{x}}", &["{{x}}"]),
            ("{{$.a", &["{{$.a"]),
            ("}}{{$.a}}{{$}}b", &["}}", "{{$.a}}", "{{$}}", "b"]),
        ] {
            assert_eq!(pieces(text).collect::<Vec<_>>(), wanted, "{text}");
        }
    }

    #[test]
    fn a_structure_that_is_none_is_refused() {
        for text in [
            r#"{"Concat": "a"}"#,
            r#"{"Concat": [1]}"#,
            r#"{"IfPresent": "#,
        ] {
            assert!(Argument::parse(text).is_err(), "{text}");
        }
        let text = r#"{"other": 1}"#;
        assert_eq!(Argument::parse(text), Ok(Argument::Text(text.to_owned())));
    }
}
