//! A finding says what to write in its very case: for each rule, its commonest causes in public files.

use kfp_component_yaml::lint::{lint, lint_bytes};

fn container(text: &str) -> String {
    format!("name: c\nimplementation: {{container: {{image: 'b:1', {text}}}}}")
}

fn top(text: &str) -> String {
    format!("{text}\nimplementation: {{container: {{image: 'b:1', command: [x]}}}}")
}

fn input(text: &str) -> String {
    top(&format!("inputs: [{{{text}}}]"))
}

fn used(text: &str, arg: &str) -> String {
    format!(
        "inputs: [{{name: end, {text}}}]\nimplementation: {{container: {{image: 'b:1', command: [x, {arg}]}}}}"
    )
}

fn value(text: &str) -> String {
    used(text, "{inputValue: end}")
}

/// A rule, a text that breaks it, and a part of the help.
#[expect(clippy::too_many_lines, reason = "it is a table")]
#[rustfmt::skip]
fn cases() -> Vec<(&'static str, String, &'static str)> {
    vec![
        ("wrong-kind", container("env: [{name: HOST, value: a}]"), "as a mapping, not as Kubernetes' list: `env: {HOST: a}`"),
        ("wrong-kind", container("env: {A: {inputValue: i}}"), "pass the input as an argument"),
        ("wrong-kind", container("env: {A: {secretKeyRef: {name: s}}}"), "use_secret_as_env"),
        ("wrong-kind", container("env: {A: 8080}"), "quote it: `'8080'`"),
        ("wrong-kind", container("env: {A: yes}"), "quote it: `'true'`"),
        ("wrong-kind", container("env: {A: }"), "write an empty text"),
        ("wrong-kind", container("command: python main.py"), "`command: [python, main.py]`"),
        ("wrong-kind", container("args: {inputValue: i}"), "put `- ` in front of each argument"),
        ("wrong-kind", container("args: [--n, 3]"), "quote it: `'3'`"),
        ("wrong-kind", container("args: [[a, b]]"), "no lists in lists"),
        ("wrong-kind", container("args: [{executorInput: x}]"), "write `{executorInput: null}`"),
        ("wrong-kind", "implementation: {container: {image: , command: [x]}}".into(), "name the image"),
        ("wrong-kind", "implementation: {container: {image: {inputValue: i}}}".into(), "pass the input as an argument"),
        ("wrong-kind", "implementation: docker".into(), "`container:` below `implementation`"),
        ("wrong-kind", top("inputs: {a: String}"), "`- {name: a, type: String}`"),
        ("wrong-kind", top("outputs: [model]"), "`- {name: model, type: String}`"),
        ("wrong-kind", top("metadata: {annotations: {version: 1.0}}"), "quote it: `'1.0'`"),
        ("wrong-kind", top("metadata: {annotations: {since: 2021-10-22}}"), "quote it"),
        ("wrong-kind", top("metadata: {labels: {tags: [a, b]}}"), "write one text: `'a, b'`"),
        ("wrong-kind", input("name: a, default: [1]"), "`default: '[1, 2]'`"),
        ("wrong-kind", input("name: a, default: {b: 1}"), "quoted JSON text"),
        ("wrong-kind", input("name: a, optional: 'true'"), "without quotes"),
        ("wrong-kind", top("name: 3"), "quote it: `'3'`"),
        ("wrong-kind", top("description: a: b").replace("a: b", "{a: b}"), "quote it if it contains a colon"),
        ("unknown-key", top("apiVersion: v1"), "not a Kubernetes object"),
        ("unknown-key", top("author: me"), "below `metadata.annotations`"),
        ("unknown-key", top("metadata: {name: c}"), "to the top level"),
        ("unknown-key", input("name: a, typ: String"), "did you mean `type`?"),
        ("unknown-key", input("name: a, desc: b"), "did you mean `description`?"),
        ("unknown-key", input("name: a, required: true"), "an input is required unless"),
        ("unknown-key", input("name: a, value: b"), "write `default`"),
        ("unknown-key", top("outputs: [{name: a, default: b}]"), "an output has neither"),
        ("unknown-key", container("resources: {}"), "task.set_memory_limit"),
        ("unknown-key", container("imagePullPolicy: Always"), "set_image_pull_policy"),
        ("unknown-key", container("volumeMounts: []"), "mount_pvc"),
        ("unknown-key", container("file_outputs: {}"), "write `fileOutputs`"),
        ("unknown-key", container("comand: [x]"), "did you mean `command`?"),
        ("unknown-key", "implementation: {image: a}".into(), "below `implementation.container`"),
        ("missing-key", input("type: String"), "`- {name: rows, type: Integer}`"),
        ("missing-key", "implementation: {container: {command: [x]}}".into(), "`image: registry/name:tag`"),
        ("missing-key", container("args: [{if: {cond: true}}]"), "add `then`"),
        ("unknown-placeholder", container("args: [{inputvalue: x}]"), "did you mean `inputValue`?"),
        ("unknown-placeholder", container("args: [{inputParameter: x}]"), "did you mean `inputValue`?"),
        ("unknown-placeholder", container("args: [{inputValue: x, outputPath: y}]"), "an item of its own"),
        ("unknown-placeholder", container("args: [echo a: b]"), "quote the text"),
        ("unknown-placeholder", container("args: [{isPresent: x}]"), "below `if`"),
        ("unknown-input", used("type: String", "{inputValue: End}"), "did you mean `end`?"),
        ("unknown-input", container("args: [{inputValue: rows}]"), "`inputs: [{name: rows, type: String}]`"),
        ("unknown-output", used("type: String", "{outputPath: end}"), "`end` is an input"),
        ("unknown-output", container("args: [{outputPath: None}]"), "in place of `None`"),
        ("value-on-artifact", value("description: a"), "declare the type of `end`"),
        ("value-on-artifact", value("type: GCSPath"), "declare `type: String`"),
        ("value-on-artifact", value("type: Dataset"), "`{inputPath: end}`"),
        ("path-on-parameter", used("type: String", "{inputPath: end}"), "`{inputValue: end}`"),
        ("bad-default", value("type: Integer, default: ''"), "remove the default, and write `optional: true`"),
        ("bad-default", value("type: Float, default: None"), "remove the default"),
        ("bad-default", value("type: Boolean, default: fasle"), "did you mean `false`?"),
        ("bad-default", value("type: Boolean, default: perhaps"), "`default: 'true'`"),
        ("bad-default", value("type: Integer, default: \"'1'\""), "`default: '1'`"),
        ("bad-default", value("type: Integer, default: '2.5'"), "declare the type `Float`"),
        ("bad-default", value("type: Integer, default: '1,000'"), "`default: '1000'`"),
        ("bad-default", value("type: Integer, default: '{{n}}'"), "render the template"),
        ("default-not-json", value("type: JsonObject, default: ''"), "`'{}'`"),
        ("default-not-json", value("type: JsonObject, default: \"{'a': True}\""), "not Python"),
        ("default-not-json", value("type: JsonArray, default: a b"), r#"`'["a", "b"]'`"#),
        ("map-type", value("type: {JsonObject: {data_type: a}}"), "`type: JsonObject`"),
        ("type-prefix-trap", value("type: 'JsonObject: a_pb2.Input'"), "`type: JsonObject` alone"),
        ("type-spelling", value("type: bool"), "spell the type `Boolean`"),
        ("custom-type", used("type: TensorflowSavedModel", "{inputPath: end}"), "`Model`"),
        ("untyped-input", value("description: a"), "the type of the value"),
        ("untyped-input", used("description: a", "{inputPath: end}"), "the type of the file"),
        ("literal-placeholder", used("type: String", "'end={inputValue: end}'"), "`- {inputValue: end}`"),
        ("literal-placeholder", used("type: String", "'{\"inputValue\": \"end\"}'"), "`- {inputValue: end}`"),
        ("literal-placeholder", used("type: String", "\"{{$.inputs.parameters['end']}}\""), "`- {inputValue: end}`"),
        ("literal-placeholder", used("type: String", "'{{inputs.parameters.end}}'"), "`- {inputValue: end}`"),
        ("literal-placeholder", used("type: String", "'echo $end'"), "`- {inputValue: end}`"),
        ("literal-placeholder", used("type: String", "'--end={end}'"), "`- {inputValue: end}`"),
        ("literal-placeholder", used("type: String", "'$(inputs.params.end)'"), "`- {inputValue: end}`"),
        ("literal-placeholder", "inputs: [{name: end, type: String}]\nimplementation: {container: {image: 'b:1', command: [x], env: {E: '{inputValue: end}'}}}".into(), "`- {inputValue: end}`"),
        ("unused-input", used("type: String", "a"), "add `{inputValue: end}`"),
        ("unused-input", used("type: Dataset", "endless"), "add `{inputPath: end}`"),
        ("literal-tag", container("command: [x, '{{pod.name}}']"), "KFP_POD_NAME"),
        ("literal-tag", container("command: [x, '{{workflow.name}}']"), "PIPELINE_JOB_RESOURCE_NAME_PLACEHOLDER"),
        ("not-a-component", String::new(), "the file is empty"),
        ("not-a-component", "# only a comment\n".into(), "the file is empty"),
        ("not-a-component", "- name: a".into(), "without the `-` in front"),
        ("not-a-component", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n".into(), "git lfs pull"),
        ("not-yaml", "<!DOCTYPE html>\n<html lang=\"en\" data-a='{\"x\": 1}'>\n<p>a: b: c".into(), "web page"),
        ("not-yaml", "name: a\n\timplementation: b".into(), "a tab is not white space"),
        ("not-yaml", "name: {{ name }}\n".into(), "render the template"),
        ("not-yaml", "description: a: b".into(), "quote text that contains a colon"),
        ("not-yaml", "name: *a".into(), "begins with `*`"),
        ("not-yaml", "name: @a".into(), "quote text that begins"),
        ("not-yaml", "name: !Ref a".into(), "begins with `!`"),
        ("not-yaml", "name: \"a\\d\"".into(), "double the backslash"),
        ("not-yaml", "<<<<<<< HEAD\nname: a\n=======\nname: b\n>>>>>>> x\n".into(), "merge conflict"),
        ("not-yaml", "import kfp\n\n@kfp.dsl.component\ndef f(a: int) -> str: return ''\n".into(), "Python program"),
        ("several-documents", format!("{}\n---\n", container("command: [x]")), "remove the `---` at the end"),
        ("several-documents", format!("{}\n---\nplatforms: {{}}", container("command: [x]")), "after compiled pipeline IR"),
        ("bad-ir", "pipelineInfo: {name: a}\nschemaVersion: 2.0.0\ncomponents: {}\nroot: {inputDefinitions: {parameters: {x: {type: INT}}}}\ndeploymentSpec: {executors: {}}".into(), "schema version 2.0.0"),
    ]
}

#[test]
fn each_cause_has_a_help_of_its_own() {
    let cases = cases();
    assert!(cases.len() > 90);
    let mut wrong = Vec::new();
    for (code, text, help) in cases {
        let report = lint(&text);
        let helps: Vec<_> = report
            .findings
            .iter()
            .filter(|finding| finding.rule.code == code)
            .map(|finding| finding.help.to_string())
            .collect();
        if !helps.iter().any(|found| found.contains(help)) {
            let codes: Vec<_> = report.findings.iter().map(|one| one.rule.code).collect();
            wrong.push(format!(
                "{code}: `{help}` is not in {helps:?} of {codes:?} of\n{text}\n"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// UTF-16 with a byte order mark.
fn utf_16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    "\u{feff}"
        .encode_utf16()
        .chain(text.encode_utf16())
        .flat_map(to_bytes)
        .collect()
}

#[test]
fn encodings_are_told_apart() {
    let text = container("command: [x]");
    for bytes in [
        utf_16(&text, u16::to_le_bytes),
        utf_16(&text, u16::to_be_bytes),
    ] {
        let report = lint_bytes(&bytes, None);
        assert_eq!(
            (
                report.kfp_1_8.outcome.as_str(),
                report.kfp_2.outcome.as_str()
            ),
            ("ok", "load-error")
        );
        let first = &report.findings[0];
        assert_eq!(first.rule.code, "not-utf-8");
        assert!(first.help.contains("UTF-16"), "{}", first.help);
    }
    for (bytes, help) in [
        (&b"description: Gr\xf6\xdfe"[..], "Windows-1252"),
        (b"\x1f\x8b\x08\x00", "unpack the archive"),
    ] {
        let report = lint_bytes(bytes, None);
        assert_eq!(report.kfp_1_8.outcome.as_str(), "load-error");
        assert!(
            report.findings[0].help.contains(help),
            "{}",
            report.findings[0].help
        );
    }
    assert!(!lint_bytes(text.as_bytes(), None).is_refused());
}
