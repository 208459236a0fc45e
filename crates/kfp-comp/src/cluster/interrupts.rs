//! Ctrl-C, heard while the program waits.

use std::{
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread::{self, JoinHandle},
    time::Duration,
};

use anyhow::{Context, Result};
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator::{Handle, Signals},
};

/// Hears Ctrl-C until it is dropped.
pub(super) struct Interrupts {
    handle: Handle,
    thread: Option<JoinHandle<()>>,
    heard: Receiver<()>,
}

impl Interrupts {
    pub(super) fn new() -> Result<Self> {
        let mut signals = Signals::new([SIGINT, SIGTERM]).context("could not listen to signals")?;
        let handle = signals.handle();
        let (send, heard) = mpsc::channel();
        let thread = thread::spawn(move || {
            for _ in signals.forever() {
                let _ = send.send(());
            }
        });
        Ok(Self {
            handle,
            thread: Some(thread),
            heard,
        })
    }

    /// Waits, and says whether Ctrl-C ended the wait.
    pub(super) fn within(&self, time: Duration) -> bool {
        match self.heard.recv_timeout(time) {
            Ok(()) => true,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => false,
        }
    }
}

impl Drop for Interrupts {
    fn drop(&mut self) {
        self.handle.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
