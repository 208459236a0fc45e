//! The images of a pipeline: a name that does not resolve leaves a run waiting for ever.

use std::{collections::BTreeSet, thread, time::Duration};

use anyhow::Result;
use kfp_pipeline::{Executor, PipelineSpec};
use kfp_registry::{Client, Index, Manifest, Reference};
use kfp_workspace::Platform;

use super::Finding;
use crate::http::RegistryArgs;

/// A registry that takes longer is not waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// The images that a run pulls, each once.
fn images(spec: &PipelineSpec) -> BTreeSet<&str> {
    let executors = spec.deployment_spec.executors.values();
    executors
        .filter_map(|executor| match executor {
            Executor::Container(container) if !container.image.contains("{{$") => {
                Some(container.image.as_str())
            }
            _ => None,
        })
        .collect()
}

/// What the names alone tell.
pub(super) fn named(spec: &PipelineSpec) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut movable = Vec::new();
    for image in images(spec) {
        match image.parse::<Reference>() {
            Err(error) => found.push(Finding::error(
                format!("the image `{image}` has a name that cannot be pulled: {error}"),
                "an image is REGISTRY/REPOSITORY@sha256:DIGEST",
            )),
            Ok(reference) if reference.digest().is_none() => movable.push(image),
            Ok(_) => {}
        }
    }
    if !movable.is_empty() {
        found.push(Finding::warning(
            format!(
                "not pinned by digest, so runs may mix versions: {}",
                movable.join(", ")
            ),
            "publish them, and name them by the digests that `kfp-comp add` or the registry tells",
        ));
    }
    found
}

/// What registries tell. One that cannot be asked from here may still serve the cluster.
pub(super) fn found(
    spec: &PipelineSpec,
    platforms: &[Platform],
    registries: &RegistryArgs,
) -> Result<Vec<Finding>> {
    let client = registries
        .client()
        .timeout(PATIENCE)
        .max_attempts(1)
        .build()?;
    let references: Vec<Reference> = images(spec)
        .into_iter()
        .filter_map(|image| image.parse().ok())
        .collect();
    Ok(thread::scope(|scope| {
        let client = &client;
        let looks: Vec<_> = references
            .iter()
            .map(|image| scope.spawn(move || look(client, image, platforms)))
            .collect();
        looks
            .into_iter()
            .filter_map(|look| look.join().ok().flatten())
            .collect()
    }))
}

fn look(client: &Client, image: &Reference, platforms: &[Platform]) -> Option<Finding> {
    let unknown = |error: kfp_registry::Error| {
        Some(Finding::warning(
            format!("whether {image} is there cannot be seen from here: {error}"),
            error
                .hint()
                .unwrap_or_else(|| "`--no-image-check` does not ask".to_owned()),
        ))
    };
    let fetched = match client.manifest(image) {
        Ok(Some(fetched)) => fetched,
        Ok(None) => {
            return Some(Finding::error(
                format!("the image {image} does not exist, and the run would wait for it for ever"),
                "publish it, or name another one",
            ));
        }
        Err(error) => return unknown(error),
    };
    let has = match platforms_of(client, image, &fetched.bytes) {
        Ok(has) => has?,
        Err(error) => return unknown(error),
    };
    let wanted = platforms.iter().map(ToString::to_string);
    let missing: Vec<String> = wanted.filter(|wanted| !has.contains(wanted)).collect();
    (!missing.is_empty()).then(|| {
        let has: Vec<&str> = has.iter().map(String::as_str).collect();
        Finding::error(
            format!(
                "{image} is for {}, and not for {}",
                has.join(", "),
                missing.join(", ")
            ),
            "publish it for the platform of the nodes, or name theirs: `--platform linux/arm64`",
        )
    })
}

/// The platforms of an index, or of an image; none if that is neither.
fn platforms_of(
    client: &Client,
    image: &Reference,
    bytes: &[u8],
) -> kfp_registry::Result<Option<BTreeSet<String>>> {
    if let Ok(index) = serde_json::from_slice::<Index>(bytes) {
        let platforms = index.manifests.into_iter().filter_map(|one| one.platform);
        let known = platforms.filter(|platform| platform.os != "unknown");
        let names = known.map(|platform| format!("{}/{}", platform.os, platform.architecture));
        return Ok(Some(names.collect()));
    }
    let Ok(manifest) = serde_json::from_slice::<Manifest>(bytes) else {
        return Ok(None);
    };
    let config = client.blob(image, &manifest.config.digest, 1 << 20)?;
    let config: serde_json::Value = serde_json::from_slice(&config).unwrap_or_default();
    let text = |key: &str| config[key].as_str().map(str::to_owned);
    Ok(text("os")
        .zip(text("architecture"))
        .map(|(os, cpu)| [format!("{os}/{cpu}")].into_iter().collect()))
}
