//! Whether a runtime would find its model in a folder.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{Layout, SETTINGS};
use crate::{Error, MANIFEST, Result};

/// Endings of the files of which xgbserver takes exactly one.
/// (`kserve: python/xgbserver/xgbserver/model.py`)
const XGBOOST: [&str; 3] = ["bst", "json", "ubj"];
/// Names that MLServer looks for. (`MLServer: runtimes/*/mlserver_*/*.py`)
const WELL_KNOWN: [&str; 6] = [
    "model.bst",
    "model.json",
    "model.ubj",
    "model.joblib",
    "model.pickle",
    "model.pkl",
];

/// A check of one folder.
pub(super) struct Check<'a> {
    pub(super) layout: Layout,
    pub(super) folder: &'a Path,
}

impl Check<'_> {
    pub(super) fn run(&self) -> Result<()> {
        let entries = self.read("")?;
        if entries.has(MANIFEST) {
            return Err(self.refuse(format!(
                "it is the folder of a model, whose `{}` is",
                self.layout.subfolder()
            )));
        }
        match self.layout {
            Layout::Onnx => self.one_file("", &["onnx"]),
            Layout::Triton => self.triton(&entries),
            Layout::OpenVino => self.openvino(&entries),
            Layout::MlServer => self.mlserver(&entries),
            Layout::XgbServer => self.one_file("", &XGBOOST),
        }
    }

    fn triton(&self, entries: &Entries) -> Result<()> {
        if entries.folders.is_empty() {
            return Err(self.refuse("there is no folder of a model, such as `model/1/model.onnx`"));
        }
        for model in &entries.folders {
            let inner = self.read(model)?;
            let versions = inner.versions();
            if versions.is_empty() {
                let problem = format!("`{model}` has no folder of a version, such as `{model}/1`");
                return Err(self.refuse(problem));
            }
            // A configuration may name another file.
            if inner.has("config.pbtxt") {
                continue;
            }
            for version in versions {
                let path = format!("{model}/{version}");
                if !self.read(&path)?.has("model.onnx") {
                    return Err(self.refuse(format!("`{path}/model.onnx` is missing")));
                }
            }
        }
        Ok(())
    }

    fn openvino(&self, entries: &Entries) -> Result<()> {
        let versions = entries.versions();
        if versions.is_empty() {
            return Err(self.refuse("there is no folder of a version, such as `1/model.onnx`"));
        }
        let mut versions = versions.into_iter();
        versions.try_for_each(|version| self.one_file(version, &["onnx", "xml"]))
    }

    fn mlserver(&self, entries: &Entries) -> Result<()> {
        if !entries.has(SETTINGS) {
            if WELL_KNOWN.iter().any(|name| entries.has(name)) {
                return Ok(());
            }
            return Err(self.refuse(format!(
                "there is neither `{SETTINGS}` nor a file of a well-known name, such as `model.json`"
            )));
        }
        let path = self.folder.join(SETTINGS);
        let text = fs::read(&path).map_err(Error::io(path))?;
        let settings: Value = serde_json::from_slice(&text)
            .map_err(|error| self.refuse(format!("`{SETTINGS}`: {error}")))?;
        for field in ["name", "implementation"] {
            if !settings[field].is_string() {
                return Err(self.refuse(format!("`{SETTINGS}`: `{field}` is missing")));
            }
        }
        match settings["parameters"]["uri"].as_str() {
            Some(uri) if !uri.contains("://") && !self.folder.join(uri).exists() => {
                let problem =
                    format!("`{SETTINGS}`: `parameters.uri` is `{uri}`, which is not there");
                Err(self.refuse(problem))
            }
            _ => Ok(()),
        }
    }

    /// Checks that a folder below this one has exactly one file with one of these endings.
    fn one_file(&self, below: &str, endings: &[&str]) -> Result<()> {
        let entries = self.read(below)?;
        let place = match below {
            "" => String::new(),
            below => format!("in `{below}`, "),
        };
        let wanted: Vec<String> = endings.iter().map(|ending| format!(".{ending}")).collect();
        let wanted = wanted.join(", ");
        match entries.with_ending(endings)[..] {
            [_] => Ok(()),
            [] => {
                let problem = format!("{place}there is no file that ends with {wanted}");
                Err(self.refuse(problem))
            }
            [first, second, ..] => Err(self.refuse(format!(
                "{place}there must be one file that ends with {wanted}, but `{first}` and `{second}` are there"
            ))),
        }
    }

    fn read(&self, below: &str) -> Result<Entries> {
        Entries::read(&self.folder.join(below))
    }

    fn refuse(&self, problem: impl Into<String>) -> Error {
        Error::Layout {
            folder: self.folder.to_owned(),
            layout: self.layout,
            problem: problem.into(),
        }
    }
}

/// The names in a folder, sorted; hidden ones left out.
#[derive(Default)]
struct Entries {
    files: Vec<String>,
    folders: Vec<String>,
}

impl Entries {
    fn read(folder: &Path) -> Result<Self> {
        let mut entries = Self::default();
        for entry in fs::read_dir(folder).map_err(Error::io(folder))? {
            let path = entry.map_err(Error::io(folder))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with('.') {
                continue;
            }
            let names = if path.is_dir() {
                &mut entries.folders
            } else {
                &mut entries.files
            };
            names.push(name.into_owned());
        }
        entries.files.sort();
        entries.folders.sort();
        Ok(entries)
    }

    fn has(&self, file: &str) -> bool {
        self.files.iter().any(|name| name == file)
    }

    fn with_ending(&self, endings: &[&str]) -> Vec<&str> {
        let has = |name: &&str| {
            let ending = Path::new(name).extension().unwrap_or_default();
            endings.iter().any(|wanted| ending == *wanted)
        };
        self.files.iter().map(String::as_str).filter(has).collect()
    }

    /// Folders that are versions: positive integers without leading zeros.
    fn versions(&self) -> Vec<&str> {
        let is_version =
            |name: &&str| !name.starts_with('0') && name.bytes().all(|byte| byte.is_ascii_digit());
        let folders = self.folders.iter().map(String::as_str);
        folders.filter(is_version).collect()
    }
}
