//! Inputs and outputs: names, types and defaults that some SDK or backend takes otherwise than meant.

use std::collections::HashMap;

use super::Finding;
use crate::ir::{self, Kind, ParameterKind};
use crate::python::{self, Json};
use crate::read::{ComponentFile, DeclaredType, Default, Input, Output, Spanned};
use kfp_pyyaml::Position;

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
    for input in &file.inputs {
        name("input", &input.name, findings);
        kind("untyped-input", &input.name, input.kind.as_ref(), findings);
        default(input, findings);
        let described = input
            .description
            .as_ref()
            .is_some_and(|text| !text.value.trim().is_empty());
        if !described {
            let reason = format!("input `{}` has no description", input.name.value);
            findings.push(Finding::new("undocumented-input", reason, input.position));
        }
    }
    for output in &file.outputs {
        name("output", &output.name, findings);
        if !is_drawn(&output.name.value) {
            kind(
                "untyped-output",
                &output.name,
                output.kind.as_ref(),
                findings,
            );
        }
        metrics(output, findings);
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
            findings.push(Finding::new("name-collision", reason, name.start));
        }
    }
}

fn name(side: &str, name: &Spanned<String>, findings: &mut Vec<Finding>) {
    let text = &name.value;
    let port = ir::port_name(text);
    if (side == "input" && port == "self") || (side == "output" && port == "executor_logs") {
        findings.push(Finding::new(
            "reserved-name",
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
        findings.push(Finding::new("not-snake-case", reason, name.start));
    }
}

fn kind(
    untyped: &str,
    name: &Spanned<String>,
    declared: Option<&Spanned<DeclaredType>>,
    findings: &mut Vec<Finding>,
) {
    let Some(declared) = declared else {
        findings.push(Finding::new(
            untyped,
            format!("`{}` has no type", name.value),
            name.start,
        ));
        return;
    };
    let looks_like_parameter = ir::looks_like_parameter(Some(declared)).unwrap_or(false);
    let is_output = untyped == "untyped-output";
    let kind = if is_output { ir::output_kind } else { ir::kind };
    let is_artifact = matches!(kind(Some(declared)), Ok(Kind::Artifact(_)));
    if is_artifact && looks_like_parameter && is_output {
        let reason = format!(
            "kfp 2 declares `{}` as an artifact and writes it as a parameter",
            name.value
        );
        findings.push(Finding::new("type-prefix-trap", reason, declared.start));
        return;
    }
    match &declared.value {
        DeclaredType::Map(Ok(key)) if looks_like_parameter => {
            let reason = format!(
                "kfp 2 takes `{}` for an artifact, not for a {key}",
                name.value
            );
            findings.push(Finding::new("map-type", reason, declared.start));
        }
        DeclaredType::Name(text) if is_artifact && looks_like_parameter => {
            let reason =
                format!("kfp 2 takes the type `{text}` for an artifact, whatever its first word");
            findings.push(Finding::new("type-prefix-trap", reason, declared.start));
        }
        DeclaredType::Name(text) if is_artifact && ir::is_custom(text) => {
            let reason = format!("kfp 2 takes the type `{text}` for a plain artifact");
            findings.push(Finding::new("custom-type", reason, declared.start));
        }
        DeclaredType::Name(text) if !is_artifact && !is_known_to_kfp_1(text) => {
            let reason = format!("kfp 1.8 has no way to pass a constant of type `{text}`");
            findings.push(Finding::new("type-spelling", reason, declared.start));
        }
        DeclaredType::Name(_)
        | DeclaredType::Map(_)
        | DeclaredType::List
        | DeclaredType::ArtifactList(_) => {}
    }
}

/// Types whose constants are texts anyway, and those with a serialiser in kfp 1.8.
fn is_known_to_kfp_1(name: &str) -> bool {
    let known = [
        "String",
        "str",
        "Integer",
        "int",
        "Float",
        "float",
        "Boolean",
        "Bool",
        "bool",
        "JsonArray",
        "List",
        "list",
        "JsonObject",
        "Dict",
        "dict",
        ir::FINAL_STATUS,
    ];
    known.contains(&ir::short_name(name))
}

fn default(input: &Input, findings: &mut Vec<Finding>) {
    let name = &input.name.value;
    let Ok(kind) = ir::kind(input.kind.as_ref()) else {
        return;
    };
    let Some(default) = &input.default else {
        if kind == Kind::Parameter(ParameterKind::Integer) && input.optional {
            let reason =
                format!("kfp.local 2.17 crashes when the optional Integer `{name}` is left out");
            findings.push(Finding::new(
                "optional-integer-without-default",
                reason,
                input.position,
            ));
        }
        return;
    };
    if !matches!(default.value, Default::Text(_)) {
        let reason = format!("the default of `{name}` is not a string for YAML");
        findings.push(Finding::new("default-not-string", reason, default.start));
    }
    match kind {
        Kind::Artifact(_) => {
            let reason = format!("the artifact `{name}` has a default");
            findings.push(Finding::new("default-on-artifact", reason, default.start));
        }
        Kind::Parameter(ParameterKind::Integer) => {
            precision(name, &default.value, default.start, findings);
        }
        Kind::Parameter(kind @ (ParameterKind::List | ParameterKind::Struct)) => {
            let fits = match python::json_loads(&default.value.text()) {
                Json::No => false,
                Json::NotFinite => true,
                Json::Value(value) if kind == ParameterKind::List => value.is_array(),
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
                    "default-of-generic-type",
                    reason,
                    generic.start,
                ));
            } else if !fits {
                let reason = format!("the default of `{name}` is no JSON {}", kind.in_comment());
                findings.push(Finding::new("default-not-json", reason, default.start));
            }
        }
        Kind::Parameter(_) => {}
    }
}

fn precision(name: &str, default: &Default, position: Position, findings: &mut Vec<Finding>) {
    if ir::integer(default).is_ok_and(|number| number.unsigned_abs() > 1 << 53) {
        let reason = format!("the default of `{name}` is beyond 2^53 and loses digits");
        findings.push(Finding::new("integer-precision", reason, position));
    }
}

/// The two outputs the UI of KFP 1.x draws.
fn is_drawn(name: &str) -> bool {
    matches!(
        ir::port_name(name).as_str(),
        "mlpipeline_metrics" | "mlpipeline_ui_metadata"
    )
}

fn metrics(output: &Output, findings: &mut Vec<Finding>) {
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
    if !is_drawn(&output.name.value) {
        let reason = format!(
            "kfp 1.8 draws `{}` only if it is called `{drawn_as}`",
            output.name.value
        );
        findings.push(Finding::new("metrics-name", reason, output.name.start));
    }
}
