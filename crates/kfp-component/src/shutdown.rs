//! However the program ends, no half-written output stays behind.

use std::any::Any;
use std::io::Write;
use std::process;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{io, panic, thread};

use crate::staged::StagedOutput;

/// The outputs to discard when the program ends early. A thread that holds the lock is ending the program.
static STAGED: Mutex<Vec<Arc<StagedOutput>>> = Mutex::new(Vec::new());

fn staged() -> MutexGuard<'static, Vec<Arc<StagedOutput>>> {
    STAGED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Discards these outputs if the program is stopped.
pub(crate) fn watch(outputs: &[Arc<StagedOutput>]) {
    *staged() = outputs.to_vec();
}

/// Discards the staged outputs.
pub(crate) fn discard() {
    for output in staged().drain(..) {
        output.discard();
    }
}

/// Moves all outputs to their final names, `last` after all others. If one cannot be moved, none stays.
pub(crate) fn publish(last: Option<StagedOutput>) -> io::Result<()> {
    let mut outputs = staged();
    if let Some(output) = last {
        output.prepare()?;
        outputs.push(Arc::new(output));
    }
    outputs.iter().try_for_each(|output| output.complete())?;
    for (done, output) in outputs.iter().enumerate() {
        if let Err(error) = output.publish() {
            outputs[..done].iter().for_each(|output| output.unpublish());
            return Err(error);
        }
    }
    outputs.clear();
    Ok(())
}

/// Writes an executor output that `kfp.local` refuses to read. Its runner takes a container that has gone before it asks
/// for the exit code for one that succeeded, however long the container ran; then it reads this, and fails.
pub(crate) fn write_unfinished(marker: Option<StagedOutput>) {
    // If it cannot be written, neither can the executor output, and that is reported at the end.
    let _ = marker.map(|marker| {
        marker.prepare()?;
        marker.complete()?;
        marker.publish()
    });
}

/// Ends the program on SIGTERM and SIGINT, also as process 1, for which the kernel ignores them by default.
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
            // Still locked: the main thread must not report the errors this causes.
            process::exit(128 + signal);
        }
    });
}

/// There are no such signals.
#[cfg(not(unix))]
pub(crate) fn on_signals() {}

/// With `panic = "abort"` nothing runs after the panic hook, so the hook ends the program.
pub(crate) fn on_panic(component: String, is_local: bool) {
    if cfg!(panic = "abort") {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            print(panic);
            let _ = writeln!(io::stderr(), "{}", panicked(&component, panic.payload()));
            discard();
            linger(is_local);
            process::exit(1);
        }));
    }
}

/// The last line of a program that panicked: `error: word-count panicked: index out of bounds`.
pub(crate) fn panicked(component: &str, payload: &(dyn Any + Send)) -> String {
    let message = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    match message.and_then(|message| message.lines().next()) {
        Some(message) => format!("error: {component} panicked: {message}"),
        None => format!("error: {component} panicked"),
    }
}

/// `kfp.local` misses the log of a container that has gone before it asks for it.
pub(crate) fn linger(is_local: bool) {
    if is_local {
        thread::sleep(Duration::from_millis(100));
    }
}
