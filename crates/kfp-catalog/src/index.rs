//! `index.json` and `components/<name>/index.json`.
//!
//! One component or release per line, so that a diff in git shows exactly what was added.

use std::collections::BTreeMap;

use semver::Version;
use serde::{Deserialize, Serialize};

use super::{Interface, Name, RelativePath, Release, Sha256};

/// The version of the format. Reading another one is an error, not a guess.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Schema {
    /// Described by `schema/v1.json` in every catalog.
    #[default]
    #[serde(rename = "kfp-comp.dev/catalog/v1")]
    V1,
}

/// A summary of the whole catalog: enough to search it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Index {
    /// Which format this is.
    pub schema: Schema,
    /// What the catalog is called.
    #[serde(default)]
    pub title: String,
    /// The URL it is served at, for files that must contain absolute URLs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Sorted by component name.
    pub components: Vec<Summary>,
}

/// A component's summary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Summary {
    /// Its name.
    pub name: Name,
    /// Its title.
    pub display_name: String,
    /// What it does, in one sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// Its categories.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// Further search terms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// The licence of its latest version, as an SPDX expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// The release that is used unless a version is named.
    pub latest: Latest,
    /// How many versions there are.
    pub versions: usize,
    /// Whether every version is withdrawn.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub yanked: bool,
    /// Why the latest version should no longer be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
    /// What to use instead: `name` or `name@version`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<String>,
}

/// The release that is used unless a version is named.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Latest {
    /// The version.
    pub version: Version,
    /// When it was published, in RFC 3339.
    pub released: String,
    /// When it was last verified, in RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_verified: Option<String>,
    /// Its component.yaml.
    pub component: FileRef,
    /// Its image, pinned by digest.
    pub image: String,
    /// The compressed size in bytes, by architecture.
    #[serde(default)]
    pub sizes: BTreeMap<String, u64>,
    /// The inputs.
    #[serde(default)]
    pub inputs: Vec<Port>,
    /// The outputs.
    #[serde(default)]
    pub outputs: Vec<Port>,
}

/// The name and type of an input or output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Port {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: String,
}

/// A file of the catalog, with its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FileRef {
    /// The path relative to the catalog's root.
    pub url: RelativePath,
    /// SHA-256 of the file's content.
    pub sha256: Sha256,
    /// The file's size in bytes.
    pub bytes: u64,
}

/// All releases of a component, oldest first. Releases are only ever added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ComponentIndex {
    /// Which format this is.
    pub schema: Schema,
    /// Its name.
    pub name: Name,
    /// Its title, as of the latest release.
    pub display_name: String,
    /// What it does, in one sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// Its categories.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// Further search terms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// Its maintainers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub maintainers: Vec<String>,
    /// The address of its home page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub homepage: Option<String>,
    /// All releases, in the order in which they were published.
    pub versions: Vec<Release>,
}

impl ComponentIndex {
    pub(crate) fn new(name: Name) -> Self {
        Self {
            schema: Schema::V1,
            name,
            display_name: String::new(),
            summary: String::new(),
            categories: Vec::new(),
            keywords: Vec::new(),
            maintainers: Vec::new(),
            homepage: None,
            versions: Vec::new(),
        }
    }

    /// The release to use unless one is named: the newest stable one that is not withdrawn, else the newest that is
    /// not withdrawn, else the newest.
    pub fn latest(&self) -> Option<&Release> {
        let newest = |wanted: &dyn Fn(&Release) -> bool| {
            self.versions
                .iter()
                .filter(|release| wanted(release))
                .max_by(|a, b| a.version.cmp(&b.version))
        };
        newest(&|release| !release.yanked && release.version.pre.is_empty())
            .or_else(|| newest(&|release| !release.yanked))
            .or_else(|| newest(&|_| true))
    }

    /// The release with exactly this version.
    pub fn release(&self, version: &Version) -> Option<&Release> {
        self.versions
            .iter()
            .find(|release| release.version == *version)
    }

    /// Its summary in the catalog's index; `None` for a component without releases.
    pub fn summarise(&self) -> Option<Summary> {
        let latest = self.latest()?;
        Some(Summary {
            name: self.name.clone(),
            display_name: self.display_name.clone(),
            summary: self.summary.clone(),
            categories: self.categories.clone(),
            keywords: self.keywords.clone(),
            license: latest.license.clone(),
            latest: Latest::of(latest),
            versions: self.versions.len(),
            yanked: self.versions.iter().all(|release| release.yanked),
            deprecated: latest.deprecated.clone(),
            superseded_by: latest.superseded_by.clone(),
        })
    }

    /// The file's text.
    pub fn to_json(&self) -> String {
        lines(self, "versions", &self.versions)
    }
}

impl Latest {
    fn of(release: &Release) -> Self {
        let port = |name: &String, ty: &String| Port {
            name: name.clone(),
            ty: ty.clone(),
        };
        let Interface { inputs, outputs } = &release.interface;
        Self {
            version: release.version.clone(),
            released: release.released.clone(),
            last_verified: release.last_verified.clone(),
            component: release.component.clone(),
            image: release.image.pinned(),
            sizes: release
                .image
                .platforms
                .iter()
                .map(|platform| (platform.arch.clone(), platform.bytes))
                .collect(),
            inputs: inputs
                .iter()
                .map(|input| port(&input.name, &input.ty))
                .collect(),
            outputs: outputs
                .iter()
                .map(|output| port(&output.name, &output.ty))
                .collect(),
        }
    }
}

impl Index {
    /// The file's text.
    pub fn to_json(&self) -> String {
        lines(self, "components", &self.components)
    }
}

/// JSON with each item of the list `key`, which is the last field, on its own line.
fn lines<T: Serialize>(whole: &impl Serialize, key: &str, items: &[T]) -> String {
    const SERIALISES: &str = "strings, numbers and lists always serialise";
    let mut value = serde_json::to_value(whole).expect(SERIALISES);
    value[key] = serde_json::json!([]);
    let head = value.to_string();
    let head = head.strip_suffix("]}").expect("the list is the last field");
    let items: Vec<String> = items
        .iter()
        .map(|item| serde_json::to_string(item).expect(SERIALISES))
        .collect();
    format!("{head}\n{}\n]}}\n", items.join(",\n"))
}
