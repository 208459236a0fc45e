//! What a workspace knows about a release that is being published.

use std::collections::BTreeMap;
use std::fs;
use std::time::SystemTime;

use kfp_catalog::{NewRelease, Platform, Source};
use kfp_component_spec::source;
use kfp_component_yaml::label;
use kfp_registry::Reference;
use kfp_workspace::{ComponentCrate, Workspace};
use serde_json::Value;

use crate::error::{Context as _, Result};
use crate::image::{BUILDER, Image, Packed};

/// The release as its catalog takes it up. Its component.yaml is the interface that the images carry in their label,
/// with the image pinned.
pub(crate) fn new_release(
    workspace: &Workspace,
    component: &ComponentCrate,
    interface: &str,
    packed: &Packed,
    repository: &Reference,
    revision: Option<&str>,
) -> Result<NewRelease> {
    let failed = || format!("could not describe `{}` for the catalog", component.name);
    let pinned = repository.with_digest(packed.digest()).to_string();
    let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let mut release = NewRelease::new(
        component.name.parse().context(failed)?,
        component.version.parse().context(failed)?,
        label::pinned(interface, &pinned).context(failed)?,
        now.clone(),
    );
    let package = &workspace.metadata[&component.id];
    release.component = fs::read_to_string(workspace.root.join(&component.source))
        .ok()
        .and_then(|text| source::component(&text).ok());
    release.readme = fs::read_to_string(workspace.root.join(&component.dir).join("README.md")).ok();
    release.license.clone_from(&package.license);
    release.homepage.clone_from(&package.homepage);
    release.categories.clone_from(&package.categories);
    release.keywords.clone_from(&package.keywords);
    release.source = package.repository.clone().map(|git| Source {
        git,
        rev: revision.map(str::to_owned),
        path: Some(component.dir.display().to_string()),
    });
    release.platforms = packed
        .images
        .iter()
        .map(|image| {
            Ok(Platform {
                os: "linux".to_owned(),
                arch: image.platform.architecture().to_owned(),
                digest: image
                    .manifest
                    .digest()
                    .to_string()
                    .parse()
                    .context(failed)?,
                bytes: image.compressed_size(),
            })
        })
        .collect::<Result<_>>()?;
    release.toolchain = packed
        .images
        .iter()
        .filter_map(compilers)
        .collect::<BTreeMap<_, _>>();
    release.last_verified = Some(now);
    Ok(release)
}

/// The image's architecture and the compilers that made its program.
fn compilers(image: &Image) -> Option<(String, String)> {
    let manifest: Value = serde_json::from_slice(&image.manifest.bytes).ok()?;
    let builder = manifest["annotations"][BUILDER].as_str()?.to_owned();
    Some((image.platform.architecture().to_owned(), builder))
}
