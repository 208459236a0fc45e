//! The keys of `auths` and `credHelpers`: which of them name an image's registry, and which one counts.
//!
//! Docker writes `https://index.docker.io/v1/` for Docker Hub and hosts for all others, and keeps more below URLs that are not
//! registries, such as `https://index.docker.io/v1/refresh-token`. Podman also writes `host/path`, for repositories below it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::Reference;
use crate::reference::hub_alias;

/// What docker and its helpers call Docker Hub.
pub(crate) const HUB: &str = "https://index.docker.io/v1/";

/// How exactly a key names a registry; the smallest comes first.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// A path to the repository, as podman writes it; longer ones first.
    Path(Reverse<usize>),
    /// The registry's own key.
    Exact,
    /// The host in another form, such as `ghcr.io/` or `GHCR.IO`.
    Host,
    /// A URL of the registry's API: `https://ghcr.io`, `https://ghcr.io/v2/`.
    Url,
}

/// The values whose keys name this image's registry, the most exact first.
pub(crate) fn candidates<'a, T>(map: &'a BTreeMap<String, T>, image: &Reference) -> Vec<&'a T> {
    let mut ranked: Vec<_> = map
        .iter()
        .filter_map(|(key, value)| Some((rank(key.trim(), image)?, value)))
        .collect();
    ranked.sort_by(|(one, _), (other, _)| one.cmp(other));
    ranked.into_iter().map(|(_, value)| value).collect()
}

fn rank(key: &str, image: &Reference) -> Option<Rank> {
    let registry = image.registry();
    let exact = if registry == "docker.io" {
        HUB
    } else {
        registry
    };
    if key == exact {
        return Some(Rank::Exact);
    }
    let url = key
        .strip_prefix("https://")
        .or_else(|| key.strip_prefix("http://"));
    let (host, path) = match url.unwrap_or(key).split_once('/') {
        Some((host, path)) => (host, path.trim_end_matches('/')),
        None => (url.unwrap_or(key), ""),
    };
    if hub_alias(host) != registry {
        return None;
    }
    match (path, url) {
        ("" | "v1" | "v2", Some(_)) => Some(Rank::Url),
        ("" | "v1" | "v2", None) => Some(Rank::Host),
        (_, Some(_)) => None,
        (path, None) => {
            let rest = image.repository().strip_prefix(path)?;
            (rest.is_empty() || rest.starts_with('/')).then_some(Rank::Path(Reverse(path.len())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys that name the image's registry, in order.
    fn named<'a>(image: &str, keys: &[&'a str]) -> Vec<&'a str> {
        let map = keys.iter().map(|key| ((*key).to_owned(), *key)).collect();
        let image = image.parse().unwrap();
        candidates(&map, &image).into_iter().copied().collect()
    }

    #[test]
    fn what_a_web_login_to_docker_hub_leaves_behind_is_told_apart() {
        let keys = [
            "https://index.docker.io/v1/",
            "https://index.docker.io/v1/access-token",
            "https://index.docker.io/v1/refresh-token",
        ];
        assert_eq!(named("acme/app", &keys), [keys[0]]);
        assert_eq!(named("acme/app", &keys[1..]), [""; 0]);
    }

    #[test]
    fn the_exact_key_comes_first() {
        for (image, keys) in [
            (
                "acme/app",
                &[
                    "docker.io/acme/app",
                    "docker.io/acme",
                    "https://index.docker.io/v1/",
                    "docker.io",
                    "index.docker.io",
                    "https://registry-1.docker.io/v2/",
                ][..],
            ),
            (
                "ghcr.io/a/b",
                &["ghcr.io", "ghcr.io/", "https://ghcr.io/v2/"],
            ),
            ("ghcr.io/a/b", &["ghcr.io", "https://ghcr.io"]),
            ("reg:5000/a", &["reg:5000", "http://reg:5000/v1/"]),
            ("[::1]:5000/a", &["[::1]:5000", "https://[::1]:5000"]),
        ] {
            assert_eq!(named(image, keys), keys, "{image}");
        }
    }

    #[test]
    fn other_paths_and_hosts_are_not_registries() {
        for (image, key) in [
            ("ghcr.io/a/b", "https://ghcr.io/login/oauth"),
            ("ghcr.io/a/b", "https://ghcr.io/v1/access-token"),
            ("ghcr.io/a/b", "https://ghcr.io/a"),
            ("ghcr.io/a/b", "ghcr.io/ab"),
            ("ghcr.io/a/b", "ghcr.io:443"),
            ("ghcr.io/a/b", "evil-ghcr.io"),
            ("ghcr.io/a/b", "ghcr.io.evil.example"),
            ("reg:5000/a", "reg"),
        ] {
            assert_eq!(named(image, &[key]), [""; 0], "{key}");
        }
    }
}
