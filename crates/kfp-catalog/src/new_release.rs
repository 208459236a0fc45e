//! A release that is about to enter a catalog: its record, and every file of its directory.
//!
//! Refuses a component.yaml that no SDK can load or whose image is not pinned by digest.

use std::{collections::BTreeMap, fmt};

use data_encoding::HEXLOWER;
use semver::Version;
use sha2::{Digest as _, Sha256 as Hasher};

use super::{
    Change, Compatibility, ComponentIndex, Digest, FileRef, Image, Interface, Name, Platform,
    Release, Sha256, Source, Stability, parameter_schema, release_path, sbom,
};
use crate::{Error, diff};
use kfp_component_spec::Component;
use kfp_component_yaml::{
    ir, kfp1_file, load,
    read::{self, ArgKind, ComponentFile},
};

/// What a publisher knows about a release.
///
/// ```
/// use kfp_catalog::NewRelease;
///
/// let component_yaml = "\
/// name: Count
/// implementation:
///   container:
///     image: ghcr.io/acme/count@sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824
///     command: [/count]
/// ";
/// let mut release = NewRelease::new(
///     "count".parse()?,
///     "1.0.0".parse()?,
///     component_yaml.to_owned(),
///     "2026-11-23T12:00:00Z".to_owned(),
/// );
/// release.license = Some("MIT".to_owned());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct NewRelease {
    /// The component's name.
    pub name: Name,
    /// The version.
    pub version: Version,
    /// The component.yaml, its image pinned by digest.
    pub component_yaml: String,
    /// The signature it was rendered from, which knows choices and ranges that component.yaml cannot express.
    pub component: Option<Component>,
    /// The README, in Markdown.
    pub readme: Option<String>,
    /// The licence as an SPDX expression. Default: the annotation `license`.
    pub license: Option<String>,
    /// What it was built from. Default: the annotation `source`.
    pub source: Option<Source>,
    /// The address of the home page.
    pub homepage: Option<String>,
    /// Its categories. Default: the annotation `categories`, separated by commas.
    pub categories: Vec<String>,
    /// Further search terms. Default: the annotation `keywords`, separated by commas.
    pub keywords: Vec<String>,
    /// The maintainers. Default: the annotation `author`, separated by commas.
    pub maintainers: Vec<String>,
    /// The platforms of the image.
    pub platforms: Vec<Platform>,
    /// CycloneDX documents by architecture, as far as they are known before the image is pushed.
    pub sboms: Vec<(String, String)>,
    /// When it was published, in RFC 3339.
    pub released: String,
    /// When its image was last read back from the registry, in RFC 3339.
    pub last_verified: Option<String>,
    /// The exact SDK versions it was tested with, such as `1.8.22`.
    pub tested: Vec<String>,
    /// The compilers, by architecture.
    pub toolchain: BTreeMap<String, String>,
}

/// A file of a catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The path relative to the catalog's root.
    pub path: String,
    /// The content.
    pub text: String,
}

/// Why a release cannot enter a catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseError(String);

impl fmt::Display for ReleaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ReleaseError {}

impl NewRelease {
    /// A release of which only the component.yaml is known.
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

