//! A model as a folder: written from memory, and verified before it is read.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use data_encoding::HEXLOWER;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::format1::{self, Manifest1};
use crate::{Error, FileEntry, FileFault, Forest, MANIFEST, Manifest, Model, Result};

/// The file of the trees.
pub(crate) const TREES: &str = "model.json";
/// For Triton, `serving/onnx` is a repository of one model with one version.
const ONNX: &str = "serving/onnx/model/1/model.onnx";
/// For OpenVINO's server, `serving/openvino` is a model with one version.
const OPENVINO: &str = "serving/openvino/1/model.onnx";
/// In a folder of its own, because xgbserver refuses two files in one.
const XGBOOST: &str = "serving/xgboost/model.json";
/// The newest version of the format, which is the one that is written.
pub(crate) const NEWEST: u32 = 2;
const FORMAT: &str = "kfp-component/model";

/// Endings of files that hold models. One that the manifest does not list makes a folder ambiguous.
const MODELS: [&str; 11] = [
    "json", "onnx", "bst", "ubj", "pkl", "pickle", "joblib", "pt", "pb", "txt", "npz",
];

#[derive(Serialize)]
struct Written<'a> {
    format: &'a str,
    version: u32,
    #[serde(flatten)]
    manifest: &'a Manifest,
}

#[derive(Deserialize)]
struct Kind {
    format: String,
    version: u32,
}

impl Model {
    /// The files of the model's folder: their paths below it, with `/` between names, and their content.
    ///
    /// # Errors
    /// If the model cannot be written in the format of another runtime.
    pub fn files(&self) -> Result<Vec<(String, Vec<u8>)>> {
        let mut files = vec![
            (TREES.to_owned(), json(&self.forest)),
            (ONNX.to_owned(), self.to_onnx()),
            (OPENVINO.to_owned(), self.to_plain_onnx()),
            (XGBOOST.to_owned(), self.to_xgboost()),
        ];
        let mut manifest = self.manifest.clone();
        manifest.files = files
            .iter()
            .map(|(path, content)| FileEntry {
                path: path.clone(),
                bytes: content.len() as u64,
                sha256: sha256(content),
            })
            .collect();
        let written = Written {
            format: FORMAT,
            version: NEWEST,
            manifest: &manifest,
        };
        let mut text = serde_json::to_vec_pretty(&written).expect("a manifest is JSON");
        text.push(b'\n');
        files.push((MANIFEST.to_owned(), text));
        Ok(files)
    }

    /// Writes the model's folder. The manifest is written last.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn save(&self, folder: impl AsRef<Path>) -> Result<()> {
        for (path, content) in self.files()? {
            let path = folder.as_ref().join(path);
            let parent = path.parent().unwrap_or(folder.as_ref());
            fs::create_dir_all(parent).map_err(Error::io(parent))?;
            fs::write(&path, content).map_err(Error::io(path))?;
        }
        Ok(())
    }

    /// Reads a model's folder, of any version of the format up to the newest.
    ///
    /// # Errors
    /// If the folder is not exactly one model's, or a file of it is missing or has changed. The error names it.
    pub fn load(folder: impl AsRef<Path>) -> Result<Self> {
        let folder = folder.as_ref();
        let path = folder.join(MANIFEST);
        let text = fs::read(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound if folder.is_dir() => no_manifest(folder),
            io::ErrorKind::NotADirectory => Error::NoManifest {
                folder: folder.to_owned(),
                inner: folder
                    .parent()
                    .filter(|parent| parent.join(MANIFEST).is_file())
                    .map(Path::to_owned),
            },
            _ => Error::io(&path)(error),
        })?;
        let kind: Kind = parse(MANIFEST, &text)?;
        let (manifest, version) = match (kind.format.as_str(), kind.version) {
            (format1::FORMAT, 1) => return load_format1(folder, &text),
            (FORMAT, NEWEST) => (parse::<Manifest>(MANIFEST, &text)?, NEWEST),
            (FORMAT | format1::FORMAT, version) if version > NEWEST => {
                return Err(Error::NewerFormat {
                    path,
                    version,
                    newest: NEWEST,
                });
            }
            (format, version) => {
                return Err(Error::UnknownFormat {
                    path,
                    format: format!("{format} {version}"),
                });
            }
        };
        let mut listed = BTreeSet::new();
        let mut trees = None;
        for (at, file) in manifest.files.iter().enumerate() {
            if !is_inside(&file.path) || !listed.insert(file.path.as_str()) {
                return Err(Error::field(
                    MANIFEST,
                    format!("files[{at}].path"),
                    format!("`{}` is not a path of its own below the folder", file.path),
                ));
            }
            let content = verified(folder, file)?;
            if file.path == TREES {
                trees = Some(content);
            }
        }
        nothing_unlisted(folder, folder, &listed)?;
        let Some(trees) = trees else {
            let problem = format!("`{TREES}` is not listed");
            return Err(Error::field(MANIFEST, "files", problem));
        };
        let model = Self::new(manifest, parse(TREES, &trees)?)?;
        Ok(Self { version, ..model })
    }
}

