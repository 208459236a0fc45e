//! Retries: a few, with growing and jittered pauses, and as long as the registry asks for.
//!
//! Only what may pass by itself is retried; a pause longer than a minute is left to the user.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::{Error, Result};

const FIRST: Duration = Duration::from_millis(250);
const LONGEST_ASKED: Duration = Duration::from_secs(60);

type Wait = Arc<dyn Fn(Duration, &Error) + Send + Sync>;

#[derive(Clone)]
pub(crate) struct Retry {
    pub(crate) max_attempts: u32,
    pub(crate) wait: Wait,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            max_attempts: 5,
            wait: Arc::new(|pause, _| thread::sleep(pause)),
        }
    }
}

impl Retry {
    /// Runs `attempt` until it succeeds, fails with an error that does not pass by itself, or has failed too often.
    pub(crate) fn run<T>(
        &self,
        mut attempt: impl FnMut() -> Result<T>,
        may_pass: impl Fn(&Error) -> bool,
    ) -> Result<T> {
        for failures in 1.. {
            let error = match attempt() {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let pause = error.retry_after().unwrap_or_else(|| backoff(failures));
            if failures >= self.max_attempts || !may_pass(&error) || pause > LONGEST_ASKED {
                return Err(error);
            }
            (self.wait)(pause, &error);
        }
        unreachable!("the last attempt returns")
    }
}

/// Between half and all of 250 ms, 500 ms, 1 s, …, so that many clients do not come back together.
fn backoff(failures: u32) -> Duration {
    let full = FIRST * 2_u32.saturating_pow(failures.min(8) - 1);
    full / 2 + (full / 2).mul_f64(fastrand::f64())
}
