//! The files of a catalog: read with their size bounded, written whole, and only where they differ.

use std::fs::{self, File as Handle};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::{ComponentIndex, Draft, File, Index, MAX_INDEX_BYTES, Name, component_index_path};
use serde::de::DeserializeOwned;
use tempfile::NamedTempFile;

use crate::{Error, Result};

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
        let file = match Handle::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(Error::Read { path, source }),
        };
        let mut text = String::new();
        if let Err(source) = file.take(MAX_INDEX_BYTES + 1).read_to_string(&mut text) {
            return Err(Error::Read { path, source });
        }
        if text.len() as u64 > MAX_INDEX_BYTES {
            let limit = MAX_INDEX_BYTES;
            return Err(Error::TooLarge { path, limit });
        }
        Ok(Some(text))
    }

    fn json<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>> {
        let Some(text) = self.read(path)? else {
            return Ok(None);
        };
        serde_json::from_str(&text)
            .map(Some)
            .map_err(|source| Error::NotAnIndex {
                path: self.path(path),
                source,
            })
    }

    /// Adds a release to its component's index and writes its files. Adding it again changes nothing.
    pub(super) fn add(
        &self,
        draft: &Draft,
        index: Option<ComponentIndex>,
    ) -> Result<ComponentIndex> {
        let (index, files) = draft.add_to(index)?;
        for file in &files {
            self.create(file, draft)?;
        }
        self.put(&File {
            path: component_index_path(&index.name),
            text: index.to_json(),
        })?;
        Ok(index)
    }

    /// Writes a file of a release. Its component.yaml never changes again; the others follow from it.
    fn create(&self, file: &File, draft: &Draft) -> Result<()> {
        let is_published = file.path.ends_with("/component.yaml");
        if is_published && self.read(&file.path)?.is_some_and(|text| text != file.text) {
            return Err(draft.already_published("with different content"));
        }
        self.put(file)
    }

    /// Writes a file unless it has this text already. A reader sees the old one or the new one.
    pub(super) fn put(&self, file: &File) -> Result<()> {
        let path = self.path(&file.path);
        if fs::read(&path).is_ok_and(|found| found == file.text.as_bytes()) {
            return Ok(());
        }
        let write = || -> io::Result<()> {
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
        write().map_err(|source| Error::Write {
            path: path.clone(),
            source,
        })
    }
}
