//! Files that cannot run, and what is said of them: message, line and hint.

use kfp_pipeline::{Pipeline, Problem, Severity, check};

/// A pipeline of two tasks, `make` and `use`.
const GOOD: &str = "\
pipelineInfo: {name: good}
schemaVersion: 2.1.0
components:
  comp-make:
    executorLabel: exec-make
    outputDefinitions:
      parameters: {n: {parameterType: NUMBER_INTEGER}}
      artifacts: {data: {artifactType: {schemaTitle: system.Dataset, schemaVersion: 0.0.1}}}
  comp-use:
    executorLabel: exec-use
    inputDefinitions:
      parameters: {n: {parameterType: NUMBER_INTEGER}, text: {parameterType: STRING, isOptional: true}}
      artifacts: {data: {artifactType: {schemaTitle: system.Dataset, schemaVersion: 0.0.1}}}
deploymentSpec:
  executors:
    exec-make: {container: {image: make, command: [/make]}}
    exec-use: {container: {image: use, command: [/use]}}
root:
  inputDefinitions:
    parameters: {start: {parameterType: STRING, defaultValue: a}}
  dag:
    tasks:
      make:
        componentRef: {name: comp-make}
      use:
        componentRef: {name: comp-use}
        dependentTasks: [make]
        inputs:
          parameters:
            n: {taskOutputParameter: {producerTask: make, outputParameterKey: n}}
          artifacts:
            data: {taskOutputArtifact: {producerTask: make, outputArtifactKey: data}}
";

/// What is wrong with it once one place in its text is replaced.
fn broken(old: &str, new: &str) -> Vec<Problem> {
    assert!(old.is_empty() || GOOD.contains(old), "{old}");
    if old.is_empty() {
        problems(new)
    } else {
        problems(&GOOD.replacen(old, new, 1))
    }
}

fn broken_twice(first: (&str, &str), second: (&str, &str)) -> Vec<Problem> {
    problems(
        &GOOD
            .replacen(first.0, first.1, 1)
            .replacen(second.0, second.1, 1),
    )
}

fn problems(text: &str) -> Vec<Problem> {
    match Pipeline::read(text) {
        Ok(pipeline) => check(&pipeline),
        Err(problem) => vec![problem],
    }
}

