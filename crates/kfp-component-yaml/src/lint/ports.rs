//! Inputs and outputs: names, types and defaults that some SDK or backend takes otherwise than meant.

use std::collections::HashMap;

use super::Finding;
use crate::ir::{self, Kind};
use crate::kfp1::is_drawn;
use crate::kfp1_file;
use crate::python::{self, Json};
use crate::read::{
    Arg, ArgKind, Branch, ComponentFile, Container, DeclaredType, Default, Input, Output,
    PlaceholderKind, Spanned,
};
use crate::rules;
use crate::suggest;
use kfp_ir::ParameterType;
use kfp_pyyaml::{Position, is_break, is_printable};

pub(super) fn check(file: &ComponentFile, findings: &mut Vec<Finding>) {
    collisions(
        "inputs",
        file.inputs.iter().map(|input| &input.name),
        findings,
    );
    collisions(
        "outputs",
        file.outputs.iter().map(|output| &output.name),
        findings,
    );
    let usage = usage(file);
    for input in &file.inputs {
        name("input", &input.name, findings);
        match &input.kind {
            Some(declared) => kind(&input.name, declared, false, findings),
            None => findings.push(untyped_input(input, &usage)),
        }
        default(input, findings);
        let described = input
            .description
            .as_ref()
            .is_some_and(|text| !text.value.trim().is_empty());
        if !described {
            let reason = format!("input `{}` has no description", input.name.value);
            findings.push(Finding::new(
                &rules::UNDOCUMENTED_INPUT,
                reason,
                input.position,
            ));
        }
    }
    for output in &file.outputs {
        name("output", &output.name, findings);
        match &output.kind {
            _ if is_drawn(&output.name.value) => {}
            Some(declared) => kind(&output.name, declared, true, findings),
            None => {
                let reason = format!("`{}` has no type", output.name.value);
                let position = output.name.start;
                findings.push(Finding::new(&rules::UNTYPED_OUTPUT, reason, position));
            }
        }
        metrics(file, output, findings);
    }
}

/// How arguments use each input.
fn usage(file: &ComponentFile) -> HashMap<&str, PlaceholderKind> {
    fn of_arg<'f>(arg: &'f Arg, usage: &mut HashMap<&'f str, PlaceholderKind>) {
        match &arg.kind {
            ArgKind::Placeholder(kind, name) if !kind.is_output() => {
                usage.insert(&name.value, *kind);
            }
            ArgKind::Concat(items) => items.iter().for_each(|item| of_arg(item, usage)),
            ArgKind::If(choice) => std::iter::once(&choice.then)
                .chain(&choice.otherwise)
                .flat_map(Branch::args)
                .for_each(|item| of_arg(item, usage)),
            _ => {}
        }
    }
    let mut usage = HashMap::new();
    for arg in file.container().into_iter().flat_map(Container::args) {
        of_arg(arg, &mut usage);
    }
    usage
}

fn trap_help(declared: &str) -> String {
    match suggest::contract_type(declared) {
        Some(known) => {
            format!("write `type: {known}` alone; what is in it belongs into the description")
        }
        None => rules::TYPE_PREFIX_TRAP.help.into(),
    }
}

fn json_help(default: &str, kind: ParameterType) -> String {
    let (empty, example, open) = if kind == ParameterType::List {
        ("[]", "[\"a\", 2]", ['[', '('])
    } else {
        ("{}", "{\"a\": 2}", ['{', '{'])
    };
    match default.trim() {
        "" | "None" | "null" => {
            format!("write `'{empty}'`, or remove the default and write `optional: true`")
        }
        text if text.starts_with(open) => format!(
            "write JSON, not Python: double quotes, `true`, `false` and `null`, no comma at the end: `'{example}'`"
        ),
        text if kind == ParameterType::List => {
            let items: Vec<_> = text
                .split([',', ' '])
                .filter(|item| !item.is_empty())
                .map(|item| format!("\"{item}\""))
                .collect();
            format!("write JSON: `'[{}]'`", items.join(", "))
        }
        _ => format!("write JSON: `'{example}'`; or declare the type `String`"),
    }
}

fn collisions<'n>(
    side: &str,
    names: impl Iterator<Item = &'n Spanned<String>>,
    findings: &mut Vec<Finding>,
) {
    let mut first: HashMap<String, &str> = HashMap::new();
    for name in names {
        let port = ir::port_name(&name.value);
        if let Some(other) = first.insert(port.clone(), &name.value) {
            let reason = format!(
                "the {side} `{other}` and `{}` are both `{port}` in kfp 2",
                name.value
            );
            findings.push(Finding::new(&rules::NAME_COLLISION, reason, name.start));
        }
    }
}

