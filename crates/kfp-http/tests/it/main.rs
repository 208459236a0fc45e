//! Agents on their way through real sockets: proxies, certificates, client certificates. Only loopback is touched.

mod certificates;
mod names;
mod proxies;
mod server;

use std::ffi::OsString;
use std::time::Duration;

use kfp_http::Network;
use ureq::Agent;

/// A network whose environment has these variables and no others.
fn network(variables: &[(&str, &str)]) -> Network {
    Network::from_vars(|name| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| OsString::from(value))
    })
}

fn agent(network: &Network) -> Agent {
    network
        .agent(|| {
            Agent::config_builder()
                .http_status_as_error(false)
                .timeout_global(Some(Duration::from_secs(20)))
        })
        .unwrap()
}

/// The body that a URL answers with.
fn get(agent: &Agent, url: &str) -> Result<String, ureq::Error> {
    agent.get(url).call()?.body_mut().read_to_string()
}
