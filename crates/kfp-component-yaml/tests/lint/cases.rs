//! For every rule a component that breaks it, and one that breaks none.

/// Nothing is wrong with it.
pub(crate) const CLEAN: &str = r#"
name: Score customers
description: Scores a table of customers.
metadata:
  annotations: {author: Acme, version: "1.4.0", license: Apache-2.0}
inputs:
- {name: customers, type: Dataset, description: Whom to score.}
- {name: rounds, type: Integer, description: How often., default: "25"}
- {name: label, type: String, description: What for., optional: true}
outputs:
- {name: scored, type: Dataset, description: The scores.}
- {name: mlpipeline_metrics, type: Metrics, description: How well.}
implementation:
  container:
    image: ghcr.io/acme/score@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    command: [/score]
    args:
    - --customers
    - {inputPath: customers}
    - if: {cond: {isPresent: rounds}, then: [--rounds, {inputValue: rounds}]}
    - if: {cond: {isPresent: label}, then: [--label, {inputValue: label}]}
    - --scored
    - {outputPath: scored}
    - --metrics
    - {outputPath: mlpipeline_metrics}
"#;

const RUN: &str = "implementation: {container: {image: 'a:1', command: [/a]}}";

fn with_args(ports: &str, args: &str) -> String {
    format!(
        "name: a\n{ports}\nimplementation: {{container: {{image: 'a:1', command: [/a], args: [{args}]}}}}"
    )
}

fn input(input: &str) -> String {
    format!("name: a\ninputs: [{{name: x, {input}}}]\n{RUN}")
}

fn value(kind: &str) -> String {
    with_args(&format!("inputs: [{{name: x, {kind}}}]"), "{inputValue: x}")
}

fn graph(tasks: &str, rest: &str) -> String {
    format!("implementation: {{graph: {{tasks: {{{tasks}}}, outputValues: {{}}}}}}\n{rest}")
}

const SPEC: &str = "spec: {implementation: {container: {image: 'a:1', command: [/a]}}}";

