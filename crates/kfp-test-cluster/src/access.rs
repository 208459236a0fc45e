//! Who may ask, and the login pages that stand before a server.

use kfp_test_support::{Reply, Request};
use serde_json::json;

use crate::{reply::plain_json, request::pairs};

/// Who may ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    #[default]
    Open,
    /// Whoever sends this bearer token; others get 401.
    Token(String),
    /// Whoever sends this header, such as `kubeflow-userid`; others get 401.
    Header(String, String),
    /// Nobody: every request is answered with a login page, status 200.
    LoginPage,
    /// Whoever has logged in by Dex's form with this user and password, as in Kubeflow.
    Dex(String, String),
}

/// The cookie of a session.
const SESSION: &str = "oauth2_proxy_kubeflow";

impl Access {
    /// What is answered in place of an answer; nothing if the request may pass. `session` is the one that is valid now.
    pub(crate) fn check(&self, request: &Request, session: &str) -> Option<Reply> {
        let bearer = request.header("authorization").unwrap_or_default();
        match self {
            Self::Open => None,
            Self::Token(token) if bearer == format!("Bearer {token}") => None,
            Self::Header(name, value) if request.header(name) == Some(value) => None,
            Self::Token(_) | Self::Header(..) => Some(nobody()),
            Self::LoginPage => Some(page("Sign in", "<form></form>")),
            Self::Dex(user, password) => dex(request, session, user, password),
        }
    }
}

/// What the server says to who it does not know.
fn nobody() -> Reply {
    let message = "User identity is empty in the request header";
    let chain = "Failed to authorize with API: Failed to get user identity: Request header error: there is no user identity \
                 header.: ";
    let body = json!({
        "code": 16,
        "details": [{"@type": "type.googleapis.com/google.rpc.Status", "code": 16, "message": message}],
        "message": format!("{chain}{message}"),
    });
    plain_json(401, &body)
}

fn page(title: &str, body: &str) -> Reply {
    Reply::status(200)
        .header("content-type", "text/html; charset=utf-8")
        .body(format!(
            "<!DOCTYPE html><html><head><title>{title}</title></head><body>{body}</body></html>"
        ))
}

fn redirect(to: &str) -> Reply {
    Reply::status(302).header("location", to)
}

/// A proxy with Dex behind it: a chain of redirects that ends at a form, and back.
fn dex(request: &Request, session: &str, user: &str, password: &str) -> Option<Reply> {
    let cookies = request.header("cookie").unwrap_or_default();
    let has_session = cookies
        .split(';')
        .any(|cookie| cookie.trim() == format!("{SESSION}={session}"));
    let form = page(
        "dex",
        "<h2>Log in to Your Account</h2><form method=\"post\"><input name=\"login\"><input name=\"password\" \
         type=\"password\"></form>",
    );
    match (request.method.as_str(), request.path()) {
        _ if has_session => None,
        ("GET", "/dex/auth") => Some(redirect("/dex/auth/local?state=st&client_id=kubeflow")),
        ("GET", "/dex/auth/local") => Some(redirect("/dex/auth/local/login?back=&state=st")),
        ("GET", "/dex/auth/local/login") => Some(form),
        ("POST", "/dex/auth/local/login") => {
            let sent = pairs(&String::from_utf8_lossy(&request.body));
            let is = |name: &str, wanted: &str| {
                sent.iter()
                    .any(|(key, value)| key == name && value == wanted)
            };
            if is("login", user) && is("password", password) {
                Some(Reply::status(303).header("location", "/dex/approval?req=st"))
            } else {
                let again = "<form method=\"post\"><div id=\"login-error\">Invalid Email Address and password.</div></form>";
                Some(page("dex", again))
            }
        }
        ("GET", "/dex/approval") => Some(redirect("/oauth2/callback?code=c&state=st")),
        ("GET", "/oauth2/callback") => {
            let cookie = format!("{SESSION}={session}; Path=/; HttpOnly; SameSite=Lax");
            Some(redirect("/").header("set-cookie", cookie))
        }
        _ => Some(redirect(
            "/dex/auth?client_id=kubeflow&redirect_uri=%2Foauth2%2Fcallback&state=st",
        )),
    }
}
