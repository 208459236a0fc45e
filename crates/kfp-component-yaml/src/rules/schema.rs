//! What both SDKs refuse: their schema, and names that point nowhere.

use super::{Rule, Severity::Error};

super::define! {
    SCHEMA:
    UNKNOWN_KEY = Rule {
        code: "unknown-key",
        severity: Error,
        summary: "a key is not part of the schema",
        help: "remove the key, or move what it says to `metadata.annotations`",
        explanation: "Both SDKs refuse unknown keys everywhere. Resources, pull policy, retries and caching belong to \
                      the task in the pipeline, not to the component.",
    };
    MISSING_KEY = Rule {
        code: "missing-key",
        severity: Error,
        summary: "a required key is missing",
        help: "add the key",
        explanation: "Neither SDK can build the component without it: inputs and outputs need a `name`, a container \
                      needs an `image`, an `if` needs `cond` and `then`.",
    };
    WRONG_KIND = Rule {
        code: "wrong-kind",
        severity: Error,
        summary: "a value is of the wrong type",
        help: "quote text that YAML takes for a number, boolean or date",
        explanation: "Types are checked strictly: `3`, `yes` and `2021-10-22` are not strings unless quoted. `command`, \
                      `args`, `inputs` and `outputs` are lists, `env` is a mapping of strings.",
    };
    UNKNOWN_PLACEHOLDER = Rule {
        code: "unknown-placeholder",
        severity: Error,
        summary: "an argument is a mapping but not a placeholder",
        help: "use exactly one of inputValue, inputPath, outputPath, executorInput, concat and if",
        explanation: "A placeholder is a mapping with one known key, in exactly this spelling. Unquoted text with a \
                      colon followed by a space is a mapping for YAML, too.",
    };
    DUPLICATE_NAME = Rule {
        code: "duplicate-name",
        severity: Error,
        summary: "two inputs or two outputs have the same name",
        help: "rename one of them",
        explanation: "Names are unique among the inputs and among the outputs.",
    };
    UNKNOWN_INPUT = Rule {
        code: "unknown-input",
        severity: Error,
        summary: "a placeholder names an input that is not declared",
        help: "declare the input, or use the exact spelling of its name",
        explanation: "Placeholders use the name as declared, not the form that the SDK makes of it.",
    };
    UNKNOWN_OUTPUT = Rule {
        code: "unknown-output",
        severity: Error,
        summary: "a placeholder or fileOutputs names an output that is not declared",
        help: "declare the output, or use the exact spelling of its name",
        explanation: "Placeholders and fileOutputs use the name as declared, not the form that the SDK makes of it.",
    };
    UNKNOWN_TASK = Rule {
        code: "unknown-task",
        severity: Error,
        summary: "an argument names a task that the graph does not have",
        help: "use the name of a task under `graph.tasks`",
        explanation: "Tasks of a graph are wired by name.",
    };
    CYCLIC_TASKS = Rule {
        code: "cyclic-tasks",
        severity: Error,
        summary: "tasks of the graph wait for one another",
        help: "break the cycle",
        explanation: "A task can run only after the tasks whose outputs it takes.",
    };
    UNKNOWN_ARGUMENT = Rule {
        code: "unknown-argument",
        severity: Error,
        summary: "a graph passes or takes something that is not there",
        help: "pass only declared inputs, and give every input that the graph uses a value or a default",
        explanation: "kfp 1.8 looks arguments up by name while it compiles, and stops at the first missing one.",
    };
    INCOMPATIBLE_TYPES = Rule {
        code: "incompatible-types",
        severity: Error,
        summary: "a graph passes an output to an input of another type",
        help: "declare the same type on both ends",
        explanation: "kfp 1.8 compares type names when it wires tasks.",
    };
    NO_IMPLEMENTATION = Rule {
        code: "no-implementation",
        severity: Error,
        summary: "the component has no implementation",
        help: "add `implementation.container` with `image` and `command`",
        explanation: "kfp 1.8 loads such a file and fails when it is used; kfp 2 takes it for compiled IR and fails to \
                      load it.",
    };
}
