//! Which of KServe's runtimes serves a model, and why.
//!
//! The rule is KServe's own (`pkg/apis/serving/v1beta1/predictor_model.go`): of the runtimes that take the format by
//! themselves and speak the protocol, the one with the highest priority for the format, then the one that speaks the older
//! protocol, then the first by name. Without a protocol, v1 is meant.

use std::fmt::Write as _;

use crate::{Format, Protocol};

/// A format that a runtime takes: its name, its version (empty for any), whether the runtime may be chosen for it, and with
/// which priority.
type Takes = (&'static str, &'static str, bool, Option<u32>);

/// A runtime that KServe ships.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Runtime {
    /// Its name.
    pub(crate) name: &'static str,
    /// What it takes.
    pub(crate) formats: &'static [Takes],
    /// What it speaks; empty for anything.
    protocols: &'static [Protocol],
}

use Protocol::{GrpcV1, GrpcV2, V1, V2};

/// The runtimes of KServe 0.20 (`config/runtimes`), for one model on one node.
pub(crate) const SHIPPED: &[Runtime] = &[
    shipped(
        "kserve-autogluonserver",
        &[("autogluon", "1", true, Some(1))],
        &[V1, V2],
    ),
    shipped(
        "kserve-huggingfaceserver",
        &[("huggingface", "1", true, Some(1))],
        &[V2, V1],
    ),
    shipped(
        "kserve-lgbserver",
        &[("lightgbm", "4", true, Some(1))],
        &[V1, V2],
    ),
    shipped(
        "kserve-mlserver",
        &[
            ("sklearn", "0", true, Some(2)),
            ("sklearn", "1", true, Some(2)),
            ("xgboost", "1", true, Some(2)),
            ("xgboost", "2", true, Some(2)),
            ("lightgbm", "3", true, Some(2)),
            ("lightgbm", "4", true, Some(2)),
            ("mlflow", "1", true, Some(1)),
            ("mlflow", "2", true, Some(1)),
        ],
        &[V2],
    ),
    shipped(
        "kserve-openvino",
        &[
            ("openvino", "10", true, Some(1)),
            ("onnx", "1", true, Some(2)),
            ("tensorflow", "1", true, Some(3)),
            ("huggingface", "", true, None),
        ],
        &[V1, V2, GrpcV2],
    ),
    shipped(
        "kserve-paddleserver",
        &[("paddle", "2", true, Some(1))],
        &[V1, V2],
    ),
    shipped(
        "kserve-pmmlserver",
        &[("pmml", "3", true, Some(1)), ("pmml", "4", true, Some(1))],
        &[V1, V2],
    ),
    shipped(
        "kserve-predictiveserver",
        &[
            ("sklearn", "1", false, Some(3)),
            ("xgboost", "2", false, Some(3)),
            ("lightgbm", "4", false, Some(3)),
        ],
        &[V1, V2],
    ),
    shipped(
        "kserve-sklearnserver",
        &[("sklearn", "1", true, Some(1))],
        &[V1, V2],
    ),
    shipped(
        "kserve-tensorflow-serving",
        &[
            ("tensorflow", "1", true, Some(2)),
            ("tensorflow", "2", true, Some(2)),
        ],
        &[V1, GrpcV1],
    ),
    shipped(
        "kserve-torchserve",
        &[("pytorch", "1", true, Some(2))],
        &[V1, V2, GrpcV2],
    ),
    shipped(
        "kserve-tritonserver",
        &[
            ("tensorrt", "8", true, Some(1)),
            ("tensorflow", "1", true, Some(1)),
            ("tensorflow", "2", true, Some(1)),
            ("onnx", "1", true, Some(1)),
            ("pytorch", "1", false, None),
            ("triton", "2", true, Some(1)),
        ],
        &[V2, GrpcV2],
    ),
    shipped("kserve-vllmserver", &[("vLLM", "1", true, Some(1))], &[]),
    shipped(
        "kserve-xgbserver",
        &[("xgboost", "2", true, Some(1))],
        &[V1, V2],
    ),
];

