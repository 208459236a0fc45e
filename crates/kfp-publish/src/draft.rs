//! What a workspace knows about a version that is being published.

use std::collections::BTreeMap;
use std::fs;
use std::time::SystemTime;

use kfp_catalog::{Draft, Platform, Source};
use kfp_component_spec::source;
use kfp_component_yaml::label;
use serde_json::Value;

use crate::error::{Context as _, Result};
use crate::image::BUILDER;
use crate::release::Release;
use kfp_workspace::{ComponentCrate, Workspace};

/// The version as the catalog takes it up; its bills of materials are added when they are made.
pub(crate) fn draft(
    workspace: &Workspace,
    component: &ComponentCrate,
    release: &Release<'_>,
    revision: Option<&str>,
) -> Result<Draft> {
    let failed = || format!("could not describe `{}` for the catalog", component.name);
    let text = label::pinned(release.interface, &release.pinned()).context(failed)?;
    let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let mut draft = Draft::new(
        component.name.parse().context(failed)?,
        component.version.parse().context(failed)?,
        text,
        now.clone(),
    );
    let package = &workspace.metadata[&component.id];
    draft.component = fs::read_to_string(workspace.root.join(&component.source))
        .ok()
        .and_then(|text| source::component(&text).ok());
    draft.readme = fs::read_to_string(workspace.root.join(&component.dir).join("README.md")).ok();
    draft.license.clone_from(&package.license);
    draft.homepage.clone_from(&package.homepage);
    draft.categories.clone_from(&package.categories);
    draft.keywords.clone_from(&package.keywords);
    draft.source = package.repository.clone().map(|git| Source {
        git,
        rev: revision.map(str::to_owned),
        path: Some(component.dir.display().to_string()),
    });
    draft.platforms = release
        .packed
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
    draft.toolchain = release
        .packed
        .images
        .iter()
        .filter_map(|image| {
            let manifest: Value = serde_json::from_slice(&image.manifest.bytes).ok()?;
            let builder = manifest["annotations"][BUILDER].as_str()?.to_owned();
            Some((image.platform.architecture().to_owned(), builder))
        })
        .collect::<BTreeMap<_, _>>();
    draft.last_verified = Some(now);
    Ok(draft)
}
