//! Texts of the container that look as if KFP filled something in.

use super::Finding;
use crate::read::{Arg, ArgKind, Branch, ComponentFile, Container, PlaceholderKind};
use crate::rules;
use kfp_pyyaml::Position;

/// The texts that reach the program: arguments at any depth, values of the environment, the image.
pub(super) fn all(container: &Container) -> Vec<(&str, Position)> {
    let mut texts = Vec::new();
    for arg in container.args() {
        of_arg(arg, &mut texts);
    }
    let env = container.env.iter().map(|(_, value)| value);
    let spanned = env.chain(std::iter::once(&container.image));
    texts.extend(spanned.map(|text| (text.value.as_str(), text.start)));
    texts
}

fn of_arg<'f>(arg: &'f Arg, texts: &mut Vec<(&'f str, Position)>) {
    match &arg.kind {
        ArgKind::Text(text) => texts.push((text, arg.position)),
        ArgKind::Concat(items) => items.iter().for_each(|item| of_arg(item, texts)),
        ArgKind::If(choice) => std::iter::once(&choice.then)
            .chain(&choice.otherwise)
            .flat_map(Branch::args)
            .for_each(|item| of_arg(item, texts)),
        ArgKind::Placeholder(..) | ArgKind::ExecutorInput | ArgKind::OutputMetadata => {}
    }
}

/// Placeholders and variables inside text, and the inputs (`false`) and outputs (`true`) they were meant for.
pub(super) fn check<'f>(
    file: &'f ComponentFile,
    container: &'f Container,
    findings: &mut Vec<Finding>,
) -> Vec<(bool, &'f str)> {
    let mut meant = Vec::new();
    for (text, position) in all(container) {
        if let Some(literal) = written_placeholder(text) {
            let finding = Finding::new(&rules::LITERAL_PLACEHOLDER, literal.reason(text), position);
            findings.push(finding.with_help(literal.help()));
            meant.extend(literal.port(file));
        }
        if let Some((tag, name)) = argo_variable(text) {
            let reason = format!("KFP 2 passes `{tag}` on as literal text; only KFP 1 fills it in");
            let finding = Finding::new(&rules::LITERAL_TAG, reason, position);
            findings.push(match instead(name) {
                Some(help) => finding.with_help(help),
                None => finding,
            });
        }
    }
    meant
}

/// How a text names an input that no placeholder names, in the way of other tools: `$name`, `{name}`, `{{name}}`.
pub(super) fn mention(container: &Container, input: &str) -> Option<(String, Position)> {
    let forms = [
        format!("{{{{{input}}}}}"),
        format!("{{{{ {input} }}}}"),
        format!("{{{{inputs.parameters.{input}}}}}"),
        format!("{{{{inputs.{input}}}}}"),
        format!("{{{{workflow.parameters.{input}}}}}"),
        format!("$(inputs.params.{input})"),
        format!("$(params.{input})"),
        format!("${{{{inputs.{input}}}}}"),
        format!("${{{input}}}"),
        format!("{{{input}}}"),
        format!("$({input})"),
        format!("${input}"),
    ];
    all(container).into_iter().find_map(|(text, position)| {
        let form = forms.iter().find(|form| {
            text.match_indices(form.as_str()).any(|(at, form)| {
                let rest = &text[at + form.len()..];
                !form.ends_with(input)
                    || !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_')
            })
        })?;
        Some((form.clone(), position))
    })
}

/// A placeholder written into a text.
struct Literal<'t> {
    written: &'t str,
    name: &'t str,
    kind: PlaceholderKind,
    /// In KFP 2's own language, which its backend fills in and KFP 1 does not.
    is_kfp_2: bool,
    /// It asks for a field that no placeholder of a component.yaml can ask for.
    is_field: bool,
}

impl Literal<'_> {
    fn reason(&self, text: &str) -> String {
        let whole = if text.trim() == self.written {
            "the quotes make text of it"
        } else {
            "it stands inside a text"
        };
        if self.is_kfp_2 {
            format!(
                "KFP 1 passes `{}` on as literal text: only KFP 2's backend fills it in",
                self.written
            )
        } else {
            format!("`{}` is not a placeholder: {whole}", self.written)
        }
    }

    fn help(&self) -> String {
        if self.is_field {
            return "take the value as an input of its own; or use the component with kfp 2 only, and allow this code".into();
        }
        let key = self.kind.key();
        format!(
            "make it an argument of its own, without quotes: `- {{{key}: {}}}`; where the program wants one argument, \
             kfp 1.8 and Vertex AI join parts with `concat`",
            self.name
        )
    }

    fn port<'f>(&self, file: &'f ComponentFile) -> Option<(bool, &'f str)> {
        let is_meant = |name: &str| name == self.name || crate::ir::port_name(name) == self.name;
        if self.kind.is_output() {
            let output = file.outputs.iter().find(|one| is_meant(&one.name.value))?;
            Some((true, &output.name.value))
        } else {
            let input = file.inputs.iter().find(|one| is_meant(&one.name.value))?;
            Some((false, &input.name.value))
        }
    }
}

