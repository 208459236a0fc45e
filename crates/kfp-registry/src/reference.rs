//! Image references: `registry/repository[:tag][@digest]`, with Docker Hub's short names written out.
//!
//! What no registry accepts (upper case, empty parts, over-long names) is refused here, with the reason.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Digest, Error};

const DOCKER_HUB: &str = "docker.io";

/// Where an image lives: a registry, a repository in it, and optionally a tag, a digest or both.
///
/// ```
/// use kfp_registry::Reference;
///
/// let image: Reference = "[::1]:5000/acme/app:1.0".parse()?;
/// assert_eq!((image.registry(), image.repository(), image.tag()), ("[::1]:5000", "acme/app", Some("1.0")));
/// let short: Reference = "alpine".parse()?;
/// assert_eq!(short.to_string(), "docker.io/library/alpine");
/// # Ok::<(), kfp_registry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reference {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

impl Reference {
    /// The registry's host and port, `docker.io` for Docker Hub.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The repository, such as `acme/data-ingestion`.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The tag, if one is named.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest, if one is named. It takes precedence over the tag.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// The same repository at `tag`, without a digest.
    ///
    /// # Errors
    /// [`Error::Reference`] if no registry accepts such a tag.
    pub fn with_tag(&self, tag: &str) -> Result<Self, Error> {
        check_tag(tag).map_err(|reason| invalid(tag, reason))?;
        Ok(Self {
            tag: Some(tag.to_owned()),
            digest: None,
            ..self.clone()
        })
    }

    /// The same repository at `digest`, without a tag: other tools refuse or re-pull `repository:tag@digest`.
    #[must_use]
    pub fn with_digest(&self, digest: Digest) -> Self {
        Self {
            tag: None,
            digest: Some(digest),
            ..self.clone()
        }
    }

    /// The repository alone, without tag and digest.
    #[must_use]
    pub fn without_version(&self) -> Self {
        Self {
            tag: None,
            digest: None,
            ..self.clone()
        }
    }

    /// The repository `self/name`, such as a component below a configured prefix.
    ///
    /// # Errors
    /// [`Error::Reference`] if no registry accepts such a name.
    pub fn join(&self, name: &str) -> Result<Self, Error> {
        format!("{}/{name}", self.without_version()).parse()
    }

    /// The last segment of a manifest's URL: the digest, else the tag.
    pub(crate) fn version(&self) -> Result<String, Error> {
        let digest = self.digest.map(|digest| digest.to_string());
        digest
            .or_else(|| self.tag.clone())
            .ok_or_else(|| invalid(&self.to_string(), "names neither a tag nor a digest"))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

impl FromStr for Reference {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest.parse()?)),
            None => (text, None),
        };
        let (name, tag) = match name.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag.to_owned())),
            _ => (name, None),
        };
        let (registry, repository) = match name.split_once('/') {
            Some((first, rest)) if is_registry(first) => (hub_alias(first), rest.to_owned()),
            _ => (DOCKER_HUB.to_owned(), name.to_owned()),
        };
        let repository = match registry.as_str() {
            DOCKER_HUB if !repository.contains('/') => format!("library/{repository}"),
            _ => repository,
        };
        check_registry(&registry)
            .and_then(|()| check_repository(&repository))
            .and_then(|()| tag.as_deref().map_or(Ok(()), check_tag))
            .and_then(|()| match registry.len() + 1 + repository.len() {
                0..=255 => Ok(()),
                _ => Err("is longer than 255 characters"),
            })
            .map_err(|reason| invalid(text, reason))?;
        Ok(Self {
            registry,
            repository,
            tag,
            digest,
        })
    }
}

impl TryFrom<String> for Reference {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Reference> for String {
    fn from(reference: Reference) -> Self {
        reference.to_string()
    }
}

fn invalid(text: &str, reason: &'static str) -> Error {
    Error::Reference {
        text: text.chars().take(300).collect(),
        reason,
    }
}

fn is_registry(segment: &str) -> bool {
    segment.contains(['.', ':']) || segment == "localhost"
}

/// Docker Hub answers to several names; one of them is the name.
pub(crate) fn hub_alias(host: &str) -> String {
    let host = host.to_ascii_lowercase();
    match host.as_str() {
        "index.docker.io" | "registry-1.docker.io" => DOCKER_HUB.to_owned(),
        _ => host,
    }
}

fn check_registry(registry: &str) -> Result<(), &'static str> {
    const REASON: &str = "has an invalid registry name: a host, optionally with :port";
    let (host, port) = match registry.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (registry, None),
    };
    let digits =
        |port: &str| port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok();
    let label = |label: &str| {
        let inner = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        !label.is_empty()
            && label.bytes().all(inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let valid_host = match host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
    {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host.split('.').all(label),
    };
    if valid_host && port.is_none_or(digits) {
        Ok(())
    } else {
        Err(REASON)
    }
}

fn check_repository(repository: &str) -> Result<(), &'static str> {
    if repository.bytes().any(|b| b.is_ascii_uppercase()) {
        return Err("has upper-case letters: a repository is lower case");
    }
    let segment = |segment: &str| {
        let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let separators_are_valid = segment
            .split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            .all(|run| matches!(run, "" | "." | "_" | "__") || run.bytes().all(|b| b == b'-'));
        let ends = |b: Option<u8>| b.is_some_and(alphanumeric);
        ends(segment.bytes().next()) && ends(segment.bytes().last()) && separators_are_valid
    };
    if repository.split('/').all(segment) {
        Ok(())
    } else {
        Err(
            "has an invalid repository: lower-case letters and digits, joined by `.`, `_`, `__`, `-` or `/`",
        )
    }
}

fn check_tag(tag: &str) -> Result<(), &'static str> {
    let inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    if (1..=128).contains(&tag.len()) && tag.bytes().all(inner) && !tag.starts_with(['.', '-']) {
        Ok(())
    } else {
        Err(
            "has an invalid tag: up to 128 letters, digits, `_`, `.` and `-`, not beginning with `.` or `-`",
        )
    }
}
