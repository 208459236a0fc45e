//! However the program ends, no half output stays behind.

use std::io::Write;
use std::process;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{io, panic, thread};

use crate::staged::StagedOutput;

/// The outputs to clear away. Whoever holds the lock is ending the program.
static STAGED: Mutex<Vec<Arc<StagedOutput>>> = Mutex::new(Vec::new());

fn staged() -> MutexGuard<'static, Vec<Arc<StagedOutput>>> {
    STAGED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Clears these outputs away if the program is stopped.
pub(crate) fn watch(outputs: &[Arc<StagedOutput>]) {
    *staged() = outputs.to_vec();
}

/// Clears away what was staged.
pub(crate) fn discard() {
    for output in staged().drain(..) {
        output.discard();
    }
}

/// Moves all outputs to their final names, `last` after all others; if one cannot be moved, none stays.
pub(crate) fn publish(last: Option<StagedOutput>) -> io::Result<()> {
    let mut outputs = staged();
    if let Some(output) = last {
        output.prepare()?;
        outputs.push(Arc::new(output));
    }
    outputs.iter().try_for_each(|output| output.settle())?;
    for (done, output) in outputs.iter().enumerate() {
        if let Err(error) = output.publish() {
            outputs[..done].iter().for_each(|output| output.retract());
            return Err(error);
        }
    }
    outputs.clear();
    Ok(())
}

/// Puts `marker` where the answer will go. KFP's local runner takes a container that is gone before it asks for the exit code
/// for one that succeeded, however long that ran; then this is what it reads, and fails.
pub(crate) fn withhold(marker: Option<StagedOutput>) {
    // Where it cannot be written, the answer cannot either, and that is told in the end.
    let _ = marker.map(|marker| {
        marker.prepare()?;
        marker.settle()?;
        marker.publish()
    });
}

/// Ends the program on SIGTERM and SIGINT, also as process 1, for which the kernel's default is to ignore them.
#[cfg(unix)]
pub(crate) fn on_signals() {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    // Without a handler the default remains, and temporary names may stay behind.
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else {
        return;
    };
    thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            let outputs = staged();
            outputs.iter().for_each(|output| output.discard());
            // Still locked: the main thread may not report the errors this causes.
            process::exit(128 + signal);
        }
    });
}

/// Where there are no such signals.
#[cfg(not(unix))]
pub(crate) fn on_signals() {}

/// With `panic = "abort"` nothing runs after the panic hook, so the hook ends the program properly.
pub(crate) fn on_panic(function: &'static str, is_local: bool) {
    if cfg!(panic = "abort") {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            print(panic);
            let _ = writeln!(io::stderr(), "{}", panicked(function));
            discard();
            linger(is_local);
            process::exit(1);
        }));
    }
}

/// The last line of a panic, after what the panic hook has printed.
pub(crate) fn panicked(function: &str) -> String {
    format!("error: {function} panicked")
}

/// KFP's local runner misses the log of a container that is gone before it asks for it.
pub(crate) fn linger(is_local: bool) {
    if is_local {
        thread::sleep(Duration::from_millis(100));
    }
}
