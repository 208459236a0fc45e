//! An artifact as KFP's driver provisioned it: its name, where it is stored, and where it is on local disk.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

/// One element of an `ArtifactList` in the executor input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Provisioned<'a>(&'a Value);

impl<'a> Provisioned<'a> {
    pub(crate) fn new(artifact: &'a Value) -> Self {
        Self(artifact)
    }

    /// The name KFP gave it: an output's is the name of the argument, an input's its number in the metadata store.
    pub(crate) fn name(self) -> Option<&'a str> {
        self.text("name")
    }

    /// Where it is stored: `minio://bucket/key`, or a path under `kfp.local`.
    pub(crate) fn uri(self) -> Option<&'a str> {
        self.text("uri")
    }

    /// Where the launcher keeps it on local disk.
    pub(crate) fn path(self) -> Option<PathBuf> {
        if let Some(path) = self.text("customPath") {
            return Some(path.into());
        }
        let path = local_path(self.uri()?)?;
        let in_workspace = self
            .0
            .get("metadata")
            .and_then(|metadata| metadata.get("_kfp_workspace"));
        if in_workspace == Some(&Value::Bool(true)) {
            let inside = path.strip_prefix("/").unwrap_or(&path);
            return Some(Path::new("/kfp-workspace/.artifacts").join(inside));
        }
        Some(path)
    }

    /// The metadata that KFP keeps with it.
    pub(crate) fn metadata(self) -> Map<String, Value> {
        self.0
            .get("metadata")
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default()
    }

    fn text(self, key: &str) -> Option<&'a str> {
        let text = self.0.get(key)?.as_str()?;
        (!text.is_empty()).then_some(text)
    }
}

/// Where the launcher mounts a URI. A plain path is one of `kfp.local`.
fn local_path(uri: &str) -> Option<PathBuf> {
    let Some((scheme, rest)) = uri.split_once("://") else {
        return Some(uri.into());
    };
    match scheme {
        "gs" => Some(Path::new("/gcs").join(rest)),
        "s3" | "minio" => Some(Path::new("/").join(scheme).join(rest)),
        "oci" => Some(
            Path::new("/oci")
                .join(rest.replace('/', "_"))
                .join("models"),
        ),
        "file" => Some(rest.into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Provisioned;

    fn path(artifact: &Value) -> Option<String> {
        Some(Provisioned(artifact).path()?.to_str()?.to_owned())
    }

    #[test]
    fn a_uri_is_where_the_launcher_mounts_it() {
        let cases = [
            ("gs://bucket/key", "/gcs/bucket/key"),
            ("s3://bucket/key", "/s3/bucket/key"),
            ("minio://bucket/a/b", "/minio/bucket/a/b"),
            ("oci://registry/model", "/oci/registry_model/models"),
            ("file:///data/x", "/data/x"),
            ("/local/outputs/x", "/local/outputs/x"),
        ];
        for (uri, wanted) in cases {
            assert_eq!(path(&json!({"uri": uri})).as_deref(), Some(wanted));
        }
        assert_eq!(path(&json!({"uri": "https://host/x"})), None);
        assert_eq!(path(&json!({"uri": ""})), None);
        assert_eq!(path(&json!({})), None);
    }

    #[test]
    fn a_custom_path_or_the_workspace_replaces_it() {
        let custom = json!({"uri": "s3://b/k", "customPath": "/mnt/k"});
        assert_eq!(path(&custom).as_deref(), Some("/mnt/k"));
        let workspace = json!({"uri": "minio://b/k", "metadata": {"_kfp_workspace": true}});
        assert_eq!(
            path(&workspace).as_deref(),
            Some("/kfp-workspace/.artifacts/minio/b/k")
        );
    }
}
