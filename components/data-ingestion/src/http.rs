//! Downloading over HTTP: what may pass by itself is tried again, and what had arrived is kept where the server lets us.
//!
//! Statuses that will not change by asking again, and certificates nobody vouches for, fail at once.

use std::error::Error;
use std::thread;
use std::time::Duration;

use kfp_component::Result;
use ureq::http::{HeaderMap, Response, StatusCode, header};
use ureq::{Agent, Body};

use crate::address::Address;
use crate::agent;
use crate::partial_file::{AppendError, PartialFile};

/// How long to wait for what.
pub(crate) struct Patience {
    /// For an address and a connection.
    pub(crate) connect: Duration,
    /// For the next byte.
    pub(crate) read: Duration,
    /// Before the second try; then twice as long each time.
    pub(crate) pause: Duration,
    /// How often to try without getting any further.
    pub(crate) tries: u32,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(20),
            read: Duration::from_secs(60),
            pause: Duration::from_secs(1),
            tries: 5,
        }
    }
}

/// The server may ask for a longer pause, up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Why one try failed.
enum Failure {
    /// Something here, which says so itself.
    Here(Box<dyn Error + Send + Sync>),
    /// The server, or the way to it.
    There { reason: String, retry: Retry },
}

enum Retry {
    Never,
    Later,
    After(Duration),
}

/// Brings the file behind `address`, however often the connection breaks, as long as it gets further.
pub(crate) fn download(
    address: &Address,
    file: &mut PartialFile,
    patience: &Patience,
) -> Result<()> {
    let agent = agent::new(&address.uri, patience)?;
    let mut version = None;
    let mut furthest = 0;
    let mut failures = 0;
    loop {
        let (reason, retry) = match attempt(&agent, address, file, &mut version) {
            Ok(()) => return Ok(()),
            Err(Failure::Here(error)) => return Err(error),
            Err(Failure::There { reason, retry }) => (reason, retry),
        };
        failures = if file.bytes() > furthest {
            1
        } else {
            failures + 1
        };
        furthest = furthest.max(file.bytes());

        let pause = match retry {
            Retry::Never => None,
            Retry::Later => Some(patience.pause * 2_u32.pow(failures - 1)),
            Retry::After(pause) => Some(pause),
        };
        match pause.filter(|pause| failures < patience.tries && *pause <= LONGEST_PAUSE) {
            None if failures > 1 => {
                return Err(format!(
                    "could not download `url`, {address}, in {failures} tries: {reason}"
                )
                .into());
            }
            None => return Err(format!("could not download `url`, {address}: {reason}").into()),
            Some(pause) => {
                eprintln!("{address}: {reason}; next try in {} s", pause.as_secs_f32());
                thread::sleep(pause);
            }
        }
    }
}

/// One request. `version` is what the server calls the content that has arrived so far.
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
        // Any other version comes as a whole.
        request = request
            .header(header::RANGE, format!("bytes={}-", file.bytes()))
            .header(header::IF_RANGE, version);
    }
    let response = request.call()?;
    match response.status() {
        StatusCode::OK => {
            *version = version_of(response.headers());
            file.restart()
                .map_err(|error| Failure::Here(error.into()))?;
        }
        StatusCode::PARTIAL_CONTENT if begins_at(response.headers()) == Some(file.bytes()) => {}
        StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
            *version = None;
            let reason = "the server sent another part than asked for".into();
            return Err(Failure::There {
                reason,
                retry: Retry::Later,
            });
        }
        _ => return Err(Failure::of_status(&response)),
    }
    if let Some(coming) = response.body().content_length() {
        file.check_size(coming).map_err(Failure::Here)?;
    }
    file.append(response.into_body().into_reader())
        .map_err(|error| match error {
            AppendError::Source(error) => ureq::Error::from(error).into(),
            AppendError::Fatal(error) => Failure::Here(error),
        })
}

/// A name for the content that changes with its bytes. Weak tags do not.
fn version_of(headers: &HeaderMap) -> Option<String> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::to_owned);
    text(header::ETAG)
        .filter(|tag| !tag.starts_with("W/"))
        .or_else(|| text(header::LAST_MODIFIED))
}

/// Which byte a partial answer begins with.
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
        Self::There {
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
            // What TLS refuses comes as invalid data.
            Io(error) if error.kind() == std::io::ErrorKind::InvalidData => Retry::Never,
            Io(_) | Timeout(_) | HostNotFound | ConnectionFailed | Protocol(_) => Retry::Later,
            _ => Retry::Never,
        };
        Self::There { reason, retry }
    }
}
