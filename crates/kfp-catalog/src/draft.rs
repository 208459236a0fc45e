//! A version that is about to enter a catalog: its record, and every file of its folder.
//!
//! Refuses a component.yaml that kfp 1.8 cannot read or whose image is not pinned by digest.

use std::{collections::BTreeMap, fmt};

use semver::Version;
use sha2::{Digest as _, Sha256 as Hasher};

use super::{
    Change, Compatibility, ComponentIndex, Digest, FileRef, Image, Interface, Name, Platform,
    Release, Schema, Sha256, Source, Stability, bill, flags, form, release_path,
};
use crate::{Error, diff};
use kfp_component_spec::Component;
use kfp_component_yaml::{
    ir,
    read::{self, ArgKind, ComponentFile},
};

/// What a publisher knows about a version.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The component's name.
    pub name: Name,
    /// The version's number.
    pub version: Version,
    /// The component.yaml, its image pinned by digest.
    pub component_yaml: String,
    /// The signature it was rendered from, which knows choices and ranges.
    pub component: Option<Component>,
    /// Its README, in Markdown.
    pub readme: Option<String>,
    /// Its licence, as an SPDX expression; else what the annotation `license` says.
    pub license: Option<String>,
    /// What it was built from; else what the annotation `source` says.
    pub source: Option<Source>,
    /// Where to read more.
    pub homepage: Option<String>,
    /// Where it belongs; else what the annotation `categories` says, separated by commas.
    pub categories: Vec<String>,
    /// What else it should be found by; else what the annotation `keywords` says.
    pub keywords: Vec<String>,
    /// Who looks after it; else what the annotation `author` says.
    pub maintainers: Vec<String>,
    /// What the image runs on.
    pub platforms: Vec<Platform>,
    /// CycloneDX files by architecture.
    pub sboms: Vec<(String, String)>,
    /// When it was published, RFC 3339.
    pub released: String,
    /// When its image was read back, RFC 3339.
    pub last_verified: Option<String>,
    /// The SDK versions it was tried with: `1.8.22`.
    pub tested: Vec<String>,
    /// What built it: `rust` → `1.95.0`.
    pub toolchain: BTreeMap<String, String>,
}

/// A file of a catalog, from its root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Where.
    pub path: String,
    /// What.
    pub text: String,
}

/// Why a component.yaml cannot enter a catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit(String);

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unfit {}

impl Draft {
    /// A version of which only the file is known.
    pub fn new(name: Name, version: Version, component_yaml: String, released: String) -> Self {
        Self {
            name,
            version,
            component_yaml,
            released,
            component: None,
            readme: None,
            license: None,
            source: None,
            homepage: None,
            categories: Vec::new(),
            keywords: Vec::new(),
            maintainers: Vec::new(),
            platforms: Vec::new(),
            sboms: Vec::new(),
            last_verified: None,
            tested: Vec::new(),
            toolchain: BTreeMap::new(),
        }
    }

    /// The component's index with this version added, and the files of its folder.
    ///
    /// # Errors
    /// If the file is unfit, or the version is there already with another content.
    pub fn add_to(
        &self,
        index: Option<ComponentIndex>,
    ) -> crate::Result<(ComponentIndex, Vec<File>)> {
        let unfit = |why| self.unfit(why);
        let file = self.read().map_err(unfit)?;
        let (mut release, files) = self.release(&file).map_err(unfit)?;
        let mut index = index.unwrap_or_else(|| ComponentIndex {
            schema: Schema::V1,
            name: self.name.clone(),
            display_name: String::new(),
            summary: String::new(),
            categories: Vec::new(),
            keywords: Vec::new(),
            maintainers: Vec::new(),
            homepage: None,
            versions: Vec::new(),
        });
        if let Some(there) = index.release(&self.version) {
            if there.component.sha256 == release.component.sha256 {
                return Ok((index, files));
            }
            return Err(self.already_published("with a different component.yaml"));
        }
        if let Some(before) = before(&index, &self.version) {
            release.changes = diff::interface(&before.interface, &release.interface);
        }
        index.versions.push(release);
        if index
            .latest()
            .is_some_and(|latest| latest.version == self.version)
        {
            self.describe(&file, &mut index);
        }
        Ok((index, files))
    }

    /// What changed against the version before, and the lowest number that allows it, if this one is too low.
    ///
    /// # Errors
    /// If the file is unfit.
    pub fn compare(&self, index: &ComponentIndex) -> crate::Result<(Vec<Change>, Option<Version>)> {
        let file = self.read().map_err(|why| self.unfit(why))?;
        let interface = self.interface(&file);
        let Some(before) = before(index, &self.version) else {
            return Ok((Vec::new(), None));
        };
        let changes = diff::interface(&before.interface, &interface);
        let needed = (!diff::may_follow(&before.version, &self.version, &changes))
            .then(|| diff::next_version(&before.version, &changes));
        Ok((changes, needed))
    }

    fn unfit(&self, source: Unfit) -> Error {
        Error::Unfit {
            name: self.name.clone(),
            version: self.version.clone(),
            source,
        }
    }

    pub(crate) fn already_published(&self, difference: impl Into<String>) -> Error {
        Error::AlreadyPublished {
            name: self.name.clone(),
            version: self.version.clone(),
            difference: difference.into(),
        }
    }

    fn read(&self) -> Result<ComponentFile, Unfit> {
        read::read(&self.component_yaml).map_err(|problems| {
            let first = problems
                .first()
                .map(ToString::to_string)
                .unwrap_or_default();
            Unfit(format!(
                "component.yaml of {} cannot be read: {first}",
                self.name
            ))
        })
    }

