//! The content of artifacts, through KFP's web server.

use std::{
    fmt,
    io::{self, Read, Write},
};

use ureq::BodyReader;

use super::Artifact;
use crate::{
    Client, Error, Result,
    transport::{Call, segment},
};

/// Where an artifact is in its store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location<'a> {
    /// `minio`, `s3`, `gs`, or another scheme.
    pub scheme: &'a str,
    /// The bucket.
    pub bucket: &'a str,
    /// The key in the bucket, or the beginning of the keys of a directory.
    pub key: &'a str,
}

impl Artifact {
    /// Where it is in its store; `None` if its URI does not say.
    ///
    /// ```
    /// use kfp_client::outputs::Artifact;
    /// let artifact = Artifact { uri: "s3://bucket/runs/1/model".to_owned(), ..Artifact::default() };
    /// let location = artifact.location().unwrap();
    /// assert_eq!((location.scheme, location.bucket, location.key), ("s3", "bucket", "runs/1/model"));
    /// ```
    pub fn location(&self) -> Option<Location<'_>> {
        let (scheme, rest) = self.uri.split_once("://")?;
        let (bucket, key) = rest.split_once('/')?;
        // A store may be named with settings: `s3://bucket/key?region=x`.
        let key = key.split('?').next().unwrap_or(key);
        (!bucket.is_empty() && !key.is_empty()).then_some(Location {
            scheme,
            bucket,
            key,
        })
    }
}

/// The content of an artifact, as it arrives.
pub struct Content {
    call: String,
    from: BodyReader<'static>,
    is_directory: bool,
    arrived: u64,
    /// How many bytes the server has announced.
    expected: Option<u64>,
}

impl Content {
    /// Whether the artifact is a directory. Its content is a `.tar.gz` of the files in it then.
    pub fn is_directory(&self) -> bool {
        self.is_directory
    }

    /// Writes it to `to`, and gives the number of bytes.
    ///
    /// # Errors
    /// If it does not arrive whole, or `to` cannot be written to. A part may have been written.
    pub fn write_to(mut self, to: &mut dyn Write) -> Result<u64> {
        io::copy(&mut self, to).map_err(|source| Error::Transfer {
            call: self.call,
            source,
        })
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content")
            .field("call", &self.call)
            .field("is_directory", &self.is_directory)
            .finish_non_exhaustive()
    }
}

/// Fails at the end if bytes are missing.
impl Read for Content {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        self.arrived += read as u64;
        match self.expected {
            Some(expected) if read == 0 && !buffer.is_empty() && expected != self.arrived => {
                Err(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    format!("{} of {expected} bytes arrived", self.arrived),
                ))
            }
            _ => Ok(read),
        }
    }
}

impl Client {
    /// Asks for the content of an artifact. KFP's web server reads it with the cluster's own credentials: see
    /// [`Builder::ui_endpoint`](crate::Builder::ui_endpoint). It gives directories from KFP 2.17 on. `namespace` is needed
    /// in multi-user mode, and may be empty otherwise.
    ///
    /// # Errors
    /// If the server cannot be asked, or cannot read it.
    pub fn artifact(&self, artifact: &Artifact, namespace: &str) -> Result<Content> {
        let location = artifact.location().ok_or_else(|| Error::Location {
            uri: artifact.uri.clone(),
        })?;
        let source = match location.scheme {
            "gs" => "gcs",
            other => other,
        };
        let key: Vec<String> = location.key.split('/').map(segment).collect();
        let (source, bucket) = (segment(source), segment(location.bucket));
        let path = format!("/artifacts/{source}/{bucket}/{}", key.join("/"));
        let query: Vec<(&str, String)> = [
            ("namespace", namespace),
            ("providerInfo", artifact.session.as_str()),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name, value.to_owned()))
        .collect();
        let call = Call::get(&self.ui_endpoint, &path, &query).any_content();
        let response = self.open(&call)?;
        let header = |name| response.headers().get(name)?.to_str().ok();
        Ok(Content {
            call: call.name(),
            is_directory: is_archive_of(
                location.key,
                header("content-type").unwrap_or_default(),
                header("content-disposition").unwrap_or_default(),
            ),
            arrived: 0,
            expected: header("content-length").and_then(|length| length.parse().ok()),
            from: response.into_body().into_reader(),
        })
    }
}

/// Whether an answer is the archive that the web server makes of a directory: it is named after the key, while a file that
/// happens to be an archive has its own name.
fn is_archive_of(key: &str, content_type: &str, disposition: &str) -> bool {
    let name = key.trim_end_matches('/').rsplit('/').next();
    let name = name.unwrap_or_default();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    // As the server writes what may not stand in a header.
    let name: String = name
        .encode_utf16()
        .map(|unit| {
            char::from_u32(unit.into())
                .filter(|c| is_plain(*c))
                .unwrap_or('_')
        })
        .collect();
    content_type == "application/gzip"
        && disposition.contains(&format!("filename=\"{name}.tar.gz\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_archive_of_a_directory_is_told_from_a_file_that_is_an_archive() {
        let of = |name: &str| format!("attachment; filename=\"{name}\"; filename*=UTF-8''{name}");
        let gzip = "application/gzip";
        for (key, content_type, disposition, is_directory) in [
            ("runs/1/model", gzip, of("model.tar.gz"), true),
            ("runs/1/mod\u{e8}le[1]", gzip, of("mod_le_1_.tar.gz"), true),
            ("runs/1/model.tar.gz", gzip, of("model.tar.gz"), false),
            (
                "runs/1/model",
                "application/octet-stream",
                of("model.tar.gz"),
                false,
            ),
            ("runs/1/model", gzip, "attachment".to_owned(), false),
        ] {
            let found = is_archive_of(key, content_type, &disposition);
            assert_eq!(found, is_directory, "{key} {disposition}");
        }
    }
}
