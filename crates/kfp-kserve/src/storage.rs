//! Where a model is, as KServe's storage initializer reads it.

use std::fmt;

use crate::{Error, Result};

/// The schemes that KServe 0.20 downloads from, besides those that are translated.
const SCHEMES: [&str; 11] = [
    "s3",
    "gs",
    "hdfs",
    "webhdfs",
    "file",
    "pvc",
    "hf",
    "modelscope",
    "oci",
    "https",
    "http",
];

/// Where a URI may name a folder in a larger one. What the others name is downloaded, and unpacked, as a whole.
const TREES: [&str; 6] = ["s3", "gs", "hdfs", "webhdfs", "file", "pvc"];

/// Files that are downloaded alone, so that their URI does not end with a slash.
const FILES: [&str; 10] = [
    ".onnx", ".bst", ".ubj", ".joblib", ".pkl", ".json", ".tar", ".tgz", ".tar.gz", ".zip",
];

/// A URI from which KServe downloads a model.
///
/// ```
/// use kfp_kserve::Storage;
///
/// let storage = Storage::parse("minio://mlpipeline/models/iris")?;
/// assert_eq!(storage.to_string(), "s3://mlpipeline/models/iris/");
/// assert!(storage.was_minio());
/// # Ok::<(), kfp_kserve::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storage {
    uri: String,
    was_minio: bool,
}

impl Storage {
    /// Reads a URI, as KFP gives an artifact's. `minio://` becomes `s3://`, and the URI of a directory gets a final slash:
    /// object stores are asked for everything that begins with it.
    ///
    /// # Errors
    /// If it is a path, or KServe cannot download from there.
    pub fn parse(text: &str) -> Result<Self> {
        let refused = |problem: String, hint: &str| Err(Error::hinted("storage", problem, hint));
        let text = text.trim();
        let Some((scheme, rest)) = text.split_once("://") else {
            return refused(
                format!("`{text}` is a path on one machine, from which no pod can download"),
                "name where the model is stored, such as s3://BUCKET/KEY; an artifact has such a URI on a cluster, but not under kfp.local",
            );
        };
        let was_minio = scheme == "minio";
        let scheme = if was_minio { "s3" } else { scheme };
        if !SCHEMES.contains(&scheme) {
            let problem = format!("KServe cannot download from `{scheme}://`");
            return refused(
                problem,
                &format!("copy the model to one of: {}", SCHEMES.join(", ")),
            );
        }
        if rest.trim_matches('/').is_empty() {
            return refused(
                format!("`{text}` names no model"),
                "write the bucket and the key: s3://BUCKET/KEY",
            );
        }
        if rest.contains(['?', '#']) && !scheme.starts_with("http")
            || rest.contains(char::is_whitespace)
        {
            let problem = format!(
                "`{text}` contains a character that KServe does not read as a part of a name"
            );
            return refused(
                problem,
                "store the model under a key of letters, digits, `-`, `_`, `.` and `/`",
            );
        }
        if let Some(at) = rest.split('/').next().filter(|host| host.contains('@')) {
            let host = at.rsplit('@').next().unwrap_or_default();
            return refused(
                format!(
                    "the address at {host} carries a login, which everybody who reads the InferenceService would see"
                ),
                "leave it out, and name a service account with --service-account",
            );
        }
        Ok(Self {
            uri: format!("{scheme}://{rest}"),
            was_minio,
        }
        .directory(scheme))
    }

    fn directory(mut self, scheme: &str) -> Self {
        let is_store = ["s3", "gs", "hdfs", "webhdfs"].contains(&scheme);
        if is_store && self.file().is_none() && !self.uri.ends_with('/') {
            self.uri.push('/');
        }
        self
    }

    /// The name of the one file that the URI names, if its ending tells that it is one.
    pub(crate) fn file(&self) -> Option<&str> {
        let path = self.uri.split(['?', '#']).next().unwrap_or_default();
        let name = path.rsplit('/').next().unwrap_or_default();
        let lower = name.to_ascii_lowercase();
        let is_file = FILES.iter().any(|ending| lower.ends_with(ending));
        is_file.then_some(name)
    }

    /// A directory below this one; none if what the URI names is downloaded as a whole only.
    pub(crate) fn below(&self, path: &str) -> Option<Self> {
        let scheme = self.uri.split("://").next().unwrap_or_default();
        if !TREES.contains(&scheme) || self.file().is_some() {
            return None;
        }
        let path = path.trim_matches('/');
        let slash = if self.uri.ends_with('/') { "" } else { "/" };
        Some(Self {
            uri: format!("{}{slash}{path}/", self.uri),
            was_minio: self.was_minio,
        })
    }

    /// Whether the URI was one of KFP's own object store, whose address and keys KServe has to be told.
    pub fn was_minio(&self) -> bool {
        self.was_minio
    }
}

impl fmt::Display for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.uri)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_in_object_stores_end_with_a_slash() {
        for (given, written) in [
            ("s3://b/models/iris", "s3://b/models/iris/"),
            ("s3://b/models/iris/", "s3://b/models/iris/"),
            ("minio://mlpipeline/v2/m", "s3://mlpipeline/v2/m/"),
            ("gs://b/m", "gs://b/m/"),
            ("s3://b/model.onnx", "s3://b/model.onnx"),
            ("s3://b/model.TAR.GZ", "s3://b/model.TAR.GZ"),
            ("pvc://models/iris", "pvc://models/iris"),
            ("hf://org/model:main", "hf://org/model:main"),
            (
                "oci://ghcr.io/acme/iris@sha256:ab",
                "oci://ghcr.io/acme/iris@sha256:ab",
            ),
            (
                "https://acme.example/m.zip?v=1",
                "https://acme.example/m.zip?v=1",
            ),
        ] {
            assert_eq!(
                Storage::parse(given).unwrap().to_string(),
                written,
                "{given}"
            );
        }
    }

    #[test]
    fn a_folder_below_is_named_where_folders_can_be_named() {
        for (given, below) in [
            ("s3://b/m", Some("s3://b/m/serving/onnx/")),
            ("pvc://c/m", Some("pvc://c/m/serving/onnx/")),
            ("s3://b/m.tar.gz", None),
            ("hf://org/model:main", None),
            ("oci://ghcr.io/acme/iris@sha256:ab", None),
            ("https://acme.example/iris", None),
            ("https://acme.example/m.zip?v=1", None),
        ] {
            let storage = Storage::parse(given).unwrap();
            let found = storage.below("serving/onnx/");
            assert_eq!(
                found.map(|found| found.to_string()).as_deref(),
                below,
                "{given}"
            );
        }
    }

    #[test]
    fn what_no_pod_can_download_is_refused() {
        for (given, said) in [
            ("/minio/mlpipeline/v2/m", "path on one machine"),
            ("model", "path on one machine"),
            ("", "path on one machine"),
            ("ftp://host/m", "cannot download from `ftp://`"),
            ("s3://", "names no model"),
            ("s3:///", "names no model"),
            ("s3://b/a b", "contains a character"),
            ("s3://b/a#b", "contains a character"),
            ("https://ann:s3cret@host/m.zip", "at host carries a login"),
        ] {
            let error = Storage::parse(given).unwrap_err();
            assert!(error.to_string().contains(said), "{given}: {error}");
            assert!(error.hint().is_some(), "{given}");
            assert!(!error.to_string().contains("s3cret"), "{error}");
        }
    }
}
