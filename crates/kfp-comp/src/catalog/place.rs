//! Where a catalog is: a folder or a web server. Reads files from it, never more of one than it may have.
//!
//! Refuses a web page that poses as data, and waits no longer than it was told.

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
pub(crate) enum Place {
    /// A folder of this machine.
    Folder(PathBuf),
    /// An address, without a slash at its end, and how long to wait for an answer.
    Web(String, Duration),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => path.display().fmt(f),
            Self::Web(url, _) => f.write_str(url),
        }
    }
}

impl Place {
    /// The place a user names: a folder, `file://…`, `http://…` or `https://…`; folders from `base`.
    pub(crate) fn parse(text: &str, base: &Path, patience: Duration) -> Result<Self> {
        http::refuse_login(text)?;
        let text = text.trim_end_matches('/').trim_end_matches("/index.json");
        match text.split_once("://") {
            Some(("http" | "https", _)) => Ok(Self::Web(text.to_owned(), patience)),
            Some(("file", path)) => {
                let path = path.strip_prefix("localhost").unwrap_or(path);
                Ok(Self::Folder(PathBuf::from(percent_decoded(path))))
            }
            Some((scheme, _)) => Err(hinted(
                format!("`{text}` is no catalog: `{scheme}://` is not supported"),
                "name a folder, or an address that begins with https://, http:// or file://",
            )),
            None => Ok(Self::Folder(base.join(text))),
        }
    }

    /// How a file of the catalog is named from outside.
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
                format!("`{self}` is no catalog: it has no index.json"),
                "name the folder or address that holds index.json",
            )
        })
    }

    /// The releases of a component, if the catalog has it.
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

    /// A file the index names, only if it is the very file.
    pub(crate) fn file(&self, file: &FileRef) -> Result<String> {
        let path = file.url.as_str();
        let place = self.locate(path);
        let limit = file.bytes.min(MAX_COMPONENT_BYTES);
        let bytes = self
            .read(path, limit)?
            .ok_or_else(|| anyhow!("`{place}` is missing, although the index names it"))?;
        let found = sha256(&bytes);
        if found != file.sha256 {
            if looks_like_html(&bytes) {
                bail!("`{place}` is a web page, not a component.yaml");
            }
            return Err(
                anyhow!("its sha256 is {found}, and the index says {}", file.sha256)
                    .context(format!("`{place}` is not the file that was published")),
            );
        }
        String::from_utf8(bytes).with_context(|| format!("`{place}` is not text"))
    }

    /// The text of another file of the catalog, if there is one.
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
        let place = self.locate(path);
        if looks_like_html(&bytes) {
            return Err(hinted(
                format!("`{place}` is a web page, not a catalog's index"),
                "name the folder or address that holds index.json",
            ));
        }
        serde_json::from_slice(&bytes)
            .map(Some)
            .with_context(|| format!("`{place}` is not a catalog's index"))
    }

    fn read(&self, path: &str, limit: u64) -> Result<Option<Vec<u8>>> {
        let place = self.locate(path);
        let failed = || format!("could not read `{place}`");
        let opened: Option<Box<dyn Read>> = match self {
            Self::Folder(root) => match fs::File::open(root.join(path)) {
                Ok(file) => Some(Box::new(file)),
                Err(error) if is_absent(&error) => None,
                Err(error) => return Err(error).with_context(failed),
            },
            Self::Web(_, patience) => http::open(&place, *patience).with_context(failed)?,
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
            bail!("`{place}` is larger than the {limit} bytes it may have");
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
