//! Where a file comes from: http, https or a local file. Anything else is refused without repeating its secrets.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};

use kfp_component::Result;
use percent_encoding::percent_decode_str;

use crate::address::Address;
use crate::http;
use crate::partial_file::{AppendError, PartialFile};

/// The kind of place a URL names.
#[derive(Debug)]
pub(crate) enum Source {
    Http(Address),
    File(PathBuf),
}

/// Shown in messages: without user, password and query.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(address) => address.fmt(f),
            Self::File(path) => path.display().fmt(f),
        }
    }
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

    /// Fetches the whole file.
    pub(crate) fn fetch(&self, file: &mut PartialFile) -> Result<()> {
        match self {
            Self::Http(address) => http::download(address, file, &http::Policy::default()),
            Self::File(path) => copy(path, file),
        }
    }
}

fn parse_path(rest: &str) -> Result<PathBuf> {
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    if !path.starts_with('/') {
        return Err(
            "`url` must name a local file by its absolute path, as in file:///data/table.csv"
                .into(),
        );
    }
    let path = percent_decode_str(path)
        .decode_utf8()
        .map_err(|_| "`url` is not UTF-8")?;
    Ok(path.into_owned().into())
}

fn copy(path: &Path, file: &mut PartialFile) -> Result<()> {
    let failed = |error| format!("could not read `url`, which is {}: {error}", path.display());
    let metadata = path.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(format!("`url` is {}, which is a directory", path.display()).into());
    }
    file.check_size(metadata.len())?;
    let source = File::open(path).map_err(failed)?;
    file.append(source).map_err(|error| match error {
        AppendError::Source(error) => failed(error).into(),
        AppendError::Fatal(error) => error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