    /// The component's index with this release added, and the files of its directory, component.yaml last.
    pub(crate) fn add_to(
        &self,
        index: Option<ComponentIndex>,
    ) -> crate::Result<(ComponentIndex, Vec<File>)> {
        let file = self.read()?;
        let (mut release, files) = self.release(&file)?;
        let mut index = index.unwrap_or_else(|| ComponentIndex::new(self.name.clone()));
        if index.release(&self.version).is_some() {
            return Ok((index, files));
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

    /// The image, once the file has been found fit for a catalog and its version high enough for what changed since
    /// the release before. A version that the index lists is not judged again.
    pub(crate) fn check(&self, index: Option<&ComponentIndex>) -> crate::Result<Image> {
        let file = self.read()?;
        let image = self.image(&file)?;
        let before = index
            .filter(|index| index.release(&self.version).is_none())
            .and_then(|index| before(index, &self.version));
        if let Some(before) = before {
            let changes = diff::interface(&before.interface, &self.interface(&file));
            if !diff::may_follow(&before.version, &self.version, &changes) {
                let needed = diff::next_version(&before.version, &changes);
                return Err(self.version_too_low(&changes, needed));
            }
        }
        Ok(image)
    }

    fn version_too_low(&self, changes: &[Change], needed: Version) -> Error {
        let changes: Vec<String> = changes
            .iter()
            .map(|change| {
                let breaking = if change.breaking { "breaking: " } else { "" };
                format!("{breaking}{}", change.description)
            })
            .collect();
        Error::VersionTooLow {
            name: self.name.clone(),
            version: self.version.clone(),
            changes: changes.join("; "),
            needed: Box::new(needed),
        }
    }

    fn refuse(&self, why: impl Into<String>) -> Error {
        Error::Release {
            name: self.name.clone(),
            version: self.version.clone(),
            source: ReleaseError(why.into()),
        }
    }

    fn read(&self) -> crate::Result<ComponentFile> {
        load::load(&self.component_yaml, None)
            .map(|loaded| loaded.file)
            .map_err(|error| self.refuse(format!("its component.yaml cannot be read: {error}")))
    }

    fn interface(&self, file: &ComponentFile) -> Interface {
        let interface = Interface::of(file);
        match &self.component {
            Some(component) => interface.refined(component),
            None => interface,
        }
    }

    fn release(&self, file: &ComponentFile) -> crate::Result<(Release, Vec<File>)> {
        let folder = release_path(&self.name, &self.version);
        let mut files = Vec::new();
        let mut put = |name: &str, text: String| {
            let path = format!("{folder}/{name}");
            let reference = file_ref(&path, &text);
            files.push(File { path, text });
            reference
        };
        let interface = self.interface(file);
        put("schema.json", parameter_schema::render(file, &interface));
        let component_v1 =
            kfp1_file::render(&self.component_yaml).map(|text| put("component.v1.yaml", text));
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
                sbom::summarise(arch, &file, text)
            })
            .collect();
        // The last to be written: once it is there, the release is whole.
        let component = put("component.yaml", self.component_yaml.clone());
        let source = self.source.clone().or_else(|| {
            file.annotation("source").map(|git| Source {
                git: git.to_owned(),
                ..Source::default()
            })
        });
        // A component that takes a list of artifacts is pipeline IR, which kfp 1.8 does not load.
        let for_kfp1 = read::read(&self.component_yaml).is_ok();
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
                kfp_sdk: [
                    for_kfp1.then_some(">=1.8,<2"),
                    pipeline.is_ok().then_some(">=2.0"),
                ]
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

    fn image(&self, file: &ComponentFile) -> crate::Result<Image> {
        let container = file
            .container()
            .ok_or_else(|| self.refuse("its component.yaml has no container"))?;
        let image = &container.image.value;
        let (repository, digest) = image.split_once('@').ok_or_else(|| {
            self.refuse(format!(
                "its component.yaml does not pin the image `{image}` by digest"
            ))
        })?;
        let digest: Digest = digest.parse().map_err(|error| {
            self.refuse(format!(
                "its component.yaml names a malformed image: {error}"
            ))
        })?;
        Ok(Image {
            repository: repository.to_owned(),
            digest,
            platforms: self.platforms.clone(),
        })
    }

    /// The component is described by its latest release.
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

/// The path, hash and size of a file.
pub(super) fn file_ref(path: &str, text: &str) -> FileRef {
    FileRef {
        url: path.parse().expect("names and versions make plain paths"),
        sha256: sha256(text.as_bytes()),
        bytes: text.len() as u64,
    }
}

/// The SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> Sha256 {
    let digits = HEXLOWER.encode(&Hasher::digest(bytes));
    digits.parse().expect("a hash is 64 hex digits")
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
