//! The login form of Dex, filled in: what a browser does, and scripts have to.

use std::io;

use kfp_http::is_loopback;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use ureq::{
    Agent, Body,
    http::{
        Request, Response, StatusCode, Uri, header,
        uri::{PathAndQuery, Scheme},
    },
};

use super::cookies::Cookies;

/// Dex, a proxy in front of the server, and back.
const MAX_REDIRECTS: usize = 20;

/// Logs in and gives the cookies of the session, as a header has them.
pub(super) fn login(
    agent: &Agent,
    endpoint: &str,
    user: &str,
    password: &str,
) -> io::Result<String> {
    let start: Uri = endpoint.parse().map_err(io::Error::other)?;
    let mut browser = Browser {
        agent,
        cookies: Cookies::default(),
    };
    let mut page = browser.open(start.clone(), None)?;
    if matches!(
        page.status,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN
    ) {
        // oauth2-proxy answers programs so; people are sent to this address.
        page = browser.open(at(&start, "/oauth2/start?rd=%2F")?, None)?;
    }
    if is_choice(&page.address) {
        // Several ways to log in; this is the one with a password of Dex itself.
        let query = page.address.query().unwrap_or_default();
        let path = format!("{}/local?{query}", page.address.path());
        page = browser.open(at(&page.address, &path)?, None)?;
    }
    if !is_form(&page.address) {
        let message = "the server led to no login form of Dex: it needs another way to log in";
        return Err(io::Error::other(message));
    }
    if !may_have_password(&page.address, &start) {
        let host = page.address.host().unwrap_or_default();
        let message = format!("a password is not sent to {host} without https");
        return Err(io::Error::other(message));
    }
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let form = format!("login={}&password={}", encode(user), encode(password));
    let answer = browser.open(page.address, Some(form))?;
    if is_form(&answer.address) {
        let message = "Dex refuses the user or the password";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
    }
    match browser.cookies.header(&start) {
        cookies if cookies.is_empty() && browser.cookies.has_private(&start) => {
            let message = "the server is reached by https only: write https:// in place of http://";
            Err(io::Error::other(message))
        }
        cookies if cookies.is_empty() => Err(io::Error::other(
            "the login succeeded and set no cookie for the server",
        )),
        cookies => Ok(cookies),
    }
}

/// Whether an address is that of the form for a password.
fn is_form(address: &Uri) -> bool {
    address.path().contains("/auth/") && address.path().ends_with("/login")
}

/// Whether it is that of the list of ways to log in.
fn is_choice(address: &Uri) -> bool {
    address.path().ends_with("/dex/auth")
}

/// Whether a form may be sent a password by somebody who asked for `start`: by https, to this machine, or by http to the
/// host that was itself asked by http.
fn may_have_password(form: &Uri, start: &Uri) -> bool {
    form.scheme() == Some(&Scheme::HTTPS)
        || is_loopback(form.host().unwrap_or_default())
        || (start.scheme() == Some(&Scheme::HTTP) && form.host() == start.host())
}

/// Where a chain of redirects ended.
struct Page {
    address: Uri,
    status: StatusCode,
}

struct Browser<'a> {
    agent: &'a Agent,
    cookies: Cookies,
}

impl Browser<'_> {
    /// Sends a form, or nothing, and follows redirects.
    fn open(&mut self, address: Uri, form: Option<String>) -> io::Result<Page> {
        let mut address = address;
        let mut form = form;
        for _ in 0..MAX_REDIRECTS {
            let response = self.send(&address, form.take())?;
            self.cookies.take(&address, response.headers());
            let to = response.headers().get(header::LOCATION);
            match to.and_then(|to| to.to_str().ok()) {
                Some(to) if response.status().is_redirection() => address = joined(&address, to)?,
                _ => {
                    let status = response.status();
                    return Ok(Page { address, status });
                }
            }
        }
        Err(io::Error::other("the login goes round in circles"))
    }

    fn send(&self, address: &Uri, form: Option<String>) -> io::Result<Response<Body>> {
        let mut request = Request::builder()
            .uri(address)
            .header(header::ACCEPT, "text/html");
        let cookies = self.cookies.header(address);
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies);
        }
        let sent = match form {
            Some(form) => request
                .method("POST")
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(form)
                .map(|request| self.agent.run(request)),
            None => request.body(()).map(|request| self.agent.run(request)),
        };
        // The causes are about connections; an address may hold a token.
        sent.map_err(io::Error::other)?.map_err(|error| {
            let host = address.host().unwrap_or_default();
            io::Error::other(format!("{host}: {error}"))
        })
    }
}

/// Where a redirect leads.
fn joined(from: &Uri, to: &str) -> io::Result<Uri> {
    if to.starts_with("http://") || to.starts_with("https://") {
        return to.parse().map_err(io::Error::other);
    }
    if to.starts_with('/') {
        return at(from, to);
    }
    let folder = from
        .path()
        .rsplit_once('/')
        .map_or("", |(folder, _)| folder);
    at(from, &format!("{folder}/{to}"))
}

/// Another path of the same server.
fn at(server: &Uri, path: &str) -> io::Result<Uri> {
    let mut parts = server.clone().into_parts();
    let path: PathAndQuery = path.parse().map_err(io::Error::other)?;
    parts.path_and_query = Some(path);
    Uri::from_parts(parts).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_that_began_by_https_sends_no_password_by_http() {
        for (start, form, may) in [
            (
                "https://kfp.example/pipeline",
                "https://dex.example/auth/local/login",
                true,
            ),
            (
                "https://kfp.example/pipeline",
                "http://kfp.example/dex/auth/local/login",
                false,
            ),
            (
                "http://kfp.example/pipeline",
                "http://kfp.example/dex/auth/local/login",
                true,
            ),
            (
                "http://kfp.example/pipeline",
                "http://dex.example/auth/local/login",
                false,
            ),
            (
                "http://kfp.example/pipeline",
                "http://127.0.0.1:5556/dex/auth/local/login",
                true,
            ),
        ] {
            let (from, to) = (start.parse().unwrap(), form.parse().unwrap());
            assert_eq!(may_have_password(&to, &from), may, "{start} to {form}");
        }
    }
}
