//! References, digests, credentials and a small synchronous client for OCI registries.
//! It refuses what it cannot verify: no digest but sha256, no body without a bound, no secret outside the registry's own origin.
//!
//! ```no_run
//! use kfp_registry::{Client, Content, Digest, Put, Reference};
//!
//! let client = Client::builder().for_push().build()?;
//! let image: Reference = "ghcr.io/acme/data-ingestion:0.1.0".parse()?;
//! if client.head_manifest(&image)?.is_none() {
//!     let layer = std::fs::read("layer.tar.gz")?;
//!     let put = client.put_blob(&image, &Digest::of(&layer), Content::Bytes(&layer), None, &|_| ())?;
//!     assert!(matches!(put, Put::Uploaded | Put::Existed));
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod auth;
mod auth_file;
mod blobs;
mod challenge;
mod client;
mod content;
mod credentials;
mod digest;
mod error;
mod http;
mod location;
mod manifest;
mod manifests;
mod reference;
mod referrers;
mod retry;
mod secret;
#[cfg(feature = "testing")]
pub mod testing;
mod token;
mod upload;

pub use blobs::BlobReader;
pub use client::{Builder, Client};
pub use content::Content;
pub use credentials::{Credentials, Login};
pub use digest::{Digest, Hasher};
pub use error::{Error, Result};
pub use manifest::{
    Descriptor, EMPTY_JSON, Index, MEDIA_TYPE_CONFIG, MEDIA_TYPE_EMPTY, MEDIA_TYPE_INDEX,
    MEDIA_TYPE_LAYER_GZIP, MEDIA_TYPE_MANIFEST, Manifest, Platform,
};
pub use manifests::Fetched;
pub use reference::Reference;
pub use secret::Secret;
pub use upload::Put;
