//! Files from web servers, with the login that `.netrc` has for the host: the file that both SDKs, pip, git and curl read.
//!
//! A login goes to its own host only, and in the clear to this machine only; no message holds it.

mod netrc;

use std::{io::Read, net::IpAddr, time::Duration};

use anyhow::{Context, Result, bail};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use ureq::{Agent, config::RedirectAuthHeaders, http::Uri};

use crate::error::hinted;

/// Opens a URL; nothing if the server says that it has no such thing.
pub(crate) fn open(url: &str, patience: Duration) -> Result<Option<Box<dyn Read>>> {
    let uri: Uri = url
        .parse()
        .with_context(|| format!("`{url}` is no address"))?;
    let host = uri.host().unwrap_or_default();
    let is_here = is_loopback(host);
    let mut config = Agent::config_builder()
        .user_agent(concat!("kfp-comp/", env!("CARGO_PKG_VERSION")))
        .timeout_global(Some(patience))
        .http_status_as_error(false)
        .redirect_auth_headers(RedirectAuthHeaders::SameHost);
    if is_here {
        // A proxy's loopback is not ours.
        config = config.proxy(None);
    }
    let agent: Agent = config.build().into();
    let login = netrc::login(host)?;
    let may_send = is_here || uri.scheme_str() == Some("https");
    let mut request = agent.get(url);
    if let Some(login) = login.as_ref().filter(|_| may_send) {
        let pair = STANDARD.encode(format!("{}:{}", login.user, login.password));
        request = request.header("authorization", format!("Basic {pair}"));
    }
    let answer = request.call()?;
    match answer.status().as_u16() {
        200 => Ok(Some(Box::new(answer.into_body().into_reader()))),
        404 | 410 => Ok(None),
        status @ (401 | 403) => Err(hinted(
            format!("the server answered {status}"),
            match login {
                None => format!(
                    "if it wants a login, write one into ~/.netrc: machine {host} login USER password TOKEN"
                ),
                Some(_) if may_send => format!("the login for {host} in ~/.netrc is not the one"),
                Some(_) => format!(
                    "the login for {host} in ~/.netrc is sent over https only: name the address so"
                ),
            },
        )),
        status => bail!("the server answered {status}"),
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

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_loopback() {
        for host in ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "example.org",
            "127.0.0.1.example.org",
            "localhost.example.org",
            "10.0.0.1",
            "",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }

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
