use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    thread,
};

use kfp_catalog::{Catalog, testing};
use kfp_test_support::Sdk;
use serde_json::{Value, json};
use snapbox::{cmd::OutputAssert, file, str};

use crate::support::{Place, kfp_comp};

const GOOD: &str = r#"name: Row count
description: Counts the rows of a table.
metadata:
  annotations: {author: Acme, version: "1.0", license: MIT}
inputs:
- {name: table, type: Dataset, description: What to count.}
implementation:
  container:
    image: acme/count@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    command: [/count, {inputPath: table}]
"#;

/// Loads in both SDKs and compiles in kfp 1.8 only.
fn by_value() -> String {
    GOOD.replace("inputPath", "inputValue")
}

fn lint(place: &Place, arguments: &[&str]) -> OutputAssert {
    place.kfp_comp(&[&["lint"], arguments].concat()).assert()
}

fn objects(assert: &OutputAssert) -> Vec<Value> {
    let output = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    output
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_finding_has_its_position_its_reason_and_its_help() {
    let place = Place::new();
    place.write("work/component.yaml", &by_value());
    lint(&place, &["component.yaml"]).code(4).stdout_eq(str![[r#"
error[value-on-artifact]: kfp 2 cannot compile it: Input "table" with type "system.Dataset@0.0.1" cannot be paired with InputValuePlaceholder.
 --> component.yaml:10:23
  = help: use `{inputPath: table}` if the program reads a file, or declare `type: String` if it is a text such as a URI

"#]]);
}

#[test]
fn scripts_get_one_object_a_file() {
    let place = Place::new();
    place.write("work/a.yaml", GOOD);
    place.write("work/sub/b.yml", &by_value());
    place.write("work/.hidden/c.yaml", "[");
    place.write("work/target/d.yaml", "[");
    place.write("work/notes.txt", "[");
    let objects = objects(&lint(&place, &[".", "--json"]).code(4));
    assert_eq!(
        objects,
        [
            json!({"file": "./a.yaml", "kfp_1_8": "ok", "kfp_2": "ok", "findings": []}),
            json!({"file": "./sub/b.yml", "kfp_1_8": "ok", "kfp_2": "compile-error", "findings": [{
                "code": "value-on-artifact",
                "severity": "error",
                "message": "kfp 2 cannot compile it: Input \"table\" with type \"system.Dataset@0.0.1\" cannot be \
                            paired with InputValuePlaceholder; use `{inputPath: table}` if the program reads a file, or declare `type: String` if it is a text such as a URI",
                "help": "use `{inputPath: table}` if the program reads a file, or declare `type: String` if it is a text such as a URI",
                "line": 10,
                "column": 23,
            }]}),
        ]
    );
}

#[test]
fn warnings_fail_only_where_they_are_denied_and_not_allowed() {
    let place = Place::new();
    place.write("work/component.yaml", &GOOD.replace("command: ", "args: "));
    lint(&place, &["component.yaml"]).code(0);
    lint(&place, &["component.yaml", "--deny", "warnings"]).code(4);
    lint(
        &place,
        &[
            "component.yaml",
            "--deny",
            "warnings",
            "--allow",
            "no-command",
        ],
    )
    .code(0)
    .stdout_eq("");
}

#[test]
fn an_allowed_finding_does_not_hide_a_refusal() {
    let place = Place::new();
    place.write("work/component.yaml", &by_value());
    let objects = objects(
        &lint(
            &place,
            &["component.yaml", "--json", "--allow", "value-on-artifact"],
        )
        .code(4),
    );
    assert_eq!(
        (&objects[0]["kfp_2"], &objects[0]["findings"]),
        (&json!("compile-error"), &json!([]))
    );
}

#[test]
fn what_is_no_text_or_too_long_is_answered_with_a_place() {
    let place = Place::new();
    fs::write(place.path().join("bytes.yaml"), b"name: a\nimage: \xff\n").unwrap();
    fs::write(place.path().join("large.yaml"), vec![b'a'; 50 << 20]).unwrap();
    for (file, code, line, column) in [
        ("bytes.yaml", "not-utf-8", 2, 8),
        ("large.yaml", "too-large", 1, 1),
    ] {
        let objects = objects(&lint(&place, &[file, "--json"]).code(4));
        let finding = &objects[0]["findings"][0];
        assert_eq!(
            (&finding["code"], &finding["line"], &finding["column"]),
            (&json!(code), &json!(line), &json!(column))
        );
        assert_eq!(objects[0]["kfp_1_8"], "load-error");
    }
}

#[test]
fn a_url_is_linted_like_a_file() {
    let place = Place::new();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/component.yaml", server.local_addr().unwrap());
    let answering = thread::spawn(move || {
        let (mut stream, _) = server.accept().unwrap();
        let mut request = [0; 1024];
        let _ = stream.read(&mut request).unwrap();
        let body = by_value();
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
    });
    let objects = objects(&lint(&place, &[&url, "--json"]).code(4));
    assert_eq!(
        (&objects[0]["file"], &objects[0]["kfp_2"]),
        (&json!(url), &json!("compile-error"))
    );
    answering.join().unwrap();
}

#[test]
fn wrong_arguments_of_lint_and_explain_say_what_to_do() {
    let place = Place::new();
    lint(&place, &["component.yaml"])
        .code(1)
        .stderr_eq(str![[r#"
error: `component.yaml` does not exist
hint: name a file, a directory or a URL

"#]]);
    place.write("work/component.yaml", GOOD);
    lint(&place, &["component.yaml", "--allow", "no-comand"])
        .code(2)
        .stdout_eq("");
    place
        .kfp_comp(&["explain", "no-comand"])
        .assert()
        .code(2)
        .stderr_eq(str![[r#"
error: there is no code `no-comand`; did you mean `no-command`?

"#]]);
}

#[test]
fn explain_says_why_and_what_to_write() {
    let directory = std::env::temp_dir();
    kfp_comp(&directory, &["explain", "scalar-else"])
        .assert()
        .success()
        .stdout_eq(str![[r#"
error[scalar-else]: kfp 2 cannot load a single placeholder in `else`

kfp 2.17 converts a single placeholder in `else`, forgets the result and fails on the original.

help: write a list of one: `else: [{inputValue: x}]`

"#]]);
    let all = kfp_comp(&directory, &["explain"]).assert().success();
    let all = String::from_utf8(all.get_output().stdout.clone()).unwrap();
    let listed = |code: &str| {
        all.lines()
            .any(|line| line.starts_with(&format!("{code} ")))
    };
    for rule in kfp_component_yaml::lint::rules() {
        assert!(listed(rule.code), "{}", rule.code);
    }
    for rule in kfp_pipeline::rule::rules() {
        assert!(listed(rule.code), "{}", rule.code);
    }
}

#[test]
fn a_component_of_the_workspace_compiles_by_name() {
    let place = Place::workspace();
    place.kfp_comp(&["generate"]).assert().success();
    let by_name = place.kfp_comp(&["compile", "a-first"]).assert().success();
    let by_file = place
        .kfp_comp(&["compile", "components/a-first/component.yaml"])
        .assert()
        .success();
    assert_eq!(by_name.get_output().stdout, by_file.get_output().stdout);
    let text = String::from_utf8(by_name.get_output().stdout.clone()).unwrap();
    assert!(
        text.starts_with("# PIPELINE DEFINITION\n# Name: a-first\n"),
        "{text}"
    );
}

#[test]
fn compile_writes_the_whole_file_or_none() {
    let place = Place::new();
    place.write("work/good.yaml", GOOD);
    place.write("work/bad.yaml", &by_value());
    place
        .kfp_comp(&["compile", "good.yaml", "-o", "ir.yaml", "--dry-run"])
        .assert()
        .success();
    assert!(!place.path().join("ir.yaml").exists());
    place.kfp_comp(&["compile", "bad.yaml", "-o", "ir.yaml"]).assert().code(1).stderr_eq(str![[r#"
error: kfp 2 cannot compile bad.yaml:10:23: TypeError: Input "table" with type "system.Dataset@0.0.1" cannot be paired with InputValuePlaceholder.
hint: run `kfp-comp lint bad.yaml`

"#]]);
    assert!(!place.path().join("ir.yaml").exists());
    place
        .kfp_comp(&["compile", "good.yaml", "-o", "ir.yaml"])
        .assert()
        .success()
        .stdout_eq("");
    assert!(
        place
            .read("ir.yaml")
            .starts_with("# PIPELINE DEFINITION\n# Name: row-count\n")
    );
}

#[test]
fn what_is_compiled_is_not_compiled_again() {
    let place = Place::new();
    place.write("work/good.yaml", GOOD);
    place
        .kfp_comp(&["compile", "good.yaml", "-o", "ir.yaml"])
        .assert()
        .success();
    place
        .kfp_comp(&["compile", "ir.yaml"])
        .assert()
        .code(1)
        .stderr_eq(str![[r#"
error: `ir.yaml` is already compiled
hint: kfp 2 loads it as it is

"#]]);
    let objects = objects(&lint(&place, &["ir.yaml", "--json"]).code(4));
    assert_eq!(
        (&objects[0]["kfp_1_8"], &objects[0]["kfp_2"]),
        (&json!("load-error"), &json!("ok"))
    );
    assert_eq!(objects[0]["findings"][0]["code"], "compiled-pipeline");
}

#[test]
fn the_verdicts_of_accepted_files_are_there_for_who_asks() {
    let place = Place::new();
    place.write("work/component.yaml", GOOD);
    lint(&place, &["component.yaml", "-v"])
        .code(0)
        .stderr_eq(str![[r#"
    Accepted component.yaml: kfp 1.8 ok, kfp 2 ok
      Linted 1 file

"#]]);
}

#[test]
fn the_verbs_show_examples() {
    let directory = std::env::temp_dir();
    let help = |verb| kfp_comp(&directory, &[verb, "--help"]).assert().success();
    help("lint").stdout_eq(file!["help/lint.txt"]);
    help("explain").stdout_eq(file!["help/explain.txt"]);
    help("compile").stdout_eq(file!["help/compile.txt"]);
}

#[test]
fn a_backend_is_asked_instead_of_kfp_1() {
    let place = Place::new();
    let defaulted = GOOD
        .replace(
            "{name: table, type: Dataset,",
            "{name: rows, type: Int, default: '3',",
        )
        .replace("inputPath: table", "inputValue: rows");
    place.write("work/component.yaml", &defaulted);
    let codes = |arguments: &[&str], code| {
        let objects =
            objects(&lint(&place, &[&["component.yaml", "--json"], arguments].concat()).code(code));
        let findings = objects[0]["findings"].as_array().unwrap();
        findings
            .iter()
            .map(|finding| finding["code"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(codes(&["--backend", "2.17.0"], 4), ["backend-default"]);
    assert_eq!(codes(&["--backend", "2.16"], 0), Vec::<String>::new());
    assert!(codes(&[], 4).contains(&"default-unguarded".to_owned()));
    lint(&place, &["component.yaml", "--backend", "1.8"])
        .code(2)
        .stdout_eq("");
    place
        .kfp_comp(&["compile", "component.yaml", "-o", "ir.yaml"])
        .assert()
        .success();
    lint(&place, &["ir.yaml"]).code(4);
    lint(&place, &["ir.yaml", "--backend", "2.16"]).code(0);
}

#[test]
fn one_component_of_a_compiled_pipeline_compiles_by_itself() {
    let place = Place::new();
    place.write(
        "work/pipeline.yaml",
        "pipelineInfo: {name: both}\n\
         components:\n  comp-a: {executorLabel: exec-a}\n  comp-b: {executorLabel: exec-b}\n\
         deploymentSpec: {executors: {exec-a: {container: {image: 'a:1'}}, exec-b: {container: {image: 'b:1'}}}}\n\
         root: {dag: {tasks: {a: {}, b: {}}}}\nschemaVersion: 2.1.0\nsdkVersion: kfp-2.17.0\n",
    );
    place
        .kfp_comp(&["compile", "pipeline.yaml"])
        .assert()
        .code(1)
        .stderr_eq(str![[r#"
error: `pipeline.yaml`: the file is a compiled pipeline of 2 components
hint: add `--component` with one of a, b

"#]]);
    let compiled = place
        .kfp_comp(&["compile", "pipeline.yaml", "--component", "b"])
        .assert()
        .success();
    let text = String::from_utf8(compiled.get_output().stdout.clone()).unwrap();
    assert!(
        text.starts_with("# PIPELINE DEFINITION\n# Name: b\n"),
        "{text}"
    );
    assert!(
        text.contains("image: b:1") && !text.contains("image: a:1"),
        "{text}"
    );
}

#[test]
fn what_is_not_a_component_is_compiled_by_nobody_and_named() {
    let place = Place::new();
    place.write(
        "work/argo.yaml",
        "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec: {}\n",
    );
    fs::write(place.path().join("latin.yaml"), b"name: Gr\xf6\xdfe\n").unwrap();
    place.kfp_comp(&["compile", "argo.yaml"]).assert().code(1).stderr_eq(str![[r#"
error: `argo.yaml`: the file is a pipeline compiled by kfp 1 (Argo Workflow), not a component
hint: give the component.yaml that the pipeline was compiled from; a compiled kfp 1 pipeline is only uploaded and run

"#]]);
    place
        .kfp_comp(&["compile", "latin.yaml"])
        .assert()
        .code(1)
        .stderr_eq(str![[r#"
error: `latin.yaml`: the file is not UTF-8: can't decode byte 0xf6 in position 8
hint: save the file as UTF-8: it is in an older code page, such as Windows-1252 or ISO-8859-1

"#]]);
}

/// Two steps, the second of which runs whatever happened before.
const PIPELINE: &str = "\
pipelineInfo: {name: two}
schemaVersion: 2.1.0
sdkVersion: kfp-2.17.0
components:
  comp-count:
    executorLabel: exec-count
    inputDefinitions:
      parameters: {n: {parameterType: NUMBER_INTEGER}}
deploymentSpec:
  executors:
    exec-count: {container: {image: 'acme/count:1', command: [/count], args: [--n, \"{{$.inputs.parameters['n']}}\"]}}
root:
  dag:
    tasks:
      first:
        componentRef: {name: comp-count}
        inputs: {parameters: {n: {runtimeValue: {constant: 1}}}}
        taskInfo: {name: first}
      second:
        cachingOptions: {enableCache: true}
        componentRef: {name: comp-count}
        dependentTasks: [first]
        inputs: {parameters: {n: {runtimeValue: {constant: 2}}}}
        taskInfo: {name: second}
        triggerPolicy: {strategy: ALL_UPSTREAM_TASKS_COMPLETED}
";

/// What is found in a file of the folder `work`: codes and lines.
fn found(place: &Place, arguments: &[&str], code: i32) -> Vec<(String, u64)> {
    let objects = objects(&lint(place, &[&["--json"], arguments].concat()).code(code));
    let findings = objects[0]["findings"].as_array().unwrap();
    let mut found: Vec<_> = findings
        .iter()
        .map(|finding| {
            let code = finding["code"].as_str().unwrap().to_owned();
            (code, finding["line"].as_u64().unwrap())
        })
        .collect();
    found.retain(|(code, _)| code != "unpinned-image");
    found
}

#[test]
fn a_pipeline_is_judged_as_what_kfp_2_runs() {
    let place = Place::new();
    place.write("work/p.yaml", PIPELINE);
    let found = |code| found(&place, &["p.yaml"], code);
    assert_eq!(found(0), [("cached-exit-task".to_owned(), 20)]);
    lint(&place, &["p.yaml", "--deny", "warnings"]).code(4);
    lint(
        &place,
        &[
            "p.yaml",
            "--deny",
            "warnings",
            "--allow",
            "cached-exit-task",
        ],
    )
    .code(0);
    for (old, new, wanted) in [
        (
            "dependentTasks: [first]",
            "dependentTasks: [frist]",
            ("missing-task", 22),
        ),
        (
            "dependentTasks: [first]",
            "dependentTasks: [second]",
            ("task-cycle", 19),
        ),
        ("acme/count:1", "Acme/count:1", ("bad-image", 11)),
        (
            "n: {runtimeValue: {constant: 2}}",
            "m: {runtimeValue: {constant: 2}}",
            ("surplus-input", 23),
        ),
    ] {
        place.write("work/p.yaml", &PIPELINE.replace(old, new));
        let found = found(4);
        assert!(
            found.contains(&(wanted.0.to_owned(), wanted.1)),
            "{new}: {found:?}"
        );
    }
}

#[test]
fn a_component_that_changed_after_a_pipeline_was_compiled_is_found() {
    let place = Place::workspace();
    place.write("work/count.yaml", "\
name: count
inputs: [{name: n, type: Integer}]
implementation: {container: {image: 'ghcr.io/acme/count@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef', command: [/count, {inputValue: n}]}}
");
    place.kfp_comp(&["add", "count.yaml"]).assert().success();
    let digest = "ghcr.io/acme/count@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    let quiet = PIPELINE.replace("enableCache: true", "enableCache: false");
    let pinned = quiet.replace("acme/count:1", digest);
    place.write("work/p.yaml", &pinned);
    assert_eq!(found(&place, &["p.yaml"], 0), []);
    place.write("work/p.yaml", &pinned.replace("@sha256:01", "@sha256:02"));
    assert_eq!(
        found(&place, &["p.yaml"], 0),
        [("other-image".to_owned(), 5)]
    );
    let other = pinned.replace("parameterType: NUMBER_INTEGER", "parameterType: STRING");
    place.write("work/p.yaml", &other);
    assert_eq!(
        found(&place, &["p.yaml"], 0),
        [("changed-interface".to_owned(), 5)]
    );
}

#[test]
fn components_of_a_pipeline_are_compared_with_those_of_a_catalog() {
    let place = Place::new();
    let releases = [("0.1.0", "i64"), ("0.2.0", "String")].map(|(version, ty)| {
        let function = format!("/// Counts.\nfn count(n: {ty}) -> Result<()> {{}}");
        testing::release("count", version, &function)
    });
    let [first, second] = releases.each_ref().map(|release| {
        let read = kfp_component_yaml::read::read(&release.component_yaml).unwrap();
        read.container().unwrap().image.value.clone()
    });
    Catalog::at(place.path().join("../catalog"))
        .add(&releases)
        .unwrap();
    let quiet = PIPELINE.replace("enableCache: true", "enableCache: false");
    let found = |image: &str| {
        place.write("work/p.yaml", &quiet.replace("acme/count:1", image));
        let found = found(&place, &["p.yaml", "--catalog", "../catalog"], 0);
        found.into_iter().map(|(code, _)| code).collect::<Vec<_>>()
    };
    assert_eq!(found(&first), [""; 0]);
    assert_eq!(found(&second), ["changed-interface"]);
    let (repository, _) = first.split_once('@').unwrap();
    assert_eq!(found(&format!("{repository}:0.1.0")), [""; 0]);
    assert_eq!(found(&format!("{repository}:main")), ["changed-interface"]);
    let unknown = format!("{repository}@sha256:{}", "0".repeat(64));
    assert_eq!(found(&unknown), ["changed-interface", "other-image"]);
    assert_eq!(found("elsewhere/count:1"), [""; 0]);
    lint(&place, &["p.yaml", "--catalog", "../nowhere"]).code(1);
}

#[test]
fn the_python_file_of_a_pipeline_is_compiled_and_judged() {
    let place = Place::new();
    place.write(
        "work/p.py",
        "from kfp import dsl\n\n\n@dsl.container_component\ndef say(text: str):\n    return dsl.ContainerSpec(image='Acme/say:1', \
         command=['/say', text])\n\n\n@dsl.pipeline\ndef p(text: str):\n    say(text=text)\n",
    );
    let assert = lint(&place, &["p.py", "--python", "there-is-none"]).code(1);
    let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(
        stderr.contains("hint: name a Python that has kfp 2"),
        "{stderr}"
    );
    let Some(python) = Sdk::Kfp2.python() else {
        return;
    };
    let python = python.to_str().unwrap();
    let assert = lint(&place, &["p.py", "--python", python]).code(4);
    let stdout = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert!(stdout.contains("error[bad-image]: "), "{stdout}");
    assert!(stdout.contains(" --> p.py, line "), "{stdout}");
    let objects = objects(&lint(&place, &["p.py", "--json", "--python", python]).code(4));
    assert_eq!(objects[0]["compiled"], true);
}
