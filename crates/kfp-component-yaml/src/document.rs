//! What kind of document a YAML file is: people hand over compiled pipelines and Kubernetes objects as components.

use std::fmt;

use kfp_pyyaml::{NodeId, Tree, Value};

/// The kind of a YAML document, told from its top-level keys.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DocumentKind {
    /// A component.yaml, or nothing else that is known.
    Component,
    /// Pipeline IR, which is what kfp 2 compiles components and pipelines to.
    Pipeline,
    /// Pipeline IR below a key of another document.
    EnclosedPipeline {
        /// What the document is.
        document: &'static str,
        /// The key of the IR, such as `spec.pipelineSpec`.
        key: &'static str,
    },
    /// A pipeline compiled by kfp 1.8, whose components are no longer separate.
    CompiledV1 {
        /// The custom resource, such as `Argo Workflow`.
        resource: String,
    },
    /// A component.yaml inside `spec` of something that looks like a Kubernetes object.
    KubernetesEnvelope,
    /// Any other Kubernetes object.
    Kubernetes {
        /// Its `kind`.
        kind: String,
    },
    /// The platform document that kfp 2 writes after pipeline IR, alone.
    Platforms,
    /// A component of another system.
    OtherSystem {
        /// The system.
        system: &'static str,
    },
}

impl DocumentKind {
    /// The kind of a document.
    pub fn of(tree: &Tree) -> Self {
        let root = tree.root();
        let has = |key| tree.get(root, key).is_some();
        let text = |key| tree.get(root, key).and_then(|id| tree.text(id));
        if has("implementation") && !(has("apiVersion") && has("spec")) {
            return Self::Component;
        }
        if has("apiVersion") && has("kind") {
            return kubernetes(
                tree,
                text("apiVersion").unwrap_or(""),
                text("kind").unwrap_or(""),
            );
        }
        if has("pipelineInfo") || (has("deploymentSpec") && has("root")) {
            return Self::Pipeline;
        }
        for (key, document) in [
            ("pipelineSpec", "a Vertex AI pipeline job"),
            ("pipeline_spec", "a run of the KFP API"),
        ] {
            if has(key) {
                return Self::EnclosedPipeline { document, key };
            }
        }
        if has("platforms") {
            return Self::Platforms;
        }
        match text("$schema") {
            Some(schema) if schema.contains("azureml") => {
                return Self::OtherSystem {
                    system: "Azure Machine Learning",
                };
            }
            _ => {}
        }
        let jobs = tree
            .get(root, "jobs")
            .is_some_and(|jobs| is_map(tree, jobs));
        let services = tree
            .get(root, "services")
            .is_some_and(|services| is_map(tree, services));
        match () {
            () if has("doc_type") && has("pipelines") => Self::OtherSystem { system: "Elyra" },
            () if jobs && (has("on") || has("name")) => Self::OtherSystem {
                system: "GitHub Actions",
            },
            () if services && !has("inputs") => Self::OtherSystem {
                system: "Docker Compose",
            },
            () => Self::Component,
        }
    }

    /// Whether it is neither a component.yaml nor pipeline IR.
    pub fn is_foreign(&self) -> bool {
        !matches!(self, Self::Component | Self::Pipeline)
    }

    /// What to do with such a file to get a component.
    pub fn help(&self) -> String {
        match self {
            Self::Component => "write a component: `name`, `inputs`, `outputs` and `implementation`".into(),
            Self::Pipeline => "use it with kfp 2, or give the component.yaml it was compiled from".into(),
            Self::EnclosedPipeline { key, .. } => {
                format!("save what is below `{key}` as a file: it is pipeline IR, which kfp 2 loads")
            }
            Self::CompiledV1 { .. } => {
                "give the component.yaml that the pipeline was compiled from; a compiled kfp 1 pipeline is only \
                 uploaded and run"
                    .into()
            }
            Self::KubernetesEnvelope => {
                "remove `apiVersion`, `kind` and `spec`, and move what is below `spec` one level up; `name` stands \
                 beside `inputs`"
                    .into()
            }
            Self::Kubernetes { .. } => {
                "give a component.yaml; a component that creates this object has it as an input or a file of its image"
                    .into()
            }
            Self::Platforms => {
                "append it to the pipeline IR as its second document; alone it configures nothing".into()
            }
            Self::OtherSystem { .. } => {
                "write a component.yaml: `inputs` and `outputs` as lists, and `implementation.container` with \
                 `image` and `command`"
                    .into()
            }
        }
    }
}

impl fmt::Display for DocumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Component => f.write_str("a component.yaml"),
            Self::Pipeline => f.write_str("compiled pipeline IR"),
            Self::EnclosedPipeline { document, key } => {
                write!(f, "{document} with pipeline IR below `{key}`")
            }
            Self::CompiledV1 { resource } => {
                write!(f, "a pipeline compiled by kfp 1 ({resource})")
            }
            Self::KubernetesEnvelope => {
                f.write_str("a component below `spec` of a Kubernetes object")
            }
            Self::Kubernetes { kind } => write!(f, "a Kubernetes object ({kind})"),
            Self::Platforms => f.write_str("a platform spec of kfp 2 without its pipeline"),
            Self::OtherSystem { system } => write!(f, "a file of {system}"),
        }
    }
}

fn is_map(tree: &Tree, id: NodeId) -> bool {
    matches!(tree.value(id), Value::Map(_))
}

fn kubernetes(tree: &Tree, api_version: &str, kind: &str) -> DocumentKind {
    let root = tree.root();
    let spec = tree.get(root, "spec");
    let below = |key| spec.and_then(|spec| tree.get(spec, key));
    if below("implementation").is_some() || tree.get(root, "implementation").is_some() {
        return DocumentKind::KubernetesEnvelope;
    }
    if below("pipelineSpec").is_some_and(|id| tree.get(id, "pipelineInfo").is_some()) {
        return DocumentKind::EnclosedPipeline {
            document: if kind == "PipelineVersion" {
                "a PipelineVersion of the KFP API"
            } else {
                "a Kubernetes object"
            },
            key: "spec.pipelineSpec",
        };
    }
    let group = api_version.split('/').next().unwrap_or(api_version);
    match group {
        "argoproj.io" if kind.contains("Workflow") => DocumentKind::CompiledV1 {
            resource: format!("Argo {kind}"),
        },
        "tekton.dev" | "custom.tekton.dev" => DocumentKind::CompiledV1 {
            resource: format!("Tekton {kind}"),
        },
        _ => DocumentKind::Kubernetes { kind: kind.into() },
    }
}
