//! The files of a catalog: read with their size bounded, written whole, and only where they differ.

use std::fs::{self, File as Handle};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::{
    ComponentIndex, Error, File, Index, MAX_INDEX_BYTES, Name, NewRelease, Result,
    component_index_path, replace_file,
};

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

    /// Writes the files of a release, then its component's index. What is there already is not written again.
    pub(super) fn add(
        &self,
        release: &NewRelease,
        index: Option<ComponentIndex>,
    ) -> Result<ComponentIndex> {
        let (index, files) = release.add_to(index)?;
        for file in &files {
            self.put(file)?;
        }
        self.put(&File {
            path: component_index_path(&index.name),
            text: index.to_json(),
        })?;
        Ok(index)
    }

    /// Writes a file unless it already has this text.
    pub(super) fn put(&self, file: &File) -> Result<()> {
        let path = self.path(&file.path);
        if fs::read(&path).is_ok_and(|found| found == file.text.as_bytes()) {
            return Ok(());
        }
        replace_file(&path, |new| new.write_all(file.text.as_bytes()))
            .map_err(|source| Error::Write { path, source })
    }
}
