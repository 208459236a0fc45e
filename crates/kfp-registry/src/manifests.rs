//! Manifests, indexes and tags. What is fetched by digest has that digest, what is put under one arrived whole.
//!
//! A manifest beyond 4 MiB is refused, as registries refuse it.

use ureq::http::header::{ACCEPT, LINK};
use ureq::http::{HeaderValue, Method};

use crate::response::Response;
use crate::{Body, Client, Digest, Error, Reference, Result};

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
    /// The digest that `image` points to, or nothing if it is not there. One `HEAD`, followed by a `GET` where the registry
    /// omits the digest or does not offer `HEAD`.
    ///
    /// # Errors
    /// What the registry answers. See [`Client::look_up`] for a look that may be refused.
    pub fn head_manifest(&self, image: &Reference) -> Result<Option<Digest>> {
        let head = self.retrying(|| {
            let response = self.manifest_request(Method::HEAD, image)?;
            if response.status == 404 {
                return Ok(Head::Missing);
            }
            if matches!(response.status, 405 | 501) {
                response.drain();
                return Ok(Head::Unsaid);
            }
            let response = response.expect(&[200])?;
            match response.digest()? {
                Some(digest) => response
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

    /// Looks whether `image` is there, only to spare work: that the registry refuses to say so is not an error. Registries
    /// answer 401 or 403 for what does not exist, or to someone who may only push.
    ///
    /// # Errors
    /// If the registry cannot be reached, or sends something else than what a digest names.
    pub fn look_up(&self, image: &Reference) -> Result<Lookup> {
        match self.head_manifest(image) {
            Ok(Some(digest)) => Ok(Lookup::Found(digest)),
            Ok(None) => Ok(Lookup::Missing),
            Err(error) if error.is_refusal() => Ok(Lookup::Unknown(error)),
            Err(error) => Err(error),
        }
    }

    /// The manifest or index `image` points to, or nothing if it is not there. A digest in `image` is verified.
    ///
    /// # Errors
    /// What the registry answers, or that this is not a manifest or has another digest.
    pub fn manifest(&self, image: &Reference) -> Result<Option<Fetched>> {
        self.retrying(|| {
            let response = self.manifest_request(Method::GET, image)?;
            if response.status == 404 {
                return Ok(None);
            }
            let mut response = response.expect(&[200])?;
            let bytes = response.bytes(MANIFEST_LIMIT)?;
            let expected = image.digest().copied().or(response.digest()?);
            let digest = response.verify(expected, Digest::of(&bytes))?;
            let media_type = media_type(&bytes, response.media_type());
            let media_type = media_type.ok_or_else(|| response.unusable("not a manifest"))?;
            Ok(Some(Fetched {
                media_type,
                bytes,
                digest,
            }))
        })
    }

    /// Like [`Client::manifest`] for one that was stored a moment ago: waits for registries that show it a little later.
    ///
    /// # Errors
    /// As [`Client::manifest`].
    pub fn stored_manifest(&self, image: &Reference) -> Result<Option<Fetched>> {
        let found = self.patiently(|| {
            let found = self.manifest(image)?;
            found.ok_or_else(|| Error::Status {
                host: image.registry().to_owned(),
                request: format!("GET of {image}"),
                status: 404,
                code: "MANIFEST_UNKNOWN".to_owned(),
                message: String::new(),
                retry_after: None,
            })
        });
        match found {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.is_not_there_yet() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Stores a manifest or index under the tag or digest of `image`. Everything that it names must have been stored before.
    /// Where the registry does not know it yet, the manifest is sent again a little later.
    ///
    /// # Errors
    /// What the registry answers, or that it stored something else.
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
        self.patiently(|| {
            let request = self
                .request(Method::PUT, image, &path)?
                .body(media_type, Body::Bytes(bytes));
            let response = self.write(image, &request)?.expect(&[200, 201, 202])?;
            response.verify(Some(digest), response.digest()?.unwrap_or(digest))?;
            let listed = response.header("oci-subject").is_some();
            response.drain();
            Ok((digest, listed))
        })
    }

    /// The repository's tags, in the registry's order.
    ///
    /// # Errors
    /// [`Error::NoRepository`] if there is no such repository, or what the registry answers.
    pub fn tags(&self, image: &Reference) -> Result<Vec<String>> {
        #[derive(serde::Deserialize)]
        struct Page {
            tags: Option<Vec<String>>,
        }
        let mut tags = Vec::new();
        self.pages(image, "tags/list", |response| {
            if response.status == 404 {
                return Err(Error::no_repository(image));
            }
            let page: Page = response.expect(&[200])?.json(MANIFEST_LIMIT)?;
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
        mut page: impl FnMut(Response) -> Result<()>,
    ) -> Result<()> {
        let mut request = self.request(Method::GET, image, path)?;
        for number in 1.. {
            let next = self.retrying(|| {
                let response = self.read(image, request.clone())?;
                if number == MAX_PAGES {
                    return Err(response.unusable("one more page of a list without end"));
                }
                let link = response.header(LINK).and_then(next_link);
                let next = link.map(|next| self.follow(image, &response, next));
                page(response).and(next.transpose())
            })?;
            match next {
                Some(next) => request.uri = next,
                None => break,
            }
        }
        Ok(())
    }

    fn manifest_request(&self, method: Method, image: &Reference) -> Result<Response> {
        let request = self.request(method, image, &format!("manifests/{}", image.version()?))?;
        self.read(
            image,
            request.header(ACCEPT, HeaderValue::from_static(ACCEPTED)),
        )
    }
}

/// What a look at a tag or digest found; see [`Client::look_up`].
#[derive(Debug)]
pub enum Lookup {
    /// It is there, with this digest.
    Found(Digest),
    /// It is not there.
    Missing,
    /// The registry does not say, and answers this.
    Unknown(Error),
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
