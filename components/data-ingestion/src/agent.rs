//! How this program speaks HTTP: whom it trusts, how long it waits, which redirects it follows.
//!
//! From https it follows no redirect to http.

use std::sync::Arc;
use std::{env, fs};

use kfp_component::Result;
use ureq::Agent;
use ureq::http::Uri;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use crate::http::Patience;
use crate::proxy;

/// An agent for `uri`.
pub(crate) fn new(uri: &Uri, patience: &Patience) -> Result<Agent> {
    let tls = TlsConfig::builder().root_certs(roots()?).build();
    let config = Agent::config_builder()
        .user_agent(concat!(
            env!("CARGO_PKG_NAME"),
            "/",
            env!("CARGO_PKG_VERSION")
        ))
        // The bytes wanted are the file's own.
        .accept_encoding("identity")
        .https_only(uri.scheme_str() == Some("https"))
        .http_status_as_error(false)
        .proxy(proxy::find(uri, |name| env::var(name).ok())?)
        .tls_config(tls)
        .timeout_resolve(Some(patience.connect))
        .timeout_connect(Some(patience.connect))
        .timeout_per_read(Some(patience.read))
        .build();
    Ok(config.into())
}

/// Mozilla's roots, which the program carries along, or those of the file that `SSL_CERT_FILE` names.
fn roots() -> Result<RootCerts> {
    let Some(file) = env::var_os("SSL_CERT_FILE").filter(|file| !file.is_empty()) else {
        return Ok(RootCerts::WebPki);
    };
    let named = |what: &str| {
        format!(
            "`SSL_CERT_FILE` in the environment is {}, {what}",
            file.display()
        )
    };
    let pem = fs::read(&file).map_err(|error| named(&format!("which cannot be read: {error}")))?;
    let certificate = |item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    };
    let certificates: Vec<Certificate<'static>> = parse_pem(&pem).filter_map(certificate).collect();
    if certificates.is_empty() {
        return Err(named("which holds no certificate").into());
    }
    Ok(RootCerts::Specific(Arc::new(certificates)))
}
