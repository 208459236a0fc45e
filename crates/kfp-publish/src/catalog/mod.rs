//! A catalog on disk: a version is added once, everything else is derived from what is there.
//!
//! Refuses to change a published file, and to build on one that was changed by hand.
//!
//! ```no_run
//! use kfp_component_spec::catalog::Draft;
//! use kfp_publish::catalog::Catalog;
//!
//! # fn example(draft: Draft) -> kfp_publish::Result<()> {
//! let catalog = Catalog::at("catalog");
//! catalog.check(&draft)?;      // before the push: a number that promises too much is an error
//! catalog.add(&[draft])?;      // after the image was read back
//! # Ok(())
//! # }
//! ```

mod build;
mod cli;
mod draft;
mod store;

use std::fs;
use std::path::{Path, PathBuf};

use kfp_component_spec::catalog::{ComponentIndex, Draft, File, Index, Name, component_index_path};

pub use self::build::{Built, Settings};
pub use self::cli::cli;
pub(crate) use self::draft::draft;
use self::store::Store;
use crate::error::{Context as _, Error, Result};

/// A catalog's folder. It need not be there yet.
#[derive(Clone, Debug)]
pub struct Catalog {
    root: PathBuf,
}

impl Catalog {
    /// The catalog in `root`.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Its folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether the number of `draft` is high enough for what its interface changed. A version that is there already is
    /// not judged again.
    pub fn check(&self, draft: &Draft) -> Result<()> {
        let Some(index) = Store::new(&self.root).component(&draft.name)? else {
            return Ok(());
        };
        if index.release(&draft.version).is_some() {
            return Ok(());
        }
        let unfit = || format!("`{}` {} cannot be published", draft.name, draft.version);
        let (changes, Some(needed)) = draft.compare(&index).context(unfit)? else {
            return Ok(());
        };
        let changes: Vec<String> = changes
            .iter()
            .map(|change| {
                format!(
                    "{}{}",
                    if change.breaking { "breaking: " } else { "" },
                    change.description
                )
            })
            .collect();
        Err(Error::new(unfit())
            .because(format!(
                "its interface changed more than that number allows: {}",
                changes.join("; ")
            ))
            .hint(format!(
                "set `version = \"{needed}\"` in the Cargo.toml of `{}`",
                draft.name
            )))
    }

    /// Adds versions and builds the catalog. Adding what is there already changes nothing.
    pub fn add(&self, drafts: &[Draft]) -> Result<Built> {
        let store = Store::new(&self.root);
        for draft in drafts {
            let unfit = || {
                format!(
                    "`{}` {} cannot enter `{}`",
                    draft.name,
                    draft.version,
                    self.root.display()
                )
            };
            let (index, files) = draft.add_to(store.component(&draft.name)?).context(unfit)?;
            for file in &files {
                store.create(file)?;
            }
            store.put(&File {
                path: component_index_path(&index.name),
                text: index.to_json(),
            })?;
        }
        self.build(&Settings::default())
    }

    /// Derives everything from the releases in the folder, taking up those that have no record yet.
    pub fn build(&self, settings: &Settings) -> Result<Built> {
        build::build(&Store::new(&self.root), settings)
    }

    /// What the catalog's index says; an empty one where there is no catalog.
    pub fn index(&self) -> Result<Index> {
        Store::new(&self.root).index()
    }

    /// All releases of a component, if there are any.
    pub fn component(&self, name: &Name) -> Result<Option<ComponentIndex>> {
        Store::new(&self.root).component(name)
    }

    /// The names of the folders below `components/`.
    fn folders(root: &Path) -> Result<Vec<Name>> {
        let path = root.join("components");
        let mut names = Vec::new();
        if !path.is_dir() {
            return Ok(names);
        }
        let read = || format!("could not read `{}`", path.display());
        for entry in fs::read_dir(&path).context(read)? {
            let entry = entry.context(read)?;
            if entry.path().is_dir() {
                let name = entry.file_name().to_string_lossy().into_owned();
                names.push(name.parse().context(|| {
                    format!("`{}` is no component's folder", entry.path().display())
                })?);
            }
        }
        names.sort();
        Ok(names)
    }
}
