//! Where a registry may send us: `Location` headers, redirects and token realms are other people's URLs.
//! Refused: leaving https, and addresses inside our network that only we, and not the registry, could reach.

use std::net::{IpAddr, Ipv4Addr};

use ureq::http::Uri;

use crate::{Error, Result};

/// Scheme, host and port: what a credential may be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    https: bool,
    host: String,
    port: u16,
}

impl Origin {
    pub(crate) fn of(uri: &Uri) -> Self {
        let https = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if https { 443 } else { 80 });
        Self {
            https,
            host: uri.host().unwrap_or_default().to_ascii_lowercase(),
            port,
        }
    }

    fn shown(&self) -> String {
        format!(
            "{}://{}:{}",
            if self.https { "https" } else { "http" },
            self.host,
            self.port
        )
    }
}

/// How far inside our own network an address lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    Public,
    Private,
    Loopback,
    /// An address in a form only resolvers understand, such as `127.1` or `0x7f000001`: nothing good hides there.
    Disguised,
}

impl Reach {
    pub(crate) fn of(host: &str) -> Self {
        let host = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .trim_end_matches('.')
            .to_ascii_lowercase();
        if host == "localhost" || host.ends_with(".localhost") {
            return Self::Loopback;
        }
        match host.parse::<IpAddr>() {
            Ok(address) => Self::of_address(address.to_canonical()),
            Err(_) if host.rsplit('.').next().is_some_and(is_number) => Self::Disguised,
            Err(_) => Self::Public,
        }
    }

    fn of_address(address: IpAddr) -> Self {
        let shared = |v4: Ipv4Addr| v4.octets()[0] == 100 && v4.octets()[1] & 0xc0 == 64;
        let (loopback, private) = match address {
            IpAddr::V4(v4) => (
                v4.is_loopback() || v4.octets()[0] == 0,
                v4.is_private() || v4.is_link_local() || shared(v4),
            ),
            IpAddr::V6(v6) => (
                v6.is_loopback() || v6.is_unspecified(),
                v6.is_unique_local() || v6.is_unicast_link_local(),
            ),
        };
        match (loopback, private) {
            (true, _) => Self::Loopback,
            (_, true) => Self::Private,
            _ => Self::Public,
        }
    }
}

fn is_number(label: &str) -> bool {
    let hex = label
        .strip_prefix("0x")
        .is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
    hex || !label.is_empty() && label.bytes().all(|b| b.is_ascii_digit())
}

/// Whether `host` (with or without a port) is this machine, where http is safe.
pub(crate) fn is_loopback(host: &str) -> bool {
    format!("http://{host}")
        .parse::<Uri>()
        .is_ok_and(|uri| Reach::of(uri.host().unwrap_or_default()) == Reach::Loopback)
}

/// Resolves `location`, which the registry at `base` gave us, and refuses it where following would be unsafe.
pub(crate) fn follow(registry: &Origin, base: &Uri, location: &str) -> Result<Uri> {
    let target = resolve(base, location);
    let uri = check(registry, target, |registry, target| {
        Reach::of(&target.host) <= Reach::of(&registry.host)
    })?;
    match (Origin::of(base).https, Origin::of(&uri).https) {
        (true, false) => Err(unsafe_target(
            registry,
            &Origin::of(&uri).shown(),
            "it leaves https",
        )),
        _ => Ok(uri),
    }
}

/// Checks a token realm, which is sent a password: it must not lead into our network unless it is the registry itself.
pub(crate) fn realm(registry: &Origin, realm: &str) -> Result<Uri> {
    check(
        registry,
        realm.parse().ok(),
        |registry, target| match Reach::of(&target.host) {
            Reach::Public => true,
            Reach::Private | Reach::Disguised => false,
            Reach::Loopback => Reach::of(&registry.host) == Reach::Loopback,
        },
    )
}

fn check(
    registry: &Origin,
    target: Option<Uri>,
    reachable: impl Fn(&Origin, &Origin) -> bool,
) -> Result<Uri> {
    let uri = target.ok_or_else(|| unsafe_target(registry, "a place", "it is not a URL"))?;
    let target = Origin::of(&uri);
    let shown = target.shown();
    let refuse = |reason| Err(unsafe_target(registry, &shown, reason));
    match uri.scheme_str() {
        Some("https") => {}
        Some("http") if !registry.https => {}
        Some("http") => return refuse("it leaves https"),
        _ => return refuse("it is neither http nor https"),
    }
    if uri
        .authority()
        .is_none_or(|authority| authority.as_str().contains('@'))
    {
        return refuse("it carries a user name");
    }
    if target.host != registry.host && !reachable(registry, &target) {
        return refuse("it lies inside this network and the registry does not");
    }
    Ok(uri)
}

fn unsafe_target(registry: &Origin, target: &str, reason: &'static str) -> Error {
    Error::UnsafeTarget {
        host: registry.host.clone(),
        target: target.to_owned(),
        reason,
    }
}

/// Absolute, `//host/…`, `/path` and relative forms, as registries send them; queries are kept to the byte.
fn resolve(base: &Uri, location: &str) -> Option<Uri> {
    let (scheme, authority) = (base.scheme_str()?, base.authority()?);
    let absolute = location
        .split(['/', '?', '#'])
        .next()
        .is_some_and(|head| head.contains(':'));
    let text = if absolute {
        location.to_owned()
    } else if location.starts_with("//") {
        format!("{scheme}:{location}")
    } else if location.starts_with('/') {
        format!("{scheme}://{authority}{location}")
    } else {
        let folder = base
            .path()
            .rsplit_once('/')
            .map_or("", |(folder, _)| folder);
        format!("{scheme}://{authority}{folder}/{location}")
    };
    text.parse().ok()
}

#[cfg(test)]
mod tests;