fn name(side: &str, name: &Spanned<String>, findings: &mut Vec<Finding>) {
    let text = &name.value;
    let port = ir::port_name(text);
    if (side == "input" && port == "self") || (side == "output" && port == "executor_logs") {
        findings.push(Finding::new(
            &rules::RESERVED_NAME,
            format!("the {side} name `{text}` is taken"),
            name.start,
        ));
    }
    let words_fit = text.split('_').all(|word| {
        !word.is_empty()
            && word
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    });
    if !words_fit || !text.starts_with(|c: char| c.is_ascii_lowercase()) {
        let reason = format!("{side} `{text}` is not in snake_case, and kfp 2 calls it `{port}`");
        findings.push(Finding::new(&rules::NOT_SNAKE_CASE, reason, name.start));
    }
}

fn untyped_input(input: &Input, usage: &HashMap<&str, PlaceholderKind>) -> Finding {
    let name = &input.name;
    let finding = Finding::new(
        &rules::UNTYPED_INPUT,
        format!("`{}` has no type", name.value),
        name.start,
    );
    match usage.get(name.value.as_str()) {
        Some(PlaceholderKind::InputValue) => finding.with_help(
            "declare the type of the value: `type: String`, Integer, Float, Boolean, JsonArray or JsonObject",
        ),
        Some(_) => finding.with_help("declare the type of the file: `type: Dataset`, Model or Artifact"),
        None => finding,
    }
}

fn kind(
    name: &Spanned<String>,
    declared: &Spanned<DeclaredType>,
    is_output: bool,
    findings: &mut Vec<Finding>,
) {
    let looks_like_parameter = ir::looks_like_parameter(Some(declared)).unwrap_or(false);
    let kind = if is_output { ir::output_kind } else { ir::kind };
    let is_artifact = matches!(kind(Some(declared)), Ok(Kind::Artifact(_)));
    if is_artifact && looks_like_parameter && is_output {
        let reason = format!(
            "kfp 2 declares `{}` as an artifact and writes it as a parameter",
            name.value
        );
        let finding = Finding::new(&rules::TYPE_PREFIX_TRAP, reason, declared.start);
        findings.push(match declared.value.name() {
            Some(text) => finding.with_help(trap_help(text)),
            None => finding,
        });
        return;
    }
    match &declared.value {
        DeclaredType::Map(Ok(key)) if looks_like_parameter => {
            let reason = format!(
                "kfp 2 takes `{}` for an artifact, not for a {key}",
                name.value
            );
            let finding = Finding::new(&rules::MAP_TYPE, reason, declared.start);
            findings.push(finding.with_help(format!("write `type: {key}`")));
        }
        DeclaredType::Name(text) if is_artifact && looks_like_parameter => {
            let reason =
                format!("kfp 2 takes the type `{text}` for an artifact, whatever its first word");
            let finding = Finding::new(&rules::TYPE_PREFIX_TRAP, reason, declared.start);
            findings.push(finding.with_help(trap_help(text)));
        }
        DeclaredType::Name(text) if is_artifact && ir::is_custom(text) => {
            let reason = format!("kfp 2 takes the type `{text}` for a plain artifact");
            let finding = Finding::new(&rules::CUSTOM_TYPE, reason, declared.start);
            findings.push(match suggest::contract_type(text) {
                Some(known) => finding.with_help(format!(
                    "declare the type `{known}` if that is what it is; others are artifacts for kfp 2"
                )),
                None => finding,
            });
        }
        DeclaredType::Name(text) if !is_artifact && !SPELLINGS.contains(&text.as_str()) => {
            let known = suggest::contract_type(text).unwrap_or("String");
            let reason = if is_output {
                format!(
                    "kfp 1.8 compares spellings, and does not pass the output's `{text}` to an input of type `{known}`"
                )
            } else {
                format!(
                    "kfp 1.8 compares spellings, and does not pass a pipeline's `{known}` to an input of type `{text}`"
                )
            };
            let finding = Finding::new(&rules::TYPE_SPELLING, reason, declared.start);
            findings.push(finding.with_help(format!("spell the type `{known}`")));
        }
        DeclaredType::Name(text) if text == "SlicedClassificationMetrics" => {
            let reason = format!("KFP's user interface does not draw `{}`", name.value);
            findings.push(Finding::new(&rules::NOT_DRAWN, reason, declared.start));
        }
        DeclaredType::Name(_)
        | DeclaredType::Map(_)
        | DeclaredType::List
        | DeclaredType::ArtifactList(_) => {}
    }
}

