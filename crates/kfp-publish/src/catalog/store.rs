//! The files of a catalog: read with their size bounded, written whole, and only where they differ.

use std::fs::{self, File as Handle};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use kfp_component_spec::catalog::{
    ComponentIndex, File, Index, MAX_INDEX_BYTES, Name, component_index_path,
};
use serde::de::DeserializeOwned;
use tempfile::NamedTempFile;

use crate::error::{Context as _, Error, Result};

/// Files below one folder.
pub(super) struct Store<'a> {
    pub(super) root: &'a Path,
}

impl<'a> Store<'a> {
    pub(super) fn new(root: &'a Path) -> Self {
        Self { root }
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// The catalog's index; an empty one if there is none.
    pub(super) fn index(&self) -> Result<Index> {
        Ok(self.json("index.json")?.unwrap_or_default())
    }

    /// A component's index, if there is one.
    pub(super) fn component(&self, name: &Name) -> Result<Option<ComponentIndex>> {
        self.json(&component_index_path(name))
    }

    /// The text of a file, if there is one.
    pub(super) fn read(&self, path: &str) -> Result<Option<String>> {
        let path = self.path(path);
        let read = || format!("could not read `{}`", path.display());
        let file = match Handle::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).context(read),
        };
        let mut text = String::new();
        file.take(MAX_INDEX_BYTES + 1)
            .read_to_string(&mut text)
            .context(read)?;
        if text.len() as u64 > MAX_INDEX_BYTES {
            return Err(
                Error::new(read()).because(format!("it is larger than {MAX_INDEX_BYTES} bytes"))
            );
        }
        Ok(Some(text))
    }

    fn json<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>> {
        let Some(text) = self.read(path)? else {
            return Ok(None);
        };
        let read = || format!("`{}` is not a catalog's index", self.path(path).display());
        serde_json::from_str(&text).map(Some).context(read)
    }

    /// Writes a file of a release. Its component.yaml never changes again; the others follow from it.
    pub(super) fn create(&self, file: &File) -> Result<()> {
        let is_published = file.path.ends_with("/component.yaml");
        if is_published && self.read(&file.path)?.is_some_and(|text| text != file.text) {
            let path = self.path(&file.path);
            return Err(Error::new(format!(
                "`{}` is there already, with another content",
                path.display()
            ))
            .hint("a published version never changes: publish another one"));
        }
        self.put(file)
    }

    /// Writes a file unless it has this text already. A reader sees the old one or the new one.
    pub(super) fn put(&self, file: &File) -> Result<()> {
        let path = self.path(&file.path);
        if fs::read(&path).is_ok_and(|found| found == file.text.as_bytes()) {
            return Ok(());
        }
        let write = || -> std::io::Result<()> {
            let folder = path.parent().unwrap_or(self.root);
            fs::create_dir_all(folder)?;
            // Everything can be published or built again, so nothing is worth waiting for the disk.
            let mut new = NamedTempFile::new_in(folder)?;
            new.write_all(file.text.as_bytes())?;
            #[cfg(unix)]
            new.as_file()
                .set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
            new.persist(&path)?;
            Ok(())
        };
        write().context(|| format!("could not write `{}`", path.display()))
    }
}
