//! What went wrong between this client and the server.

use std::fmt;

use serde::Deserialize;

/// The result of a call.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong between this client and the server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address of the server is not an http or https URL.
    #[error("`{0}` is not the address of a server: it must begin with http:// or https://")]
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
        Self {
            status,
            message,
            details,
        }
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