/// What is replaced by what, and the line and the words of the error that follows.
const MISTAKES: &[(&str, &str, usize, &str)] = &[
    ("2.1.0\n", "2.0.0\n", 2, "schema version `2.0.0`"),
    ("name: good", "nam: good", 1, "unknown field `nam`"),
    ("[/make]", "/make", 16, "expected a sequence"),
    (
        "NUMBER_INTEGER}}\n",
        "INTEGER}}\n",
        7,
        "unknown variant `INTEGER`",
    ),
    (
        "name: comp-make}",
        "name: comp-mkae}",
        24,
        "runs the component `comp-mkae`, which is not in the file",
    ),
    (
        "executorLabel: exec-make",
        "executorLabel: exec-mak",
        5,
        "executor `exec-mak` is not in `deploymentSpec`",
    ),
    (
        "dependentTasks: [make]",
        "dependentTasks: [mak]",
        27,
        "waits for `mak`, which is not a task beside it",
    ),
    (
        "producerTask: make, outputParameterKey: n}",
        "producerTask: make, outputParameterKey: m}",
        30,
        "takes `m` of task `make`, which does not produce it",
    ),
    (
        "n: {taskOutputParameter: {producerTask: make, outputParameterKey: n}}",
        "n: {componentInputParameter: stat}",
        30,
        "takes the input `stat`",
    ),
    (
        "n: {taskOutputParameter: {producerTask: make, outputParameterKey: n}}",
        "n: {componentInputParameter: start}",
        30,
        "is a NUMBER_INTEGER, and it is given a STRING",
    ),
    (
        "n: {taskOutputParameter: {producerTask: make, outputParameterKey: n}}",
        "n: {runtimeValue: {constant: [1]}}",
        30,
        "is a NUMBER_INTEGER, and it is given a list",
    ),
    (
        "n: {taskOutputParameter: {producerTask: make, outputParameterKey: n}}",
        "n: {runtimeValue: {constant: .nan}}",
        30,
        "not a number JSON has",
    ),
    (
        "n: {taskOutputParameter: {producerTask: make, outputParameterKey: n}}",
        "n: {}",
        30,
        "exactly one of",
    ),
    (
        "n: {taskOutputParameter: {producerTask: make, outputParameterKey: n}}",
        "text: {runtimeValue: {constant: a}}",
        28,
        "`use` is not given `n`",
    ),
    (
        "            n: {task",
        "            m: {task",
        30,
        "is given `m`, which is not an input of `comp-use`",
    ),
    (
        "outputArtifactKey: data",
        "outputArtifactKey: date",
        32,
        "takes the artifact `date`",
    ),
    (
        "exec-make: {container: {image: make, command: [/make]}}",
        "exec-make: {resolver: {}}",
        5,
        "open-source KFP does not implement",
    ),
    (
        "image: make, command: [/make]",
        "image: make",
        5,
        "neither `command` nor `args`",
    ),
    (
        "componentRef: {name: comp-make}",
        "componentRef: {name: comp-make}\n        triggerPolicy: {condition: \"'it's' == 'a'\"}",
        25,
        "condition of task `make` is not CEL",
    ),
    (
        "componentRef: {name: comp-make}",
        "componentRef: {name: comp-make}\n        artifactIterator: {}",
        25,
        "does not implement",
    ),
    (
        "componentRef: {name: comp-make}",
        "componentRef: {name: comp-make}\n        dependentTasks: [use]",
        23,
        "`make`, `use` wait for each other",
    ),
    (
        "      make:\n",
        "      ../make:\n",
        23,
        "must be letters, digits",
    ),
    (
        "defaultValue: a}",
        "defaultValue: 3}",
        20,
        "the default of `start` is a number",
    ),
    (
        "",
        "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\n",
        1,
        "not a pipeline of KFP 2",
    ),
    (
        "",
        "name: X\nimplementation: {container: {image: a}}\n",
        1,
        "component.yaml",
    ),
    ("", "[]\n", 1, "the file holds a list"),
    ("", "", 1, "the file is empty"),
    ("", "a: [\n", 2, "expected the node content"),
];

#[test]
fn each_mistake_is_told_with_its_line() {
    for &(old, new, line, wanted) in MISTAKES {
        let problems = broken(old, new);
        let found = problems
            .iter()
            .find(|problem| problem.message.contains(wanted));
        let found = found.unwrap_or_else(|| panic!("{new:?}: {problems:#?}"));
        assert_eq!(found.rule.severity, Severity::Error, "{new:?}");
        assert_eq!(found.position.line, line, "{new:?}: {found:#?}");
    }
}

#[test]
fn nothing_is_wrong_with_the_pipeline_the_mistakes_are_made_in() {
    assert_eq!(broken("name: good", "name: good"), []);
}

#[test]
fn a_misspelt_name_gets_the_right_one_as_a_hint() {
    let problems = broken("name: comp-make}", "name: comp-mkae}");
    assert_eq!(problems[0].hint.as_deref(), Some("there is `comp-make`"));
}

#[test]
fn a_component_that_contains_itself_is_refused() {
    let problems = broken(
        "executorLabel: exec-make",
        "dag: {tasks: {again: {componentRef: {name: comp-make}}}}",
    );
    let found = |wanted: &str| {
        problems
            .iter()
            .any(|problem| problem.message.contains(wanted))
    };
    assert!(found("`comp-make` contains itself"), "{problems:#?}");
}

#[test]
fn what_a_backend_does_differently_is_a_warning() {
    let cases = [
        ("retryPolicy: {maxRetryCount: 2}", "not for exit codes"),
        (
            "triggerPolicy: {strategy: ALL_UPSTREAM_TASKS_COMPLETED}\n        cachingOptions: {enableCache: true}",
            "caching is on",
        ),
    ];
    for (policy, wanted) in cases {
        let policy = format!("dependentTasks: [make]\n        {policy}");
        let problems = broken("dependentTasks: [make]", &policy);
        assert_eq!(problems.len(), 1, "{problems:#?}");
        assert_eq!(problems[0].rule.severity, Severity::Warning);
        assert!(problems[0].message.contains(wanted), "{problems:#?}");
    }
    let text =
        "text: {runtimeValue: {constant: \"a {{$.pipeline_job_name}}\"}}\n            n: {task";
    let problems = broken("n: {task", text);
    assert!(
        problems[0].message.contains("leaves it as it is"),
        "{problems:#?}"
    );
}

