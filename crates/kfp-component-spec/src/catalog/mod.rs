//! What the files of a catalog say: the index of everything, and one index a component.
//!
//! Refuses, while reading, whatever must not reach a path, a URL or a hash comparison: the types below hold only what is safe.

mod bill;
mod draft;
mod flags;
mod form;
mod freshness;
mod index;
mod interface;
mod release;
mod search;
mod site;
#[cfg(feature = "testing")]
pub mod testing;
mod text;

pub use draft::{Draft, File, Unfit, sha256};
pub use freshness::Freshness;
pub use index::{ComponentIndex, FileRef, Index, Latest, Port, Schema, Summary};
pub use interface::{Input, Interface, Kind, Output};
pub use release::{
    Change, ChangeKind, Compatibility, Image, Platform, Release, Sbom, Source, Stability,
};
pub use search::{Hit, Query, rank, search, words};
pub use site::{Member, Site, aliases};
pub use text::{Digest, Invalid, Name, RelativePath, Sha256};

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

/// `components/<name>/<version>`, from the catalog's root.
pub fn release_path(name: &Name, version: &semver::Version) -> String {
    format!("components/{name}/{version}")
}
