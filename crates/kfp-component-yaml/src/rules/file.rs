//! What keeps the file as a whole from being a component.

use super::{Rule, Severity::Error, Severity::Warning};

super::define! {
    FILE:
    NOT_UTF_8 = Rule {
        code: "not-utf-8",
        severity: Error,
        summary: "the file is not UTF-8 text",
        help: "save the file as UTF-8",
        explanation: "kfp 2 opens files as UTF-8 text. kfp 1.8 hands the bytes to PyYAML, which also reads UTF-16 with a \
                      byte order mark. Windows PowerShell 5 writes UTF-16 when output is redirected with `>`; old editors \
                      write the code page of the country.",
    };
    NOT_YAML = Rule {
        code: "not-yaml",
        severity: Error,
        summary: "the file is not YAML for PyYAML",
        help: "correct the YAML at this position",
        explanation: "Both SDKs read files with PyYAML, which is stricter than newer parsers about tabs and about `?` \
                      inside brackets. The usual causes are a colon or `{{…}}` in unquoted text, a tab, and \
                      indentation that does not line up.",
    };
    TOO_LARGE = Rule {
        code: "too-large",
        severity: Error,
        summary: "the file is too large, too deep or too often aliased to be a component",
        help: "write the component out without aliases, and keep data in artifacts",
        explanation: "PyYAML would read on until memory or Python's stack ends; lint stops at 4 MiB, 150000 values and \
                      100 levels.",
    };
    SEVERAL_DOCUMENTS = Rule {
        code: "several-documents",
        severity: Error,
        summary: "the file holds more than one YAML document",
        help: "keep one component per file, without a second `---`",
        explanation: "A component is the only document of its file. kfp 2 takes a second one for a platform spec, and \
                      only after compiled pipeline IR.",
    };
    NOT_A_COMPONENT = Rule {
        code: "not-a-component",
        severity: Error,
        summary: "the file does not hold a mapping",
        help: "write a component: `name`, `inputs`, `outputs` and `implementation`",
        explanation: "A component.yaml is one YAML mapping. An empty file, a list or plain text is not a component; a \
                      web page or a Git LFS pointer saved in its place is a common reason.",
    };
    OTHER_DOCUMENT = Rule {
        code: "other-document",
        severity: Error,
        summary: "the file is a document of another kind",
        help: "give the component.yaml",
        explanation: "Compiled pipelines (Argo, Tekton), Vertex AI jobs and Kubernetes objects are not components. A \
                      component.yaml has no `apiVersion`, `kind` or `spec`.",
    };
    COMPILED_PIPELINE = Rule {
        code: "compiled-pipeline",
        severity: Error,
        summary: "the file is compiled pipeline IR, which kfp 1.8 cannot load",
        help: "use it with kfp 2 only, or give users of kfp 1.8 the component.yaml it was compiled from",
        explanation: "kfp 2 loads both component.yaml and pipeline IR; kfp 1.8 only knows component.yaml.",
    };
    BAD_IR = Rule {
        code: "bad-ir",
        severity: Error,
        summary: "kfp 2 cannot read the compiled pipeline",
        help: "compile it again with a current SDK",
        explanation: "Pipeline IR is parsed as a protobuf message: unknown fields, old schema versions and values of \
                      another type are refused. Hand-edited files and files of much older or newer SDKs are the usual \
                      causes.",
    };
    DUPLICATE_KEY = Rule {
        code: "duplicate-key",
        severity: Warning,
        summary: "a key is given twice",
        help: "remove one of the two",
        explanation: "YAML forbids it; PyYAML silently keeps the last value.",
    };
    DUPLICATE_MERGE = Rule {
        code: "duplicate-merge",
        severity: Warning,
        summary: "two merged mappings give the same key",
        help: "write the key in the mapping itself",
        explanation: "PyYAML 6.0.4 takes the value of the last mapping in the list of `<<`, earlier releases take the \
                      first, as YAML's specification of merge keys says. Which one a component gets depends on the \
                      installed release.",
    };
}
