//! Manifests, indexes and tags. What is fetched by digest has that digest, what is put under one arrived whole.
//! A manifest beyond 4 MiB is refused, as registries refuse it.

use ureq::http::header::{ACCEPT, LINK};
use ureq::http::{HeaderValue, Method};

use crate::answer::Answer;
use crate::location;
use crate::{Client, Content, Digest, Error, Reference, Result};

pub(crate) const MANIFEST_LIMIT: u64 = 4 * 1024 * 1024;
/// All four: a registry that finds none of its manifest's types here answers 404.
const ACCEPTED: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
     application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";
/// A list that goes on beyond this is taken for one without end.
const MAX_PAGES: u32 = 1000;

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
            if answer.status == 404 {
                return Ok(Head::Missing);
            }
            let answer = answer.expect(&[200])?;
            match answer.digest()? {
                Some(digest) => answer
                    .verify(image.digest().copied(), digest)
                    .map(Head::Digest),
                None => Ok(Head::Unsaid),
            }
        })?;
        match head {
            Head::Missing => Ok(None),
            Head::Digest(digest) => Ok(Some(digest)),
            Head::Unsaid => Ok(self.manifest(image)?.map(|fetched| fetched.digest)),
        }
    }

    /// The manifest or index `image` points to, or nothing if it is not there. A digest in `image` is verified.
    pub fn manifest(&self, image: &Reference) -> Result<Option<Fetched>> {
        self.retrying(|| {
            let answer = self.manifest_request(Method::GET, image)?;
            if answer.status == 404 {
                return Ok(None);
            }
            let mut answer = answer.expect(&[200])?;
            let bytes = answer.bytes(MANIFEST_LIMIT)?;
            let expected = image.digest().copied().or(answer.digest()?);
            let digest = answer.verify(expected, Digest::of(&bytes))?;
            let media_type = media_type(&bytes, answer.media_type());
            let media_type = media_type.ok_or_else(|| answer.unusable("not a manifest"))?;
            Ok(Some(Fetched {
                media_type,
                bytes,
                digest,
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
            let answer = self.write(image, &call)?.expect(&[200, 201, 202])?;
            answer.verify(Some(digest), answer.digest()?.unwrap_or(digest))?;
            let listed = answer.header("oci-subject").is_some();
            answer.drain();
            Ok((digest, listed))
        })
    }

    /// The repository's tags, in the registry's order.
    pub fn tags(&self, image: &Reference) -> Result<Vec<String>> {
        #[derive(serde::Deserialize)]
        struct Page {
            tags: Option<Vec<String>>,
        }
        let mut tags = Vec::new();
        self.pages(image, "tags/list", |answer| {
            if answer.status == 404 {
                return Err(Error::no_repository(image));
            }
            let page: Page = answer.expect(&[200])?.json(MANIFEST_LIMIT)?;
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
        for number in 1.. {
            let next = self.retrying(|| {
                let answer = self.read(image, call.clone())?;
                if number == MAX_PAGES {
                    return Err(answer.unusable("one more page of a list without end"));
                }
                let link = answer.header(LINK).and_then(next_link);
                let next = link.map(|next| location::follow(&registry, &answer.uri, next));
                page(answer).and(next.transpose())
            })?;
            match next {
                Some(next) => call.uri = next,
                None => break,
            }
        }
        Ok(())
    }

    fn manifest_request(&self, method: Method, image: &Reference) -> Result<Answer> {
        let call = self.call(method, image, &format!("manifests/{}", image.version()?))?;
        self.read(
            image,
            call.header(ACCEPT, HeaderValue::from_static(ACCEPTED)),
        )
    }
}

/// What a HEAD says about a manifest.
enum Head {
    Missing,
    Digest(Digest),
    /// It is there, and its digest was left out.
    Unsaid,
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