    fn interface(&self, file: &ComponentFile) -> Interface {
        let interface = Interface::of(file);
        match &self.component {
            Some(component) => interface.refined(component),
            None => interface,
        }
    }

    fn release(&self, file: &ComponentFile) -> Result<(Release, Vec<File>), Unfit> {
        let folder = release_path(&self.name, &self.version);
        let mut files = vec![File {
            path: format!("{folder}/component.yaml"),
            text: self.component_yaml.clone(),
        }];
        let mut put = |name: &str, text: String| {
            let path = format!("{folder}/{name}");
            let reference = file_ref(&path, &text);
            files.push(File { path, text });
            reference
        };
        let component = file_ref(&format!("{folder}/component.yaml"), &self.component_yaml);
        let interface = self.interface(file);
        put("schema.json", form::schema(file, &interface));
        let component_v1 =
            flags::only(&self.component_yaml).map(|text| put("component.v1.yaml", text));
        let pipeline = ir::compile(file);
        if let Ok(pipeline) = &pipeline {
            put("component.ir.yaml", pipeline.to_yaml());
        }
        if let Some(readme) = &self.readme {
            put("README.md", readme.clone());
        }
        let sboms = self
            .sboms
            .iter()
            .map(|(arch, text)| {
                let file = put(&format!("sbom.{arch}.cdx.json"), text.clone());
                bill::summarise(arch, &file, text)
            })
            .collect();
        let source = self.source.clone().or_else(|| {
            file.annotation("source").map(|git| Source {
                git: git.to_owned(),
                ..Source::default()
            })
        });
        let release = Release {
            version: self.version.clone(),
            released: self.released.clone(),
            stability: Stability::of(&self.version),
            last_verified: self.last_verified.clone(),
            license: self
                .license
                .clone()
                .or_else(|| file.annotation("license").map(str::to_owned)),
            source,
            component,
            component_v1,
            image: self.image(file)?,
            interface,
            compat: Compatibility {
                kfp_sdk: [Some(">=1.8,<2"), pipeline.is_ok().then_some(">=2.0")]
                    .into_iter()
                    .flatten()
                    .map(str::to_owned)
                    .collect(),
                tested: self.tested.clone(),
                executor_input: file.container().is_some_and(|container| {
                    container
                        .args()
                        .any(|one| one.kind == ArgKind::ExecutorInput)
                }),
            },
            toolchain: self.toolchain.clone(),
            sboms,
            changes: Vec::new(),
            yanked: false,
            advisory: None,
            deprecated: None,
            superseded_by: None,
        };
        Ok((release, files))
    }

    fn image(&self, file: &ComponentFile) -> Result<Image, Unfit> {
        let unfit = |why: &str| Unfit(format!("component.yaml of {} {why}", self.name));
        let container = file.container().ok_or_else(|| unfit("has no container"))?;
        let image = &container.image.value;
        let (repository, digest) = image
            .split_once('@')
            .ok_or_else(|| unfit(&format!("does not pin its image `{image}` by digest")))?;
        let digest: Digest = digest
            .parse()
            .map_err(|error| unfit(&format!("names an image wrongly: {error}")))?;
        Ok(Image {
            repository: repository.to_owned(),
            digest,
            platforms: self.platforms.clone(),
        })
    }

    /// What stands above the versions is that of the latest one.
    fn describe(&self, file: &ComponentFile, index: &mut ComponentIndex) {
        let listed = |own: &[String], key: &str| -> Vec<String> {
            if !own.is_empty() {
                return own.to_vec();
            }
            let text = file.annotation(key).unwrap_or_default();
            let items = text
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty());
            items.map(str::to_owned).collect()
        };
        index.display_name = file
            .name
            .as_ref()
            .map_or_else(|| self.name.to_string(), |name| name.value.clone());
        index.summary = file
            .description
            .as_ref()
            .map_or_else(String::new, |text| summary(&text.value));
        index.categories = listed(&self.categories, "categories");
        index.keywords = listed(&self.keywords, "keywords");
        index.maintainers = listed(&self.maintainers, "author");
        index.homepage.clone_from(&self.homepage);
    }
}

/// The newest version below `version` that is not withdrawn.
fn before<'a>(index: &'a ComponentIndex, version: &Version) -> Option<&'a Release> {
    let lower = index
        .versions
        .iter()
        .filter(|release| release.version < *version && !release.yanked);
    lower.max_by(|a, b| a.version.cmp(&b.version))
}

/// The hash and size of a file.
pub(super) fn file_ref(path: &str, text: &str) -> FileRef {
    FileRef {
        url: path.parse().expect("names and versions make plain paths"),
        sha256: sha256(text.as_bytes()),
        bytes: text.len() as u64,
    }
}

/// The hash of some bytes.
pub fn sha256(bytes: &[u8]) -> Sha256 {
    let pairs: Vec<String> = Hasher::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    pairs.concat().parse().expect("a hash is 64 hex digits")
}

/// The first paragraph, or of a long one the first sentence, on one line of at most 120 characters.
fn summary(description: &str) -> String {
    let paragraph = description.trim().split("\n\n").next().unwrap_or_default();
    let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= 120 {
        return line;
    }
    match line.find(". ") {
        Some(end) if line[..end].chars().count() < 120 => line[..=end].to_owned(),
        _ => line.chars().take(119).chain(['…']).collect(),
    }
}
