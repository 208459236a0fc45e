//! What loads and compiles, and then does not run as meant on some backend or in kfp.local.

use super::{Rule, Severity::Error, Severity::Warning};

super::define! {
    BACKEND:
    NEEDS_NETWORK = Rule {
        code: "needs-network",
        severity: Warning,
        summary: "the graph loads components from elsewhere",
        help: "inline the components, or write the graph as a pipeline in the Python DSL",
        explanation: "kfp 1.8 fetches them while it compiles; the verdict covers what is in the file.",
    };
    RESERVED_NAME = Rule {
        code: "reserved-name",
        severity: Warning,
        summary: "a name has a meaning for kfp",
        help: "rename it",
        explanation: "kfp 2 cannot be passed an argument called `self`, and writes its logs to an output called \
                      `executor-logs`.",
    };
    OPTIONAL_INTEGER_WITHOUT_DEFAULT = Rule {
        code: "optional-integer-without-default",
        severity: Warning,
        summary: "an optional Integer without a default cannot be left out in kfp.local",
        help: "give it a default: `default: '0'`",
        explanation: "kfp.local 2.17 converts the missing value with int() and crashes; clusters and kfp 1.8 leave it \
                      out.",
    };
    OPTIONAL_UNGUARDED = Rule {
        code: "optional-unguarded",
        severity: Warning,
        summary: "an optional input without a default is used outside `if`",
        help: "write `if: {cond: {isPresent: x}, then: [--x, {inputValue: x}]}`",
        explanation: "If it is left out, it becomes a bare flag in kfp 1.8, `null` in kfp.local, a literal placeholder on \
                      older backends and a failed driver on newer ones.",
    };
    DEFAULT_UNGUARDED = Rule {
        code: "default-unguarded",
        severity: Warning,
        summary: "an input with a default is used outside `if`, which fails on backend 2.17.0",
        help: "write `if: {cond: {isPresent: x}, then: [--x, {inputValue: x}]}`, and let the program know the default",
        explanation: "Backend 2.17.0 forgets the defaults of a component while its driver resolves the arguments: the \
                      task fails with `parameter \"x\" not found in executor input` when x is left out. 2.17.1 and all \
                      earlier backends fill the default in. Where no 2.17.0 is in use, allow this code.",
    };
    UNREADABLE_COMMENT = Rule {
        code: "unreadable-comment",
        severity: Warning,
        summary: "kfp 2 writes this text into a comment that ends the comment or the file",
        help: "keep line breaks and control characters out of defaults; read long text from an input artifact",
        explanation: "When kfp 2.17 compiles a component alone, it lists inputs and defaults in a comment at the top and \
                      does not escape them: a line break ends the comment, a control character makes the file \
                      unreadable, and kfp itself cannot load what it wrote. `kfp-comp compile` writes a file that can \
                      be read.",
    };
    LITERAL_TAG = Rule {
        code: "literal-tag",
        severity: Warning,
        summary: "KFP 2 passes a tag of Argo on as literal text",
        help: "take the value as an input, and let the pipeline pass `dsl.PIPELINE_JOB_ID_PLACEHOLDER` or the like",
        explanation: "`{{workflow.…}}`, `{{pod.…}}` and `{{retries}}` are variables of Argo, which KFP 1 runs on. KFP 2 \
                      does not know them, and the program receives the braces.",
    };
    LITERAL_PLACEHOLDER = Rule {
        code: "literal-placeholder",
        severity: Warning,
        summary: "a placeholder stands inside text and stays text",
        help: "make the placeholder an argument of its own: `- {inputValue: x}`",
        explanation: "Only a mapping is a placeholder. Inside quotes it is text that the program receives as it is \
                      written: put it into the list as an item, in front of it the flag as another item.",
    };
    NESTED_PLACEHOLDER = Rule {
        code: "nested-placeholder",
        severity: Warning,
        summary: "a constant of a pipeline has a placeholder inside a text, list or mapping",
        help: "pass the value as an input of its own, and put the text, list or mapping together in the component",
        explanation: "f-strings, lists and mappings of pipeline values compile to constants with placeholders inside. \
                      The driver fills in a constant only where the whole text is one placeholder, kfp.local also within \
                      a text, nobody within a list or mapping. What is left reaches the executor input as braces.",
    };
    CONCAT = Rule {
        code: "concat",
        severity: Warning,
        summary: "concat does not work on open-source backends",
        help: "pass the parts as separate arguments and join them in the program",
        explanation: "The backend passes the literal JSON of a concat to the program; only kfp 1.8, kfp.local and Vertex \
                      AI join it.",
    };
    NESTED_IF = Rule {
        code: "nested-if",
        severity: Warning,
        summary: "an `if` or `concat` inside an `if` fails on kfp 2 backends",
        help: "use strings and simple placeholders in the branches",
        explanation: "The driver refuses items that are not plain strings after substitution.",
    };
    BACKEND_IF = Rule {
        code: "backend-if",
        severity: Warning,
        summary: "this backend passes the JSON of an `if` to the program",
        help: "pass the value outside `if`, or `{executorInput: null}` so that the program can look for itself",
        explanation: "Backends before 2.17.0 do not resolve `if`: the program receives one argument that begins with \
                      `{\"IfPresent\":`. Backend 2.17.0 resolves it, but takes a default or an artifact for absent. \
                      Only reported for the backend that is named with `--backend`.",
    };
    BACKEND_DEFAULT = Rule {
        code: "backend-default",
        severity: Error,
        summary: "the driver of this backend fails when an input is left out",
        help: "pass the argument in every pipeline, or write `if: {cond: {isPresent: x}, then: [--x, {inputValue: x}]}`",
        explanation: "Backend 2.17.0 and later resolve arguments in the driver and fail on an input that has no value; \
                      2.17.0 does so even where the component has a default. Only reported for the backend that is \
                      named with `--backend`.",
    };
    BACKEND_LITERAL = Rule {
        code: "backend-literal",
        severity: Warning,
        summary: "this backend passes the literal placeholder of an input that is left out",
        help: "give the input a default, or let the program take `{{$.` for a missing value",
        explanation: "Backends before 2.17.0 replace what they have a value for and leave other placeholders as they \
                      stand. Only reported for the backend that is named with `--backend`.",
    };
    BACKEND_CONCAT = Rule {
        code: "backend-concat",
        severity: Error,
        summary: "this backend does not join a concat",
        help: "pass the parts as separate arguments and join them in the program",
        explanation: "No open-source backend resolves `concat`: the program receives one argument that begins with \
                      `{\"Concat\":`. Inside an `if`, the driver of 2.17.0 and later fails. Only reported for the \
                      backend that is named with `--backend`.",
    };
    DEFAULT_ON_ARTIFACT = Rule {
        code: "default-on-artifact",
        severity: Warning,
        summary: "an artifact has a default",
        help: "declare a parameter type such as String if it is a value; write `optional: true` instead if it is a file",
        explanation: "kfp 1.8 takes it for the artifact's content; kfp 2 forgets it and makes the input optional.",
    };
    DEFAULT_NOT_STRING = Rule {
        code: "default-not-string",
        severity: Warning,
        summary: "a default is not a quoted string",
        help: "quote it",
        explanation: "YAML decides what an unquoted value is, and both SDKs go on from there differently.",
    };
    DEFAULT_NOT_JSON = Rule {
        code: "default-not-json",
        severity: Warning,
        summary: "a default of a list or mapping is not JSON of that kind",
        help: "write JSON: `'[1, 2]'` for a list, `'{\"a\": 1}'` for a mapping",
        explanation: "kfp 2 keeps such a text as a string without complaint, and the program receives text. Python's \
                      single quotes, `True` and `None` are not JSON.",
    };
    DEFAULT_OF_GENERIC_TYPE = Rule {
        code: "default-of-generic-type",
        severity: Warning,
        summary: "kfp 2 keeps the default of a type such as List[int] as text",
        help: "declare the type as JsonArray or JsonObject",
        explanation: "kfp 2 reads JSON out of a default only where the type is one bare word; of `List[int]` the program \
                      receives the text of the list.",
    };
    INTEGER_PRECISION = Rule {
        code: "integer-precision",
        severity: Warning,
        summary: "a default is beyond what a double holds exactly",
        help: "stay within 2^53, or use a String",
        explanation: "All numbers in pipeline IR are doubles.",
    };
    MAP_TYPE = Rule {
        code: "map-type",
        severity: Warning,
        summary: "a parameter's type is written as a mapping",
        help: "write the type's name alone",
        explanation: "kfp 2 takes every type written as a mapping for an artifact.",
    };
    TYPE_SPELLING = Rule {
        code: "type-spelling",
        severity: Warning,
        summary: "kfp 1.8 does not know this spelling of a parameter type",
        help: "spell it String, Integer, Float, Boolean, JsonArray or JsonObject",
        explanation: "kfp 2 ignores case and knows more names. kfp 1.8 compares spellings: a pipeline's own `bool` is a \
                      `Boolean`, which it refuses to pass to a `Bool`, and a type without a serializer takes no \
                      constant.",
    };
    UNTYPED_INPUT = Rule {
        code: "untyped-input",
        severity: Warning,
        summary: "an input has no type",
        help: "declare a type; without one kfp 2 takes the input for an artifact",
        explanation: "kfp 1.8 wires untyped inputs to anything; kfp 2 wires them to artifacts only.",
    };
    UNTYPED_OUTPUT = Rule {
        code: "untyped-output",
        severity: Warning,
        summary: "an output has no type",
        help: "declare a type; without one kfp 2 takes the output for an artifact",
        explanation: "kfp 1.8 wires untyped outputs to anything; kfp 2 wires them to artifact inputs only.",
    };
    UNUSED_INPUT = Rule {
        code: "unused-input",
        severity: Warning,
        summary: "an input is declared and never used",
        help: "add `{inputValue: …}` or `{inputPath: …}` to the arguments, or remove the input",
        explanation: "Callers pass it and the program never sees it.",
    };
    UNUSED_OUTPUT = Rule {
        code: "unused-output",
        severity: Warning,
        summary: "an output is declared and the program is not told where to write it",
        help: "add `{outputPath: …}` to the arguments, or remove the output",
        explanation: "An output that nobody writes fails the task in kfp 1.8 and is missing in kfp 2.",
    };
    NO_COMMAND = Rule {
        code: "no-command",
        severity: Warning,
        summary: "the container has no command",
        help: "write the program as `command: [/component]`, the image's ENTRYPOINT if it has one",
        explanation: "Argo's emissary executor cannot look into the image and needs the command; kfp 2 backends never \
                      run the image's ENTRYPOINT, and run args[0] instead.",
    };
    FILE_OUTPUTS = Rule {
        code: "file-outputs",
        severity: Warning,
        summary: "outputs are at fixed paths",
        help: "pass `{outputPath: …}` to the program instead",
        explanation: "kfp 2 ignores fileOutputs: the outputs stay empty there.",
    };
}