/// Rule codes with texts that break them.
#[expect(clippy::too_many_lines, reason = "it is a table")]
#[rustfmt::skip]
pub(crate) fn cases() -> Vec<(&'static str, String)> {
    let ir = "pipelineInfo: {name: a}\ncomponents: {}\nroot: {}\ndeploymentSpec: {executors: {exec-a: {container: {image: a}}}}";
    vec![
        ("not-yaml", "name: a\n\timage: b".into()),
        ("not-yaml", "a: [b".into()),
        ("too-large", "[".repeat(1000)),
        ("several-documents", format!("{RUN}\n---\n{RUN}")),
        ("not-a-component", "- a".into()),
        ("not-a-component", String::new()),
        ("other-document", "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec: {}".into()),
        ("other-document", "apiVersion: tekton.dev/v1\nkind: Task\nspec: {}".into()),
        ("other-document", "pipelineSpec: {pipelineInfo: {name: a}}".into()),
        ("other-document", format!("apiVersion: v1\nkind: Component\nspec: {{{RUN}}}")),
        ("compiled-pipeline", ir.into()),
        ("nested-placeholder", ir.replace("root: {}", "root: {dag: {tasks: {a: {inputs: {parameters: {x: {runtimeValue: {constant: ['{{$.pipeline_task_name}}']}}}}}}}}")),
        ("nested-placeholder", ir.replace("root: {}", "root: {dag: {tasks: {a: {inputs: {parameters: {x: {runtimeValue: {constant: \"Hello {{$.inputs.parameters['pipelinechannel--x']}}\"}}}}}}}}")),
        ("unknown-key", format!("apiVersion: v1\n{RUN}")),
        ("duplicate-merge", "implementation: {container: {<<: [{image: 'a:1'}, {image: 'b:1'}], command: [x]}}".into()),
        ("surrogate-escape", "implementation: {container: {image: 'a:1', command: [\"\\ud83d\\ude80\"]}}".into()),
        ("missing-key", "implementation: {container: {command: [/a]}}".into()),
        ("wrong-kind", "implementation: {container: {image: a, command: /a}}".into()),
        ("wrong-kind", with_args("", "3")),
        ("unknown-placeholder", with_args("", "{inputvalue: x}")),
        ("duplicate-name", format!("inputs: [{{name: x}}, {{name: x}}]\n{RUN}")),
        ("unknown-input", with_args("", "{inputValue: x}")),
        ("unknown-output", with_args("", "{outputPath: x}")),
        ("unknown-task", graph("a: {componentRef: {url: b}, arguments: {x: {taskOutput: {taskId: c, outputName: d}}}}", "")),
        ("cyclic-tasks", graph("a: {componentRef: {url: b}, arguments: {x: {taskOutput: {taskId: a, outputName: d}}}}", "")),
        ("unknown-argument", graph(&format!("a: {{componentRef: {{{SPEC}}}, arguments: {{x: y}}}}"), "")),
        ("incompatible-types", graph(
            "a: {componentRef: {spec: {outputs: [{name: o, type: Model}], implementation: {container: {image: a, command: [/a, {outputPath: o}]}}}}, arguments: {}},\
             b: {componentRef: {spec: {inputs: [{name: i, type: Dataset}], implementation: {container: {image: a, command: [/a, {inputPath: i}]}}}}, arguments: {i: {taskOutput: {taskId: a, outputName: o}}}}", "")),
        ("no-implementation", "name: a".into()),
        ("graph-component", graph("", "")),
        ("bad-name", with_args("inputs: [{name: 2nd, type: String}]", "{inputValue: 2nd}")),
        ("bad-name", with_args("outputs: [{name: 2nd}]", "{outputPath: 2nd}")),
        ("python-keyword", with_args("inputs: [{name: class, type: String}]", "{inputValue: class}")),
        ("bad-component-name", format!("name: '!'\n{RUN}")),
        ("bad-default", value("type: Integer, default: '2.5'")),
        ("bad-default", value("type: Boolean, default: perhaps")),
        ("bad-default", value("type: Float, default: ''")),
        ("default-not-compilable", value("type: JsonArray, default: '[null]'")),
        ("default-not-compilable", value("type: Float, default: nan")),
        ("default-of-other-type", value("type: String, default: 5")),
        ("integer-out-of-range", value("type: Integer, default: 9223372036854775808")),
        ("no-serializer", value("type: Double")),
        ("list-type", value("type: [String]")),
        ("bad-type-name", input("type: google_VertexModel")),
        ("value-on-artifact", value("type: URI")),
        ("path-on-parameter", with_args("inputs: [{name: x, type: String}]", "{inputPath: x}")),
        ("uri-of-parameter", with_args("outputs: [{name: x, type: String}]", "{outputUri: x}")),
        ("uri-of-optional", with_args("inputs: [{name: x, type: Dataset, optional: true}]", "{inputUri: x}")),
        ("v1-only-placeholder", with_args("", "{outputMetadata: null}")),
        ("scalar-else", with_args("inputs: [{name: x, type: String}]", "{if: {cond: {isPresent: x}, then: a, else: {inputValue: x}}}")),
        ("list-if-in-concat", with_args("inputs: [{name: x, type: String}]", "{concat: [{if: {cond: {isPresent: x}, then: [a]}}]}")),
        ("if-without-is-present", with_args("", "{if: {cond: true, then: a}}")),
        ("conflicting-output-files", "outputs: [{name: x}]\nimplementation: {container: {image: a, command: [{outputPath: x}], fileOutputs: {x: /x}}}".into()),
        ("final-status-not-passed", input("type: PipelineTaskFinalStatus")),
        ("not-json", input("annotations: {since: 2021-10-22}")),
        ("argo-tag", format!("description: 'see {{{{tasks.a.outputs.b}}}}'\n{RUN}")),
        ("argo-tag", graph(&format!("a: {{componentRef: {{{SPEC}}}, arguments: {{}}}}").replace("[/a]", "[/a, '{{item}}']"), "")),
        ("argo-tag", graph(&format!("a: {{componentRef: {{{SPEC}}}, arguments: {{x: {{graphInput: {{inputName: x}}}}}}}}")
            .replace("spec: {", "spec: {inputs: [{name: x}], "), "inputs: [{name: x, default: '{{item}}'}]")),
        ("bad-ir", ir.replace("image: a", "command: [a]")),
        ("bad-ir", format!("{ir}\nfoo: 1")),
        ("bad-ir", ir.replace("components: {}", "components: {comp-a: {executorLabel: exec-a}}")
            .replace("root: {}", "root: {inputDefinitions: {parameters: {x: {parameterType: 0}}}}")),
        ("name-collision", format!("inputs: [{{name: Row Limit}}, {{name: row-limit}}]\n{RUN}")),
        ("type-prefix-trap", with_args("outputs: [{name: x, type: String list}]", "{outputPath: x}")),
        ("empty-image", "implementation: {container: {image: '', command: [/a]}}".into()),
        ("needs-network", graph("a: {componentRef: {url: 'https://example.com/component.yaml'}}", "")),
        ("duplicate-key", format!("name: a\nname: b\n{RUN}")),
        ("reserved-name", with_args("inputs: [{name: self, type: String}]", "{inputValue: self}")),
        ("reserved-name", with_args("outputs: [{name: executor-logs}]", "{outputPath: executor-logs}")),
        ("optional-integer-without-default", input("type: Integer, optional: true")),
        ("default-unguarded", value("type: Integer, default: '3'")),
        ("unreadable-comment", value("type: String, default: \"a\\nb\"")),
        ("unreadable-comment", format!("description: \"a\\eb\"\n{RUN}")),
        ("literal-tag", with_args("", "'{{workflow.uid}}'")),
        ("literal-tag", "implementation: {container: {image: a, command: [/a], env: {P: '{{pod.name}}'}}}".into()),
        ("literal-placeholder", with_args("inputs: [{name: x, type: String}]", "'end={inputValue: x}'")),
        ("literal-placeholder", with_args("inputs: [{name: x, type: String}]", "\"{{$.inputs.parameters['x']}}\"")),
        ("literal-placeholder", with_args("inputs: [{name: x, type: String}]", "'--x=${x}'")),
        ("optional-unguarded", value("type: String, optional: true")),
        ("concat", with_args("", "{concat: [a, b]}")),
        ("nested-if", with_args("inputs: [{name: x, type: String}]", "{if: {cond: {isPresent: x}, then: [{concat: [a]}]}}")),
        ("default-on-artifact", input("type: Dataset, default: a")),
        ("default-not-string", value("type: Integer, default: 5")),
        ("default-not-json", value("type: JsonArray, default: '{\"a\": 1}'")),
        ("default-not-json", value("type: JsonObject, default: a=b")),
        ("default-of-generic-type", value("type: 'List[int]', default: '[1]'")),
        ("integer-precision", value("type: Integer, default: '9007199254740993'")),
        ("map-type", input("type: {JsonObject: {data_type: a}}")),
        ("type-spelling", value("type: Text")),
        ("type-spelling", value("type: Bool")),
        ("type-spelling", with_args("outputs: [{name: x, type: int}]", "{outputPath: x}")),
        ("not-drawn", with_args("outputs: [{name: x, type: SlicedClassificationMetrics}]", "{outputPath: x}")),
        ("untyped-input", input("description: a")),
        ("untyped-output", with_args("outputs: [{name: x}]", "{outputPath: x}")),
        ("unused-input", input("type: String")),
        ("unused-output", with_args("outputs: [{name: x, type: Model}]", "")),
        ("no-command", "implementation: {container: {image: a}}".into()),
        ("file-outputs", "outputs: [{name: x}]\nimplementation: {container: {image: a, fileOutputs: {x: /x}}}".into()),
        ("latest-image", "implementation: {container: {image: 'localhost:5000/a', command: [/a]}}".into()),
        ("latest-image", "implementation: {container: {image: 'a:latest', command: [/a]}}".into()),
        ("pip-install", with_args("", "-c, 'python3 -m pip install --quiet pandas'")),
        ("pip-install", with_args("", "pip3, install, pandas")),
        ("secret-parameter", with_args("inputs: [{name: api_key, type: String}]", "{inputValue: api_key}")),
        ("no-name", RUN.into()),
        ("no-description", RUN.into()),
        ("uri-in-kfp-1", with_args("inputs: [{name: x, type: Dataset}]", "{inputUri: x}")),
        ("custom-type", input("type: CSV")),
        ("not-snake-case", format!("inputs: [{{name: Row Limit}}]\n{RUN}")),
        ("metrics-name", with_args("outputs: [{name: scores, type: Metrics}]", "{outputPath: scores}")),
        ("unpinned-image", RUN.into()),
        ("undocumented-input", input("type: String")),
        ("no-author", RUN.into()),
        ("no-version", RUN.into()),
        ("no-licence", RUN.into()),
    ]
}

