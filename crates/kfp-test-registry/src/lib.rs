//! Registries for the tests of this workspace: a real one, a scripted one that misbehaves, and a network that breaks; and
//! a Docker engine.
//!
//! Nothing here leaves loopback, and nothing waits for a fixed time. The crate is not published.

mod docker;
mod issuer;
mod proxy;
mod registry;

pub use docker::DockerEngine;
pub use issuer::{IDENTITY_TOKEN, TokenIssuer};
pub use kfp_test_support::{FaultServer, Reply, Request};
pub use proxy::{Direction, Proxy};
pub use registry::{DockerRegistry, Setup};

/// The login [`DockerRegistry`] and [`TokenIssuer`] know.
pub const USER: &str = "ann";
/// The password of [`USER`]: with a colon, which a careless split would lose.
pub const PASSWORD: &str = "wonder:land";
