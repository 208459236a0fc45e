#![doc = include_str!("../README.md")]

mod auth;
mod client;
pub mod cron;
mod endpoints;
mod error;
mod hint;
mod list;
pub mod mlmd;
pub mod model;
mod multipart;
#[cfg(feature = "object-store")]
pub mod object_store;
pub mod outputs;
mod resource;
mod transport;
pub mod watch;

pub use auth::{Auth, TokenSource};
pub use client::{Builder, Client};
pub use endpoints::Upload;
pub use error::{ApiError, Error, Result};
pub use list::{Filter, List, Pages};
