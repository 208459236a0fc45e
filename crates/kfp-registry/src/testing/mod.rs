//! Registries for tests, here and in the crates above: a real one, one that misbehaves, and a network that breaks.
//! Nothing here leaves loopback, and nothing waits for a fixed time.

mod fault_server;
mod issuer;
mod proxy;
mod registry;

use std::io::Write;

pub use fault_server::{FaultServer, Reply, Request};
pub use issuer::{IDENTITY_TOKEN, TokenIssuer};
pub use proxy::{Direction, Proxy};
pub use registry::{DockerRegistry, Setup};

/// The login [`DockerRegistry`] and [`TokenIssuer`] know.
pub const USER: &str = "ann";
/// The password of [`USER`]: with a colon, which a careless split would lose.
pub const PASSWORD: &str = "wonder:land";

/// Says loudly that a test did not run, past the test harness's capture.
///
/// # Panics
/// With `KFP_REQUIRE_TIERS=1`, as CI sets it: there a missing tool is a failure.
pub fn skipped(what: &str) {
    assert!(
        std::env::var_os("KFP_REQUIRE_TIERS").is_none_or(|value| value != "1"),
        "required, but {what}"
    );
    let _closed = writeln!(std::io::stderr(), "skipped: {what}");
}
