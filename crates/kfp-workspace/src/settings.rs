//! `[workspace.metadata.kfp-comp]` in the root manifest.

use std::{collections::BTreeMap, path::PathBuf};

use semver::{Version, VersionReq};
use serde::Deserialize;

use crate::{Platform, error::SettingsError, version_tag};

/// The toolchain image of generated Dockerfiles, unless the workspace names another.
const RUST_IMAGE: &str = "rust:1.95-slim-bookworm";

/// What a workspace decides for all its components.
///
/// Unknown settings are an error in every program: a misspelt `registry` would otherwise push to the wrong place, or
/// nowhere.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// Where images are pushed, without a final slash: `ghcr.io/acme`.
    pub registry: Option<String>,
    /// What images are built for.
    pub platforms: Vec<Platform>,
    /// The catalog's directory, relative to the workspace's root.
    pub catalog: PathBuf,
    /// Annotations of every component.yaml and image.
    pub annotations: BTreeMap<String, String>,
    /// The image that Dockerfiles build in; a digest pins it: `rust:1.95-slim-bookworm@sha256:…`.
    pub rust_image: String,
    /// Whether SBOMs are published with the images.
    pub sbom: bool,
    /// The members whose programs are servers: `publish` makes images of them when they are named.
    pub servers: Vec<String>,
    /// Which versions of the tools may work on the workspace: `0.1`.
    pub version: Option<VersionReq>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            registry: None,
            platforms: Platform::ALL.to_vec(),
            catalog: "catalog".into(),
            annotations: BTreeMap::new(),
            rust_image: RUST_IMAGE.into(),
            sbom: true,
            servers: Vec::new(),
            version: None,
        }
    }
}

impl Settings {
    /// Reads the settings from what cargo reports as `[workspace.metadata]`.
    ///
    /// # Errors
    /// If a setting is unknown or of the wrong type, or if the workspace requires another version of the tools.
    pub(crate) fn read(metadata: &serde_json::Value) -> Result<Self, SettingsError> {
        let Some(table) = metadata.get("kfp-comp") else {
            return Ok(Self::default());
        };
        // The version first: another version may well have other settings.
        if let Some(requirement) = table.get("version") {
            check_version(requirement)?;
        }
        let settings = Self::deserialize(table)?;
        Ok(Self {
            registry: settings
                .registry
                .map(|registry| registry.trim_end_matches('/').to_owned()),
            ..settings
        })
    }

    /// The image of a component before it is published: `ghcr.io/acme/data-ingestion:0.1.0`.
    pub fn image(&self, name: &str, version: &str) -> String {
        let tag = version_tag(version);
        match &self.registry {
            Some(registry) => format!("{registry}/{name}:{tag}"),
            None => format!("{name}:{tag}"),
        }
    }
}

fn check_version(requirement: &serde_json::Value) -> Result<(), SettingsError> {
    let Some(Ok(wanted)) = requirement.as_str().map(VersionReq::parse) else {
        return Err(SettingsError::NotAVersion(requirement.clone()));
    };
    let own: Version = env!("CARGO_PKG_VERSION")
        .parse()
        .expect("cargo checks the version of this crate");
    if wanted.matches(&own) {
        Ok(())
    } else {
        Err(SettingsError::OtherVersion { wanted, own })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_workspace_need_not_say_anything() {
        let settings = Settings::read(&serde_json::Value::Null).unwrap();
        assert_eq!(settings.image("word-count", "0.1.0"), "word-count:0.1.0");
        assert_eq!(settings.platforms, Platform::ALL);
    }

    #[test]
    fn the_registry_comes_before_the_name() {
        let settings = Settings::read(&json!({"kfp-comp": {"registry": "ghcr.io/acme/"}})).unwrap();
        assert_eq!(
            settings.image("word-count", "0.1.0+rc"),
            "ghcr.io/acme/word-count:0.1.0_rc"
        );
    }

    #[test]
    fn a_misspelt_setting_is_named() {
        let error = Settings::read(&json!({"kfp-comp": {"registery": "ghcr.io"}})).unwrap_err();
        assert!(error.to_string().contains("registery"), "{error}");
    }

    #[test]
    fn an_unknown_platform_is_refused_with_the_known_ones() {
        let error =
            Settings::read(&json!({"kfp-comp": {"platforms": ["linux/riscv64"]}})).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("linux/riscv64") && text.contains("linux/arm64"),
            "{text}"
        );
    }

    #[test]
    fn another_version_is_an_error_that_names_both() {
        let pinned = |version: &str| {
            Settings::read(&json!({"kfp-comp": {"version": version, "from-the-future": 1}}))
        };
        let text = pinned("99").unwrap_err().to_string();
        assert!(
            text.contains("^99") && text.contains(env!("CARGO_PKG_VERSION")),
            "{text}"
        );
        let version = env!("CARGO_PKG_VERSION");
        assert!(Settings::read(&json!({"kfp-comp": {"version": version}})).is_ok());
    }
}
