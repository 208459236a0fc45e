//! Artifacts straight from their store, with the user's own credentials: S3, what speaks its API such as `MinIO`, and
//! Google Cloud Storage by its S3 API. Needs the feature `object-store`.

use std::{
    collections::BTreeSet,
    env, fmt,
    io::{self, Write},
    time::Duration,
};

use kfp_http::Network;
use rusty_s3::{Bucket, Credentials, S3Action as _, UrlStyle, actions::ListObjectsV2};
use ureq::{Agent, Body, http::Response};

use crate::{ApiError, Error, Result, outputs::Location};

/// How long a signature is good for.
const VALID: Duration = Duration::from_secs(15 * 60);
/// No list of a thousand keys is longer.
const MAX_LIST_BYTES: u64 = 8 << 20;

/// A store of objects.
#[derive(Clone)]
pub struct ObjectStore {
    agent: Agent,
    endpoint: Option<String>,
    region: String,
    credentials: Credentials,
}

/// A file in a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its key.
    pub key: String,
    /// Its path in the directory that was listed; its own name if it is what was listed.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
}

impl ObjectStore {
    /// A store as the environment says, by the variables of AWS's own tools: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
    /// `AWS_SESSION_TOKEN`, `AWS_REGION`, and `AWS_ENDPOINT_URL` for a store that is not AWS's. For Google's, the key is one
    /// of HMAC. Files of credentials are not read.
    ///
    /// # Errors
    /// If there are no credentials, or the network's settings cannot be used.
    pub fn from_env(network: &Network) -> Result<Self> {
        let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let first = |names: [&str; 2]| names.into_iter().find_map(set);
        let missing = |name: &str| Error::Store(format!("{name} is not set"));
        let key = set("AWS_ACCESS_KEY_ID").ok_or_else(|| missing("AWS_ACCESS_KEY_ID"))?;
        let secret =
            set("AWS_SECRET_ACCESS_KEY").ok_or_else(|| missing("AWS_SECRET_ACCESS_KEY"))?;
        let credentials = match set("AWS_SESSION_TOKEN") {
            Some(token) => Credentials::new_with_token(key, secret, token),
            None => Credentials::new(key, secret),
        };
        let endpoint = first(["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]);
        let region = first(["AWS_REGION", "AWS_DEFAULT_REGION"]);
        Self::new(network, endpoint, region.as_deref(), credentials)
    }

    /// A store with a key and its secret. Without an endpoint it is AWS's or Google's, as an artifact's URI says; without
    /// a region it is `us-east-1`.
    ///
    /// # Errors
    /// If the network's settings cannot be used.
    pub fn with_key(
        network: &Network,
        endpoint: Option<String>,
        region: Option<&str>,
        key: &str,
        secret: &str,
    ) -> Result<Self> {
        Self::new(network, endpoint, region, Credentials::new(key, secret))
    }

    fn new(
        network: &Network,
        endpoint: Option<String>,
        region: Option<&str>,
        credentials: Credentials,
    ) -> Result<Self> {
        let configure = || {
            Agent::config_builder()
                .http_status_as_error(false)
                .timeout_connect(Some(Duration::from_secs(30)))
                .user_agent(concat!("kfp-client/", env!("CARGO_PKG_VERSION")))
        };
        Ok(Self {
            agent: network.agent(configure).map_err(Error::Network)?,
            endpoint,
            region: region.unwrap_or("us-east-1").to_owned(),
            credentials,
        })
    }

    /// The files at a location: the file itself, or those in the directory.
    ///
    /// # Errors
    /// If there are none, or the store refuses or cannot be reached.
    pub fn list(&self, location: Location<'_>) -> Result<Vec<Object>> {
        let bucket = self.bucket(location)?;
        let call = call(location);
        let directory = format!("{}/", location.key.trim_end_matches('/'));
        let mut objects = Vec::new();
        let mut token = None;
        let mut seen = BTreeSet::new();
        loop {
            let mut list = bucket.list_objects_v2(Some(&self.credentials));
            list.with_prefix(location.key.trim_end_matches('/'));
            if let Some(token) = token.take() {
                list.with_continuation_token(token);
            }
            let mut response = self.get(list.sign(VALID).as_str(), &call)?;
            let text = response
                .body_mut()
                .with_config()
                .limit(MAX_LIST_BYTES)
                .read_to_string()
                .map_err(|source| unreachable(&call, source))?;
            let page = ListObjectsV2::parse_response(&text).map_err(|error| Error::Unexpected {
                call: call.clone(),
                reason: error.to_string(),
            })?;
            objects.extend(page.contents.into_iter().filter_map(|found| {
                // `model` and what is in `model/`, and not `model-2`.
                let path = match found.key.strip_prefix(&directory) {
                    Some("") => return None,
                    Some(path) => path.to_owned(),
                    None if found.key == location.key => {
                        location.key.rsplit('/').next()?.to_owned()
                    }
                    None => return None,
                };
                Some(Object {
                    key: found.key,
                    path,
                    size: found.size.unwrap_or_default(),
                })
            }));
            match page.next_continuation_token {
                None => break,
                Some(next) if !seen.insert(next.clone()) => {
                    return Err(Error::Unexpected {
                        call,
                        reason: "the list does not go on: the next page has been there before"
                            .to_owned(),
                    });
                }
                next => token = next,
            }
        }
        if objects.is_empty() {
            let message = "there is nothing of that key".to_owned();
            let error = ApiError {
                status: 404,
                message,
                ..ApiError::default()
            };
            return Err(Error::Api { call, error });
        }
        Ok(objects)
    }

    /// Writes the content of a file to `to`, and gives the number of bytes. The location is that of the file.
    ///
    /// # Errors
    /// If there is none, the store refuses or cannot be reached, or `to` cannot be written to.
    pub fn read(&self, location: Location<'_>, to: &mut dyn Write) -> Result<u64> {
        let call = call(location);
        let bucket = self.bucket(location)?;
        let url = bucket
            .get_object(Some(&self.credentials), location.key)
            .sign(VALID);
        let mut response = self.get(url.as_str(), &call)?;
        io::copy(&mut response.body_mut().as_reader(), to)
            .map_err(|source| Error::Transfer { call, source })
    }

    fn bucket(&self, location: Location<'_>) -> Result<Bucket> {
        let (endpoint, style) = match (&self.endpoint, location.scheme) {
            (Some(endpoint), _) => (endpoint.clone(), UrlStyle::Path),
            (None, "s3") => {
                let region = &self.region;
                (
                    format!("https://s3.{region}.amazonaws.com"),
                    UrlStyle::VirtualHost,
                )
            }
            (None, "gs") => ("https://storage.googleapis.com".to_owned(), UrlStyle::Path),
            (None, scheme) => {
                return Err(Error::Store(format!(
                    "AWS_ENDPOINT_URL is not set, and a URI of {scheme}:// does not say where the store is"
                )));
            }
        };
        let url = endpoint
            .parse()
            .map_err(|error| Error::Store(format!("`{endpoint}` is not a URL: {error}")))?;
        Bucket::new(url, style, location.bucket.to_owned(), self.region.clone())
            .map_err(|error| Error::Store(format!("`{endpoint}`: {error}")))
    }

    fn get(&self, url: &str, call: &str) -> Result<Response<Body>> {
        let mut response = self
            .agent
            .get(url)
            .call()
            .map_err(|source| unreachable(call, source))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let text = response.body_mut().read_to_string().unwrap_or_default();
        let message = text
            .split_once("<Message>")
            .and_then(|(_, rest)| rest.split_once("</Message>"))
            .map_or_else(
                || "the store refuses".to_owned(),
                |(message, _)| message.to_owned(),
            );
        Err(Error::Api {
            call: call.to_owned(),
            error: ApiError {
                status: status.as_u16(),
                message,
                ..ApiError::default()
            },
        })
    }
}

/// What is asked for, without the signature that its URL has.
fn call(location: Location<'_>) -> String {
    let Location {
        scheme,
        bucket,
        key,
    } = location;
    format!("GET {scheme}://{bucket}/{key}")
}

fn unreachable(call: &str, source: ureq::Error) -> Error {
    Error::Unreachable {
        call: call.to_owned(),
        source: Box::new(source),
    }
}

/// Shows no secret.
impl fmt::Debug for ObjectStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectStore")
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}