/// Rule codes with backends and texts that break them there.
#[rustfmt::skip]
pub(crate) fn backend_cases() -> Vec<(&'static str, &'static str, String)> {
    let if_x = "{if: {cond: {isPresent: x}, then: [--x, {inputValue: x}]}}";
    let optional = "inputs: [{name: x, type: String, optional: true}]";
    let defaulted = "inputs: [{name: x, type: String, default: a}]";
    let artifact = "inputs: [{name: x, type: Dataset, optional: true}]";
    vec![
        ("backend-if", "2.0", with_args(optional, if_x)),
        ("backend-if", "2.16", with_args(defaulted, if_x)),
        ("backend-if", "2.17.0", with_args(defaulted, if_x)),
        ("backend-if", "2.17.0", with_args(artifact, "{if: {cond: {isPresent: x}, then: [{inputPath: x}]}}")),
        ("backend-default", "2.17.0", with_args(defaulted, "{inputValue: x}")),
        ("backend-default", "2.17.0", with_args(optional, "{inputValue: x}")),
        ("backend-default", "2.17.1", with_args(optional, "{inputValue: x}")),
        ("backend-literal", "2.5", with_args(optional, "{inputValue: x}")),
        ("backend-literal", "2.17.1", with_args(artifact, "{inputPath: x}")),
        ("backend-literal", "2.3", "implementation: {container: {image: \"{{$.inputs.parameters['x']}}\", command: [/a]}}".into()),
        ("backend-concat", "2.17.1", with_args("", "{concat: [a, b]}")),
        ("nested-if", "2.17.0", with_args(optional, "{if: {cond: {isPresent: x}, then: [{concat: [a]}]}}")),
    ]
}
