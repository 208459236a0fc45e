//! Manifests, indexes and tags. What is fetched by digest has that digest, what is put under one arrived whole.
//! A manifest beyond 4 MiB is refused, as registries refuse it.

use ureq::http::header::{ACCEPT, LINK};
use ureq::http::{HeaderValue, Method};

use crate::location;
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
    /// What `image` points to, or nothing if it is not there. One request, unless the registry omits the digest.
    pub fn head_manifest(&self, image: &Reference) -> Result<Option<Digest>> {
        let head = self.retrying(|| {
            let response = self.manifest_request(Method::HEAD, image)?;
            if response.status == 404 {
                return Ok(Head::Missing);
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

    /// The manifest or index `image` points to, or nothing if it is not there. A digest in `image` is verified.
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
        let registry = self.origin(image)?;
        let mut request = self.request(Method::GET, image, path)?;
        for number in 1.. {
            let next = self.retrying(|| {
                let response = self.read(image, request.clone())?;
                if number == MAX_PAGES {
                    return Err(response.unusable("one more page of a list without end"));
                }
                let link = response.header(LINK).and_then(next_link);
                let next = link.map(|next| location::follow(&registry, &response.uri, next));
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
