//! Corners of Python, PyYAML and protobuf, with the outcomes of kfp 1.8.22 and kfp 2.17.0 as they were recorded.
//!
//! `sdk` runs the same table through the SDKs where they are installed.

use super::shared::outcomes;

const OK: &str = "ok";
const LOAD: &str = "load-error";
const COMPILE: &str = "compile-error";

/// A component with one input used by value.
fn input(kind: &str, default: &str) -> String {
    format!(
        "name: c\ninputs: [{{name: i, type: {kind}, default: {default}}}]\nimplementation: {{container: {{image: 'b:1', command: [x, {{inputValue: i}}]}}}}\n"
    )
}

fn command(args: &str, rest: &str) -> String {
    format!(
        "name: c\n{rest}\nimplementation: {{container: {{image: 'b:1', command: [x, {args}]}}}}\n"
    )
}

/// Texts with the outcomes of both SDKs.
#[rustfmt::skip]
pub(crate) fn corners() -> Vec<(String, [&'static str; 2])> {
    let big = format!("1{}", "0".repeat(400));
    let long = "9".repeat(4301);
    let pair = r#""\ud83d\ude80""#;
    let ir = |root: &str, value: &str| format!(
        "pipelineInfo: {{name: c}}\ndeploymentSpec: {{executors: {{exec-c: {{container: {{image: a}}}}}}}}\n\
         components: {{comp-c: {{executorLabel: exec-c, inputDefinitions: {{parameters: {{i: {{parameterType: NUMBER_INTEGER, defaultValue: {value}, isOptional: true}}}}}}}}}}\n\
         root: {root}\nschemaVersion: 2.1.0\nsdkVersion: kfp-2.17.0\n");
    let root = "{dag: {tasks: {c: {componentRef: {name: comp-c}, taskInfo: {name: c}}}}}";
    vec![
        // Digits and spaces of other scripts
        (input("Integer", "\"\u{663}\""), [OK, OK]),
        (input("Integer", "\"1\u{663}\""), [OK, OK]),
        (input("Integer", "\"-\u{ff13}\""), [OK, OK]),
        (input("Float", "\"\u{663}.\u{665}\""), [OK, OK]),
        (input("Integer", r#""\u00a03""#), [OK, OK]),
        (input("Integer", r#""\x1c3""#), [OK, LOAD]),
        (input("Integer", "\"\u{b3}\""), [OK, LOAD]),
        (input("Boolean", "\"\u{ff11}\""), [OK, LOAD]),
        (input("Integer", "'1__0'"), [OK, LOAD]),
        // Integers beyond 64 bits, beyond doubles and beyond what int() reads
        (input("Integer", &format!("'{big}'")), [OK, COMPILE]),
        (input("Integer", &big), [COMPILE, COMPILE]),
        (input("Integer", &format!("1{}", "0".repeat(50))), [COMPILE, OK]),
        (input("Integer", &format!("'{long}'")), [OK, LOAD]),
        (input("Integer", &long), [LOAD, LOAD]),
        (input("Integer", &format!("0x{}", "f".repeat(400))), [COMPILE, COMPILE]),
        (input("Float", &big), [COMPILE, LOAD]),
        (input("Float", &format!("'{big}'")), [OK, COMPILE]),
        (input("Boolean", &big), [COMPILE, COMPILE]),
        (input("String", &big), [COMPILE, OK]),
        (input("JsonArray", &format!("'[{big}]'")), [OK, COMPILE]),
        (input("JsonArray", &format!("'[{long}]'")), [OK, OK]),
        // Surrogates, whole and halved
        (command(pair, ""), [COMPILE, COMPILE]),
        (command(r#""\ud83d""#, ""), [COMPILE, COMPILE]),
        (command(&format!("{{concat: [{pair}]}}"), ""), [COMPILE, OK]),
        (command(&format!("{{if: {{cond: {{isPresent: i}}, then: [{pair}]}}}}"), "inputs: [{name: i, type: String}]"), [COMPILE, OK]),
        (command(r#""\U0001F680""#, ""), [OK, OK]),
        (command("", &format!("description: {pair}")), [OK, COMPILE]),
        (command("", &format!("metadata: {{annotations: {{a: {pair}}}}}")), [OK, OK]),
        (command("", &format!("inputs: [{{name: i, type: String, description: {pair}}}]")), [OK, OK]),
        (format!("implementation: {{container: {{image: {pair}, command: [x]}}}}"), [COMPILE, COMPILE]),
        (format!("implementation: {{container: {{image: a, command: [x], env: {{A: {pair}}}}}}}"), [OK, COMPILE]),
        (input("String", pair), [COMPILE, COMPILE]),
        (input("Whatever", pair).replace("inputValue", "inputPath"), [OK, OK]),
        (input("JsonArray", r#"'["\ud83d\ude80"]'"#), [OK, OK]),
        (input("JsonArray", r#"'["\ud83d"]'"#), [OK, COMPILE]),
        // Merge keys as PyYAML 6.0.4 takes them: the last of several, the first of those with one letter
        (command("", "metadata: {annotations: {<<: [{ab: 1}, {ab: c}]}}"), [OK, OK]),
        (command("", "metadata: {annotations: {<<: [{ab: c}, {ab: 1}]}}"), [LOAD, LOAD]),
        (command("", "metadata: {annotations: {<<: [{a: 1}, {a: c}]}}"), [LOAD, LOAD]),
        (command("", "metadata: {annotations: {<<: [{a: c}, {a: 1}]}}"), [OK, OK]),
        // Compiled pipelines
        (ir(root, "3.0"), [LOAD, OK]),
        (ir("null", "3.0"), [LOAD, COMPILE]),
        (ir(root, &big), [LOAD, COMPILE]),
        (ir(root, &format!("1{}", "0".repeat(50))), [LOAD, OK]),
        (ir(root, r#""\ud83d""#), [LOAD, COMPILE]),
        (ir(&root.replace("{dag", "{inputDefinitions: {artifacts: {a: {artifactType: {schemaTitle: 'List[int]', schemaVersion: 0.0.1}}}}, dag"), "3.0")
            .replace("inputDefinitions: {parameters", "outputDefinitions: {artifacts: {a: {artifactType: {schemaTitle: 'List[int]', schemaVersion: 0.0.1}}}}, inputDefinitions: {parameters"), [LOAD, OK]),
        // References by digest alone, which no kfp looks up
        ("implementation: {graph: {tasks: {a: {componentRef: {digest: sha256=x}, arguments: {}}}, outputValues: {}}}".into(), [COMPILE, LOAD]),
        ("implementation: {graph: {tasks: {a: {componentRef: {tag: x}, arguments: {}}}, outputValues: {}}}".into(), [COMPILE, LOAD]),
    ]
}

#[test]
fn corners_of_python_get_the_recorded_verdicts() {
    let corners = corners();
    assert!(corners.len() > 40);
    let wrong: Vec<_> = corners
        .iter()
        .filter(|(text, expected)| outcomes(text) != *expected)
        .map(|(text, expected)| {
            let shown: String = text.chars().take(400).collect();
            format!(
                "recorded {expected:?}, found {:?} of\n{shown}",
                outcomes(text)
            )
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
