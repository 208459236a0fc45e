//! Reads a component from the label of its published image.

use anyhow::{Context, Result};
use kfp_catalog::{MAX_COMPONENT_BYTES, Name, sha256};
use kfp_component_yaml::{label, read};
use kfp_registry::{Client, Digest, Index, Manifest, Reference};
use serde_json::Value;

use super::{Added, usable};
use crate::{http::RegistryArgs, lock::Locked};

/// The component in an image's label.
pub(super) fn from_image(text: &str, registries: &RegistryArgs) -> Result<Added> {
    let image: Reference = text.parse()?;
    let digest: Digest = *image.digest().context("name the image by its digest")?;
    let pinned = image.with_digest(digest);
    let client = registries.client().build()?;
    let label = read_label(&client, &pinned)
        .with_context(|| format!("could not read the component from {pinned}"))?;
    let yaml = label::pinned(&label, &pinned.to_string())
        .with_context(|| format!("could not read the component from {pinned}"))?;
    usable(&yaml).with_context(|| format!("the component in {pinned} cannot be used"))?;
    let last = pinned.repository().rsplit('/').next().unwrap_or_default();
    let name: Name = last.parse().with_context(|| {
        format!("the repository of {pinned} does not end in a component's name")
    })?;
    let file = read::read(&yaml).ok();
    let version = file
        .as_ref()
        .and_then(|file| file.annotation("version")?.parse().ok());
    let locked = Locked {
        name,
        version,
        catalog: None,
        url: pinned.to_string(),
        sha256: sha256(yaml.as_bytes()),
        image: pinned.without_version().to_string(),
        digest: digest.to_string().parse()?,
    };
    Ok((locked, yaml))
}

/// The label of an image, or of the first one of an index.
fn read_label(client: &Client, image: &Reference) -> Result<String> {
    let fetched = client
        .manifest(image)?
        .with_context(|| format!("{image} does not exist"))?;
    let manifest: Manifest = if let Ok(index) = serde_json::from_slice::<Index>(&fetched.bytes) {
        let first = index
            .manifests
            .first()
            .context("the index lists no image")?;
        let image = image.with_digest(first.digest);
        let fetched = client
            .manifest(&image)?
            .with_context(|| format!("{image} does not exist"))?;
        serde_json::from_slice(&fetched.bytes)?
    } else {
        serde_json::from_slice(&fetched.bytes)?
    };
    let config = client.blob(image, &manifest.config.digest, MAX_COMPONENT_BYTES * 4)?;
    let config: Value = serde_json::from_slice(&config)?;
    let label = config["config"]["Labels"][label::COMPONENT].as_str();
    label.map(str::to_owned).with_context(|| {
        format!(
            "it has no label `{}`, so it was not published by kfp-publish",
            label::COMPONENT
        )
    })
}
