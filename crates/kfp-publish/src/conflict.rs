//! What differs between a new build and the published one of the same version.
//!
//! Only for an error's text: nothing is decided by it.

use std::collections::{BTreeMap, BTreeSet};

use kfp_component_yaml::label;
use kfp_registry::{Client, Descriptor, Digest, Index, Manifest, Reference};
use serde_json::Value;

use crate::error::{Context as _, Error, Result};
use crate::image::{BUILDER, Packed};

/// Two images of one platform, side by side.
struct Side {
    platform: String,
    manifest: Manifest,
}

/// What differs between a published image and a new one.
struct Differences {
    /// In the compilers.
    builders: BTreeSet<String>,
    /// In the programs, interfaces and platforms.
    contents: Vec<String>,
    /// In the other annotations, by key.
    annotations: BTreeMap<String, String>,
    /// Whether the new image names a commit.
    has_revision: bool,
}

/// The version is taken by other content: says what differs, the compilers first, since then the source may be the same.
pub(crate) fn error(client: &Client, packed: &Packed, published: &Reference) -> Error {
    let error = Error::new(format!(
        "{published} is already published with different content"
    ));
    let bump = format!(
        "bump `version` in the Cargo.toml of `{}`: a published version never changes",
        packed.name
    );
    match differences(client, packed, published) {
        Ok(found) if found.is_not_reproducible() => error.because(found.text()).hint(
            "the same commit and compilers gave another program, so the build is not reproducible: look for a build \
             script or macro that embeds the time, a random number or the output of git",
        ),
        Ok(found) => error.because(found.text()).hint(bump),
        Err(cause) => error
            .because(format!("the published image cannot be read: {cause}"))
            .hint(bump),
    }
}

/// The digest of the published image, if it has the same programs and the same labels but for the commit: a later
/// commit that changed nothing in the programs needs no publication.
pub(crate) fn same_program(
    client: &Client,
    packed: &Packed,
    published: &Reference,
) -> Option<Digest> {
    let found = differences(client, packed, published).ok()?;
    let is_time = |key: &String| REVISION_AND_TIME.contains(&key.as_str());
    let same = found.builders.is_empty()
        && found.contents.is_empty()
        && found.annotations.keys().all(is_time);
    if !same {
        return None;
    }
    client.head_manifest(published).ok()?
}

const REVISION_AND_TIME: [&str; 2] = [
    "org.opencontainers.image.revision",
    "org.opencontainers.image.created",
];

impl Differences {
    fn is_not_reproducible(&self) -> bool {
        self.has_revision
            && self.builders.is_empty()
            && self.annotations.is_empty()
            && !self.contents.is_empty()
            && self
                .contents
                .iter()
                .all(|text| text.starts_with("the program "))
    }

    fn text(&self) -> String {
        let all: Vec<_> = (self.builders.iter())
            .chain(&self.contents)
            .chain(self.annotations.values())
            .map(String::as_str)
            .collect();
        all.join("; ")
    }
}

fn differences(client: &Client, packed: &Packed, published: &Reference) -> Result<Differences> {
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
    let new = new.collect::<Result<Vec<_>>>()?;
    let mut found = compare(&old, &new);
    if found.contents.is_empty() {
        for (image, side) in packed.images.iter().zip(&new) {
            let other = old.iter().find(|other| other.platform == side.platform);
            // The interface is a label of the configuration and nothing else.
            if let Some(other) = other
                && interface(client, published, &other.manifest)? != label_of(&image.config.bytes)
            {
                let text = format!("the interface of the program for {} differs", side.platform);
                found.contents.push(text);
            }
        }
    }
    Ok(found)
}

fn compare(old: &[Side], new: &[Side]) -> Differences {
    let mut found = Differences {
        builders: BTreeSet::new(),
        contents: Vec::new(),
        annotations: BTreeMap::new(),
        has_revision: new
            .iter()
            .all(|side| side.manifest.annotations.contains_key(REVISION_AND_TIME[0])),
    };
    for side in new {
        let Some(before) = old.iter().find(|other| other.platform == side.platform) else {
            found.contents.push(format!("{} is new", side.platform));
            continue;
        };
        for (key, was, is) in changes(&before.manifest.annotations, &side.manifest.annotations) {
            let text = format!("{key} was {was} and is {is}");
            if key == BUILDER {
                found.builders.insert(text);
            } else {
                found.annotations.insert(key.to_owned(), text);
            }
        }
        if layers(&before.manifest) != layers(&side.manifest) {
            let text = format!("the program for {} differs", side.platform);
            found.contents.push(text);
        }
    }
    let gone = old
        .iter()
        .filter(|side| new.iter().all(|other| other.platform != side.platform));
    let gone = gone.map(|side| format!("{} is missing now", side.platform));
    found.contents.extend(gone);
    found
}

/// The interface that a published image carries in its label.
fn interface(client: &Client, image: &Reference, manifest: &Manifest) -> Result<Value> {
    let config = &manifest.config;
    let bytes = client
        .blob(image, &config.digest, config.size)
        .context(|| format!("could not read the configuration of {image}"))?;
    Ok(label_of(&bytes))
}

fn label_of(config: &[u8]) -> Value {
    let config: Value = serde_json::from_slice(config).unwrap_or_default();
    config["config"]["Labels"][label::COMPONENT].clone()
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
