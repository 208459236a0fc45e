//! What stands between this machine and a KFP server: one sentence, and what to do.

use std::{fmt, io::ErrorKind};

use kfp_client::Error;
use kfp_http::TlsFailure;
use serde::Serialize;

use super::server::Server;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Cause {
    /// The name of the host is unknown.
    UnknownHost,
    /// Nothing listens there.
    Refused,
    /// There is no answer in time.
    Silent,
    /// The certificate is signed by nobody this machine trusts.
    UntrustedCertificate,
    /// What listens there does not speak TLS, or speaks it otherwise.
    Tls,
    /// Something else answers at this address.
    WrongAddress,
    /// A proxy wants a login first.
    NotLoggedIn,
    /// The server does not know the login.
    LoginRefused,
    /// The server knows the login, which may not do this.
    Forbidden,
    /// The server is one of KFP 1.
    Kfp1,
    /// There is no such namespace, or none was named.
    Namespace,
    /// The server fails by itself.
    ServerFails,
    /// A token or password could not be obtained.
    Credentials,
    /// The address does not lead to the metadata store.
    NoMetadata,
}

/// What is wrong, and what to do.
#[derive(Debug, Serialize)]
pub(crate) struct Diagnosis {
    pub(crate) cause: Cause,
    /// One sentence.
    pub(crate) what: String,
    /// What to do about it.
    pub(crate) hint: String,
}

