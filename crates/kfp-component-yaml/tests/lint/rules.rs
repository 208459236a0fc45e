//! Each rule finds what it is for, and nothing in a component that is as it should be.

use std::collections::HashSet;

use kfp_component_yaml::lint::{Backend, Outcome, Report, Severity, lint, lint_for, rule, rules};

use super::{
    cases::{CLEAN, backend_cases, cases},
    shared::outcomes,
};

fn codes(report: &Report) -> Vec<&'static str> {
    report
        .findings
        .iter()
        .map(|finding| finding.rule.code)
        .collect()
}

#[test]
fn a_component_as_it_should_be_has_no_findings() {
    let report = lint(CLEAN);
    assert_eq!(codes(&report), Vec::<&str>::new());
    assert!(!report.is_refused());
}

#[test]
fn each_rule_finds_what_breaks_it() {
    for (code, text) in cases() {
        let report = lint(&text);
        assert!(
            codes(&report).contains(&code),
            "{code} is not among {:?} of\n{text}",
            codes(&report)
        );
    }
}

#[test]
fn each_backend_says_what_it_does_with_a_component() {
    for (code, backend, text) in backend_cases() {
        let report = lint_for(&text, Some(backend.parse().unwrap()));
        assert!(
            codes(&report).contains(&code),
            "{code} is not among {:?} of {backend} and\n{text}",
            codes(&report)
        );
    }
}

#[test]
fn a_named_backend_is_not_blamed_for_what_others_do() {
    let text = |input: &str, arg: &str| {
        format!(
            "name: a\ninputs: [{{name: x, {input}}}]\nimplementation: {{container: {{image: 'a:1', command: [/a, {arg}]}}}}"
        )
    };
    let defaulted = text("type: String, default: a", "{inputValue: x}");
    let guarded = text(
        "type: String, default: a",
        "{if: {cond: {isPresent: x}, then: [{inputValue: x}]}}",
    );
    let told = text(
        "type: String, optional: true",
        "{if: {cond: {isPresent: x}, then: [{inputValue: x}]}}, {executorInput: null}",
    );
    for (backend, text) in [
        ("2.0", &defaulted),
        ("2.16.1", &defaulted),
        ("2.17.1", &defaulted),
        ("2.17.1", &guarded),
        ("2.5", &told),
        ("2.17.0", &told),
    ] {
        let report = lint_for(text, Some(backend.parse().unwrap()));
        let found = codes(&report);
        let blamed = found
            .iter()
            .any(|code| code.starts_with("backend-") || code.ends_with("-unguarded"));
        assert!(!blamed, "{backend}: {found:?} of\n{text}");
    }
}

#[test]
fn only_known_backends_are_asked() {
    for text in ["1.8", "2", "2.18", "3.0", "2.5.1.0", "2.x", "", "v2.5"] {
        assert!(text.parse::<Backend>().is_err(), "{text}");
    }
    assert_eq!("2.17".parse::<Backend>().unwrap().to_string(), "2.17.0");
}

#[test]
fn every_rule_has_a_case_and_a_code_of_its_own() {
    let of_backends = backend_cases().into_iter().map(|(code, ..)| code);
    let covered: HashSet<&str> = cases()
        .into_iter()
        .map(|(code, _)| code)
        .chain(of_backends)
        .chain(["not-utf-8"]) // in `encodings`
        .collect();
    let all: HashSet<&str> = rules().map(|rule| rule.code).collect();
    assert_eq!(covered, all);
    assert_eq!(all.len(), rules().count());
    assert!(rules().all(|rule| {
        rule.code
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b == b'-' || b.is_ascii_digit())
    }));
}

#[test]
fn a_refused_file_has_an_error_and_a_file_with_only_hints_is_accepted() {
    for (code, text) in cases() {
        let report = lint(&text);
        if report.is_refused() {
            assert_eq!(report.worst(), Some(Severity::Error), "{code}");
        } else if rule(code).unwrap().severity == Severity::Info {
            assert_eq!(report.kfp_2.outcome, Outcome::Ok, "{code}");
        }
    }
}

#[test]
fn findings_point_at_what_is_wrong_and_say_what_to_write() {
    let report = lint(
        "name: a\ninputs:\n- {name: table, type: CSV}\nimplementation:\n  container:\n    image: a:1\n    command: [/a, {inputValue: table}]\n",
    );
    let finding = report
        .findings
        .iter()
        .find(|finding| finding.rule.code == "value-on-artifact")
        .unwrap();
    assert_eq!((finding.position.line, finding.position.column), (7, 19));
    assert_eq!(
        finding.message(),
        "kfp 2 cannot compile it: Input \"table\" with type \"system.Artifact@0.0.1\" cannot be paired with \
         InputValuePlaceholder; use `{inputPath: table}` if the program reads a file, or declare `type: String` if it \
         is a text such as a URI"
    );
}

#[test]
fn every_artifact_passed_by_value_is_found_not_only_the_first() {
    let text = "inputs: [{name: a}, {name: b}]\nimplementation: {container: {image: a, command: [{inputValue: a}, {concat: [{inputValue: b}]}]}}";
    let found = codes(&lint(text))
        .into_iter()
        .filter(|code| *code == "value-on-artifact")
        .count();
    assert_eq!(found, 2);
}

