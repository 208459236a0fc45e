//! One component into a registry and a catalog: the catalog entry comes last, and never changes.
//!
//! Takes what is packed already; builds nothing.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use kfp_component_yaml::label;
use kfp_registry::Client;

use crate::error::{Context as _, Error, Result};
use crate::files;
use crate::image::Packed;
use crate::push::{Bills, Destination, Listener, Pushed, push, verify};

/// What is to be published, and where.
pub struct Release<'a> {
    /// The images.
    pub packed: &'a Packed,
    /// The interface, as the images carry it in their label.
    pub interface: &'a str,
    /// The registry's side.
    pub to: Destination,
    /// The catalog's folder.
    pub catalog: &'a Path,
}

impl Release<'_> {
    /// The image by its digest: what the catalog pins.
    pub fn pinned(&self) -> String {
        self.to
            .repository
            .with_digest(self.packed.digest())
            .to_string()
    }

    /// Where the catalog keeps this version.
    pub fn entry(&self) -> PathBuf {
        entry(self.catalog, &self.packed.name, &self.packed.version)
    }

    /// Pushes the images, reads them back and writes the catalog entry; each only if it is not there.
    pub fn publish(
        &self,
        client: &Client,
        bills: &Bills<'_>,
        listener: &dyn Listener,
    ) -> Result<Pushed> {
        let is_pinned = self.is_pinned()?;
        // Made before anything is sent, so that a component.yaml that cannot be pinned costs no push.
        let text = label::pinned(self.interface, &self.pinned())
            .context(|| format!("could not pin the component.yaml of `{}`", self.packed.name))?;
        let pushed = push(client, self.packed, &self.to, bills, listener)?;
        if is_pinned {
            return Ok(pushed);
        }
        if pushed == Pushed::Unchanged {
            verify(client, self.packed, &self.to.repository)?;
        }
        let entry = self.entry();
        files::create(&entry, text.as_bytes()).map_err(|error| {
            Error::new(format!("could not write `{}`", entry.display()))
                .because(error)
                .hint(format!(
                    "{} is published; publish again once the folder can be written",
                    self.pinned()
                ))
        })?;
        Ok(Pushed::Published)
    }

    /// Whether the catalog has this very version already.
    fn is_pinned(&self) -> Result<bool> {
        let entry = self.entry();
        let read = || format!("could not read `{}`", entry.display());
        let text = match fs::read_to_string(&entry) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error).context(read),
        };
        let image = label::image(&text).context(read)?;
        if image == self.pinned() {
            return Ok(true);
        }
        Err(Error::new(format!(
            "`{}` {} is in the catalog already, with another image",
            self.packed.name, self.packed.version
        ))
        .because(format!(
            "`{}` pins {image}, and this is {}",
            entry.display(),
            self.pinned()
        ))
        .hint(format!(
            "bump `version` in the Cargo.toml of `{}`: a published version never changes",
            self.packed.name
        )))
    }
}

/// Where a catalog keeps the component.yaml of a version.
pub fn entry(catalog: &Path, name: &str, version: &str) -> PathBuf {
    catalog
        .join("components")
        .join(name)
        .join(version)
        .join("component.yaml")
}
