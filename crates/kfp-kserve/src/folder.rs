//! A copy of the model's folder, for what its files tell.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use kfp_model::{Layout, MANIFEST};
use sha2::{Digest as _, Sha256};

use crate::{Error, Result, Serving, Storage};

/// A local copy of a model's folder, or of its one file.
#[derive(Clone, Debug)]
pub struct ModelFolder {
    root: PathBuf,
    /// Paths below the root with `/` between names, and hashes, by path. The path of the only file is empty if the root is
    /// that file.
    files: Vec<(String, String)>,
}

impl ModelFolder {
    /// Reads all files.
    ///
    /// # Errors
    /// If one cannot be read, or there is none.
    pub fn read(path: &Path) -> Result<Self> {
        let mut files = Vec::new();
        collect(path, String::new(), &mut files)?;
        files.sort();
        if files.is_empty() {
            return Err(Error::argument(
                "model",
                format!("{} is empty", path.display()),
            ));
        }
        Ok(Self {
            root: path.to_owned(),
            files,
        })
    }

    /// A digest of all files and their paths: `sha256:` and 64 digits. It is the same wherever the folder is.
    pub fn digest(&self) -> String {
        let mut all = Sha256::new();
        for (path, hash) in &self.files {
            all.update(format!("{hash}  {path}\n"));
        }
        format!("sha256:{}", HEXLOWER.encode(&all.finalize()))
    }

    /// Whether this is a folder of `kfp-model`, which has its layouts for other servers below `serving`.
    fn has_layouts(&self) -> bool {
        let has = |path: &str| self.files.iter().any(|(file, _)| file == path);
        has(MANIFEST) && has(&format!("{}/model.onnx", Layout::Onnx.subfolder()))
    }

    /// What the server has to download of the stored folder: all of it, or the part that is laid out for its runtime.
    ///
    /// # Errors
    /// If the runtime would not find its model in the folder.
    pub fn storage(&self, stored: &Storage, serving: &Serving) -> Result<Storage> {
        let Serving::Model {
            runtime, format, ..
        } = serving
        else {
            return Ok(stored.clone());
        };
        if self.has_layouts() {
            let layout = match (runtime.as_str(), format.name()) {
                ("kserve-tritonserver", _) => Layout::Triton,
                ("kserve-openvino", _) => Layout::OpenVino,
                ("kserve-xgbserver", _) => Layout::XgbServer,
                ("kserve-mlserver", "xgboost") => Layout::MlServer,
                ("kserve-lgbserver" | "kserve-sklearnserver" | "kserve-mlserver", _) => {
                    let problem = format!(
                        "{} holds ONNX and XGBoost, which {runtime} does not read as {}",
                        self.root.display(),
                        format.name()
                    );
                    return Err(Error::hinted("format", problem, "--format onnx:1"));
                }
                _ => return Ok(stored.clone()),
            };
            return stored.below(layout.subfolder()).ok_or_else(|| {
                let problem = format!(
                    "{stored} is downloaded as a whole, but {runtime} takes only its folder {}",
                    layout.subfolder()
                );
                let hint = format!(
                    "store that part alone, and name where it is: `kfp-comp model export {} --layout {layout} -o FOLDER`",
                    self.root.display()
                );
                Error::hinted("storage", problem, hint)
            });
        }
        self.check(runtime, stored)?;
        Ok(stored.clone())
    }

    /// The names of the files at the top of what is downloaded. One file alone has the name that the URI gives it.
    fn top(&self, stored: &Storage) -> Vec<String> {
        if let [(path, _)] = &self.files[..]
            && path.is_empty()
        {
            let name = stored.file().map(str::to_owned);
            let local = || Some(self.root.file_name()?.to_string_lossy().into_owned());
            return name.or_else(local).into_iter().collect();
        }
        let paths = self.files.iter().map(|(path, _)| path.clone());
        paths.filter(|path| !path.contains('/')).collect()
    }

    /// The rules of the runtimes that look for their model by its ending.
    fn check(&self, runtime: &str, stored: &Storage) -> Result<()> {
        let endings: &[&str] = match runtime {
            "kserve-xgbserver" => &["bst", "json", "ubj"],
            "kserve-lgbserver" => &["bst"],
            "kserve-sklearnserver" => &["joblib", "pkl", "pickle"],
            _ => return Ok(()),
        };
        let models: Vec<String> = self
            .top(stored)
            .into_iter()
            .filter(|path| {
                let ending = Path::new(path)
                    .extension()
                    .and_then(|ending| ending.to_str());
                ending.is_some_and(|ending| endings.contains(&ending))
            })
            .collect();
        if models.len() == 1 {
            return Ok(());
        }
        let found = if models.is_empty() {
            "there is none".to_owned()
        } else {
            format!("there are {}", models.join(", "))
        };
        let endings = endings
            .iter()
            .map(|ending| format!("*.{ending}"))
            .collect::<Vec<_>>()
            .join(" or ");
        let problem = format!(
            "{runtime} wants exactly one file {endings} at the top of {}; {found}",
            self.root.display()
        );
        Err(Error::argument("model", problem))
    }
}

/// Hashes a file, or the files below a folder.
fn collect(path: &Path, below: String, files: &mut Vec<(String, String)>) -> Result<()> {
    let failed = |source: io::Error| Error::File {
        path: path.to_owned(),
        source,
    };
    if !path.is_dir() {
        let mut file = fs::File::open(path).map_err(failed)?;
        let mut hash = Sha256::new();
        io::copy(&mut file, &mut Update(&mut hash)).map_err(failed)?;
        files.push((below, HEXLOWER.encode(&hash.finalize())));
        return Ok(());
    }
    for entry in fs::read_dir(path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let slash = if below.is_empty() { "" } else { "/" };
        collect(&entry.path(), format!("{below}{slash}{name}"), files)?;
    }
    Ok(())
}

struct Update<'a>(&'a mut Sha256);

impl io::Write for Update<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
