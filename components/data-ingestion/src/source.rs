//! Where a file comes from. Anything but http, https and file is refused, and no message shows a password or a signed query.

use std::fs::File;
use std::path::PathBuf;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use kfp_component::Result;
use percent_encoding::percent_decode_str;
use ureq::http::Uri;
use ureq::http::uri::Authority;

use crate::http;
use crate::receipt::{Broken, Receipt};

/// What a URL names.
#[derive(Debug)]
pub(crate) enum Source {
    Http(Address),
    File(PathBuf),
}

/// A file on a server.
#[derive(Debug)]
pub(crate) struct Address {
    pub(crate) uri: Uri,
    /// The header that carries the URL's user and password.
    pub(crate) authorization: Option<String>,
}

impl Source {
    pub(crate) fn parse(url: &str) -> Result<Self> {
        let url = url.trim();
        if url.starts_with('/') {
            return Err(
                format!("`url` is a path: `{url}`\nhint: did you mean `file://{url}`?").into(),
            );
        }
        let (scheme, rest) = url
            .split_once("://")
            .ok_or("`url` does not begin with http://, https:// or file://")?;
        match scheme.to_ascii_lowercase().as_str() {
            "http" | "https" => Address::parse(url).map(Self::Http),
            "file" => parse_path(rest).map(Self::File),
            other => Err(format!(
                "`url` begins with {other}://, but must begin with http://, https:// or file://"
            )
            .into()),
        }
    }

    /// Brings the whole file.
    pub(crate) fn fetch(&self, receipt: &mut Receipt) -> Result<()> {
        match self {
            Self::Http(address) => http::download(address, receipt, &http::Patience::default()),
            Self::File(path) => copy(path, receipt),
        }
    }
}

impl Address {
    fn parse(url: &str) -> Result<Self> {
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

/// For people: without the query, which may hold a signature.
impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
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

fn parse_path(rest: &str) -> Result<PathBuf> {
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    if !path.starts_with('/') {
        return Err("`url` must name a file of this machine by its whole path, as in file:///data/table.csv".into());
    }
    let path = percent_decode_str(path)
        .decode_utf8()
        .map_err(|_| "`url` is not UTF-8")?;
    Ok(path.into_owned().into())
}

fn copy(path: &PathBuf, receipt: &mut Receipt) -> Result<()> {
    let failed = |error| format!("could not read `url`, which is {}: {error}", path.display());
    let metadata = path.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(format!("`url` is {}, which is a directory", path.display()).into());
    }
    receipt.expect(metadata.len())?;
    let file = File::open(path).map_err(failed)?;
    receipt.take(file).map_err(|broken| match broken {
        Broken::Reading(error) => failed(error).into(),
        Broken::Keeping(error) => error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(url: &str) -> Address {
        match Source::parse(url).unwrap() {
            Source::Http(address) => address,
            Source::File(path) => panic!("{}", path.display()),
        }
    }

    #[test]
    fn passwords_and_queries_are_not_shown() {
        let address = address("https://me:s%40cret@data.example:8443/a/iris.csv?signature=abc");
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

    #[test]
    fn a_file_is_named_by_its_whole_path() {
        for url in ["file:///a%20b/c.csv", "FILE://localhost/a%20b/c.csv"] {
            let Source::File(path) = Source::parse(url).unwrap() else {
                panic!("{url}")
            };
            assert_eq!(path, PathBuf::from("/a b/c.csv"));
        }
        assert!(Source::parse("file://server/a.csv").is_err());
    }

    #[test]
    fn other_sources_are_refused_without_repeating_their_secrets() {
        let error = |url: &str| Source::parse(url).unwrap_err().to_string();
        assert_eq!(
            error("/data/a.csv"),
            "`url` is a path: `/data/a.csv`\nhint: did you mean `file:///data/a.csv`?"
        );
        assert_eq!(
            error("data.csv"),
            "`url` does not begin with http://, https:// or file://"
        );
        assert_eq!(
            error("s3://me:secret@x/y"),
            "`url` begins with s3://, but must begin with http://, https:// or file://"
        );
        assert_eq!(
            error("http://me:secret@x/a b"),
            "`url` is not a URL: invalid uri character"
        );
    }
}
