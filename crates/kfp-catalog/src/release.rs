//! One published version, as `components/<name>/index.json` records it.

use std::collections::BTreeMap;

use semver::Version;
use serde::{Deserialize, Serialize};

use super::{Digest, FileRef, Interface, RelativePath};

/// One published version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Release {
    /// Its number.
    pub version: Version,
    /// When it was published, RFC 3339.
    pub released: String,
    /// What its number promises.
    pub stability: Stability,
    /// When its hashes and its image were last checked, RFC 3339; [`Compatibility::tested`] says with which SDKs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_verified: Option<String>,
    /// Its licence, as an SPDX expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// What it was built from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// The file both SDKs load; it never changes.
    pub component: FileRef,
    /// The same for KFP 1, with the output names that it draws, and for readers that do not know `executorInput`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component_v1: Option<FileRef>,
    /// The image inside.
    pub image: Image,
    /// What it takes and gives.
    pub interface: Interface,
    /// Which SDKs read it.
    pub compat: Compatibility,
    /// How it was built.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub toolchain: BTreeMap<String, String>,
    /// What is in its programs, by platform.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sboms: Vec<Sbom>,
    /// What its interface changed since the release before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// Whether it is withdrawn: hidden from search, refused by `add`, and kept for those who use it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub yanked: bool,
    /// Why it is withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advisory: Option<String>,
    /// Why it should not be used any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
    /// What to use instead: `name` or `name@version`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<String>,
}

/// What a version number promises by cargo's rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Stability {
    /// A pre-release.
    Experimental,
    /// Before 1.0.
    Beta,
    /// From 1.0 on.
    Stable,
}

impl Stability {
    /// What `version` promises.
    pub fn of(version: &Version) -> Self {
        if !version.pre.is_empty() {
            Self::Experimental
        } else if version.major == 0 {
            Self::Beta
        } else {
            Self::Stable
        }
    }
}

/// Where a release comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Source {
    /// The repository.
    pub git: String,
    /// The commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rev: Option<String>,
    /// The folder in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// An image for one or more platforms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Image {
    /// Registry and repository.
    pub repository: String,
    /// Of its index.
    pub digest: Digest,
    /// What it runs on; empty where nobody looked.
    #[serde(default)]
    pub platforms: Vec<Platform>,
}

impl Image {
    /// `repository@sha256:…`
    pub fn pinned(&self) -> String {
        format!("{}@{}", self.repository, self.digest)
    }
}

/// One platform of an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Platform {
    /// `linux`
    pub os: String,
    /// `amd64`, `arm64`
    pub arch: String,
    /// Of its manifest.
    pub digest: Digest,
    /// Compressed size.
    pub bytes: u64,
}

/// Which SDKs read a release.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Compatibility {
    /// As version requirements.
    pub kfp_sdk: Vec<String>,
    /// The very versions it was tried with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tested: Vec<String>,
    /// Whether it takes KFP 2's executor input.
    #[serde(default)]
    pub executor_input: bool,
}

/// The bill of materials of one platform's program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sbom {
    /// `amd64`, `arm64`
    pub arch: String,
    /// The CycloneDX file.
    pub url: RelativePath,
    /// How many libraries are in it.
    pub crates: usize,
    /// How often each licence is among them.
    pub licenses: BTreeMap<String, usize>,
}

/// What changed in an interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Change {
    /// Added, removed or changed.
    pub kind: ChangeKind,
    /// In a sentence without full stop.
    pub description: String,
    /// Whether a pipeline that worked may stop working.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub breaking: bool,
}

/// Added, removed or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// It was not there.
    Added,
    /// It is not there any more.
    Removed,
    /// It is there with another meaning.
    Changed,
}