fn written_placeholder(text: &str) -> Option<Literal<'_>> {
    text.match_indices('{')
        .find_map(|(at, _)| yaml_placeholder(&text[at..]).or_else(|| ir_placeholder(&text[at..])))
}

/// `{inputValue: x}` with any white space and quotes, as YAML or JSON.
fn yaml_placeholder(text: &str) -> Option<Literal<'_>> {
    let inner = text.strip_prefix('{')?;
    let end = inner.find('}')?;
    let (key, name) = inner[..end].split_once(':')?;
    let key = unquoted(key);
    let kind = PlaceholderKind::ALL
        .into_iter()
        .find(|kind| kind.key() == key)?;
    let name = unquoted(name);
    (!name.is_empty()).then_some(Literal {
        written: &text[..=end + 1],
        name,
        kind,
        is_kfp_2: false,
        is_field: false,
    })
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches(|c| matches!(c, '"' | '\'' | '\\'))
}

/// `{{$.inputs.parameters['x']}}` and its like.
fn ir_placeholder(text: &str) -> Option<Literal<'_>> {
    let inner = text.strip_prefix("{{$.")?;
    let end = inner.find("}}")?;
    let (side, rest) = inner[..end].split_once('[')?;
    let (name, field) = rest.split_once(']')?;
    let kind = match (side, field) {
        ("inputs.parameters", _) => PlaceholderKind::InputValue,
        ("inputs.artifacts", ".uri") => PlaceholderKind::InputUri,
        ("inputs.artifacts", _) => PlaceholderKind::InputPath,
        ("outputs.artifacts", ".uri") => PlaceholderKind::OutputUri,
        ("outputs.parameters" | "outputs.artifacts", _) => PlaceholderKind::OutputPath,
        _ => return None,
    };
    Some(Literal {
        written: &text[..4 + end + 2],
        name: name.trim_matches(|c| matches!(c, '"' | '\'')),
        kind,
        is_kfp_2: true,
        is_field: !matches!(field, "" | ".path" | ".uri" | ".output_file"),
    })
}

/// A variable that Argo fills in, with and without its braces.
fn argo_variable(text: &str) -> Option<(&str, &str)> {
    text.match_indices("{{").find_map(|(at, _)| {
        let inner = &text[at + 2..];
        let end = inner.find("}}")?;
        let name = inner[..end].trim();
        let is_variable = [
            "workflow.",
            "pod.",
            "node.",
            "lastRetry.",
            "cronworkflow.",
            "retries.",
        ]
        .iter()
        .any(|prefix| name.starts_with(prefix) && name.len() > prefix.len())
            || name == "retries"
            || name.starts_with('=');
        let is_plain = name.starts_with('=')
            || name
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
        (is_variable && is_plain).then_some((&text[at..at + 2 + end + 2], name))
    })
}

/// What tells the same in KFP 2.
fn instead(variable: &str) -> Option<&'static str> {
    Some(match variable {
        "workflow.uid" => {
            "take the run's id as an input, and let the pipeline pass `dsl.PIPELINE_JOB_ID_PLACEHOLDER`"
        }
        "workflow.name" => {
            "take the name as an input, and let the pipeline pass `dsl.PIPELINE_JOB_RESOURCE_NAME_PLACEHOLDER`"
        }
        "workflow.creationTimestamp" => {
            "take the time as an input, and let the pipeline pass `dsl.PIPELINE_JOB_CREATE_TIME_UTC_PLACEHOLDER`"
        }
        "pod.name" => "read the environment variable KFP_POD_NAME, which KFP 2 sets",
        "retries" => {
            "read the environment variable KFP_RETRY_INDEX, which newer KFP 2 backends set"
        }
        _ if variable.starts_with("workflow.parameters.") => {
            "declare an input, and use `{inputValue: …}` in its place"
        }
        _ => return None,
    })
}
