//! Manifests, indexes and tags. What is fetched by digest has that digest, what is put under one arrived whole.
//! A manifest beyond 4 MiB is refused, as registries refuse it.

use ureq::http::header::{ACCEPT, LINK};
use ureq::http::{HeaderValue, Method};

use crate::answer::Answer;
use crate::client::Access;
use crate::location;
use crate::{Client, Content, Digest, Error, Reference, Result};

pub(crate) const MANIFEST_LIMIT: u64 = 4 * 1024 * 1024;
/// All four: a registry that finds none of its manifest's types here answers 404.
const ACCEPTED: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
     application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";
const MAX_PAGES: usize = 1000;

/// A manifest or index as the registry stores it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Its media type.
    pub media_type: String,
    /// Its exact bytes.
    pub bytes: Vec<u8>,
    /// The digest of those bytes.
    pub digest: Digest,
}

impl Client {
    /// What `image` points to, or nothing if it is not there. One request, unless the registry omits the digest.
    pub fn head_manifest(&self, image: &Reference) -> Result<Option<Digest>> {
        let head = self.retrying(|| {
            let answer = self.manifest_request(Method::HEAD, image)?;
            match answer.status {
                200 => announced(&answer)
                    .map(|digest| Some(digest.map(|digest| (digest, answer.name().to_owned())))),
                404 => Ok(None),
                _ => Err(answer.into_error(image)),
            }
        })?;
        match (head, image.digest()) {
            (None, _) => Ok(None),
            (Some(Some((actual, what))), Some(expected)) if actual != *expected => {
                Err(Error::DigestMismatch {
                    host: image.registry().to_owned(),
                    what,
                    expected: *expected,
                    actual,
                })
            }
            (Some(Some((digest, _))), _) => Ok(Some(digest)),
            (Some(None), _) => Ok(self.manifest(image)?.map(|fetched| fetched.digest)),
        }
    }

    /// The manifest or index `image` points to, or nothing if it is not there. A digest in `image` is verified.
    pub fn manifest(&self, image: &Reference) -> Result<Option<Fetched>> {
        self.retrying(|| {
            let mut answer = self.manifest_request(Method::GET, image)?;
            match answer.status {
                200 if !answer.is_html() => {}
                404 => return Ok(None),
                _ => return Err(answer.into_error(image)),
            }
            let bytes = answer.bytes(MANIFEST_LIMIT)?;
            let actual = Digest::of(&bytes);
            if let Some(expected) = image
                .digest()
                .copied()
                .or(announced(&answer)?)
                .filter(|digest| *digest != actual)
            {
                return Err(mismatch(image, &answer, expected, actual));
            }
            let media_type = media_type(&bytes, answer.media_type())
                .ok_or_else(|| answer.unusable("not a manifest"))?;
            Ok(Some(Fetched {
                media_type,
                bytes,
                digest: actual,
            }))
        })
    }

    /// Stores a manifest or index under the tag or digest of `image`. Everything it names must be there already.
    pub fn put_manifest(
        &self,
        image: &Reference,
        media_type: &str,
        bytes: &[u8],
    ) -> Result<Digest> {
        self.put(image, media_type, bytes).map(|(digest, _)| digest)
    }

    /// Like [`Client::put_manifest`], and whether the registry lists the manifest among its subject's referrers.
    pub(crate) fn put(
        &self,
        image: &Reference,
        media_type: &str,
        bytes: &[u8],
    ) -> Result<(Digest, bool)> {
        let digest = Digest::of(bytes);
        let path = format!("manifests/{}", image.version()?);
        self.retrying(|| {
            let call = self
                .call(Method::PUT, image, &path)?
                .content(media_type, Content::Bytes(bytes));
            let answer = self.send(image, &call, &self.scopes(image, Access::Push))?;
            match answer.status {
                200..=202 => {}
                _ => return Err(answer.into_error(image)),
            }
            if let Some(expected) = announced(&answer)?.filter(|announced| *announced != digest) {
                return Err(mismatch(image, &answer, digest, expected));
            }
            let lists_subjects = answer.header("oci-subject").is_some();
            answer.drain();
            Ok((digest, lists_subjects))
        })
    }

    /// The repository's tags, in the registry's order.
    pub fn tags(&self, image: &Reference) -> Result<Vec<String>> {
        #[derive(serde::Deserialize)]
        struct Page {
            #[serde(default)]
            tags: Option<Vec<String>>,
        }
        let mut tags = Vec::new();
        self.pages(image, "tags/list", |answer| {
            match answer.status {
                200 => {}
                404 => {
                    let repository = image.repository().to_owned();
                    return Err(Error::NoRepository {
                        host: image.registry().to_owned(),
                        repository,
                    });
                }
                _ => return Err(answer.into_error(image)),
            }
            let mut answer = answer;
            let bytes = answer.bytes(MANIFEST_LIMIT)?;
            let page: Page = serde_json::from_slice(&bytes)
                .map_err(|_| answer.unusable("not a list of tags"))?;
            tags.extend(page.tags.unwrap_or_default());
            Ok(())
        })?;
        Ok(tags)
    }

    /// Reads a list page by page, as `Link: <…>; rel="next"` leads.
    pub(crate) fn pages(
        &self,
        image: &Reference,
        path: &str,
        mut page: impl FnMut(Answer) -> Result<()>,
    ) -> Result<()> {
        let registry = self.origin(image)?;
        let mut call = self.call(Method::GET, image, path)?;
        for _ in 0..MAX_PAGES {
            let next = self.retrying(|| {
                let answer = self.read(image, call.clone())?;
                let next = answer
                    .header(LINK)
                    .and_then(next_link)
                    .map(|next| location::follow(&registry, &answer.uri, next));
                page(answer)?;
                next.transpose()
            })?;
            match next {
                Some(next) => call.uri = next,
                None => return Ok(()),
            }
        }
        let reason = format!("more than {MAX_PAGES} pages");
        Err(Error::Answer {
            host: image.registry().to_owned(),
            request: call.name,
            reason,
        })
    }

    fn manifest_request(&self, method: Method, image: &Reference) -> Result<Answer> {
        let call = self.call(method, image, &format!("manifests/{}", image.version()?))?;
        self.read(
            image,
            call.header(ACCEPT, HeaderValue::from_static(ACCEPTED)),
        )
    }
}

/// The digest the registry states, if it is one we can check.
fn announced(answer: &Answer) -> Result<Option<Digest>> {
    match answer.header("docker-content-digest") {
        Some(text) if text.starts_with("sha256:") => text.parse().map(Some),
        _ => Ok(None),
    }
}

fn mismatch(image: &Reference, answer: &Answer, expected: Digest, actual: Digest) -> Error {
    Error::DigestMismatch {
        host: image.registry().to_owned(),
        what: answer.name().to_owned(),
        expected,
        actual,
    }
}

/// The manifest's own word, which is part of its digest, before the header's.
fn media_type(bytes: &[u8], header: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Body {
        #[serde(rename = "mediaType")]
        media_type: Option<String>,
    }
    let body: Body = serde_json::from_slice(bytes).ok()?;
    body.media_type
        .or_else(|| (!header.is_empty()).then(|| header.to_owned()))
}

fn next_link(header: &str) -> Option<&str> {
    header.split(',').find_map(|link| {
        let (target, parameters) = link.split_once('>')?;
        let is_next = parameters
            .split(';')
            .any(|p| matches!(p.trim(), "rel=next" | "rel=\"next\""));
        target.trim().strip_prefix('<').filter(|_| is_next)
    })
}