#[test]
fn what_both_sdks_say_is_said_once() {
    let report = lint("implementation: {container: {image: a, command: [/a], resources: {}}}");
    let unknown: Vec<_> = report
        .findings
        .iter()
        .filter(|finding| finding.rule.code == "unknown-key")
        .collect();
    assert_eq!(unknown.len(), 1);
    assert_eq!(
        unknown[0].reason,
        "neither SDK can load it: ContainerSpec.__init__() got an unexpected keyword argument 'resources'"
    );
}

#[test]
fn executor_input_uses_every_port() {
    let text = "inputs: [{name: a, type: String}]\nimplementation: {container: {image: a, command: [/a, {executorInput: null}]}}";
    assert!(!codes(&lint(text)).contains(&"unused-input"));
}

#[test]
fn names_of_secrets_are_no_secrets() {
    for name in ["secret_name", "tokenizer", "max_tokens", "password_file"] {
        let text = format!(
            "inputs: [{{name: {name}, type: String}}]\nimplementation: {{container: {{image: a, command: [{{inputValue: {name}}}]}}}}"
        );
        assert!(!codes(&lint(&text)).contains(&"secret-parameter"), "{name}");
    }
}

#[test]
fn ir_fails_where_kfp_2_first_looks_at_the_mistake() {
    let ir = |version: &str, kind: &str| {
        format!(
            "pipelineInfo: {{name: a}}\ndeploymentSpec: {{executors: {{exec-a: {{container: {{image: a}}}}}}}}\n\
             components: {{comp-a: {{executorLabel: exec-a, outputDefinitions: {{artifacts: {{o: {{artifactType: \
             {{schemaTitle: system.Model, schemaVersion: {version}}}}}}}}}}}}}\n\
             root: {{dag: {{tasks: {{}}}}, inputDefinitions: {{parameters: {{p: {{parameterType: {kind}}}}}}}}}\n"
        )
    };
    assert_eq!(outcomes(&ir("0.0.1", "STRING"))[1], "ok");
    assert_eq!(outcomes(&ir("0.0.1", "3"))[1], "ok");
    assert_eq!(outcomes(&ir("0.0.1", "0"))[1], "compile-error");
    assert_eq!(outcomes(&ir("0.0.1", "-1"))[1], "compile-error");
    assert_eq!(outcomes(&ir("3", "STRING"))[1], "load-error");
}

#[test]
fn of_very_many_alike_the_first_are_told_and_the_others_counted() {
    let inputs: Vec<_> = (0..300)
        .map(|number| format!("{{name: x{number}}}"))
        .collect();
    let text = format!(
        "inputs: [{}]\nimplementation: {{container: {{image: a, command: [/a]}}}}",
        inputs.join(", ")
    );
    let report = lint(&text);
    let unused: Vec<_> = report
        .findings
        .iter()
        .filter(|finding| finding.rule.code == "unused-input")
        .collect();
    assert_eq!(unused.len(), 200);
    assert_eq!(
        unused[199].reason,
        "input `x199` is never used (and 100 more)"
    );
}

#[test]
fn metrics_that_have_a_name_for_kfp_1_are_drawn_there() {
    let text = |names: &str| {
        format!(
            "name: Score\nmetadata: {{annotations: {{kfp1_outputs: {names}}}}}\noutputs: [{{name: metrics, type: Metrics}}]\n\
             implementation: {{container: {{image: a, command: [/a, {{outputPath: metrics}}]}}}}"
        )
    };
    let is_told = |names: &str| codes(&lint(&text(names))).contains(&"metrics-name");
    assert!(!is_told("metrics=mlpipeline_metrics"));
    assert!(is_told("scores=mlpipeline_metrics"));
    assert!(is_told("metrics=scores"));
}

/// Two components, of which one makes a claim and the other has an input with a default.
const COMPILED: &str = "\
pipelineInfo: {name: p}
schemaVersion: 2.1.0
sdkVersion: kfp-2.17.0
components:
  comp-createpvc: {executorLabel: exec-createpvc}
  comp-say:
    executorLabel: exec-say
    inputDefinitions: {parameters: {text: {parameterType: STRING, isOptional: true, defaultValue: a}}}
deploymentSpec:
  executors:
    exec-createpvc: {container: {image: argostub/createpvc}}
    exec-say: {container: {image: say, command: [/say], args: [\"{{$.inputs.parameters['text']}}\"]}}
root: {dag: {tasks: {say: {componentRef: {name: comp-say}, taskInfo: {name: say}}}}}
";

#[test]
fn findings_in_a_pipeline_name_the_component_and_speak_its_language() {
    let report = lint(COMPILED);
    let found: Vec<_> = report
        .findings
        .iter()
        .filter(|finding| finding.rule.code != "compiled-pipeline")
        .map(|finding| (finding.rule.code, finding.message()))
        .collect();
    let [(image, first), (default, second)] = &found[..] else {
        panic!("{found:?}");
    };
    assert_eq!(*image, "latest-image");
    assert!(
        first.starts_with("component `say`: `say` has no tag"),
        "{first}"
    );
    assert_eq!(*default, "default-unguarded");
    assert!(
        second
            .contains("write `dsl.IfPresentPlaceholder(input_name='text', then=['--text', text])`"),
        "{second}"
    );
}
