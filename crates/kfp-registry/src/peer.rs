//! The registry at the other end of a request: the image's own, or one that it redirects to.

use ureq::http::Uri;

use crate::Reference;
use crate::location::Origin;

/// A registry, and the image as that registry calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Peer {
    pub(crate) image: Reference,
    pub(crate) origin: Origin,
}

impl Peer {
    /// The registry in a URL such as `https://host/v2/acme/app/manifests/1.0`. Storage behind a registry has other URLs.
    pub(crate) fn elsewhere(uri: &Uri) -> Option<Self> {
        let path = uri.path().strip_prefix("/v2/")?;
        let ends = ["/manifests/", "/blobs/", "/referrers/", "/tags/"];
        let end = ends.iter().filter_map(|end| path.rfind(end)).max()?;
        let name = format!("{}/{}", uri.authority()?, &path[..end]);
        let image: Reference = name.parse().ok()?;
        Some(Self {
            image,
            origin: Origin::of(uri),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(url: &str) -> Option<String> {
        let peer = Peer::elsewhere(&url.parse().unwrap())?;
        Some(peer.image.to_string())
    }

    #[test]
    fn a_registry_is_known_by_its_urls() {
        for (url, name) in [
            ("https://b.io/v2/acme/app/manifests/1.0", "b.io/acme/app"),
            (
                "https://b.io:5000/v2/app/blobs/sha256:0?x=/blobs/",
                "b.io:5000/app",
            ),
            (
                "http://[::1]:5000/v2/a/b/c/blobs/uploads/",
                "[::1]:5000/a/b/c",
            ),
            ("https://b.io/v2/blobs/app/tags/list", "b.io/blobs/app"),
        ] {
            assert_eq!(image(url).as_deref(), Some(name), "{url}");
        }
        for url in [
            "https://bucket.example/v2/blobs",
            "https://bucket.example/app/manifests/1.0",
            "https://bucket.example/",
        ] {
            assert_eq!(image(url), None, "{url}");
        }
    }
}
