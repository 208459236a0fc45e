//! What works and would be better otherwise.

use super::{Rule, Severity::Info, Severity::Warning};

super::define! {
    STYLE:
    LATEST_IMAGE = Rule {
        code: "latest-image",
        severity: Warning,
        summary: "the image has no tag or the tag `latest`",
        help: "name a version, or better a digest",
        explanation: "Nodes and caches keep what they pulled once, so two runs of one pipeline can run two programs.",
    };
    PIP_INSTALL = Rule {
        code: "pip-install",
        severity: Warning,
        summary: "packages are installed when the component runs",
        help: "install them when the image is built",
        explanation: "Every run then depends on a package index, on the network and on what was released that day.",
    };
    SECRET_PARAMETER = Rule {
        code: "secret-parameter",
        severity: Warning,
        summary: "a secret is passed as a parameter",
        help: "mount a Kubernetes secret in the pipeline instead: `kubernetes.use_secret_as_env(task, …)`",
        explanation: "Parameters are shown in the UI and kept in the workflow, the cache and the metadata store.",
    };
    NO_NAME = Rule {
        code: "no-name",
        severity: Warning,
        summary: "the component has no name",
        help: "add `name:`",
        explanation: "kfp 1.8 calls it `Component` and kfp 2 `name`.",
    };
    NO_DESCRIPTION = Rule {
        code: "no-description",
        severity: Warning,
        summary: "the component has no description",
        help: "say in one sentence what it does under `description:`",
        explanation: "It is all that a catalog, an editor or the SDK's help can show.",
    };
    URI_IN_KFP_1 = Rule {
        code: "uri-in-kfp-1",
        severity: Info,
        summary: "kfp 1.8 passes the literal text of a URI placeholder",
        help: "use inputPath and outputPath",
        explanation: "inputUri and outputUri are resolved by kfp 2 only.",
    };
    CUSTOM_TYPE = Rule {
        code: "custom-type",
        severity: Info,
        summary: "kfp 2 takes this type for a plain artifact",
        help: "use a type of the contract: String, Integer, Float, Boolean, JsonArray, JsonObject, Dataset, Model, Metrics, …",
        explanation: "kfp 1.8 compares any names; kfp 2 knows a fixed set and makes an artifact of every other.",
    };
    NOT_SNAKE_CASE = Rule {
        code: "not-snake-case",
        severity: Info,
        summary: "a name is not lower-case words joined by single underscores",
        help: "rename it in snake_case",
        explanation: "Each SDK makes its own identifier of other names, so pipelines cannot use one spelling for both.",
    };
    METRICS_NAME = Rule {
        code: "metrics-name",
        severity: Info,
        summary: "kfp 1.8 does not draw metrics under this name",
        help: "for KFP 1, call metrics `mlpipeline_metrics` and visualisations `mlpipeline_ui_metadata`; in Rust, \
               `#[arg(kfp1 = \"mlpipeline_metrics\")]` keeps this name for KFP 2",
        explanation: "The UI of KFP 1.x goes by the output's name, the one of KFP 2 by its type and shows the name to its users. \
                      With `kfp1`, `kfp-comp generate` and a catalog add component.v1.yaml, the same component under the names \
                      that KFP 1 draws.",
    };
    NOT_DRAWN = Rule {
        code: "not-drawn",
        severity: Info,
        summary: "no KFP user interface draws this type",
        help: "write one ClassificationMetrics output per slice",
        explanation: "KFP 2's user interface shows nothing for SlicedClassificationMetrics, up to 2.17.",
    };
    UNPINNED_IMAGE = Rule {
        code: "unpinned-image",
        severity: Info,
        summary: "the image is not pinned by digest",
        help: "write `repository@sha256:…`",
        explanation: "A tag can be moved, and neither nodes nor KFP's cache notice.",
    };
    UNDOCUMENTED_INPUT = Rule {
        code: "undocumented-input",
        severity: Info,
        summary: "an input has no description",
        help: "say what it is under `description:`",
        explanation: "Callers see nothing but its name and type.",
    };
    NO_AUTHOR = Rule {
        code: "no-author",
        severity: Info,
        summary: "no author is named",
        help: "add `metadata.annotations.author`",
        explanation: "Users cannot tell whom to ask.",
    };
    NO_VERSION = Rule {
        code: "no-version",
        severity: Info,
        summary: "no version is named",
        help: "add `metadata.annotations.version`, quoted",
        explanation: "Two files with the same name cannot be told apart.",
    };
    NO_LICENCE = Rule {
        code: "no-licence",
        severity: Info,
        summary: "no licence is named",
        help: "add `metadata.annotations.license` with an SPDX expression",
        explanation: "Without a licence nobody may use it.",
    };
}
