//! A run, as it goes on.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::{Client, Error, Result, model::Run};

/// How many times in a row a login is tried that has just been refused: it is read anew for each request.
const LOGIN_ATTEMPTS: u32 = 2;

/// Follows a run until it ends, at one request per poll.
///
/// As an iterator it waits between polls, longer and longer while nothing changes, and ends after the change to a final
/// state or after an error. Lost connections are borne for as long as [`Watch::patience`] says. Who has other things to do
/// between polls calls [`Watch::poll`] and waits for [`Watch::pause`].
///
/// ```no_run
/// use kfp_client::{Client, watch::Change};
/// let client = Client::builder("http://localhost:8888").build()?;
/// for change in client.watch("4194e839-20a4-44f5-b474-1eb98d8fbde8") {
///     match change? {
///         Change::Run(run) => println!("{}", run.state),
///         Change::Lost(error) => println!("{error}; trying again"),
///         Change::Back => println!("connected again"),
///     }
/// }
/// # Ok::<(), kfp_client::Error>(())
/// ```
#[derive(Debug)]
pub struct Watch {
    client: Client,
    run_id: String,
    shortest: Duration,
    longest: Duration,
    patience: Duration,
    pause: Duration,
    last: Option<Run>,
    /// How long the history was before a retry: until it grows, a final state is the one of before.
    stale: Option<usize>,
    lost: Option<Lost>,
    is_over: bool,
}

/// Something that happened to a run, or to the connection.
#[derive(Debug)]
pub enum Change {
    /// The run is another than it was at the poll before.
    Run(Box<Run>),
    /// The server cannot be asked. It is asked again.
    Lost(Error),
    /// The server can be asked again, and nothing had changed.
    Back,
}

#[derive(Clone, Copy, Debug)]
struct Lost {
    since: Instant,
    logins: u32,
}

impl Client {
    /// Follows a run. Nothing is sent yet.
    pub fn watch(&self, run_id: &str) -> Watch {
        let mut client = self.clone();
        // The watch repeats by itself.
        client.max_attempts = 1;
        let shortest = Duration::from_secs(1);
        Watch {
            client,
            run_id: run_id.to_owned(),
            shortest,
            longest: Duration::from_secs(10),
            patience: Duration::from_secs(300),
            pause: shortest,
            last: None,
            stale: None,
            lost: None,
            is_over: false,
        }
    }
}

impl Watch {
    /// The pause after a change, and the longest one while nothing changes. Default: 1 s and 10 s.
    #[must_use]
    pub fn interval(mut self, shortest: Duration, longest: Duration) -> Self {
        self.shortest = shortest;
        self.longest = longest.max(shortest);
        self.pause = shortest;
        self
    }

    /// How long a lost connection is borne. Default: 5 minutes.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Follows a run that is being retried: the final state that it had before does not end the watch.
    #[must_use]
    pub fn after_retry(mut self, before: &Run) -> Self {
        self.stale = Some(before.state_history.len());
        self
    }

    /// How long to wait before the next poll.
    pub fn pause(&self) -> Duration {
        self.pause
    }

    /// Whether there is nothing more to wait for.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// Asks once. `None` if nothing has changed, or the watch is over.
    ///
    /// # Errors
    /// If the run is gone, the server refuses, or it cannot be reached for too long. The watch is over then.
    pub fn poll(&mut self) -> Result<Option<Change>> {
        if self.is_over {
            return Ok(None);
        }
        match self.client.run(&self.run_id) {
            Ok(run) => Ok(self.answered(run)),
            Err(error) => self.failed(error),
        }
    }

    fn answered(&mut self, run: Run) -> Option<Change> {
        let was_lost = self.lost.take().is_some();
        let is_changed = self.last.as_ref() != Some(&run);
        let is_stale = self
            .stale
            .is_some_and(|length| run.state.is_final() && run.state_history.len() <= length);
        if !is_stale {
            self.stale = None;
        }
        self.is_over = run.state.is_final() && !is_stale;
        self.pause = if is_changed || was_lost {
            self.shortest
        } else {
            self.longer()
        };
        if is_changed && !is_stale {
            self.last = Some(run.clone());
            return Some(Change::Run(Box::new(run)));
        }
        was_lost.then_some(Change::Back)
    }

    fn failed(&mut self, error: Error) -> Result<Option<Change>> {
        let now = Instant::now();
        let is_first = self.lost.is_none();
        let lost = self.lost.get_or_insert(Lost {
            since: now,
            logins: 0,
        });
        let status = error.api().map(|error| error.status);
        let is_login = error.is_login();
        lost.logins += u32::from(is_login);
        let may_pass = if is_login {
            lost.logins < LOGIN_ATTEMPTS
        } else {
            // A failing server, an answer that was cut, a laptop between two networks; reading again harms nobody.
            error.is_passing()
                || error.is_unknown_host()
                || status.is_some_and(|status| status >= 500)
                || matches!(error, Error::Unexpected { .. } | Error::Credentials { .. })
        };
        if !may_pass || lost.since.elapsed() >= self.patience {
            self.is_over = true;
            return Err(error);
        }
        let asked_for = error.api().and_then(|error| error.retry_after);
        self.pause = match asked_for {
            Some(pause) => pause.clamp(self.shortest, self.longest),
            None if is_first => self.shortest,
            None => self.longer(),
        };
        Ok(is_first.then_some(Change::Lost(error)))
    }

    /// Half as long again.
    fn longer(&self) -> Duration {
        (self.pause.saturating_mul(3) / 2).clamp(self.shortest, self.longest)
    }
}

impl Iterator for Watch {
    type Item = Result<Change>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.is_over {
            if self.last.is_some() || self.lost.is_some() {
                thread::sleep(self.pause);
            }
            if let Some(change) = self.poll().transpose() {
                return Some(change);
            }
        }
        None
    }
}