#[test]
fn what_fits_into_no_argument_is_an_error() {
    let long =
        |text: &str| format!("text: {{runtimeValue: {{constant: {text}}}}}\n            n: {{task");
    let problems = broken("n: {task", &long(&"x".repeat(131_071)));
    assert_eq!(problems, []);
    let problems = broken("n: {task", &long(&"x".repeat(131_072)));
    assert_eq!(problems[0].rule.code, "long-argument", "{problems:#?}");
    assert_eq!(problems[0].position.line, 30);
    // What the program gets as JSON in one argument has its quotes too.
    let text = long(&"x".repeat(131_071));
    let with_input = broken_twice(("n: {task", &text), ("[/use]", "[/use, '{{$}}']"));
    assert!(
        with_input[0]
            .message
            .contains("131073 bytes in the executor input"),
        "{with_input:#?}"
    );
    let problems = broken("[/make]", &format!("[/make, {}]", "x".repeat(131_072)));
    assert_eq!(
        (problems[0].rule.code, problems[0].position.line),
        ("long-argument", 16)
    );
}

#[test]
fn metadata_beyond_four_kilobytes_is_a_warning() {
    let with = |bytes: usize| {
        let metadata = format!(
            "0.0.1}}, metadata: {{a: {}}}}}}}\n  comp-use",
            "x".repeat(bytes - 8)
        );
        broken("0.0.1}}}\n  comp-use", &metadata)
    };
    assert_eq!(with(4096), []);
    assert_eq!(with(4097)[0].rule.code, "large-metadata");
}

#[test]
fn what_kfp_local_fails_on_is_an_info() {
    let optional = broken(
        "parameters: {start:",
        "parameters: {o: {parameterType: STRING, isOptional: true}, start:",
    );
    assert!(
        optional[0].message.contains("kfp.local fails"),
        "{optional:#?}"
    );
    let named = broken(
        "dependentTasks: [make]",
        "dependentTasks: [make]\n        parameterIterator: {items: {inputParameter: n}, itemInput: text}",
    );
    assert!(
        named[0].message.contains("over the named output `n`"),
        "{named:#?}"
    );
    let selector = "{producerSubtask: make, outputArtifactKey: data}";
    let either = format!(
        "  outputDefinitions: {{artifacts: {{one: {{}}}}}}\n  dag:\n    \
         outputs: {{artifacts: {{one: {{artifactSelectors: [{selector}, {selector}]}}}}}}\n"
    );
    let branches = broken("  dag:\n", &either);
    assert!(
        branches[0].message.contains("branch that ran"),
        "{branches:#?}"
    );
    let loops = include_str!("../kfp/compiled/for-nested.yaml");
    let source = "{valueFromParameter: {producerSubtask: for-loop-4, outputParameterKey: sums}}";
    let gathered =
        format!("comp-for-loop-2:\n    dag:\n      outputs: {{parameters: {{sums: {source}}}}}\n");
    let mut nested = problems(&loops.replacen("comp-for-loop-2:\n    dag:\n", &gathered, 1));
    nested.retain(|problem| problem.rule.severity == Severity::Info);
    assert!(nested[0].message.contains("one flat list"), "{nested:#?}");
    for problem in [&optional, &named, &branches, &nested].map(|problems| &problems[0]) {
        assert_eq!(
            (problem.rule.code, problem.rule.severity),
            ("kfp-local", Severity::Info)
        );
    }
}

#[test]
fn every_rule_has_a_code_of_its_own() {
    let codes: std::collections::BTreeSet<_> =
        kfp_pipeline::rule::rules().map(|rule| rule.code).collect();
    assert_eq!(codes.len(), kfp_pipeline::rule::rules().count());
}
