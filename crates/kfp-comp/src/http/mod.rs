//! Files from web servers, with the login that `.netrc` has for the host: the file that both SDKs, pip, git and curl read.
//!
//! A login goes to its own host only, and in the clear to this machine only; no message holds it.

mod registries;

use std::{
    io::Read,
    path::PathBuf,
    sync::{Mutex, OnceLock, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use kfp_http::{Network, TlsFailure, is_loopback, netrc, tls_failure};
use ureq::{Agent, config::RedirectAuthHeaders, http::Uri};

use crate::error::hinted;

pub(crate) use registries::RegistryArgs;

/// The file of `--ca-file`, which holds for the whole process.
static CA_FILE: OnceLock<PathBuf> = OnceLock::new();

/// Trusts the certificates in a PEM file for the rest of the process, besides the platform's.
pub(crate) fn trust(ca_file: PathBuf) {
    CA_FILE.get_or_init(|| ca_file);
}

/// Opens a URL; nothing if the server says that it has no such thing.
pub(crate) fn open(url: &str, timeout: Duration) -> Result<Option<Box<dyn Read>>> {
    let uri: Uri = url
        .parse()
        .with_context(|| format!("`{url}` is not a URL"))?;
    let host = uri.host().unwrap_or_default();
    let login = netrc::login(host)?;
    let may_send = is_loopback(host) || uri.scheme_str() == Some("https");
    let mut request = agent(timeout)?.get(url);
    if let Some(login) = login.as_ref().filter(|_| may_send) {
        let pair = STANDARD.encode(format!("{}:{}", login.user, login.password));
        request = request.header("authorization", format!("Basic {pair}"));
    }
    let response = request.call().map_err(explained)?;
    match response.status().as_u16() {
        200 => Ok(Some(Box::new(response.into_body().into_reader()))),
        404 | 410 => Ok(None),
        status @ (401 | 403) => Err(hinted(
            format!("the server answered {status}"),
            match login {
                None => format!(
                    "if it wants a login, write one into ~/.netrc: machine {host} login USER password TOKEN"
                ),
                Some(_) if may_send => {
                    format!("check the login for {host} in ~/.netrc: the server refuses it")
                }
                Some(_) => format!(
                    "the login for {host} in ~/.netrc is sent over https only: name the address so"
                ),
            },
        )),
        status => bail!("the server answered {status}"),
    }
}

/// The agent for that timeout. The files of a catalog come over one connection.
fn agent(timeout: Duration) -> Result<Agent> {
    static LAST: Mutex<Option<(Duration, Agent)>> = Mutex::new(None);
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((known, agent)) = &*last
        && *known == timeout
    {
        return Ok(agent.clone());
    }
    let mut network = Network::from_env();
    if let Some(file) = CA_FILE.get() {
        network = network.with_ca_file(file);
    }
    let agent = network.agent(|| {
        Agent::config_builder()
            .user_agent(concat!("kfp-comp/", env!("CARGO_PKG_VERSION")))
            .timeout_global(Some(timeout))
            .http_status_as_error(false)
            .redirect_auth_headers(RedirectAuthHeaders::SameHost)
    })?;
    *last = Some((timeout, agent.clone()));
    Ok(agent)
}

/// The file of `--ca-file`.
pub(crate) fn ca_file() -> Option<PathBuf> {
    CA_FILE.get().cloned()
}

/// What went wrong on the way to a server, with what helps.
fn explained(error: ureq::Error) -> anyhow::Error {
    match tls_failure(&error) {
        Some(TlsFailure::Untrusted) => {
            return hinted(
                format!("the server's certificate is not trusted: {error}"),
                "name the CA that signed it: --ca-file FILE, or SSL_CERT_FILE in the environment",
            );
        }
        Some(TlsFailure::Unusable(advice)) => {
            return hinted(
                format!("the server's certificate cannot be used: {error}"),
                advice,
            );
        }
        _ => {}
    }
    match error {
        ureq::Error::Other(inner) => match inner.downcast::<kfp_http::Error>() {
            Ok(setting) => (*setting).into(),
            Err(inner) => ureq::Error::Other(inner).into(),
        },
        error => error.into(),
    }
}

/// Refuses an address that carries a login, which lock files and messages would repeat.
pub(crate) fn refuse_login(url: &str) -> Result<()> {
    let authority = url.split_once("://").map_or("", |(_, rest)| {
        rest.split(['/', '?', '#']).next().unwrap_or_default()
    });
    match authority.rsplit_once('@') {
        None => Ok(()),
        Some((_, host)) => Err(hinted(
            format!("the address at {host} carries a login, which would be written down with it"),
            format!(
                "leave it out, and write it into ~/.netrc: machine {} login USER password TOKEN",
                host.split(':').next().unwrap_or_default()
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_with_a_login_is_refused_without_repeating_it() {
        let error = refuse_login("https://ann:s3cret@example.org:8443/c@d").unwrap_err();
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
        assert!(error.to_string().contains("example.org:8443"), "{error}");
        for fine in [
            "https://example.org/a@b",
            "../a@b",
            "https://example.org?x=@",
        ] {
            refuse_login(fine).unwrap();
        }
    }
}
