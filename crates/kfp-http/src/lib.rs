#![doc = include_str!("../README.md")]
#![warn(clippy::missing_errors_doc)]

mod absolute_form;
mod connector;
mod error;
mod host;
pub mod netrc;
mod network;
mod no_proxy;
mod proxies;
mod trust;

pub use error::{Error, Result, TlsFailure, is_unknown_host, tls_failure};
pub use host::{Reach, is_loopback};
pub use network::Network;
pub use proxies::Proxies;
pub use trust::Pem;
