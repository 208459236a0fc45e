//! The few cookies of a login: by host, for the length of it.

use std::collections::BTreeMap;

use ureq::http::{HeaderMap, Uri, header};

/// Cookies by host and name. Paths and dates are left aside: a login takes seconds, on hosts that belong together.
#[derive(Default)]
pub(super) struct Cookies(BTreeMap<(String, String), String>);

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
                self.0.insert(key, value.to_owned());
            }
        }
    }

    /// The header for a host; empty if there is none.
    pub(super) fn header(&self, to: &Uri) -> String {
        let host = to.host().unwrap_or_default();
        let own = self.0.iter().filter(|((known, _), _)| known == host);
        let pairs: Vec<String> = own
            .map(|((_, name), value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }
}
