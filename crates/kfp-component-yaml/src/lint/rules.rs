//! The one table of what lint can find; its codes never change their meaning.

use super::rule::{Rule, Severity};

/// The rule of a code.
pub fn rule(code: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.code == code)
}

const fn error(
    code: &'static str,
    summary: &'static str,
    help: &'static str,
    explanation: &'static str,
) -> Rule {
    Rule {
        code,
        severity: Severity::Error,
        summary,
        help,
        explanation,
    }
}

const fn warning(
    code: &'static str,
    summary: &'static str,
    help: &'static str,
    explanation: &'static str,
) -> Rule {
    Rule {
        code,
        severity: Severity::Warning,
        summary,
        help,
        explanation,
    }
}

const fn info(
    code: &'static str,
    summary: &'static str,
    help: &'static str,
    explanation: &'static str,
) -> Rule {
    Rule {
        code,
        severity: Severity::Info,
        summary,
        help,
        explanation,
    }
}

/// Every rule: first what stops an SDK, then what stops a backend, then what is merely better otherwise.
pub static RULES: &[Rule] = &[
    error(
        "not-yaml",
        "the file is not YAML for PyYAML",
        "help the position shown; quote text with `: `, ` #`, `{`, `[`, `%`, `@` or a tab, and render templates first",
        "Both SDKs read files with PyYAML, which is stricter than newer parsers about tabs and `?` inside brackets.",
    ),
    error(
        "too-large",
        "the file is too large, too deep or too often aliased to be a component",
        "write the component out without aliases, and keep data in artifacts",
        "PyYAML would read on until memory or Python's stack ends; lint stops at 4 MiB, 150000 values and 100 levels.",
    ),
    error(
        "several-documents",
        "the file holds more than one YAML document",
        "keep one component in one file, without a second `---`",
        "A component is the only document of its file; kfp 2 takes a second one for a platform spec, and only after IR.",
    ),
    error(
        "not-a-component",
        "the file does not hold a mapping",
        "write a component: `name`, `inputs`, `outputs` and `implementation`",
        "A component.yaml is one YAML mapping; an empty file, a list or plain text is none.",
    ),
    error(
        "compiled-pipeline",
        "the file is compiled pipeline IR, which kfp 1.8 cannot load",
        "use it with kfp 2 only, or give users of kfp 1.8 the component.yaml it was compiled from",
        "kfp 2 loads both component.yaml and IR; kfp 1.8 knows only the first.",
    ),
    error(
        "unknown-key",
        "a key is not part of the schema",
        "remove the key, or move what it says to `metadata.annotations`",
        "Both SDKs refuse unknown keys everywhere. Resources, pull policy, retries and caching belong to the task in the \
         pipeline, not to the component.",
    ),
    error(
        "missing-key",
        "a required key is missing",
        "add the key",
        "Without it no SDK can build the component.",
    ),
    error(
        "wrong-kind",
        "a value is of the wrong kind",
        "quote text that YAML takes for a number, boolean or date, and write lists as lists",
        "Types are checked strictly: `3`, `yes` and `2021-10-22` are no strings unless quoted.",
    ),
    error(
        "unknown-placeholder",
        "an argument is a mapping but no placeholder",
        "use exactly one of inputValue, inputPath, outputPath, executorInput, concat and if",
        "A placeholder is a mapping with one known key, in this very spelling.",
    ),
    error(
        "duplicate-name",
        "two inputs or two outputs have one name",
        "rename one of them",
        "Names are unique among the inputs and among the outputs.",
    ),
    error(
        "unknown-input",
        "a placeholder names an input that is not declared",
        "declare the input, or use the exact spelling of its name",
        "Placeholders use the name as declared, not the form the SDK makes of it.",
    ),
    error(
        "unknown-output",
        "something names an output that is not declared",
        "declare the output, or use the exact spelling of its name",
        "Placeholders and fileOutputs use the name as declared, not the form the SDK makes of it.",
    ),
    error(
        "unknown-task",
        "an argument names a task that the graph does not have",
        "use the name of a task under `graph.tasks`",
        "Tasks of a graph are wired by name.",
    ),
    error(
        "cyclic-tasks",
        "tasks of the graph wait for one another",
        "break the circle",
        "A task can run only after the tasks whose outputs it takes.",
    ),
    error(
        "unknown-argument",
        "a graph passes or takes something that is not there",
        "pass only declared inputs, and give every input the graph uses a value or a default",
        "kfp 1.8 looks arguments up by name while it compiles and stops at the first missing one.",
    ),
    error(
        "incompatible-types",
        "a graph passes an output to an input of another type",
        "declare the same type on both ends",
        "kfp 1.8 compares type names when it wires tasks.",
    ),
    error(
        "no-implementation",
        "the component has no implementation",
        "add `implementation.container` with `image` and `command`",
        "kfp 1.8 loads such a file and fails on use; kfp 2 takes it for compiled IR and fails on loading.",
    ),
    error(
        "graph-component",
        "kfp 2 does not load graph components",
        "write the graph as a pipeline in the Python DSL",
        "Components with `implementation.graph` are a feature of kfp 1.8 alone.",
    ),
    error(
        "bad-name",
        "a name cannot be used by an SDK",
        "begin names with a letter, and use lower-case letters, digits and single underscores",
        "kfp 2 sanitises input and output names and wants a letter first; kfp 1.8 wants one at the start of outputs.",
    ),
    error(
        "python-keyword",
        "kfp 1.8 cannot make a Python argument of an input's name",
        "rename the input; Python's keywords cannot be argument names",
        "kfp 1.8 turns every input into an argument of a Python function.",
    ),
    error(
        "bad-component-name",
        "kfp 2 cannot use the component's name",
        "give it a name with a letter or digit of ASCII in it, at most 128 characters long",
        "kfp 2 keeps lower-case ASCII letters, digits and dashes and refuses what is then empty or too long.",
    ),
    error(
        "bad-default",
        "a default cannot be read as the input's type",
        "write a default of that type as a quoted string, or remove it and write `optional: true`",
        "kfp 2 converts defaults while it loads the file: '' is no number and no boolean.",
    ),
    error(
        "default-not-compilable",
        "a default cannot be written into a pipeline",
        "leave out null, NaN and infinities",
        "Defaults become protobuf values, which have no null inside lists and no numbers that are not finite.",
    ),
    error(
        "default-of-other-type",
        "a default is of another type than its input",
        "write the default as a quoted string",
        "kfp 1.8 passes defaults on as YAML reads them and refuses a number for a String.",
    ),
    error(
        "integer-out-of-range",
        "a default does not fit into 64 bits",
        "use a String, or a smaller number",
        "kfp 1.8 puts integers into a 64-bit field.",
    ),
    error(
        "no-serializer",
        "kfp 1.8 cannot pass a constant of this type",
        "spell the type String, Integer, Float, Boolean, JsonArray or JsonObject",
        "kfp 1.8 knows parameter types by exact spelling: no Double, no Int, no Text.",
    ),
    error(
        "list-type",
        "a type is a list",
        "write the type's name",
        "kfp 1.8 ignores a list; kfp 2 fails on it while loading.",
    ),
    error(
        "bad-type-name",
        "a type cannot be used by an SDK",
        "use one of the types of the contract, such as String or Dataset",
        "Names that begin with `google` must be `google.` and letters; type mappings must not be empty.",
    ),
    error(
        "value-on-artifact",
        "kfp 2 cannot pass an artifact by value",
        "declare a parameter type such as String, or use inputPath",
        "Missing and unknown types (URI, GCSPath, …) are artifacts in kfp 2, and an artifact has no value on the command \
         line. This is what breaks most published components.",
    ),
    error(
        "path-on-parameter",
        "kfp 2 cannot pass a parameter as a file",
        "use inputValue, or declare an artifact type such as Dataset",
        "inputPath and inputUri belong to artifacts in kfp 2; kfp 1.8 would write the value into a file.",
    ),
    error(
        "uri-of-parameter",
        "a parameter output has no URI in kfp 2",
        "use outputPath",
        "outputUri belongs to artifacts.",
    ),
    error(
        "uri-of-optional",
        "kfp 1.8 cannot leave out an optional input used by inputUri",
        "use inputPath, or make the input required",
        "kfp 1.8 resolves nothing for it and then does not know the placeholder.",
    ),
    error(
        "v1-only-placeholder",
        "kfp 2 does not know this placeholder",
        "use executorInput, which holds names and metadata",
        "inputMetadata, inputOutputPortName and outputMetadata were only ever part of kfp 1.8.",
    ),
    error(
        "scalar-else",
        "kfp 2 cannot load a placeholder alone in `else`",
        "write a list of one: `else: [{inputValue: x}]`",
        "kfp 2.17 converts a single placeholder in `else`, forgets the result and stumbles over the original.",
    ),
    error(
        "list-if-in-concat",
        "kfp 2 cannot load an `if` with lists inside `concat`",
        "use single items in `then` and `else` there, or no concat",
        "What is concatenated must be one text, not a list of them.",
    ),
    error(
        "if-without-is-present",
        "an `if` asks something else than isPresent",
        "write `cond: {isPresent: x}`",
        "kfp 2 knows no other condition, and kfp 1.8 cannot resolve inputValue there.",
    ),
    error(
        "conflicting-output-files",
        "an output has both a fixed path and outputPath",
        "remove the output from fileOutputs",
        "kfp 1.8 cannot tell which of the two files is the output.",
    ),
    error(
        "final-status-not-passed",
        "kfp 1.8 has no value for a PipelineTaskFinalStatus input",
        "take it by inputValue, and use the component as an exit handler of kfp 2",
        "kfp 1.8 leaves such inputs out of the function it makes of the component, so nobody can pass one.",
    ),
    error(
        "not-json",
        "kfp 1.8 cannot write a type or annotation as JSON",
        "quote dates, and let all keys of a mapping be strings",
        "kfp 1.8 writes the whole component into the workflow as JSON with sorted keys.",
    ),
    error(
        "argo-tag",
        "a text contains a tag of Argo's",
        "write it without the double braces",
        "kfp 1.8 puts every text of the component into the workflow, descriptions too, and refuses `{{tasks.…}}` and the \
         like there.",
    ),
    error(
        "bad-ir",
        "kfp 2 cannot read the compiled pipeline",
        "compile it again with a current SDK",
        "IR is parsed as a protobuf message; unknown fields, old schema versions and values of another kind are refused.",
    ),
    error(
        "name-collision",
        "two names become one in kfp 2",
        "rename one of them",
        "kfp 2 lower-cases names and replaces what is no letter or digit. Of two that become equal it silently keeps the \
         last, and both placeholders point at it.",
    ),
    error(
        "type-prefix-trap",
        "kfp 2 declares an artifact and writes a parameter",
        "use a parameter type by its plain name, or an artifact type that does not begin with a parameter's name",
        "Declarations go by the whole type, placeholders of outputs by its first word: `String list` compiles and cannot \
         run.",
    ),
    error(
        "empty-image",
        "the image is empty",
        "name the image",
        "It loads and compiles, and what it compiles to loads no more.",
    ),
    warning(
        "needs-network",
        "the graph loads components from elsewhere",
        "inline the components, or write the graph as a pipeline in the Python DSL",
        "kfp 1.8 fetches them while it compiles; the verdict covers what is in the file.",
    ),
    warning(
        "duplicate-key",
        "a key is given twice",
        "remove one of the two",
        "YAML forbids it; PyYAML silently keeps the last.",
    ),
    warning(
        "reserved-name",
        "a name has a meaning of its own",
        "rename it",
        "kfp 2 cannot be passed an argument called `self`, and writes its logs to an output called `executor-logs`.",
    ),
    warning(
        "optional-integer-without-default",
        "an optional Integer without a default cannot be left out in kfp.local",
        "give it a default: `#[arg(default = …)]`, or `default: '0'`",
        "kfp.local 2.17 converts the missing value with int() and crashes; clusters and kfp 1.8 leave it out.",
    ),
    warning(
        "optional-unguarded",
        "an optional input without a default is used outside `if`",
        "write `if: {cond: {isPresent: x}, then: [--x, {inputValue: x}]}`",
        "Left out, it becomes a bare flag in kfp 1.8, `null` in kfp.local, a literal placeholder on older backends and a \
         failed driver on newer ones.",
    ),
    warning(
        "concat",
        "concat does not work on open-source backends",
        "pass the parts as separate arguments and join them in the program",
        "The backend passes the literal JSON of a concat to the program; only kfp 1.8, kfp.local and Vertex AI join it.",
    ),
    warning(
        "nested-if",
        "an `if` or `concat` inside an `if` fails on kfp 2 backends",
        "use strings and simple placeholders in the branches",
        "The driver refuses items that are not plain strings after substitution.",
    ),
    warning(
        "default-on-artifact",
        "an artifact has a default",
        "remove the default, or declare a parameter type",
        "kfp 1.8 takes it for the artifact's content; kfp 2 forgets it and makes the input optional.",
    ),
    warning(
        "default-not-string",
        "a default is not a quoted string",
        "quote it",
        "YAML decides what an unquoted value is, and both SDKs go on from there differently.",
    ),
    warning(
        "default-not-json",
        "a default of a list or mapping is not JSON of that kind",
        "write JSON: `'[1, 2]'` for a list, `'{\"a\": 1}'` for a mapping",
        "kfp 2 keeps such a text as a string without complaint, and the program receives text.",
    ),
    warning(
        "default-of-generic-type",
        "kfp 2 keeps the default of a type such as List[int] as text",
        "declare the type as JsonArray or JsonObject",
        "kfp 2 reads JSON out of a default only where the type is one bare word; of `List[int]` the program receives the \
         text of the list.",
    ),
    warning(
        "integer-precision",
        "a default is beyond what a double holds exactly",
        "stay within 2^53, or use a String",
        "All numbers of the IR are doubles.",
    ),
    warning(
        "map-type",
        "a parameter's type is written as a mapping",
        "write the type's name alone",
        "kfp 2 takes every type written as a mapping for an artifact.",
    ),
    warning(
        "type-spelling",
        "kfp 1.8 does not know this spelling of a parameter type",
        "spell it String, Integer, Float, Boolean, JsonArray or JsonObject",
        "kfp 2 ignores case and knows more names; kfp 1.8 then has no way to pass a constant.",
    ),
    warning(
        "untyped-input",
        "an input has no type",
        "declare one; without it kfp 2 takes the input for an artifact",
        "kfp 1.8 wires untyped inputs to anything; kfp 2 wires them to artifacts only.",
    ),
    warning(
        "untyped-output",
        "an output has no type",
        "declare one; without it kfp 2 takes the output for an artifact",
        "kfp 1.8 wires untyped outputs to anything; kfp 2 wires them to artifact inputs only.",
    ),
    warning(
        "unused-input",
        "an input is declared and never used",
        "use it in the arguments, or remove it",
        "Callers pass it and the program never sees it.",
    ),
    warning(
        "unused-output",
        "an output is declared and the program is not told where to write it",
        "add `{outputPath: …}` to the arguments, or remove it",
        "An output nobody writes fails the task in kfp 1.8 and is missing in kfp 2.",
    ),
    warning(
        "no-command",
        "there is no command",
        "write the program as `command: [/component]`",
        "Argo's emissary executor cannot look into the image and needs it, and kfp 2 backends run args[0] instead.",
    ),
    warning(
        "file-outputs",
        "outputs are at fixed paths",
        "pass `{outputPath: …}` to the program instead",
        "kfp 2 ignores fileOutputs: the outputs stay empty there.",
    ),
    warning(
        "latest-image",
        "the image is whatever `latest` is today",
        "name a version, or better a digest",
        "Nodes and caches keep what they pulled once, so two runs of one pipeline can run two programs.",
    ),
    warning(
        "pip-install",
        "packages are installed when the component runs",
        "install them when the image is built",
        "Every run then depends on an index, on the network and on what was released that day.",
    ),
    warning(
        "secret-parameter",
        "a secret is passed as a parameter",
        "mount a Kubernetes secret in the pipeline instead",
        "Parameters are shown in the UI and kept in the workflow, the cache and the metadata store.",
    ),
    warning(
        "no-name",
        "the component has no name",
        "add `name:`",
        "kfp 1.8 calls it `Component` and kfp 2 `name`.",
    ),
    warning(
        "no-description",
        "the component has no description",
        "say in one sentence what it does under `description:`",
        "It is all a catalog, an editor or the SDK's help can show.",
    ),
    info(
        "uri-in-kfp-1",
        "kfp 1.8 passes the literal text of a URI placeholder",
        "use inputPath and outputPath",
        "inputUri and outputUri are resolved by kfp 2 only.",
    ),
    info(
        "custom-type",
        "kfp 2 takes this type for a plain artifact",
        "use a type of the contract: String, Integer, Float, Boolean, JsonArray, JsonObject, Dataset, Model, Metrics, …",
        "kfp 1.8 compares any names; kfp 2 knows a fixed set and makes an artifact of every other.",
    ),
    info(
        "not-snake-case",
        "a name is not lower-case words joined by single underscores",
        "rename it: the SDKs will call it otherwise",
        "Each SDK makes its own identifier of other names, so pipelines cannot use one spelling for both.",
    ),
    info(
        "metrics-name",
        "kfp 1.8 does not draw metrics under this name",
        "call metrics `mlpipeline_metrics` and visualisations `mlpipeline_ui_metadata`",
        "The UI of KFP 1.x goes by the output's name, the one of KFP 2 by its type.",
    ),
    info(
        "unpinned-image",
        "the image is not pinned by digest",
        "write `repository@sha256:…`",
        "A tag can be moved; nodes and caches do not notice.",
    ),
    info(
        "undocumented-input",
        "an input has no description",
        "say what it is under `description:`",
        "Callers see nothing but its name and type.",
    ),
    info(
        "no-author",
        "no author is named",
        "add `metadata.annotations.author`",
        "Users cannot tell whom to ask.",
    ),
    info(
        "no-version",
        "no version is named",
        "add `metadata.annotations.version`, quoted",
        "Two files of one name cannot be told apart.",
    ),
    info(
        "no-licence",
        "no licence is named",
        "add `metadata.annotations.license` with an SPDX expression",
        "Without a licence nobody may use it.",
    ),
];
