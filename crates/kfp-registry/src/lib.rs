#![doc = include_str!("../README.md")]
#![warn(clippy::missing_errors_doc)]

mod auth;
mod auth_file;
mod auth_key;
mod blobs;
mod body;
mod certs_d;
mod challenge;
mod client;
mod credential_helper;
mod credentials;
mod digest;
mod error;
mod http;
mod location;
mod manifest;
mod manifests;
mod peer;
mod reference;
mod referrers;
mod request;
mod response;
mod retry;
mod secret;
mod token;
mod upload;

pub use blobs::BlobReader;
pub use body::Body;
pub use client::{Builder, Client};
pub use credentials::{Credentials, Login};
pub use digest::{Digest, Hasher};
pub use error::{Error, Result};
pub use manifest::{
    Descriptor, EMPTY_JSON, Index, MEDIA_TYPE_CONFIG, MEDIA_TYPE_EMPTY, MEDIA_TYPE_INDEX,
    MEDIA_TYPE_LAYER_GZIP, MEDIA_TYPE_MANIFEST, Manifest, Platform,
};
pub use manifests::{Fetched, Lookup};
pub use reference::Reference;
pub use referrers::{Attached, Listing};
pub use secret::Secret;
pub use upload::UploadOutcome;
