//! How runtimes want a folder to be laid out: emitted for a model of ours, and checked for anyone's.

mod check;

use std::fmt::{self, Display};
use std::path::Path;
use std::str::FromStr;

use check::Check;
use serde_json::json;

use crate::{Error, Model, Result};

/// What a serving runtime expects below the folder that it is given, which KServe mounts at `/mnt/models`.
///
/// ```
/// use kfp_model::Layout;
///
/// let layout: Layout = "openvino".parse()?;
/// // What to add to the URI of a model's folder, so that the runtime finds what it expects.
/// assert_eq!(layout.subfolder(), "serving/openvino");
/// # Ok::<(), kfp_model::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layout {
    /// `model.onnx`, for programs of one's own.
    Onnx,
    /// Triton's repository: `NAME/VERSION/model.onnx`.
    Triton,
    /// OpenVINO Model Server's model: `VERSION/model.onnx`.
    OpenVino,
    /// MLServer's model: `model-settings.json`, or a file of a well-known name.
    MlServer,
    /// KServe's server of XGBoost models: exactly one `.bst`, `.json` or `.ubj`.
    XgbServer,
}

const SETTINGS: &str = "model-settings.json";

impl Layout {
    /// All layouts.
    pub const ALL: [Self; 5] = [
        Self::Onnx,
        Self::Triton,
        Self::OpenVino,
        Self::MlServer,
        Self::XgbServer,
    ];

    /// Its name on a command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Onnx => "onnx",
            Self::Triton => "triton",
            Self::OpenVino => "openvino",
            Self::MlServer => "mlserver",
            Self::XgbServer => "xgbserver",
        }
    }

    /// The folder in the folder of a model that is laid out like this.
    ///
    /// MLServer then needs to be told the model's name and implementation, as KServe's runtime does.
    pub fn subfolder(self) -> &'static str {
        match self {
            Self::Onnx => "serving/onnx/model/1",
            Self::Triton => "serving/onnx",
            Self::OpenVino => "serving/openvino",
            Self::MlServer | Self::XgbServer => "serving/xgboost",
        }
    }

    /// The files of a folder of its own: their paths, with `/` between names, and their content.
    ///
    /// `name` is that of the served model.
    pub fn files(self, model: &Model, name: &str) -> Vec<(String, Vec<u8>)> {
        let file = |path: &str, content| vec![(path.to_owned(), content)];
        match self {
            Self::Onnx => file("model.onnx", model.to_onnx()),
            Self::Triton => file(&format!("{name}/1/model.onnx"), model.to_onnx()),
            Self::OpenVino => file("1/model.onnx", model.to_plain_onnx()),
            Self::XgbServer => file("model.json", model.to_xgboost()),
            Self::MlServer => {
                let settings = json!({
                    "name": name,
                    "implementation": "mlserver_xgboost.XGBoostModel",
                    "parameters": { "uri": "./model.json" },
                });
                let mut settings = format!("{settings:#}").into_bytes();
                settings.push(b'\n');
                let mut files = file("model.json", model.to_xgboost());
                files.push((SETTINGS.to_owned(), settings));
                files
            }
        }
    }

    /// Checks that a runtime would find its model in a folder, whoever wrote it.
    ///
    /// # Errors
    /// If it would not, or would find several: [`Error::Layout`].
    pub fn check(self, folder: impl AsRef<Path>) -> Result<()> {
        Check {
            layout: self,
            folder: folder.as_ref(),
        }
        .run()
    }
}

impl Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Layout {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let layout = Self::ALL.into_iter().find(|layout| layout.name() == name);
        layout.ok_or_else(|| Error::UnknownLayout {
            name: name.to_owned(),
        })
    }
}
