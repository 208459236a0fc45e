//! The components of pipelines as catalogs have them.

use std::collections::BTreeMap;

use anyhow::Result;
use kfp_catalog::{ComponentIndex, Index, Release};
use kfp_pipeline::image::{repository, tag};

use super::interface::{Current, compiled};
use crate::catalog::{CatalogArgs, Catalogs, NamedCatalog};

/// Catalogs, and what has been looked up in them.
pub(crate) struct Releases {
    catalogs: Vec<(NamedCatalog, Index)>,
    /// By image.
    known: BTreeMap<String, Option<Current>>,
}

impl Releases {
    /// Reads the indexes of the catalogs that are named.
    ///
    /// # Errors
    /// If one cannot be read.
    pub(crate) fn read(args: &CatalogArgs) -> Result<Self> {
        let named = Catalogs::of(args)?.0.into_iter();
        let catalogs = named.map(|catalog| Ok((catalog.clone(), catalog.location.index()?)));
        Ok(Self {
            catalogs: catalogs.collect::<Result<_>>()?,
            known: BTreeMap::new(),
        })
    }

    /// The component that an image runs, as the first catalog has it that has one.
    ///
    /// # Errors
    /// If a file of the catalog cannot be read, or is not what was published.
    pub(super) fn current(&mut self, image: &str) -> Result<Option<&Current>> {
        if !self.known.contains_key(image) {
            let found = self.look_up(image)?;
            self.known.insert(image.to_owned(), found);
        }
        Ok(self.known[image].as_ref())
    }

    fn look_up(&self, image: &str) -> Result<Option<Current>> {
        for (catalog, index) in &self.catalogs {
            let mut components = index.components.iter();
            let Some(summary) =
                components.find(|one| repository(&one.latest.image) == repository(image))
            else {
                continue;
            };
            let Some(index) = catalog.location.component(&summary.name)? else {
                continue;
            };
            let Some((release, is_meant)) = release(&index, image) else {
                continue;
            };
            let text = catalog.location.file(&release.component)?;
            return Ok(compiled(&text).map(|spec| Current {
                origin: format!(
                    "`{}@{}` of the catalog `{}`",
                    summary.name, release.version, catalog.name
                ),
                repository: repository(image).to_owned(),
                pinned: (!is_meant).then(|| release.image.pinned()),
                spec,
            }));
        }
        Ok(None)
    }
}

/// The release whose image it is, or else the latest, and whether that is what the image names.
fn release<'i>(index: &'i ComponentIndex, image: &str) -> Option<(&'i Release, bool)> {
    let digest = image.split_once('@').map(|(_, digest)| digest);
    let is_it = |release: &&Release| match digest {
        Some(digest) => {
            let platforms = release.image.platforms.iter();
            let mut digests = platforms
                .map(|one| &one.digest)
                .chain([&release.image.digest]);
            digests.any(|one| one.as_str() == digest)
        }
        None => tag(image).is_some_and(|tag| tag == release.version.to_string()),
    };
    let named = index.versions.iter().find(is_it);
    named
        .map(|release| (release, true))
        // A tag that is not a version may be any release.
        .or_else(|| Some((index.latest()?, digest.is_none())))
}
