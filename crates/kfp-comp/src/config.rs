//! `[workspace.metadata.kfp-comp]` in the root manifest.
//!
//! Unknown settings are an error: a misspelt registry would otherwise be a wrong image.

use std::{collections::BTreeMap, path::PathBuf};

use anyhow::{Context, Result, bail};
use semver::{Version, VersionReq};
use serde::Deserialize;

use crate::error::hinted;

/// The toolchain image of generated Dockerfiles, unless the workspace names another.
const RUST_IMAGE: &str = "rust:1.95-slim-bookworm";

/// What a workspace decides for all its components.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Config {
    /// Where images are pushed: `ghcr.io/acme`.
    pub registry: Option<String>,
    /// What images are built for.
    pub platforms: Vec<String>,
    /// The catalog's directory, from the workspace's root.
    pub catalog: PathBuf,
    /// Annotations of every component.yaml.
    pub annotations: BTreeMap<String, String>,
    /// The image Dockerfiles build in; a digest pins it: `rust:1.95-slim-bookworm@sha256:…`.
    pub rust_image: String,
    /// Which versions of this program may work on the workspace: `0.1`.
    pub version: Option<VersionReq>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            registry: None,
            platforms: vec!["linux/amd64".into(), "linux/arm64".into()],
            catalog: "catalog".into(),
            annotations: BTreeMap::new(),
            rust_image: RUST_IMAGE.into(),
            version: None,
        }
    }
}

impl Config {
    /// Reads it out of what cargo says is `[workspace.metadata]`.
    ///
    /// # Errors
    /// If a setting is unknown or of the wrong kind, or if the workspace wants another version of this program.
    pub fn read(metadata: &serde_json::Value) -> Result<Self> {
        let Some(table) = metadata.get("kfp-comp") else {
            return Ok(Self::default());
        };
        // The version first: another version may well have other settings.
        if let Some(pin) = table.get("version") {
            check_version(pin)?;
        }
        let config: Self =
            Self::deserialize(table).context("`[workspace.metadata.kfp-comp]` is wrong")?;
        Ok(Self {
            registry: config
                .registry
                .map(|registry| registry.trim_end_matches('/').to_owned()),
            ..config
        })
    }

    /// The image of a component before it is published: `ghcr.io/acme/data-ingestion:0.1.0`.
    pub fn image(&self, name: &str, version: &str) -> String {
        // A tag has no `+`, a version may.
        let tag = version.replace('+', "_");
        match &self.registry {
            Some(registry) => format!("{registry}/{name}:{tag}"),
            None => format!("{name}:{tag}"),
        }
    }
}

fn check_version(pin: &serde_json::Value) -> Result<()> {
    let Some(Ok(wanted)) = pin.as_str().map(VersionReq::parse) else {
        bail!("`[workspace.metadata.kfp-comp] version` is not a version: {pin}");
    };
    let own = Version::parse(env!("CARGO_PKG_VERSION"))?;
    if wanted.matches(&own) {
        return Ok(());
    }
    Err(hinted(
        format!("this workspace wants kfp-comp {wanted}, and this is kfp-comp {own}"),
        "install that version, or change `version` in `[workspace.metadata.kfp-comp]`",
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_workspace_need_not_say_anything() {
        let config = Config::read(&serde_json::Value::Null).unwrap();
        assert_eq!(config.image("word-count", "0.1.0"), "word-count:0.1.0");
        assert_eq!(config.platforms, ["linux/amd64", "linux/arm64"]);
    }

    #[test]
    fn the_registry_comes_before_the_name() {
        let config = Config::read(&json!({"kfp-comp": {"registry": "ghcr.io/acme/"}})).unwrap();
        assert_eq!(
            config.image("word-count", "0.1.0+rc"),
            "ghcr.io/acme/word-count:0.1.0_rc"
        );
    }

    #[test]
    fn a_misspelt_setting_is_named() {
        let error = Config::read(&json!({"kfp-comp": {"registery": "ghcr.io"}})).unwrap_err();
        assert!(format!("{error:#}").contains("registery"), "{error:#}");
    }

    #[test]
    fn another_version_is_an_error_that_names_both() {
        let error = Config::read(&json!({"kfp-comp": {"version": "99", "from-the-future": 1}}))
            .unwrap_err();
        let text = format!("{error:#}");
        assert!(
            text.contains("^99") && text.contains(env!("CARGO_PKG_VERSION")),
            "{text}"
        );
        assert!(Config::read(&json!({"kfp-comp": {"version": env!("CARGO_PKG_VERSION")}})).is_ok());
    }
}
