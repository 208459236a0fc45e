//! What can be done about an error.

use std::io::ErrorKind;

use kfp_http::{TlsFailure, is_unknown_host, tls_failure};

use crate::{ApiError, Error};

const ADDRESS: &str = "the address ends before `/apis`: https://HOST/pipeline for Kubeflow, http://localhost:8888 for a \
                       port-forward to svc/ml-pipeline";
const WEB_SERVER: &str = "this address does not lead to KFP's web server, which has the metadata store and the artifacts: name it";
const LOG: &str = "the server's own log says more: kubectl -n kubeflow logs deploy/ml-pipeline";
const LOGIN: &str = "log in, and send the token or cookie of the session; it may have expired";
const CUT: &str = "try again; if it stays so, a proxy in between closes connections";
const CUT_IN_THE_CLEAR: &str = "try again; if it stays so, the server wants TLS: write https:// in place of http://, or a proxy in \
                                between closes connections";

impl Error {
    /// What can be done about it, to print after `hint:`.
    ///
    /// ```
    /// let error = kfp_client::Client::builder("localhost:8888").build().unwrap_err();
    /// assert!(error.hint().unwrap().contains("http://localhost:8888"));
    /// ```
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Endpoint(text) => {
                let text = text.trim();
                // The slashes of an address that ends behind its scheme may have been cut off.
                let has_scheme = text.contains("://") || text.ends_with(':');
                return Some(if has_scheme {
                    ADDRESS.to_owned()
                } else {
                    format!("write its scheme: http://{text}")
                });
            }
            Self::Network(error) => return error.hint(),
            Self::Credentials { .. } => "check the file or command that the login comes from",
            Self::Unreachable { call, source } => unreachable(call, source),
            Self::LoginRequired { call, found } if is_to_https(call, found) => {
                "the server is reached by https only: write https:// in place of http://"
            }
            Self::LoginRequired { .. } => LOGIN,
            Self::Unexpected { call, .. } if is_of_web_server(call) => WEB_SERVER,
            Self::Unexpected { .. } => ADDRESS,
            Self::Transfer { .. } => "fetch it again; if it stays so, look for room on this disk",
            Self::Store(_) => {
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_ENDPOINT_URL unless the store is AWS's or Google's"
            }
            Self::Location { .. } => {
                "only what is in a store, such as s3://, minio:// or gs://, can be fetched"
            }
            Self::Api { call, error } => refused(call, error),
        };
        Some(hint.to_owned())
    }
}

/// Whether a redirect goes to the same host by https.
fn is_to_https(call: &str, found: &str) -> bool {
    let host = |text: &str, scheme: &str| {
        let (_, rest) = text.split_once(scheme)?;
        let host = rest.split(['/', ':']).next()?;
        Some(host.to_owned())
    };
    let to = host(found, " https://");
    to.is_some() && to == host(call, " http://")
}

/// Whether KFP's web server was asked, rather than the API server.
fn is_of_web_server(call: &str) -> bool {
    call.contains("/ml_metadata.") || call.contains("/artifacts/")
}

/// Whether a store of objects was asked, rather than the server.
fn is_store(call: &str) -> bool {
    ["GET s3://", "GET minio://", "GET gs://"]
        .iter()
        .any(|start| call.starts_with(start))
}

