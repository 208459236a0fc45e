//! The few cookies of a login: by host, for the length of it.

use std::collections::BTreeMap;

use kfp_http::is_loopback;
use ureq::http::{HeaderMap, Uri, header, uri::Scheme};

/// Cookies by host and name. Paths and dates are left aside: a login takes seconds, on hosts that belong together.
#[derive(Default)]
pub(super) struct Cookies(BTreeMap<(String, String), Cookie>);

struct Cookie {
    value: String,
    /// Whether it came by https, so that it does not leave in the clear.
    is_private: bool,
}

impl Cookies {
    /// Takes what an answer of this address sets.
    pub(super) fn take(&mut self, from: &Uri, headers: &HeaderMap) {
        let host = from.host().unwrap_or_default();
        for set in headers.get_all(header::SET_COOKIE) {
            let Ok(set) = set.to_str() else { continue };
            let mut parts = set.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
                continue;
            };
            let key = (host.to_owned(), name.to_owned());
            let is_deleted = value.is_empty()
                || parts.any(|part| {
                    part.to_ascii_lowercase()
                        .strip_prefix("max-age=")
                        .and_then(|age| age.parse::<i64>().ok())
                        .is_some_and(|age| age <= 0)
                });
            if is_deleted {
                self.0.remove(&key);
            } else {
                let cookie = Cookie {
                    value: value.to_owned(),
                    is_private: is_private(from),
                };
                self.0.insert(key, cookie);
            }
        }
    }

    /// The header for an address; empty if there is none.
    pub(super) fn header(&self, to: &Uri) -> String {
        let pairs = self.of_host(to).filter_map(|(name, cookie)| {
            let may_leave = !cookie.is_private || is_private(to);
            may_leave.then(|| format!("{name}={}", cookie.value))
        });
        pairs.collect::<Vec<_>>().join("; ")
    }

    /// Whether the host has cookies that only https may carry.
    pub(super) fn has_private(&self, host: &Uri) -> bool {
        self.of_host(host).any(|(_, cookie)| cookie.is_private)
    }

    fn of_host(&self, address: &Uri) -> impl Iterator<Item = (&String, &Cookie)> {
        let host = address.host().unwrap_or_default().to_owned();
        let own = self.0.iter().filter(move |((known, _), _)| *known == host);
        own.map(|((_, name), cookie)| (name, cookie))
    }
}

/// Whether nobody in between can read what is sent there.
fn is_private(address: &Uri) -> bool {
    address.scheme() == Some(&Scheme::HTTPS) || is_loopback(address.host().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_that_came_by_https_does_not_leave_by_http() {
        let mut cookies = Cookies::default();
        let mut set = |from: &str, cookie: &'static str| {
            let headers = [(header::SET_COOKIE, cookie.parse().unwrap())];
            cookies.take(&from.parse().unwrap(), &headers.into_iter().collect());
        };
        set("https://kfp.example/", "session=a; Path=/");
        set("http://kfp.example/", "colour=b");
        set("http://dex.example/", "dex=c");
        let header = |to: &str| cookies.header(&to.parse().unwrap());
        assert_eq!(header("https://kfp.example/x"), "colour=b; session=a");
        assert_eq!(header("http://kfp.example/x"), "colour=b");
        assert_eq!(header("http://dex.example/"), "dex=c");
        assert!(cookies.has_private(&"http://kfp.example".parse().unwrap()));
    }
}
