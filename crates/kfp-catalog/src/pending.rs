//! A release between its checks and its record: the image is pushed in between.

use std::path::PathBuf;

use crate::{
    Built, Catalog, ComponentIndex, Error, Image, NewRelease, Result, Settings,
    component_yaml_path, store::Store,
};

/// A release that has passed every check and can be written into its [`Catalog`].
#[must_use = "nothing is written before `commit`"]
#[derive(Debug)]
pub struct Pending<'a> {
    catalog: &'a Catalog,
    release: NewRelease,
    index: Option<ComponentIndex>,
    is_published: bool,
}

impl<'a> Pending<'a> {
    pub(crate) fn begin(catalog: &'a Catalog, release: NewRelease) -> Result<Self> {
        let index = catalog.component(&release.name)?;
        let image = release.check(index.as_ref())?;
        let is_published = is_published(catalog, &release, &image, index.as_ref())?;
        Ok(Self {
            catalog,
            release,
            index,
            is_published,
        })
    }

    /// Whether the catalog has exactly this release: [`commit`](Self::commit) would change nothing.
    pub fn is_published(&self) -> bool {
        self.is_published
    }

    /// The component.yaml that pins the image.
    pub fn path(&self) -> PathBuf {
        let path = component_yaml_path(&self.release.name, &self.release.version);
        self.catalog.root().join(path)
    }

    /// Writes the release with its SBOMs, CycloneDX documents by architecture, and builds the catalog.
    ///
    /// # Errors
    /// If a file cannot be read or written; the release can then be committed again.
    pub fn commit(self, sboms: Vec<(String, String)>) -> Result<Built> {
        let catalog = self.catalog;
        self.write(sboms)?;
        catalog.build(&Settings::default())
    }

    pub(crate) fn write(mut self, sboms: Vec<(String, String)>) -> Result<()> {
        self.release.sboms.extend(sboms);
        Store::new(self.catalog.root()).add(&self.release, self.index)?;
        Ok(())
    }
}

/// Whether this release is recorded and its file is there, each as it would be written now. A version is published
/// once, so what is there with other content is an error, whether it was recorded or left by an interrupted run.
fn is_published(
    catalog: &Catalog,
    release: &NewRelease,
    image: &Image,
    index: Option<&ComponentIndex>,
) -> Result<bool> {
    let path = component_yaml_path(&release.name, &release.version);
    let file = Store::new(catalog.root()).read(&path)?;
    let record = index.and_then(|index| index.release(&release.version));
    let own = crate::sha256(release.component_yaml.as_bytes());
    let is_same = file
        .as_ref()
        .is_none_or(|text| *text == release.component_yaml)
        && record.is_none_or(|record| record.component.sha256 == own);
    if is_same {
        return Ok(file.is_some() && record.is_some() && is_listed(catalog, index)?);
    }
    let published = record.map(|record| record.image.pinned());
    let difference = match published.filter(|published| *published != image.pinned()) {
        Some(published) => format!(
            "a different image: it pins {published}, and this release is {}",
            image.pinned()
        ),
        None => format!(
            "a different component.yaml: `{}`",
            catalog.root().join(path).display()
        ),
    };
    Err(Error::AlreadyPublished {
        name: release.name.clone(),
        version: release.version.clone(),
        difference,
    })
}

/// Whether the catalog was built with every release of the component: its index is the last file to be written.
fn is_listed(catalog: &Catalog, index: Option<&ComponentIndex>) -> Result<bool> {
    let Some(index) = index else { return Ok(false) };
    let listed = catalog.index()?.components;
    Ok(listed
        .iter()
        .any(|summary| summary.name == index.name && summary.versions == index.versions.len()))
}
