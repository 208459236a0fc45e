//! What went wrong between this client and the server.

use std::{fmt, time::Duration};

use serde::Deserialize;

/// The result of a call.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong between this client and the server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address of the server is not an http or https URL.
    #[error(
        "`{0}` is not the address of a server: it must begin with http:// or https:// and name a host"
    )]
    Endpoint(String),
    /// The certificates or proxies of the network cannot be used.
    #[error("could not prepare the connection")]
    Network(#[source] kfp_http::Error),
    /// The credentials could not be obtained.
    #[error("could not obtain the credentials: {what}")]
    Credentials {
        /// Which file or command.
        what: String,
        /// The cause.
        source: std::io::Error,
    },
    /// There was no answer.
    #[error("{call}: no answer from the server")]
    Unreachable {
        /// Method and address.
        call: String,
        /// The cause.
        source: Box<ureq::Error>,
    },
    /// The connection ended within the content of an artifact, or the content could not be written here.
    #[error("{call}: the content did not arrive whole")]
    Transfer {
        /// Method and address.
        call: String,
        /// The cause.
        source: std::io::Error,
    },
    /// An artifact's URI does not say where its content is.
    #[error("`{uri}` does not name a bucket and a key")]
    Location {
        /// The URI.
        uri: String,
    },
    /// A store cannot be asked: the environment does not say where it is, or with which credentials.
    #[error("cannot read from a store of objects: {0}")]
    Store(String),
    /// The server answered with a login page.
    #[error("{call}: the server wants a login: it answered with {found}")]
    LoginRequired {
        /// Method and address.
        call: String,
        /// `a web page` or the address it redirected to.
        found: String,
    },
    /// The server refused the request, or failed.
    #[error("{call}: {error}")]
    Api {
        /// Method and address.
        call: String,
        /// What it said.
        error: ApiError,
    },
    /// The answer is not what this call answers: another program listens there.
    #[error("{call}: the answer is not one of a KFP API server: {reason}")]
    Unexpected {
        /// Method and address.
        call: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl Error {
    /// Whether the same request may succeed a little later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { source, .. } => {
                let is_lasting = matches!(
                    **source,
                    ureq::Error::BadUri(_) | ureq::Error::BodyExceedsLimit(_)
                ) || kfp_http::is_unknown_host(source);
                !is_lasting && kfp_http::tls_failure(source).is_none()
            }
            Self::Api { error, .. } => matches!(error.status, 429 | 502 | 503 | 504),
            _ => false,
        }
    }

    /// Whether the name of the server's host cannot be resolved, as while a machine has no network.
    pub(crate) fn is_unknown_host(&self) -> bool {
        matches!(self, Self::Unreachable { source, .. } if kfp_http::is_unknown_host(source))
    }

    /// The server's refusal, if that is what went wrong.
    pub fn api(&self) -> Option<&ApiError> {
        match self {
            Self::Api { error, .. } => Some(error),
            _ => None,
        }
    }

    /// Whether the server does not know who sends the request.
    pub fn is_login(&self) -> bool {
        matches!(self, Self::LoginRequired { .. })
            || self.api().is_some_and(|error| error.status == 401)
    }
}

/// An error as the server words it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// The message meant for users.
    pub message: String,
    /// The server's internal chain of messages, or a stack; empty where there is none.
    pub details: String,
    /// How long it asks not to be asked again.
    pub retry_after: Option<Duration>,
}

impl ApiError {
    /// Reads any of the server's forms of errors: gRPC gateway, upload handlers, Kubernetes `Status`, and plain text.
    pub(crate) fn of_body(status: u16, body: &str) -> Self {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Form {
            message: String,
            details: serde_json::Value,
            error_message: String,
            error_details: String,
        }
        let form: Form = serde_json::from_str(body).unwrap_or_default();
        let for_users = form.details[0]["message"].as_str().unwrap_or_default();
        let (message, details) = if !form.error_message.is_empty() {
            // The first is vague; the second begins with the cause, followed by a stack.
            let cause = form.error_details.lines().next().unwrap_or_default();
            let message = if cause.is_empty() || form.error_message.contains(cause) {
                form.error_message
            } else {
                cause.to_owned()
            };
            (message, form.error_details)
        } else if !for_users.is_empty() && for_users != "Internal Server Error" {
            (for_users.to_owned(), form.message)
        } else if !form.message.is_empty() {
            (form.message, String::new())
        } else {
            (body.trim().to_owned(), String::new())
        };
        // A stack is for those who run the server.
        let (first, rest) = message.split_once('\n').unwrap_or((&message, ""));
        let details = [details.as_str(), rest.trim()].map(str::trim);
        let details: Vec<&str> = details
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect();
        Self {
            status,
            message: shortened(first.trim()),
            details: details.join("\n"),
            retry_after: None,
        }
    }

    /// A page for people, from a proxy in front of the server: only its title is kept.
    pub(crate) fn of_page(status: u16, page: &str) -> Self {
        // KFP's web server calls what it says about artifacts a page, too.
        if !page.trim_start().starts_with('<') {
            return Self::of_body(status, page);
        }
        let title = page
            .split_once("<title>")
            .and_then(|(_, rest)| rest.split_once("</title>"));
        let title = title.map_or("", |(title, _)| title.trim());
        Self {
            status,
            message: if title.is_empty() {
                "a web page".to_owned()
            } else {
                format!("a web page titled `{title}`")
            },
            ..Self::default()
        }
    }

    /// An error of gRPC, with the HTTP status that stands for it.
    pub(crate) fn of_grpc(code: i32, message: String) -> Self {
        let status = match code {
            3 | 9 | 11 => 400,
            16 => 401,
            7 => 403,
            5 => 404,
            6 | 10 => 409,
            8 => 429,
            12 => 501,
            14 => 503,
            4 => 504,
            _ => 500,
        };
        Self {
            status,
            message: if message.is_empty() {
                format!("gRPC status {code}")
            } else {
                message
            },
            ..Self::default()
        }
    }

    /// Whether the metadata store does not know the run, or no run at all yet.
    pub(crate) fn is_unknown_to_the_store(&self) -> bool {
        self.status == 404 && self.message.to_ascii_lowercase().contains("no type found")
    }
}

/// No more than fits a few lines of a terminal.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 400;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.message.is_empty() {
            write!(f, "the server answered with status {}", self.status)
        } else {
            write!(f, "{} (status {})", self.message, self.status)
        }
    }
}

impl std::error::Error for ApiError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_of_error_gives_the_words_meant_for_users() {
        let gateway = r#"{"code":3,"message":"Failed to create a run: chain","details":[{"code":3,"message":"parameter trees is missing"}]}"#;
        let internal = r#"{"code":13,"message":"Failed to create: pipeline x","details":[{"code":13,"message":"Internal Server Error"}]}"#;
        let router = r#"{"code":5,"message":"Not Found"}"#;
        let upload = r#"{"error_message":"Failed to create","error_details":"name taken\ngithub.com/x.go:1"}"#;
        let kubernetes = r#"{"kind":"Status","status":"Failure","message":"services is forbidden","reason":"Forbidden","code":403}"#;
        for (body, message) in [
            (gateway, "parameter trees is missing"),
            (internal, "Failed to create: pipeline x"),
            (router, "Not Found"),
            (upload, "name taken"),
            (kubernetes, "services is forbidden"),
            ("RBAC: access denied\n", "RBAC: access denied"),
            ("", ""),
        ] {
            let error = ApiError::of_body(400, body);
            assert_eq!(error.message, message, "{body}");
            assert!(!error.to_string().is_empty());
        }
    }
}
