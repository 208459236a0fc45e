//! What differs between a new build and the published one of the same version.
//!
//! Only for an error's text: nothing is decided by it.

use std::collections::{BTreeMap, BTreeSet};

use kfp_registry::{Client, Descriptor, Index, Manifest, Reference};

use crate::error::{Context as _, Error, Result};
use crate::image::{BUILDER, Packed};

/// Two images of one platform, side by side.
struct Side {
    platform: String,
    manifest: Manifest,
}

/// The version is taken by other content: says what differs, the compilers first, since then the source may be the same.
pub(crate) fn error(client: &Client, packed: &Packed, published: &Reference) -> Error {
    let differences = differences(client, packed, published)
        .unwrap_or_else(|error| vec![format!("the published image cannot be read: {error}")]);
    Error::new(format!(
        "{published} is already published with different content"
    ))
    .because(differences.join("; "))
    .hint(format!(
        "bump `version` in the Cargo.toml of `{}`: a published version never changes",
        packed.name
    ))
}

/// One line per difference, the builder's first.
fn differences(client: &Client, packed: &Packed, published: &Reference) -> Result<Vec<String>> {
    let read = |reference: &Reference| -> Result<Vec<u8>> {
        let found = client
            .manifest(reference)
            .context(|| format!("could not read {reference}"))?;
        Ok(found.map(|found| found.bytes).unwrap_or_default())
    };
    let unusable = || format!("{published} was not published by kfp-publish");
    let index: Index = serde_json::from_slice(&read(published)?).context(unusable)?;
    let mut old = Vec::new();
    for child in &index.manifests {
        let bytes = read(&published.with_digest(child.digest))?;
        old.push(Side {
            platform: platform(child),
            manifest: serde_json::from_slice(&bytes).context(unusable)?,
        });
    }
    let new = packed.images.iter().map(|image| {
        let manifest = serde_json::from_slice(&image.manifest.bytes).context(unusable)?;
        Ok(Side {
            platform: platform(&image.manifest.descriptor),
            manifest,
        })
    });
    Ok(lines(&old, &new.collect::<Result<Vec<_>>>()?))
}

fn lines(old: &[Side], new: &[Side]) -> Vec<String> {
    let mut builders = BTreeSet::new();
    let mut annotations = BTreeSet::new();
    let mut contents = Vec::new();
    for side in new {
        let Some(before) = old.iter().find(|other| other.platform == side.platform) else {
            contents.push(format!("{} is new", side.platform));
            continue;
        };
        for (key, was, is) in changes(&before.manifest.annotations, &side.manifest.annotations) {
            let lines = if key == BUILDER {
                &mut builders
            } else {
                &mut annotations
            };
            lines.insert(format!("{key} was {was} and is {is}"));
        }
        if layers(&before.manifest) != layers(&side.manifest) {
            contents.push(format!("the program for {} differs", side.platform));
        } else if before.manifest.config.digest != side.manifest.config.digest {
            contents.push(format!(
                "the program for {} is the same, its labels or interface differ",
                side.platform
            ));
        }
    }
    let gone = old
        .iter()
        .filter(|side| new.iter().all(|other| other.platform != side.platform));
    contents.extend(gone.map(|side| format!("{} is missing now", side.platform)));
    builders
        .into_iter()
        .chain(contents)
        .chain(annotations)
        .collect()
}

fn changes<'a>(
    old: &'a BTreeMap<String, String>,
    new: &'a BTreeMap<String, String>,
) -> Vec<(&'a str, String, String)> {
    let keys: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let show = |value: Option<&String>| {
        value.map_or_else(|| "absent".to_owned(), |value| format!("`{value}`"))
    };
    keys.into_iter()
        .filter(|key| old.get(*key) != new.get(*key))
        .map(|key| (key.as_str(), show(old.get(key)), show(new.get(key))))
        .collect()
}

fn layers(manifest: &Manifest) -> Vec<String> {
    manifest
        .layers
        .iter()
        .map(|layer| layer.digest.to_string())
        .collect()
}

fn platform(descriptor: &Descriptor) -> String {
    let platform = descriptor.platform.as_ref();
    platform.map_or_else(
        || "an unknown platform".to_owned(),
        |platform| format!("{}/{}", platform.os, platform.architecture),
    )
}
