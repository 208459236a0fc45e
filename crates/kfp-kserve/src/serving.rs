//! What serves a model: a runtime of the cluster, or an image of one's own.

use serde_json::{Value, json};

use crate::{Error, Result, Storage, runtime};

/// How a served model is spoken to. The order is that of KServe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// KServe's first protocol.
    V1,
    /// The Open Inference Protocol over REST.
    V2,
    /// TensorFlow Serving's gRPC.
    GrpcV1,
    /// The Open Inference Protocol over gRPC.
    GrpcV2,
}

impl Protocol {
    /// Reads the word that KServe uses.
    ///
    /// # Errors
    /// If it is not one.
    pub fn parse(text: &str) -> Result<Self> {
        let all = [Self::V1, Self::V2, Self::GrpcV1, Self::GrpcV2];
        all.into_iter()
            .find(|one| one.word() == text)
            .ok_or_else(|| {
                let words = all.map(Self::word).join(", ");
                Error::argument("protocol", format!("`{text}` is not one of {words}"))
            })
    }

    /// The word that KServe uses, such as `v2`.
    pub fn word(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
            Self::GrpcV1 => "grpc-v1",
            Self::GrpcV2 => "grpc-v2",
        }
    }
}

/// The format of a model's files, such as `onnx` in version 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    name: String,
    version: Option<String>,
}

impl Format {
    /// Reads `NAME` or `NAME:VERSION`.
    ///
    /// # Errors
    /// If the name or the version is empty.
    pub fn parse(text: &str) -> Result<Self> {
        let (name, version) = match text.split_once(':') {
            Some((name, version)) => (name, Some(version)),
            None => (text, None),
        };
        if name.is_empty() || version.is_some_and(str::is_empty) {
            let problem = format!("`{text}` is not a name and a version");
            return Err(Error::hinted(
                "format",
                problem,
                "write it as NAME:VERSION, such as onnx:1",
            ));
        }
        Ok(Self {
            name: name.to_owned(),
            version: version.map(str::to_owned),
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its version, if one was named.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }
}

/// What serves a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Serving {
    /// A runtime of the cluster.
    Model {
        /// The format of the model's files.
        format: Format,
        /// How it is spoken to.
        protocol: Protocol,
        /// The runtime's name.
        runtime: String,
    },
    /// A server of one's own, which takes `--model_name` and `--model_dir` and listens at 8080.
    Image {
        /// The image, by digest if it is to be the same tomorrow.
        image: String,
        /// What it speaks: v1 or v2.
        protocol: Protocol,
    },
}

impl Serving {
    /// A runtime that is named, or else the one that KServe would choose of those that it ships.
    ///
    /// # Errors
    /// If none is named and none fits. The hint says what those take that know the format.
    pub fn model(format: Format, protocol: Protocol, runtime: Option<&str>) -> Result<Self> {
        let runtime = if let Some(runtime) = runtime {
            runtime.to_owned()
        } else {
            let choice = runtime::choose(&format, Some(protocol));
            let Some(chosen) = choice.runtime else {
                let (name, word) = (format.name(), protocol.word());
                let version = format
                    .version()
                    .map_or(String::new(), |version| format!(" {version}"));
                let problem =
                    format!("none of KServe's runtimes serves {name}{version} over {word}");
                let told: Vec<_> = choice
                    .considered
                    .iter()
                    .map(|(name, why)| format!("{name} {why}"))
                    .collect();
                let hint = if told.is_empty() {
                    "name a runtime of your cluster with --runtime: kubectl get clusterservingruntimes".to_owned()
                } else {
                    told.join("; ")
                };
                return Err(Error::hinted("format", problem, hint));
            };
            chosen.to_owned()
        };
        Ok(Self::Model {
            format: versioned(format, &runtime),
            protocol,
            runtime,
        })
    }

    /// An image of one's own.
    ///
    /// # Errors
    /// If the image is empty, or KServe has no word for the protocol of a custom server.
    pub fn image(image: &str, protocol: Protocol) -> Result<Self> {
        if image.is_empty() || image.contains(char::is_whitespace) {
            return Err(Error::argument(
                "image",
                format!("`{image}` is not the name of an image"),
            ));
        }
        if !matches!(protocol, Protocol::V1 | Protocol::V2) {
            let problem = format!(
                "an image is declared as v1 or v2, not as {}; a v2 server may speak gRPC as well",
                protocol.word()
            );
            return Err(Error::argument("protocol", problem));
        }
        Ok(Self::Image {
            image: image.to_owned(),
            protocol,
        })
    }

    /// What serves, in words for people.
    pub fn describe(&self) -> String {
        match self {
            Self::Model {
                format,
                protocol,
                runtime,
            } => format!("{} by {runtime}, {}", format.name(), protocol.word()),
            Self::Image { image, protocol } => format!("{image}, {}", protocol.word()),
        }
    }

    /// The part of the predictor of a service that is about the model: `model` or `containers`.
    pub(crate) fn predictor(
        &self,
        name: &str,
        storage: &Storage,
        resources: &Value,
    ) -> (&'static str, Value) {
        match self {
            Self::Model {
                format,
                protocol,
                runtime,
            } => {
                let mut model = json!({
                    "modelFormat": { "name": format.name },
                    "protocolVersion": protocol.word(),
                    "runtime": runtime,
                    "storageUri": storage.to_string(),
                });
                if let Some(version) = &format.version {
                    model["modelFormat"]["version"] = version.as_str().into();
                }
                if !resources.is_null() {
                    model["resources"] = resources.clone();
                }
                ("model", model)
            }
            Self::Image { image, protocol } => {
                let mut container = container(image, name);
                container["env"] = json!([
                    { "name": "STORAGE_URI", "value": storage.to_string() },
                    { "name": "PROTOCOL", "value": protocol.word() },
                ]);
                if !resources.is_null() {
                    container["resources"] = resources.clone();
                }
                ("containers", json!([container]))
            }
        }
    }
}

/// A container of a server that reads `/mnt/models` and listens at 8080. The name may be a placeholder in a runtime only.
pub(crate) fn container(image: &str, name: &str) -> Value {
    json!({
        "name": "kserve-container",
        "image": image,
        "args": [format!("--model_name={name}"), "--model_dir=/mnt/models", "--http_port=8080"],
        "ports": [{ "containerPort": 8080, "protocol": "TCP" }],
        "readinessProbe": { "httpGet": { "path": "/v2/health/ready", "port": 8080 } },
        "livenessProbe": { "httpGet": { "path": "/v2/health/live", "port": 8080 } },
        "securityContext": {
            "allowPrivilegeEscalation": false,
            "capabilities": { "drop": ["ALL"] },
            "readOnlyRootFilesystem": true,
            "runAsNonRoot": true,
        },
    })
}

/// The format with the version that the runtime takes, if it takes one and none was named.
fn versioned(format: Format, runtime: &str) -> Format {
    let known = runtime::SHIPPED.iter().find(|one| one.name == runtime);
    let mut formats = known.iter().flat_map(|one| one.formats).rev();
    // The newest stands last.
    let newest = formats.find(|(name, ..)| *name == format.name());
    match (format.version(), newest) {
        (None, Some((_, version, ..))) if !version.is_empty() => Format {
            version: Some((*version).to_owned()),
            ..format
        },
        _ => format,
    }
}