fn unreachable(call: &str, source: &ureq::Error) -> &'static str {
    match tls_failure(source) {
        Some(TlsFailure::Untrusted) => {
            return "name the certificate authority that signed the server's certificate, in a PEM file";
        }
        Some(TlsFailure::Unusable(advice)) => return advice,
        Some(TlsFailure::NotTls) => {
            return "what answers does not speak TLS: write http:// in place of https://";
        }
        Some(TlsFailure::ClientCertificate) => {
            return "name a client certificate that the server accepts, and its key";
        }
        Some(TlsFailure::Refused) => {
            return "ask who runs the server which versions of TLS it accepts";
        }
        None => {}
    }
    match source {
        source if is_unknown_host(source) => {
            "check the spelling of the host, and whether a VPN or a proxy is needed"
        }
        ureq::Error::Timeout(_) => {
            "a firewall may drop the connection: check HTTPS_PROXY, NO_PROXY and the VPN"
        }
        ureq::Error::BodyExceedsLimit(_) => ADDRESS,
        ureq::Error::Io(error) if error.kind() == ErrorKind::ConnectionRefused => {
            "nothing listens there: check the port, and start the port-forward again if it is one"
        }
        // The alert of TLS that answers a request in the clear.
        ureq::Error::Protocol(_) if call.contains(" http://") => {
            "what answers does not speak http: write https:// in place of http://"
        }
        // Sent once: the server may have done it before the connection ended.
        _ if call.starts_with("POST") || call.starts_with("DELETE") => {
            "look whether it was done before doing it again: it was sent once, and the answer was lost"
        }
        _ if call.contains(" http://") => CUT_IN_THE_CLEAR,
        _ => CUT,
    }
}

fn refused(call: &str, error: &ApiError) -> &'static str {
    let message = error.message.as_str();
    let says = |words: &str| message.contains(words) || error.details.contains(words);
    match error.status {
        403 if is_store(call) => {
            "these credentials may not read it: check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        }
        404 if is_store(call) => {
            "it was deleted from the store, or the store is another: check AWS_ENDPOINT_URL"
        }
        _ if is_store(call) => "check AWS_ENDPOINT_URL and AWS_REGION",
        400 if says("page token") => {
            "list from the first page again: a page token goes with one filter and one order"
        }
        400 if says("Row not found") => {
            "it has ended, or is younger than a second: look at its state and try again"
        }
        400 if says("unknown template format") => {
            "compile it with kfp 2 first: kfp dsl compile --py FILE.py --output FILE.yaml"
        }
        400 if says("unknown field") => {
            "the server is older than this client: upgrade KFP, or leave that setting out"
        }
        400 if says("existing pipeline versions") => "delete its versions first, or all with it",
        400 if says("cron") => "write six fields, seconds first: 0 0 5 * * * is five o'clock",
        400 if says("parameter") => {
            "compare with the inputs of the pipeline: their names, and their types"
        }
        400 if says("archived") => "unarchive the experiment first",
        400 if says("namespace") => {
            "name the namespace of your profile: this server has several users"
        }
        400 => "the request does not fit this server: compare the releases of server and client",
        401 => LOGIN,
        403 => "ask for the role kubeflow-edit in this namespace, or name another namespace",
        404 if says("No objects found") => {
            "the store does not have it: it was deleted, or its task wrote nothing there"
        }
        404 if says("xperiment") || says("Run ") || says("ipeline") || says("ecurring") => {
            "it was deleted, or never was: list what there is"
        }
        404 if is_of_web_server(call) => WEB_SERVER,
        404 if says("Not Found") && !says("web page") => {
            "the server has no API of KFP 2: it is one of KFP 1, or another program"
        }
        409 if says("must be Failed") => "only a run that failed can be retried: start a new one",
        // The workflow is stored once it has ended.
        409 if says("error fetching workflow manifest") => {
            "it has not ended yet, as while it is being stopped: wait until it has, and try again"
        }
        409 => "the name is taken: choose another, or add a version to what has it",
        413 => "a proxy refuses bodies of that size: ask who runs it, or go by a port-forward",
        429 => "the server is asked too often: wait, and ask less often",
        500 if says("name cannot be empty") => "give the run a name",
        500 if says("error fetching manifest") => {
            "the pipeline or its version is not there, or is broken: list the versions"
        }
        501 => "the server has no such call: it is older than this client",
        502..=504 => {
            "a proxy answers and the server behind it does not: kubectl -n kubeflow get pods -l app=ml-pipeline"
        }
        500 if call.contains("/artifacts/") => {
            "the store does not have it, or it is a directory, which KFP gives from 2.17 on"
        }
        200 if says("ailed to read logs") => {
            "its pod is gone and its log was not kept: look for the artifact executor-logs"
        }
        500.. => LOG,
        _ => ADDRESS,
    }
}
