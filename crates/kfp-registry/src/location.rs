//! Where a registry may send us: `Location` headers, redirects and token realms are other people's URLs.
//!
//! Refused are leaving https, and addresses inside our network that only we, and not the registry, could reach.

use std::net::ToSocketAddrs;

use kfp_http::Reach;
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

    pub(crate) fn is_https(&self) -> bool {
        self.https
    }

    /// Whether a flag of the user names this host, with its port unless that is the scheme's own.
    pub(crate) fn is_named_by(&self, name: &str) -> bool {
        let default = if self.https { 443 } else { 80 };
        name == format!("{}:{}", self.host, self.port) || self.port == default && name == self.host
    }

    fn shown(&self) -> String {
        format!(
            "{}://{}:{}",
            if self.https { "https" } else { "http" },
            self.host,
            self.port
        )
    }

    /// How far inside our network the host lies. A name is looked up; of several addresses the most public one counts.
    fn reach(&self) -> Reach {
        let by_name = Reach::of(&self.host);
        if by_name != Reach::Public {
            return by_name;
        }
        let addresses = (self.host.as_str(), self.port).to_socket_addrs();
        let reaches = addresses.into_iter().flatten();
        reaches
            .map(|address| Reach::of_address(address.ip()))
            .min()
            .unwrap_or(by_name)
    }
}

/// Where a registry may send us.
#[derive(Clone, Copy)]
pub(crate) struct Limits<'a> {
    pub(crate) registry: &'a Origin,
    /// The hosts that the user named, which are allowed wherever they lie.
    pub(crate) named: &'a [String],
}

impl Limits<'_> {
    /// Resolves `location`, which came in a response from `base`, and refuses it where following would be unsafe.
    pub(crate) fn follow(self, base: &Uri, location: &str) -> Result<Uri> {
        let uri = self.check(resolve(base, location))?;
        let target = Origin::of(&uri);
        if Origin::of(base).https && !target.https {
            return Err(self.refused(&target.shown(), "it leaves https"));
        }
        Ok(uri)
    }

    /// Checks a token realm, which is sent a password.
    pub(crate) fn realm(self, realm: &str) -> Result<Uri> {
        self.check(realm.parse().ok())
    }

    fn check(self, target: Option<Uri>) -> Result<Uri> {
        let uri = target.ok_or_else(|| self.refused("a place", "it is not a URL"))?;
        let target = Origin::of(&uri);
        let shown = target.shown();
        let refuse = |reason| Err(self.refused(&shown, reason));
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if !self.registry.https => {}
            Some("http") => return refuse("it leaves https"),
            _ => return refuse("it is neither http nor https"),
        }
        if uri
            .authority()
            .is_none_or(|authority| authority.as_str().contains('@'))
        {
            return refuse("it carries a user name");
        }
        let is_known = target.host == self.registry.host
            || self.named.iter().any(|name| target.is_named_by(name));
        let reach = Reach::of(&target.host);
        match reach {
            _ if is_known => Ok(uri),
            Reach::Public => Ok(uri),
            Reach::LinkLocal => refuse("it is a link-local address"),
            Reach::Disguised => refuse("its address is written in a misleading form"),
            Reach::Private | Reach::Loopback if reach <= self.registry.reach() => Ok(uri),
            Reach::Private => refuse("it is in a private network and the registry is not"),
            Reach::Loopback => refuse("it is this machine and the registry is another one"),
        }
    }

    fn refused(self, target: &str, reason: &'static str) -> Error {
        Error::UnsafeTarget {
            host: self.registry.host.clone(),
            target: target.to_owned(),
            reason,
        }
    }
}

/// Absolute, `//host/…`, `/path` and relative forms, as registries send them; queries are kept to the byte.
fn resolve(base: &Uri, location: &str) -> Option<Uri> {
    let (scheme, authority) = (base.scheme_str()?, base.authority()?);
    let is_absolute = location
        .split(['/', '?', '#'])
        .next()
        .is_some_and(|head| head.contains(':'));
    let text = if is_absolute {
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
