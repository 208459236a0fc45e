//! A static catalog of Kubeflow Pipelines components: what its files say, and how they are written.
//!
//! A catalog is a directory that any file server publishes. [`Index`] lists all components and [`ComponentIndex`] all
//! releases of one; [`search`] and [`diff`] work on these types alone. [`Catalog`] is the directory itself: a release
//! is added once, and everything else is derived from the releases that are there.
//!
//! Reading refuses whatever must not reach a path, a URL or a hash comparison: the types hold only what is safe.

mod build;
mod catalog;
mod derived;
pub mod diff;
mod error;
mod freshness;
mod index;
mod interface;
mod new_release;
mod parameter_schema;
mod pending;
mod release;
mod replace;
mod sbom;
#[cfg(feature = "schema")]
mod schema;
mod search;
mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod text;

pub use build::{Built, Settings, hosting_files};
pub use catalog::Catalog;
pub use derived::{Contents, Member, aliases};
pub use error::{Error, Result};
pub use freshness::Freshness;
pub use index::{ComponentIndex, FileRef, Index, Latest, Port, Schema, Summary};
pub use interface::{Input, Interface, Kind, Output};
pub use new_release::{File, NewRelease, ReleaseError, sha256};
pub use pending::Pending;
pub use release::{
    Change, ChangeKind, Compatibility, Image, Platform, Release, Sbom, Source, Stability,
};
pub use replace::replace_file;
#[cfg(feature = "schema")]
pub use schema::json_schema;
pub use search::{Hit, Query, rank, search, words};
pub use text::{Digest, Name, ParseError, RelativePath, Sha256};

/// No index is larger; a reader stops there.
pub const MAX_INDEX_BYTES: u64 = 32 * 1024 * 1024;

/// No component.yaml is larger; a reader stops there.
pub const MAX_COMPONENT_BYTES: u64 = 1024 * 1024;

/// What every catalog has that is not made of its releases: the page, and the index's JSON Schema.
pub const PAGE: [&str; 8] = [
    "index.html",
    "elements.js",
    "search.js",
    "markdown.js",
    "detail.js",
    "app.js",
    "style.css",
    "schema/v1.json",
];

/// `components/<name>/index.json`, from the catalog's root.
pub fn component_index_path(name: &Name) -> String {
    format!("components/{name}/index.json")
}

/// `components/<name>/<version>/component.yaml`, from the catalog's root.
pub fn component_yaml_path(name: &Name, version: &semver::Version) -> String {
    format!("{}/component.yaml", release_path(name, version))
}

/// `components/<name>/<version>`, from the catalog's root.
pub fn release_path(name: &Name, version: &semver::Version) -> String {
    format!("components/{name}/{version}")
}