/// The spellings of parameter types under which kfp 1.8 passes a constant, a pipeline's parameter and an output alike.
const SPELLINGS: [&str; 7] = [
    "String",
    "Integer",
    "Float",
    "Boolean",
    "JsonArray",
    "JsonObject",
    ir::FINAL_STATUS,
];

fn default(input: &Input, findings: &mut Vec<Finding>) {
    let name = &input.name.value;
    let Ok(kind) = ir::kind(input.kind.as_ref()) else {
        return;
    };
    let Some(default) = &input.default else {
        if kind == Kind::Parameter(ParameterType::NumberInteger) && input.optional {
            let reason =
                format!("kfp.local 2.17 crashes when the optional Integer `{name}` is left out");
            findings.push(Finding::new(
                &rules::OPTIONAL_INTEGER_WITHOUT_DEFAULT,
                reason,
                input.position,
            ));
        }
        return;
    };
    if !matches!(default.value, Default::Text(_)) {
        let reason = format!("the default of `{name}` is not a string for YAML");
        findings.push(Finding::new(
            &rules::DEFAULT_NOT_STRING,
            reason,
            default.start,
        ));
    }
    match kind {
        Kind::Artifact(_) | Kind::ArtifactList(_) => {
            let reason = format!("the artifact `{name}` has a default");
            findings.push(Finding::new(
                &rules::DEFAULT_ON_ARTIFACT,
                reason,
                default.start,
            ));
        }
        Kind::Parameter(ParameterType::NumberInteger) => {
            precision(name, &default.value, default.start, findings);
        }
        Kind::Parameter(kind @ (ParameterType::List | ParameterType::Struct)) => {
            let fits = match python::json_loads(&default.value.text()) {
                Json::No => false,
                Json::NotFinite | Json::Surrogate => true,
                Json::Value(value) if kind == ParameterType::List => value.is_array(),
                Json::Value(value) => value.is_object(),
            };
            let declared = input.kind.as_ref();
            let generic = declared.filter(|kind| {
                let name = kind.value.name().unwrap_or_default();
                name.contains('[') || name.starts_with("typing.")
            });
            if let (true, Some(generic)) = (fits, generic) {
                let reason = format!("the default of `{name}` stays text in kfp 2");
                findings.push(Finding::new(
                    &rules::DEFAULT_OF_GENERIC_TYPE,
                    reason,
                    generic.start,
                ));
            } else if !fits {
                let reason = format!(
                    "the default of `{name}` is not a JSON {}",
                    ir::in_comment(kind)
                );
                let finding = Finding::new(&rules::DEFAULT_NOT_JSON, reason, default.start);
                findings.push(finding.with_help(json_help(&default.value.text(), kind)));
            }
        }
        Kind::Parameter(_) => {}
    }
    if let Ok(text) = ir::default_in_comment(input)
        && text.chars().any(|c| is_break(c) || !is_printable(c))
    {
        let reason = format!(
            "kfp 2.17 writes the default of `{name}` into a comment that its line breaks or control characters end: \
             nobody can read the file, kfp included"
        );
        findings.push(Finding::new(
            &rules::UNREADABLE_COMMENT,
            reason,
            default.start,
        ));
    }
}

fn precision(name: &str, default: &Default, position: Position, findings: &mut Vec<Finding>) {
    let is_beyond = match ir::integer(default) {
        Ok(Default::Int(number)) => number.unsigned_abs() > 1 << 53,
        Ok(Default::BigInt(_)) => true,
        _ => false,
    };
    if is_beyond {
        let reason = format!("the default of `{name}` is beyond 2^53 and loses digits");
        findings.push(Finding::new(&rules::INTEGER_PRECISION, reason, position));
    }
}

fn metrics(file: &ComponentFile, output: &Output, findings: &mut Vec<Finding>) {
    let Ok(Kind::Artifact(title)) = ir::kind(output.kind.as_ref()) else {
        return;
    };
    let drawn_as = match title.as_str() {
        "system.Metrics" => "mlpipeline_metrics",
        "system.ClassificationMetrics" | "system.SlicedClassificationMetrics" => {
            "mlpipeline_ui_metadata"
        }
        _ => return,
    };
    let named_for_kfp1 = kfp1_file::names(file)
        .any(|(name, kfp1_name)| name == output.name.value && is_drawn(kfp1_name));
    if !is_drawn(&output.name.value) && !named_for_kfp1 {
        let reason = format!(
            "kfp 1.8 draws `{}` only if it is called `{drawn_as}`",
            output.name.value
        );
        findings.push(Finding::new(
            &rules::METRICS_NAME,
            reason,
            output.name.start,
        ));
    }
}
