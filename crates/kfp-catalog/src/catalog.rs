//! A catalog on disk: a version is added once, everything else is derived from what is there.
//!
//! Refuses to change a published file, and to build on one that was changed by hand.
//!
//! ```no_run
//! use kfp_catalog::{Catalog, Draft};
//!
//! # fn example(draft: Draft) -> kfp_catalog::Result<()> {
//! let catalog = Catalog::at("catalog");
//! catalog.check(&draft)?;      // before the push: a number that promises too much is an error
//! catalog.add(&[draft])?;      // after the image was read back
//! # Ok(())
//! # }
//! ```

use std::path::{Path, PathBuf};

use crate::store::Store;
use crate::{Built, ComponentIndex, Draft, Error, Index, Name, Result, Settings, build};

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

    /// Checks that the version of `draft` is high enough for what its interface changed. A version that is there
    /// already is not judged again.
    ///
    /// # Errors
    /// [`Error::VersionTooLow`], [`Error::Unfit`], or an index that cannot be read.
    pub fn check(&self, draft: &Draft) -> Result<()> {
        let Some(index) = self.component(&draft.name)? else {
            return Ok(());
        };
        if index.release(&draft.version).is_some() {
            return Ok(());
        }
        let (changes, Some(needed)) = draft.compare(&index)? else {
            return Ok(());
        };
        let changes: Vec<String> = changes
            .iter()
            .map(|change| {
                let breaking = if change.breaking { "breaking: " } else { "" };
                format!("{breaking}{}", change.description)
            })
            .collect();
        Err(Error::VersionTooLow {
            name: draft.name.clone(),
            version: draft.version.clone(),
            changes: changes.join("; "),
            needed: Box::new(needed),
        })
    }

    /// Adds releases and builds the catalog. Adding what is there already changes nothing.
    ///
    /// # Errors
    /// [`Error::AlreadyPublished`], [`Error::Unfit`], or a file that cannot be read or written.
    pub fn add(&self, drafts: &[Draft]) -> Result<Built> {
        let store = Store::new(&self.root);
        for draft in drafts {
            store.add(draft, store.component(&draft.name)?)?;
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
}
