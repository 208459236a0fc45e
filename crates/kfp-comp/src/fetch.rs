//! Reads component files from paths and URLs, up to the size limit of a component.

use std::{
    fmt, fs,
    io::Read,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result};
use kfp_pyyaml::MAX_BYTES;

use crate::{error::hinted, http, pipeline::is_python};

/// How long to wait for a server.
const TIMEOUT: Duration = Duration::from_secs(30);

/// One file, local or remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A path.
    File(PathBuf),
    /// A URL.
    Url(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Url(url) => f.write_str(url),
        }
    }
}

impl Source {
    /// Whether it is the Python file of a pipeline, which is compiled before it is looked at.
    pub(crate) fn is_python(&self) -> bool {
        matches!(self, Self::File(path) if is_python(path))
    }

    /// The bytes, up to one more than the largest component may have.
    pub(crate) fn read(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let limit = MAX_BYTES as u64 + 1;
        match self {
            Self::File(path) => fs::File::open(path)
                .and_then(|file| file.take(limit).read_to_end(&mut bytes))
                .with_context(|| format!("could not read `{}`", path.display()))?,
            Self::Url(url) => open(url)?
                .take(limit)
                .read_to_end(&mut bytes)
                .with_context(|| format!("could not read `{url}`"))?,
        };
        Ok(bytes)
    }
}

fn open(url: &str) -> Result<impl Read> {
    // The SDKs read Google Cloud Storage through the same address.
    let address = match url.strip_prefix("gs://") {
        Some(path) => format!("https://storage.googleapis.com/{path}"),
        None => url.to_owned(),
    };
    http::refuse_login(&address)?;
    http::open(&address, TIMEOUT)
        .with_context(|| format!("could not fetch `{url}`"))?
        .with_context(|| format!("`{url}` does not exist"))
}

/// The files an argument names: itself, or every `.yaml` and `.yml` below a directory, without hidden and `target`
/// directories.
pub(crate) fn sources(argument: &str) -> Result<Vec<Source>> {
    if ["http://", "https://", "gs://"]
        .iter()
        .any(|scheme| argument.starts_with(scheme))
    {
        return Ok(vec![Source::Url(argument.to_owned())]);
    }
    let path = Path::new(argument);
    if !path.exists() {
        return Err(hinted(
            format!("`{argument}` does not exist"),
            "name a file, a directory or a URL",
        ));
    }
    let mut files = Vec::new();
    if path.is_dir() {
        walk(path, &mut files)?;
        files.sort();
    } else {
        files.push(path.to_owned());
    }
    Ok(files.into_iter().map(Source::File).collect())
}

fn walk(directory: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(directory)
        .with_context(|| format!("could not read `{}`", directory.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("could not read `{}`", directory.display()))?;
        let path = entry.path();
        let name = entry.file_name();
        let kind = entry
            .file_type()
            .with_context(|| format!("could not read `{}`", path.display()))?;
        let is_yaml = path
            .extension()
            .is_some_and(|end| end == "yaml" || end == "yml");
        if kind.is_dir() && name != "target" && !name.to_string_lossy().starts_with('.') {
            walk(&path, files)?;
        } else if is_yaml && path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}