/// An error of the client in other words, with another hint than its own.
#[derive(Debug)]
pub(crate) struct Explained {
    pub(crate) what: String,
    pub(crate) hint: String,
    pub(crate) source: Error,
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Explained {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

impl Diagnosis {
    /// The error that it was made of, in its words.
    pub(crate) fn of_error(self, source: Error) -> Explained {
        Explained {
            what: self.what,
            hint: self.hint,
            source,
        }
    }
}

/// What an error of the client means, if it stands for not getting through.
pub(crate) fn of(error: &Error) -> Option<Diagnosis> {
    let found = |cause, what: &str, hint: &str| {
        Some(Diagnosis {
            cause,
            what: what.to_owned(),
            hint: hint.to_owned(),
        })
    };
    match error {
        Error::Unreachable { source, .. } => Some(unreachable(error, source)),
        Error::LoginRequired { .. } => found(
            Cause::NotLoggedIn,
            "a login page answers in place of the server: you are not logged in, or no longer",
            "store a login in a profile: `kfp-comp profile set --help` lists the ways",
        ),
        Error::Credentials { .. } => found(
            Cause::Credentials,
            "the login of the profile cannot be obtained",
            "`kfp-comp profile show` prints how it is obtained",
        ),
        Error::Unexpected { .. } => found(
            Cause::WrongAddress,
            "what answers at this address is not a KFP API server",
            "name the address up to `/apis`: https://HOST/pipeline for Kubeflow, http://localhost:8888 for a port-forward",
        ),
        Error::Api { error, .. } => match error.status {
            401 => found(
                Cause::LoginRefused,
                "the server does not accept the login: there is none, or it has expired",
                "get a new token: `kfp-comp profile set NAME --token-command COMMAND` gets one whenever it is needed",
            ),
            403 => found(
                Cause::Forbidden,
                "you are logged in, and may not do this in this namespace",
                "ask for the role kubeflow-edit there, or name another namespace: `--namespace NAMESPACE`",
            ),
            404 if !is_of_kfp(&error.message) => found(
                Cause::WrongAddress,
                "there is a server, and no KFP at this path of it",
                "name the address up to `/apis`: https://HOST/pipeline for Kubeflow, http://localhost:8888 for a port-forward",
            ),
            // How Go's servers word it.
            400 if error.message.contains("HTTP request to an HTTPS server") => found(
                Cause::Tls,
                "what listens there speaks TLS",
                "write https:// in place of http://",
            ),
            502..=504 => found(
                Cause::ServerFails,
                "a proxy answers, and the API server behind it does not",
                "look at its pod: kubectl -n kubeflow get pods -l app=ml-pipeline",
            ),
            _ => None,
        },
        _ => None,
    }
}

/// What it means that a server which is one of KFP does not let us list runs.
pub(crate) fn of_runs(error: &Error, server: &Server) -> Option<Diagnosis> {
    let found = of(error)?;
    if found.cause != Cause::Forbidden || server.namespace.is_empty() {
        return Some(found);
    }
    Some(Diagnosis {
        cause: Cause::Namespace,
        what: format!(
            "you may not see runs in the namespace `{}`, or there is no such namespace",
            server.namespace
        ),
        hint: "name yours: `--namespace NAMESPACE`; or ask for the role kubeflow-edit in that one"
            .to_owned(),
    })
}

/// What it means that the outputs of a run cannot be read.
pub(crate) fn of_metadata(error: &Error, server: &Server) -> Diagnosis {
    let found = of(error).unwrap_or_else(|| unknown(error));
    // Programs that have other calls refuse this one in several ways.
    let is_no_call = error
        .api()
        .is_some_and(|error| matches!(error.status, 405 | 501));
    if found.cause != Cause::WrongAddress && !is_no_call {
        return found;
    }
    Diagnosis {
        cause: Cause::NoMetadata,
        what: format!("{} does not lead to KFP's metadata store", server.ui),
        hint: "name KFP's web interface, which does: `kfp-comp profile set NAME --endpoint URL --ui URL`, or \
               KF_PIPELINES_UI_ENDPOINT beside KF_PIPELINES_ENDPOINT"
            .to_owned(),
    }
}

/// A failure of the server that has no sentence of its own.
pub(crate) fn unknown(error: &Error) -> Diagnosis {
    Diagnosis {
        cause: Cause::ServerFails,
        what: error.to_string(),
        hint: error.hint().unwrap_or_else(|| {
            "look at its log: kubectl -n kubeflow logs deploy/ml-pipeline".to_owned()
        }),
    }
}

/// Whether a 404 is about a thing KFP does not have, rather than a path that leads nowhere.
fn is_of_kfp(message: &str) -> bool {
    // The second is of the web server, about artifacts.
    message.contains("not found") && message.len() > "404 page not found".len()
        || message.starts_with("No objects found")
}

fn unreachable(error: &Error, source: &ureq::Error) -> Diagnosis {
    let found = |cause, what: String, hint: &str| Diagnosis {
        cause,
        what,
        hint: hint.to_owned(),
    };
    match kfp_http::tls_failure(source) {
        Some(TlsFailure::Untrusted) => {
            return found(
                Cause::UntrustedCertificate,
                format!("the certificate of the server is not trusted: {source}"),
                "name the CA that signed it: `--ca-file FILE`, or SSL_CERT_FILE in the environment",
            );
        }
        Some(TlsFailure::Unusable(advice)) => {
            return found(
                Cause::UntrustedCertificate,
                format!("the certificate of the server cannot be used: {source}"),
                advice,
            );
        }
        Some(TlsFailure::NotTls) => {
            return found(
                Cause::Tls,
                "what listens there does not speak TLS".to_owned(),
                "write http:// in place of https://",
            );
        }
        Some(TlsFailure::ClientCertificate) => {
            return found(
                Cause::Tls,
                "the server wants a client certificate".to_owned(),
                "name one: `kfp-comp profile set NAME --client-certificate FILE --client-key FILE`",
            );
        }
        Some(TlsFailure::Refused) => {
            return found(
                Cause::Tls,
                format!("no secure connection came about: {source}"),
                "ask who runs the server which versions of TLS it takes",
            );
        }
        None => {}
    }
    match source {
        source if kfp_http::is_unknown_host(source) => found(
            Cause::UnknownHost,
            "no such host is known".to_owned(),
            "check its spelling, and whether a VPN is needed",
        ),
        ureq::Error::Io(error) if error.kind() == ErrorKind::ConnectionRefused => found(
            Cause::Refused,
            "nothing listens at this address".to_owned(),
            "start the port-forward again: kubectl -n kubeflow port-forward svc/ml-pipeline 8888:8888",
        ),
        ureq::Error::Timeout(_) => found(
            Cause::Silent,
            format!("there is no answer: {source}"),
            "a firewall may drop the connection: check HTTPS_PROXY and the VPN",
        ),
        _ => found(
            Cause::Silent,
            format!("the connection breaks: {source}"),
            &error.hint().unwrap_or_default(),
        ),
    }
}
