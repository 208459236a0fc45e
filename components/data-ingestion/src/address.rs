//! The address of a file on a server. No message shows its password or a signed query.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use kfp_component::Result;
use percent_encoding::percent_decode_str;
use ureq::http::Uri;
use ureq::http::uri::Authority;

/// A file on a server.
#[derive(Debug)]
pub(crate) struct Address {
    pub(crate) uri: Uri,
    /// The header that carries the URL's user and password.
    pub(crate) authorization: Option<String>,
}

impl Address {
    /// Splits user and password off an http or https URL.
    pub(crate) fn parse(url: &str) -> Result<Self> {
        let uri: Uri = url
            .parse()
            .map_err(|error| format!("`url` is not a URL: {error}"))?;
        let mut parts = uri.into_parts();
        let authority = parts.authority.as_ref().map_or("", Authority::as_str);
        let (credentials, host) = authority
            .rsplit_once('@')
            .map_or((None, authority), |(user, host)| (Some(user), host));
        let authorization = credentials.map(basic);
        parts.authority = Some(host.parse()?);
        Ok(Self {
            uri: Uri::from_parts(parts)?,
            authorization,
        })
    }
}

/// Shown in messages: without the query, which may hold a signature.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let query = if self.uri.query().is_some() {
            "?…"
        } else {
            ""
        };
        let authority = self.uri.authority().map_or("", Authority::as_str);
        write!(
            f,
            "{}://{authority}{}{query}",
            self.uri.scheme_str().unwrap_or("http"),
            self.uri.path()
        )
    }
}

fn basic(credentials: &str) -> String {
    let decoded: Vec<u8> = percent_decode_str(credentials).collect();
    let colon = if credentials.contains(':') { "" } else { ":" };
    let encoded = BASE64_STANDARD.encode([&decoded, colon.as_bytes()].concat());
    format!("Basic {encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_and_queries_are_not_shown() {
        let address =
            Address::parse("https://me:s%40cret@data.example:8443/a/iris.csv?signature=abc")
                .unwrap();
        assert_eq!(
            address.to_string(),
            "https://data.example:8443/a/iris.csv?…"
        );
        assert_eq!(
            address.uri,
            "https://data.example:8443/a/iris.csv?signature=abc"
        );
        assert_eq!(address.authorization.as_deref(), Some("Basic bWU6c0BjcmV0"));
    }
}