const fn shipped(
    name: &'static str,
    formats: &'static [Takes],
    protocols: &'static [Protocol],
) -> Runtime {
    Runtime {
        name,
        formats,
        protocols,
    }
}

/// A runtime for a model, and how it compares with the others.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The runtime that KServe would choose; none if there is none.
    pub runtime: Option<&'static str>,
    /// One line about each runtime that knows the format.
    pub(crate) considered: Vec<(&'static str, String)>,
}

/// The runtime that serves a format over a protocol, v1 if none is named.
///
/// ```
/// use kfp_kserve::{Format, Protocol, runtime};
///
/// let onnx = Format::parse("onnx:1")?;
/// let choice = runtime::choose(&onnx, Some(Protocol::V2));
/// assert_eq!(choice.runtime, Some("kserve-openvino"));
/// assert!(choice.explanation().contains("kserve-tritonserver"));
/// # Ok::<(), kfp_kserve::Error>(())
/// ```
pub fn choose(format: &Format, protocol: Option<Protocol>) -> Choice {
    let protocol = protocol.unwrap_or(V1);
    let knowing = SHIPPED
        .iter()
        .filter(|one| one.formats.iter().any(|(name, ..)| *name == format.name()));
    let mut fitting = Vec::new();
    let mut others = Vec::new();
    for one in knowing {
        let named = one
            .formats
            .iter()
            .filter(|(name, ..)| *name == format.name());
        let takes = |version: &str| format.version().is_none_or(|wanted| wanted == version);
        let fits: Vec<&Takes> = named
            .clone()
            .filter(|(_, version, ..)| takes(version))
            .collect();
        // KServe looks at the first entry of the format, whatever its version.
        let priority = named.clone().next().and_then(|(.., priority)| *priority);
        if fits.is_empty() {
            let versions: Vec<_> = named.map(|(_, version, ..)| *version).collect();
            others.push((
                one.name,
                format!("takes version {} only", versions.join(", ")),
            ));
        } else if !fits.iter().any(|(.., auto, _)| *auto) {
            others.push((one.name, "is used only where it is named".to_owned()));
        } else if !one.speaks(protocol) {
            let spoken: Vec<_> = one.protocols.iter().map(|one| one.word()).collect();
            others.push((
                one.name,
                format!(
                    "does not speak {}, but {}",
                    protocol.word(),
                    spoken.join(", ")
                ),
            ));
        } else {
            fitting.push((one, priority));
        }
    }
    fitting.sort_by_key(|(one, priority)| {
        let oldest = one.protocols.iter().min();
        (std::cmp::Reverse(*priority), oldest, one.name)
    });
    let mut considered = Vec::new();
    for (rank, (one, priority)) in fitting.iter().enumerate() {
        let priority = priority.map_or("no priority".to_owned(), |number| {
            format!("priority {number}")
        });
        let verdict = if rank == 0 {
            "chosen"
        } else {
            "fits, but comes later"
        };
        considered.push((
            one.name,
            format!("{verdict}: {priority} for {}", format.name()),
        ));
    }
    let runtime = fitting.first().map(|(one, _)| one.name);
    considered.extend(others);
    Choice {
        runtime,
        considered,
    }
}

impl Runtime {
    fn speaks(&self, protocol: Protocol) -> bool {
        self.protocols.is_empty() || self.protocols.contains(&protocol)
    }
}

impl Choice {
    /// The choice in words: one line for each runtime that knows the format.
    pub fn explanation(&self) -> String {
        let width = self
            .considered
            .iter()
            .map(|(name, _)| name.len())
            .max()
            .unwrap_or(0);
        let mut text = String::new();
        for (name, why) in &self.considered {
            let _infallible = writeln!(text, "{name:<width$}  {why}");
        }
        text
    }
}

#[cfg(test)]
mod tests;
