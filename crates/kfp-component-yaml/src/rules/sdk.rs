//! What one of the two SDKs refuses while the other may take it.

use super::{Rule, Severity::Error};

super::define! {
    SDK:
    GRAPH_COMPONENT = Rule {
        code: "graph-component",
        severity: Error,
        summary: "kfp 2 does not load graph components",
        help: "write the graph as a pipeline in the Python DSL",
        explanation: "Components with `implementation.graph` are a feature of kfp 1.8 alone.",
    };
    BAD_NAME = Rule {
        code: "bad-name",
        severity: Error,
        summary: "an SDK cannot use a name",
        help: "begin the name with a letter, and use lower-case ASCII letters, digits and single underscores",
        explanation: "kfp 2 lower-cases names, replaces everything that is not an ASCII letter or digit, and wants a \
                      letter first; kfp 1.8 wants an ASCII letter at the start of an output's name.",
    };
    PYTHON_KEYWORD = Rule {
        code: "python-keyword",
        severity: Error,
        summary: "kfp 1.8 cannot make a Python argument of an input's name",
        help: "rename the input; a Python keyword cannot be an argument's name",
        explanation: "kfp 1.8 turns every input into an argument of a Python function: `lambda`, `class`, `from`, `is` \
                      and the like cannot be one.",
    };
    BAD_COMPONENT_NAME = Rule {
        code: "bad-component-name",
        severity: Error,
        summary: "kfp 2 cannot use the component's name",
        help: "give it a name with an ASCII letter or digit, at most 128 characters long",
        explanation: "kfp 2 keeps lower-case ASCII letters, digits and dashes, and refuses a name that is then empty or \
                      too long.",
    };
    BAD_DEFAULT = Rule {
        code: "bad-default",
        severity: Error,
        summary: "a default cannot be read as the input's type",
        help: "write a default of that type as a quoted string, or remove it and write `optional: true`",
        explanation: "kfp 2 converts defaults while it loads the file: `''` and `None` are neither numbers nor booleans, \
                      and `2.5` is not an Integer.",
    };
    DEFAULT_NOT_COMPILABLE = Rule {
        code: "default-not-compilable",
        severity: Error,
        summary: "a default cannot be written into a pipeline",
        help: "leave out null, NaN and infinities",
        explanation: "Defaults become protobuf values, which have neither null inside lists nor numbers that are not \
                      finite.",
    };
    DEFAULT_OF_OTHER_TYPE = Rule {
        code: "default-of-other-type",
        severity: Error,
        summary: "a default is of another type than its input",
        help: "write the default as a quoted string",
        explanation: "kfp 1.8 passes defaults on as YAML reads them, and refuses a number for a String.",
    };
    INTEGER_OUT_OF_RANGE = Rule {
        code: "integer-out-of-range",
        severity: Error,
        summary: "a default does not fit into 64 bits",
        help: "use a String, or a smaller number",
        explanation: "kfp 1.8 puts integers into a 64-bit field.",
    };
    NO_SERIALIZER = Rule {
        code: "no-serializer",
        severity: Error,
        summary: "kfp 1.8 cannot pass a constant of this type",
        help: "spell the type String, Integer, Float, Boolean, JsonArray or JsonObject",
        explanation: "kfp 1.8 knows parameter types by their exact spelling, and does not know Double, Int or Text.",
    };
    SURROGATE_ESCAPE = Rule {
        code: "surrogate-escape",
        severity: Error,
        summary: "a text holds escaped surrogates, which are not characters",
        help: "write the character itself, or `\\U0001F680` instead of `\\ud83d\\ude80`",
        explanation: "JSON writes characters beyond U+FFFF as two escaped surrogates, and Python's `json.dumps` does so \
                      for every emoji. PyYAML does not join them: the text then cannot be encoded, and both SDKs fail \
                      when they write it. `json.dumps(…, ensure_ascii=False)` and PyYAML's `allow_unicode=True` write \
                      the character itself.",
    };
    LIST_TYPE = Rule {
        code: "list-type",
        severity: Error,
        summary: "a type is a list",
        help: "write the type's name",
        explanation: "kfp 1.8 ignores a list; kfp 2 fails on it while loading.",
    };
    BAD_TYPE_NAME = Rule {
        code: "bad-type-name",
        severity: Error,
        summary: "an SDK cannot use a type",
        help: "use one of the types of the contract, such as String or Dataset",
        explanation: "A name that begins with `google` must be `google.` and letters; a type mapping must not be empty.",
    };
    VALUE_ON_ARTIFACT = Rule {
        code: "value-on-artifact",
        severity: Error,
        summary: "kfp 2 cannot pass an artifact by value",
        help: "declare a parameter type such as String, or use inputPath",
        explanation: "Missing and unknown types (URI, GCSPath, …) are artifacts in kfp 2, and an artifact has no value \
                      on the command line. This is what breaks most published components.",
    };
    PATH_ON_PARAMETER = Rule {
        code: "path-on-parameter",
        severity: Error,
        summary: "kfp 2 cannot pass a parameter as a file",
        help: "use inputValue, or declare an artifact type such as Dataset",
        explanation: "inputPath and inputUri belong to artifacts in kfp 2; kfp 1.8 would write the value into a file.",
    };
    URI_OF_PARAMETER = Rule {
        code: "uri-of-parameter",
        severity: Error,
        summary: "a parameter output has no URI in kfp 2",
        help: "use outputPath",
        explanation: "outputUri belongs to artifacts.",
    };
    URI_OF_OPTIONAL = Rule {
        code: "uri-of-optional",
        severity: Error,
        summary: "kfp 1.8 cannot leave out an optional input used by inputUri",
        help: "use inputPath, or make the input required",
        explanation: "kfp 1.8 resolves nothing for it and then does not know the placeholder.",
    };
    V1_ONLY_PLACEHOLDER = Rule {
        code: "v1-only-placeholder",
        severity: Error,
        summary: "kfp 2 does not know this placeholder",
        help: "use executorInput, which holds names and metadata",
        explanation: "inputMetadata, inputOutputPortName and outputMetadata only ever were part of kfp 1.8.",
    };
    SCALAR_ELSE = Rule {
        code: "scalar-else",
        severity: Error,
        summary: "kfp 2 cannot load a single placeholder in `else`",
        help: "write a list of one: `else: [{inputValue: x}]`",
        explanation: "kfp 2.17 converts a single placeholder in `else`, forgets the result and fails on the original.",
    };
    LIST_IF_IN_CONCAT = Rule {
        code: "list-if-in-concat",
        severity: Error,
        summary: "kfp 2 cannot load an `if` with lists inside `concat`",
        help: "use single items in `then` and `else` there, or no concat",
        explanation: "What is concatenated must be one text, not a list of them.",
    };
    IF_WITHOUT_IS_PRESENT = Rule {
        code: "if-without-is-present",
        severity: Error,
        summary: "the condition of an `if` is not isPresent",
        help: "write `cond: {isPresent: x}`",
        explanation: "kfp 2 knows no other condition, and kfp 1.8 cannot resolve inputValue there.",
    };
    CONFLICTING_OUTPUT_FILES = Rule {
        code: "conflicting-output-files",
        severity: Error,
        summary: "an output has both a fixed path and outputPath",
        help: "remove the output from fileOutputs",
        explanation: "kfp 1.8 cannot tell which of the two files is the output.",
    };
    FINAL_STATUS_NOT_PASSED = Rule {
        code: "final-status-not-passed",
        severity: Error,
        summary: "kfp 1.8 has no value for a PipelineTaskFinalStatus input",
        help: "take it by inputValue, and use the component as an exit handler of kfp 2",
        explanation: "kfp 1.8 leaves such inputs out of the function it makes of the component, so nobody can pass one.",
    };
    NOT_JSON = Rule {
        code: "not-json",
        severity: Error,
        summary: "kfp 1.8 cannot write a type or annotation as JSON",
        help: "quote dates, and let all keys of a mapping be strings",
        explanation: "kfp 1.8 writes the whole component into the workflow as JSON with sorted keys.",
    };
    ARGO_TAG = Rule {
        code: "argo-tag",
        severity: Error,
        summary: "a text contains an Argo tag that kfp 1.8 refuses",
        help: "write it without the double braces",
        explanation: "kfp 1.8 puts every text of the component into the workflow, descriptions too, and refuses \
                      `{{tasks.…}}` and the like there.",
    };
    NAME_COLLISION = Rule {
        code: "name-collision",
        severity: Error,
        summary: "two names become the same in kfp 2",
        help: "rename one of them",
        explanation: "kfp 2 lower-cases names and replaces what is not a letter or digit. Of two that become equal it \
                      silently keeps the last, and both placeholders point at it.",
    };
    TYPE_PREFIX_TRAP = Rule {
        code: "type-prefix-trap",
        severity: Error,
        summary: "kfp 2 declares an artifact and writes a parameter",
        help: "use a parameter type by its plain name, or an artifact type that does not begin with a parameter's name",
        explanation: "Declarations go by the whole type, placeholders of outputs by its first word: `String list` \
                      compiles and cannot run.",
    };
    EMPTY_IMAGE = Rule {
        code: "empty-image",
        severity: Error,
        summary: "the image is empty",
        help: "name the image: `image: registry/name:tag`",
        explanation: "The file loads and compiles, but kfp 2 cannot load the compiled pipeline.",
    };
}
