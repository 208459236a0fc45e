//! The HTTP agent: its timeouts and redirects. A redirect from https to http is not followed.

use std::time::Duration;

use kfp_component::Result;
use kfp_http::Network;
use ureq::Agent;
use ureq::http::Uri;

/// How long to wait.
pub(crate) struct Timeouts {
    /// To resolve a host and, again, to connect.
    pub(crate) connect: Duration,
    /// For the next bytes.
    pub(crate) read: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(20),
            read: Duration::from_secs(60),
        }
    }
}

/// An agent for `uri`.
pub(crate) fn new(uri: &Uri, timeouts: &Timeouts) -> Result<Agent> {
    let agent = Network::from_env().agent(|| {
        Agent::config_builder()
            .user_agent(concat!(
                env!("CARGO_PKG_NAME"),
                "/",
                env!("CARGO_PKG_VERSION")
            ))
            // A compressed answer would have another digest.
            .accept_encoding("identity")
            .https_only(uri.scheme_str() == Some("https"))
            .http_status_as_error(false)
            .timeout_resolve(Some(timeouts.connect))
            .timeout_connect(Some(timeouts.connect))
            .timeout_per_read(Some(timeouts.read))
    })?;
    Ok(agent)
}
