//! A catalog on disk: a release is added once, everything else is derived from the releases that are there.
//!
//! Refuses to change a published file, and to build on one that was changed by hand.

use std::path::{Path, PathBuf};

use crate::store::Store;
use crate::{Built, ComponentIndex, Index, Name, NewRelease, Pending, Result, Settings, build};

/// A catalog's directory, which need not exist yet.
///
/// ```no_run
/// use kfp_catalog::{Catalog, NewRelease};
///
/// # fn example(release: NewRelease) -> kfp_catalog::Result<()> {
/// let catalog = Catalog::at("catalog");
/// let pending = catalog.begin(release)?; // all checks, before anything is pushed
/// // Push the image and read it back.
/// pending.commit(Vec::new())?; // the one write
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Catalog {
    root: PathBuf,
}

impl Catalog {
    /// The catalog in `root`.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Its directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Checks a release before its image is pushed. Nothing is written yet.
    ///
    /// # Errors
    /// [`Error::AlreadyPublished`](crate::Error::AlreadyPublished) if the version is taken by other content,
    /// [`Error::VersionTooLow`](crate::Error::VersionTooLow) if the interface changed more than the version allows,
    /// [`Error::Release`](crate::Error::Release) if the component.yaml is not fit for a catalog, or an error for an index
    /// that cannot be read.
    pub fn begin(&self, release: NewRelease) -> Result<Pending<'_>> {
        Pending::begin(self, release)
    }

    /// Adds releases whose images are in their registries, and builds the catalog once. Adding a release again changes
    /// nothing.
    ///
    /// # Errors
    /// As [`begin`](Self::begin), and if a file cannot be written.
    pub fn add(&self, releases: &[NewRelease]) -> Result<Built> {
        for release in releases {
            self.begin(release.clone())?.write(Vec::new())?;
        }
        self.build(&Settings::default())
    }

    /// Derives everything else from the releases in the directory, and records those that have no record yet.
    ///
    /// # Errors
    /// [`Error::Altered`](crate::Error::Altered) or [`Error::Missing`](crate::Error::Missing) if a published file is not
    /// what was published, or an error for a file that cannot be read or written.
    pub fn build(&self, settings: &Settings) -> Result<Built> {
        build::build(&Store::new(&self.root), settings)
    }

    /// The catalog's index; an empty one where there is no catalog.
    ///
    /// # Errors
    /// If it cannot be read or is not a catalog's index.
    pub fn index(&self) -> Result<Index> {
        Store::new(&self.root).index()
    }

    /// All releases of a component, if there are any.
    ///
    /// # Errors
    /// If its index cannot be read or is not one.
    pub fn component(&self, name: &Name) -> Result<Option<ComponentIndex>> {
        Store::new(&self.root).component(name)
    }
}
