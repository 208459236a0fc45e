//! How this program speaks HTTP: how long it waits, which redirects it follows. It follows none from https to http.

use kfp_component::Result;
use kfp_http::Network;
use ureq::Agent;
use ureq::http::Uri;

use crate::http::Patience;

/// An agent for `uri`.
pub(crate) fn new(uri: &Uri, patience: &Patience) -> Result<Agent> {
    let agent = Network::from_env().agent(|| {
        Agent::config_builder()
            .user_agent(concat!(
                env!("CARGO_PKG_NAME"),
                "/",
                env!("CARGO_PKG_VERSION")
            ))
            // The bytes wanted are the file's own.
            .accept_encoding("identity")
            .https_only(uri.scheme_str() == Some("https"))
            .http_status_as_error(false)
            .timeout_resolve(Some(patience.connect))
            .timeout_connect(Some(patience.connect))
            .timeout_per_read(Some(patience.read))
    })?;
    Ok(agent)
}
