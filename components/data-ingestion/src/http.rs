//! Downloading over HTTP. Temporary failures are retried, and the download continues where it stopped if the server allows.
//!
//! Permanent statuses and untrusted certificates fail at once.

use std::error::Error;
use std::thread;
use std::time::Duration;

use kfp_component::Result;
use ureq::http::{HeaderMap, Response, StatusCode, header};
use ureq::{Agent, Body};

use crate::address::Address;
use crate::agent::{self, Timeouts};
use crate::partial_file::{AppendError, PartialFile};

/// How long and how often to try.
pub(crate) struct Policy {
    pub(crate) timeouts: Timeouts,
    /// The pause before the second attempt, doubled after each.
    pub(crate) first_pause: Duration,
    /// Attempts that make no progress.
    pub(crate) max_attempts: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            timeouts: Timeouts::default(),
            first_pause: Duration::from_secs(1),
            max_attempts: 5,
        }
    }
}

/// The longest pause that a server may ask for.
const MAX_PAUSE: Duration = Duration::from_secs(60);

/// Why an attempt failed.
enum Failure {
    /// A failure on this side, which no retry helps.
    Local(Box<dyn Error + Send + Sync>),
    /// The server or the network.
    Remote { reason: String, retry: Retry },
}

enum Retry {
    Never,
    Later,
    After(Duration),
}

/// Downloads the file at `address`. Attempts that make progress are not counted.
pub(crate) fn download(address: &Address, file: &mut PartialFile, policy: &Policy) -> Result<()> {
    let agent = agent::new(&address.uri, &policy.timeouts)?;
    let mut version = None;
    let mut furthest = 0;
    let mut failures = 0;
    loop {
        let (reason, retry) = match attempt(&agent, address, file, &mut version) {
            Ok(()) => return Ok(()),
            Err(Failure::Local(error)) => return Err(error),
            Err(Failure::Remote { reason, retry }) => (reason, retry),
        };
        failures = if file.bytes() > furthest {
            1
        } else {
            failures + 1
        };
        furthest = furthest.max(file.bytes());

        let pause = match retry {
            Retry::Never => None,
            Retry::Later => Some(policy.first_pause * 2_u32.pow(failures - 1)),
            Retry::After(pause) => Some(pause),
        };
        match pause.filter(|pause| failures < policy.max_attempts && *pause <= MAX_PAUSE) {
            None if failures > 1 => {
                return Err(format!(
                    "could not download `url`, {address}, in {failures} attempts: {reason}"
                )
                .into());
            }
            None => return Err(format!("could not download `url`, {address}: {reason}").into()),
            Some(pause) => {
                eprintln!(
                    "{address}: {reason}; next attempt in {} s",
                    pause.as_secs_f32()
                );
                thread::sleep(pause);
            }
        }
    }
}

/// One request. `version` identifies the content that has arrived so far.
fn attempt(
    agent: &Agent,
    address: &Address,
    file: &mut PartialFile,
    version: &mut Option<String>,
) -> Result<(), Failure> {
    let mut request = agent.get(&address.uri);
    if let Some(authorization) = &address.authorization {
        request = request.header(header::AUTHORIZATION, authorization);
    }
    if let Some(version) = version.as_ref().filter(|_| file.bytes() > 0) {
        // If the version has changed, the server sends the whole file.
        request = request
            .header(header::RANGE, format!("bytes={}-", file.bytes()))
            .header(header::IF_RANGE, version);
    }
    let response = request.call()?;
    match response.status() {
        StatusCode::OK => {
            *version = version_of(response.headers());
            file.restart()
                .map_err(|error| Failure::Local(error.into()))?;
        }
        StatusCode::PARTIAL_CONTENT if begins_at(response.headers()) == Some(file.bytes()) => {}
        StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
            *version = None;
            let reason = "the server sent a different part than requested".into();
            return Err(Failure::Remote {
                reason,
                retry: Retry::Later,
            });
        }
        _ => return Err(Failure::of_status(&response)),
    }
    if let Some(coming) = response.body().content_length() {
        file.check_size(coming).map_err(Failure::Local)?;
    }
    file.append(response.into_body().into_reader())
        .map_err(|error| match error {
            AppendError::Source(error) => ureq::Error::from(error).into(),
            AppendError::Fatal(error) => Failure::Local(error),
        })
}

/// What identifies the content byte for byte. Weak tags do not.
fn version_of(headers: &HeaderMap) -> Option<String> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::to_owned);
    text(header::ETAG)
        .filter(|tag| !tag.starts_with("W/"))
        .or_else(|| text(header::LAST_MODIFIED))
}

/// The offset of the first byte of a partial answer.
fn begins_at(headers: &HeaderMap) -> Option<u64> {
    let range = headers.get(header::CONTENT_RANGE)?.to_str().ok()?;
    range
        .strip_prefix("bytes ")?
        .split_once('-')?
        .0
        .parse()
        .ok()
}

impl Failure {
    fn of_status(response: &Response<Body>) -> Self {
        let status = response.status();
        let asked = || {
            response
                .headers()
                .get(header::RETRY_AFTER)?
                .to_str()
                .ok()?
                .trim()
                .parse()
                .ok()
        };
        let retry = match status.as_u16() {
            408 | 425 | 429 | 500 | 502..=504 | 506..=599 => asked()
                .map_or(Retry::Later, |seconds| {
                    Retry::After(Duration::from_secs(seconds))
                }),
            _ => Retry::Never,
        };
        Self::Remote {
            reason: status.to_string(),
            retry,
        }
    }
}

impl From<ureq::Error> for Failure {
    fn from(error: ureq::Error) -> Self {
        use ureq::Error::{
            ConnectionFailed, HostNotFound, Io, Other, Protocol, RequireHttpsOnly, Timeout,
        };
        let reason = match &error {
            Io(error) => error.to_string(),
            Timeout(what) => format!("timed out ({what})"),
            Other(error) => error.to_string(),
            RequireHttpsOnly(_) => "it redirects from https to http".to_owned(),
            error => error.to_string(),
        };
        let retry = match &error {
            // TLS reports an untrusted certificate as invalid data.
            Io(error) if error.kind() == std::io::ErrorKind::InvalidData => Retry::Never,
            Io(_) | Timeout(_) | HostNotFound | ConnectionFailed | Protocol(_) => Retry::Later,
            _ => Retry::Never,
        };
        Self::Remote { reason, retry }
    }
}