fn load_format1(folder: &Path, text: &[u8]) -> Result<Model> {
    let manifest: Manifest1 = parse(MANIFEST, text)?;
    let path = folder.join(TREES);
    let content = fs::read(&path).map_err(missing(&path))?;
    nothing_unlisted(folder, folder, &BTreeSet::from([TREES]))?;
    let forest: Forest = parse(TREES, &content)?;
    if forest.trees.len() != manifest.trees {
        let problem = format!("there are {} trees in {TREES}", forest.trees.len());
        return Err(Error::field(MANIFEST, "trees", problem));
    }
    let model = Model::new(manifest.into(), forest)?;
    Ok(Model {
        version: 1,
        ..model
    })
}

/// The error of a folder without manifest, which may hold folders of models.
fn no_manifest(folder: &Path) -> Error {
    let mut models: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.join(MANIFEST).is_file())
        .collect();
    models.sort();
    if models.len() > 1 {
        let name = |path: &PathBuf| Some(path.file_name()?.to_string_lossy().into_owned());
        return Error::SeveralModels {
            folder: folder.to_owned(),
            models: models.iter().filter_map(name).collect(),
        };
    }
    Error::NoManifest {
        folder: folder.to_owned(),
        inner: models.pop(),
    }
}

/// The content of a file that is as the manifest says.
fn verified(folder: &Path, file: &FileEntry) -> Result<Vec<u8>> {
    let path = folder.join(&file.path);
    let content = fs::read(&path).map_err(missing(&path))?;
    let found = sha256(&content);
    if found.eq_ignore_ascii_case(&file.sha256) {
        return Ok(content);
    }
    Err(Error::File {
        path,
        fault: FileFault::Hash {
            expected: file.sha256.clone(),
            found,
        },
    })
}

fn missing(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |error| match error.kind() {
        io::ErrorKind::NotFound => Error::File {
            path,
            fault: FileFault::Missing,
        },
        _ => Error::io(path)(error),
    }
}

/// Refuses files that look like models but are not listed.
fn nothing_unlisted(root: &Path, folder: &Path, listed: &BTreeSet<&str>) -> Result<()> {
    let entries = match fs::read_dir(folder) {
        // A volume's `lost+found` is nobody's model.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Ok(()),
        entries => entries.map_err(Error::io(folder))?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(Error::io(folder))?.path());
    }
    paths.sort();
    for path in paths {
        let below = path.strip_prefix(root).unwrap_or(&path);
        let names = below.components().map(Component::as_os_str);
        let names: Vec<_> = names.map(|name| name.to_string_lossy()).collect();
        let below = names.join("/");
        // A volume's snapshots and a tool's notes are not the model's.
        if names.last().is_some_and(|name| name.starts_with('.')) {
            continue;
        }
        if path.is_dir() {
            nothing_unlisted(root, &path, listed)?;
        } else if below != MANIFEST && !listed.contains(below.as_str()) && holds_a_model(&path) {
            return Err(Error::File {
                path,
                fault: FileFault::Unlisted,
            });
        }
    }
    Ok(())
}

fn holds_a_model(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default();
    MODELS
        .iter()
        .any(|model| ending.eq_ignore_ascii_case(model))
}

/// Whether a path names a file below the folder wherever the folder is.
fn is_inside(path: &str) -> bool {
    let plain = |part| matches!(part, Component::Normal(_));
    !path.is_empty() && !path.contains('\\') && Path::new(path).components().all(plain)
}

fn parse<T: DeserializeOwned>(file: &str, text: &[u8]) -> Result<T> {
    let mut json = serde_json::Deserializer::from_slice(text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let field = error.path().to_string();
        Error::field(file, field, error.into_inner().to_string())
    })?;
    json.end()
        .map_err(|error| Error::field(file, ".", error.to_string()))?;
    Ok(value)
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("numbers and lists are JSON")
}

/// The SHA-256 of some bytes, in hexadecimal.
fn sha256(content: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(content))
}
