//! The content of artifacts, through KFP's web server.

use std::io::{self, Write};

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

impl Client {
    /// Writes the content of an artifact that is a file to `to`, and gives the number of bytes. KFP's web server reads
    /// it with the cluster's own credentials: see [`Builder::ui_endpoint`](crate::Builder::ui_endpoint). It cannot give
    /// a directory. `namespace` is needed in multi-user mode, and may be empty otherwise.
    ///
    /// # Errors
    /// If the server cannot be asked or cannot read it, or `to` cannot be written to. After an error a part may have
    /// been written.
    pub fn artifact_content(
        &self,
        artifact: &Artifact,
        namespace: &str,
        to: &mut dyn Write,
    ) -> Result<u64> {
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
        let mut response = self.open(&call)?;
        let expected = response
            .headers()
            .get("content-length")
            .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        let mut from = response.body_mut().as_reader();
        let written = io::copy(&mut from, to).map_err(|source| Error::Transfer {
            call: call.name(),
            source,
        })?;
        match expected {
            Some(expected) if expected != written => Err(Error::Transfer {
                call: call.name(),
                source: io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    format!("{written} of {expected} bytes arrived"),
                ),
            }),
            _ => Ok(written),
        }
    }
}
