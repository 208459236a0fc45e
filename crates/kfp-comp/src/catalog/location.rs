//! Where a catalog is: a folder or a web server. Reads its files, with a limit on their size.
//!
//! Refuses a web page served in place of data, and gives up after the timeout.

use std::{
    fmt, fs,
    io::{ErrorKind, Read},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, anyhow, bail};
use kfp_catalog::{
    ComponentIndex, FileRef, Index, MAX_COMPONENT_BYTES, MAX_INDEX_BYTES, Name,
    component_index_path, sha256,
};
use serde::de::DeserializeOwned;

use crate::{error::hinted, http};

/// Where a catalog is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CatalogLocation {
    /// A local folder.
    Folder(PathBuf),
    /// A URL without a final slash, and how long to wait for an answer.
    Web(String, Duration),
}

impl fmt::Display for CatalogLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => path.display().fmt(f),
            Self::Web(url, _) => f.write_str(url),
        }
    }
}

impl CatalogLocation {
    /// Reads what a user typed: a folder (relative to `base`), `file://…`, `http://…` or `https://…`.
    pub(crate) fn parse(text: &str, base: &Path, timeout: Duration) -> Result<Self> {
        http::refuse_login(text)?;
        let text = text.trim_end_matches('/').trim_end_matches("/index.json");
        match text.split_once("://") {
            Some(("http" | "https", _)) => Ok(Self::Web(text.to_owned(), timeout)),
            Some(("file", path)) => {
                let path = path.strip_prefix("localhost").unwrap_or(path);
                Ok(Self::Folder(PathBuf::from(percent_decoded(path))))
            }
            Some((scheme, _)) => Err(hinted(
                format!("cannot read a catalog from `{text}`: `{scheme}://` is not supported"),
                "name a folder, or a URL that begins with https://, http:// or file://",
            )),
            None => Ok(Self::Folder(base.join(text))),
        }
    }

    /// The path or URL of a file of the catalog.
    pub(crate) fn locate(&self, path: &str) -> String {
        match self {
            Self::Folder(root) => root.join(path).display().to_string(),
            Self::Web(url, _) => format!("{url}/{path}"),
        }
    }

    /// The catalog's index.
    pub(crate) fn index(&self) -> Result<Index> {
        self.json("index.json")?.ok_or_else(|| {
            hinted(
                format!("no catalog at `{self}`: index.json not found"),
                "name the folder or URL that contains index.json",
            )
        })
    }

    /// The releases of a component, if the catalog contains it.
    pub(crate) fn component(&self, name: &Name) -> Result<Option<ComponentIndex>> {
        let path = component_index_path(name);
        let index: Option<ComponentIndex> = self.json(&path)?;
        if let Some(index) = &index
            && index.name != *name
        {
            bail!(
                "`{}` is the index of `{}`, not of `{name}`",
                self.locate(&path),
                index.name
            );
        }
        Ok(index)
    }

    /// A file that the index names, if its hash matches.
    pub(crate) fn file(&self, file: &FileRef) -> Result<String> {
        let path = file.url.as_str();
        let location = self.locate(path);
        let limit = match self {
            // On this machine, a longer file may be the right one with other line ends.
            Self::Folder(_) => MAX_COMPONENT_BYTES,
            Self::Web(..) => file.bytes.min(MAX_COMPONENT_BYTES),
        };
        let bytes = self
            .read(path, limit)?
            .ok_or_else(|| anyhow!("`{location}` is missing, although the index names it"))?;
        let found = sha256(&bytes);
        if found != file.sha256 {
            let text = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
            if sha256(text.as_bytes()) == file.sha256 {
                return Err(hinted(
                    format!("`{location}` has other line ends than what was published"),
                    "git changed them: `kfp-comp catalog build` writes a `.gitattributes` that keeps them, and says how to \
                     restore the files",
                ));
            }
            if looks_like_html(&bytes) {
                bail!("`{location}` is a web page, not a component.yaml");
            }
            return Err(
                anyhow!("its sha256 is {found}, but the index says {}", file.sha256)
                    .context(format!("`{location}` is not the file that was published")),
            );
        }
        String::from_utf8(bytes).with_context(|| format!("`{location}` is not text"))
    }

    /// The text of another file of the catalog, if it exists.
    pub(crate) fn text(&self, path: &str) -> Result<Option<String>> {
        let bytes = self.read(path, MAX_INDEX_BYTES)?;
        bytes
            .map(|bytes| {
                String::from_utf8(bytes)
                    .with_context(|| format!("`{}` is not text", self.locate(path)))
            })
            .transpose()
    }

    fn json<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>> {
        let Some(bytes) = self.read(path, MAX_INDEX_BYTES)? else {
            return Ok(None);
        };
        let location = self.locate(path);
        if looks_like_html(&bytes) {
            return Err(hinted(
                format!("`{location}` is a web page, not a catalog's index"),
                "name the folder or URL that contains index.json",
            ));
        }
        serde_json::from_slice(&bytes)
            .map(Some)
            .with_context(|| format!("`{location}` is not a catalog's index"))
    }

    fn read(&self, path: &str, limit: u64) -> Result<Option<Vec<u8>>> {
        let location = self.locate(path);
        let failed = || format!("could not read `{location}`");
        let opened: Option<Box<dyn Read>> = match self {
            Self::Folder(root) => match fs::File::open(root.join(path)) {
                Ok(file) => Some(Box::new(file)),
                Err(error) if is_absent(&error) => None,
                Err(error) => return Err(error).with_context(failed),
            },
            Self::Web(_, timeout) => http::open(&location, *timeout).with_context(failed)?,
        };
        let Some(reader) = opened else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        reader
            .take(limit + 1)
            .read_to_end(&mut bytes)
            .with_context(failed)?;
        if bytes.len() as u64 > limit {
            bail!("`{location}` is larger than the limit of {limit} bytes");
        }
        Ok(Some(bytes))
    }
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn looks_like_html(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"<")
}

fn percent_decoded(path: &str) -> String {
    percent_encoding::percent_decode_str(path)
        .decode_utf8_lossy()
        .into_owned()
}
