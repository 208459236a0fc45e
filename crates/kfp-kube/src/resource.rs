//! Kinds of objects, and where the server has them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but what RFC 3986 calls unreserved.
pub(crate) const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A kind of object: its group, its version, and the plural that stands in addresses.
///
/// ```
/// use kfp_kube::Resource;
///
/// let services = Resource::new("serving.kserve.io", "v1beta1", "inferenceservices");
/// let here = services.namespaced("team-a");
/// assert_eq!(here.path(), "/apis/serving.kserve.io/v1beta1/namespaces/team-a/inferenceservices");
/// assert_eq!(Resource::core("nodes").cluster_wide().path(), "/api/v1/nodes");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    group: String,
    version: String,
    plural: String,
}

impl Resource {
    /// A resource of a named group, such as `apps`.
    pub fn new(group: &str, version: &str, plural: &str) -> Self {
        Self {
            group: group.to_owned(),
            version: version.to_owned(),
            plural: plural.to_owned(),
        }
    }

    /// A resource of Kubernetes' core, such as `pods`.
    pub fn core(plural: &str) -> Self {
        Self::new("", "v1", plural)
    }

    /// The objects of one namespace.
    pub fn namespaced(self, namespace: &str) -> Collection {
        Collection {
            resource: self,
            namespace: Some(namespace.to_owned()),
        }
    }

    /// The objects of a kind that is in no namespace, or those of all namespaces.
    pub fn cluster_wide(self) -> Collection {
        Collection {
            resource: self,
            namespace: None,
        }
    }
}

/// The objects of a kind in a namespace, or in all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    resource: Resource,
    namespace: Option<String>,
}

impl Collection {
    /// The address of the collection below the server's.
    pub fn path(&self) -> String {
        let Resource {
            group,
            version,
            plural,
        } = &self.resource;
        let root = if group.is_empty() {
            format!("/api/{version}")
        } else {
            format!("/apis/{group}/{version}")
        };
        match &self.namespace {
            Some(namespace) => format!("{root}/namespaces/{}/{plural}", segment(namespace)),
            None => format!("{root}/{plural}"),
        }
    }

    /// The address of one object.
    pub fn object(&self, name: &str) -> String {
        format!("{}/{}", self.path(), segment(name))
    }
}

fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}
