//! Where a model runs: beside the connections if it is quick, or on a thread that holds up no other request and no probe.
//!
//! Handing a request over to another thread and back takes longer than a small model does, so that it is left out for models
//! that have been quick for a while. A model that is slow now and then holds up one of the server's threads once each time.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// What other requests on the same thread may be made to wait.
const QUICK: Duration = Duration::from_millis(1);
/// So many in a row make a model quick.
const WHILE: u32 = 64;

/// How long a model takes.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    quick_in_a_row: AtomicU32,
}

impl Pace {
    /// Whether the model has been quick for a while.
    pub(crate) fn is_quick(&self) -> bool {
        self.quick_in_a_row.load(Ordering::Relaxed) >= WHILE
    }

    /// Runs the model, and notes how long that takes.
    pub(crate) fn timed<T>(&self, run: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let answer = run();
        self.note(start.elapsed());
        answer
    }

    fn note(&self, taken: Duration) {
        if taken > QUICK {
            self.quick_in_a_row.store(0, Ordering::Relaxed);
        } else if !self.is_quick() {
            self.quick_in_a_row.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_quick_after_a_while_and_until_it_is_slow_once() {
        let pace = Pace::default();
        for _ in 0..2 {
            for _ in 0..WHILE {
                assert!(!pace.is_quick());
                pace.note(QUICK);
            }
            assert!(pace.is_quick());
            pace.note(2 * QUICK);
        }
        assert!(!pace.is_quick());
    }
}
