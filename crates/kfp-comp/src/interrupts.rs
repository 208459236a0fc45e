//! Ctrl-C, and being asked to end, heard while the program goes on.

use std::{
    sync::mpsc::{self, Receiver},
    thread::{self, JoinHandle},
    time::Duration,
};

use anyhow::{Context, Result};
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator::{Handle, Signals},
};

/// Listens until it is dropped.
pub(crate) struct Listener {
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    /// Calls `heard` whenever this program is asked to end, in place of ending.
    ///
    /// # Errors
    /// If the system does not let it listen.
    pub(crate) fn new(mut heard: impl FnMut() + Send + 'static) -> Result<Self> {
        let mut signals = Signals::new([SIGINT, SIGTERM]).context("could not listen to signals")?;
        let handle = signals.handle();
        let thread = thread::spawn(move || {
            for _ in signals.forever() {
                heard();
            }
        });
        Ok(Self {
            handle,
            thread: Some(thread),
        })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.handle.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Waits that Ctrl-C ends.
pub(crate) struct Interrupts {
    heard: Receiver<()>,
    _listener: Listener,
}

impl Interrupts {
    /// # Errors
    /// If the system does not let it listen.
    pub(crate) fn new() -> Result<Self> {
        let (send, heard) = mpsc::channel();
        // Whoever waits may have gone.
        let listener = Listener::new(move || {
            let _ = send.send(());
        })?;
        Ok(Self {
            heard,
            _listener: listener,
        })
    }

    /// Waits, and says whether Ctrl-C ended the wait.
    pub(crate) fn within(&self, time: Duration) -> bool {
        self.heard.recv_timeout(time).is_ok()
    }
}
