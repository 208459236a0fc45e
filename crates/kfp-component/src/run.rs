//! The whole program: arguments, the function, its outputs, the exit code.

use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::time::Instant;

use crate::arguments::{self, Request, shown};
use crate::description::Description;
use crate::invocation::{Invocation, Refusal};
use crate::{help, identity, shutdown};

/// Any error a component may return.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// What a component function returns.
#[diagnostic::on_unimplemented(
    message = "a component cannot return `{Self}`",
    label = "not a component's result",
    note = "return `Result<()>`, or `Result<(), E>` with any error type that converts into `Box<dyn Error + Send + Sync>`"
)]
pub trait Outcome {
    /// The result with its error in a box.
    fn into_result(self) -> Result<(), BoxError>;
}

impl<E: Into<BoxError>> Outcome for Result<(), E> {
    fn into_result(self) -> Result<(), BoxError> {
        self.map_err(Into::into)
    }
}

const FAILED: u8 = 1;
const USAGE: u8 = 2;

/// Runs a component as a program. `body` takes its arguments from the call and calls the function when that is ready.
pub fn run(
    description: &'static Description,
    body: impl FnOnce(&mut Invocation) -> Option<Result<(), BoxError>>,
) -> ExitCode {
    let tokens = match tokens() {
        Ok(tokens) => tokens,
        Err(message) => return usage(&message),
    };
    let (arguments, mistake) = match arguments::parse(description, &tokens) {
        Request::Run(arguments, mistake) => (arguments, mistake),
        Request::Help => {
            let mut invocation = Invocation::without_arguments(description);
            body(&mut invocation);
            return print(&help::text(description, &invocation.choices));
        }
        Request::Version => {
            return print(&format!(
                "{} {}\n",
                description.package, description.version
            ));
        }
    };
    let start = Instant::now();
    let name = description.name();
    let mut invocation = Invocation::new(description, arguments, mistake);
    let is_local = invocation.is_local();
    identity::remember(invocation.executor_input());
    shutdown::on_signals();
    shutdown::on_panic(name.clone(), is_local);
    if is_local {
        shutdown::write_unfinished(invocation.unfinished());
    }
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| body(&mut invocation)));
    let code = match (outcome, invocation.refusal.take()) {
        (Ok(Some(Ok(()))), _) => match shutdown::publish(invocation.executor_output()) {
            Ok(()) => {
                if invocation.is_from_kfp() {
                    log(&format!(
                        "{name}: done in {:.3} s\n",
                        start.elapsed().as_secs_f64()
                    ));
                }
                return ExitCode::SUCCESS;
            }
            Err(error) => failed(&name, &error),
        },
        (Ok(Some(Err(error))), _) => failed(&name, &*error),
        (Ok(None), Some(Refusal::Usage(message))) => {
            log(&invocation.warnings);
            usage(&message)
        }
        (Ok(None), Some(Refusal::Failure(error))) => failed(&name, &error),
        // The panic hook has printed the rest.
        (Err(payload), _) => report(&shutdown::panicked(&name, &*payload), FAILED),
        (Ok(None), None) => unreachable!("the function is called unless an argument was refused"),
    };
    shutdown::linger(is_local);
    code
}

/// Everything after the program's name, which `kfp.local` repeats if the image has an entry point.
fn tokens() -> Result<Vec<String>, String> {
    let mut tokens = env::args_os().peekable();
    let program = tokens.next();
    tokens.next_if(|first| Some(first) == program.as_ref());
    let text = |token: std::ffi::OsString| {
        token
            .into_string()
            .map_err(|token| format!("`{}` is not UTF-8", shown(&token.to_string_lossy())))
    };
    tokens.map(text).collect()
}

fn print(text: &str) -> ExitCode {
    // Whoever closed the pipe did not want the rest.
    let _ = io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

/// Writes to the task's log.
pub(crate) fn log(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

fn usage(message: &str) -> ExitCode {
    report(&format!("error: {message}"), USAGE)
}

/// Prints the error and its causes, one per line, without a cause that the line above already ends with. Hints come last.
///
/// The first cause is on the line of the error: KFP's UI colours lines that say `error`, and shows no more of others.
fn failed(name: &str, error: &(dyn Error + 'static)) -> ExitCode {
    let mut text = format!("error: {name}");
    let mut last = String::new();
    let mut hints = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let message = error.to_string();
        let (hint, cause): (Vec<_>, Vec<_>) = message
            .lines()
            .map(str::trim)
            .partition(|line| line.starts_with("hint: "));
        let cause = cause.join(" ");
        if !last.ends_with(&cause) {
            text.push_str(if last.is_empty() { ": " } else { "\n  cause: " });
            text.push_str(&cause);
            last = cause;
        }
        hints.extend(hint.into_iter().map(str::to_owned));
        hints.extend(crate::error::hint(error).map(|hint| format!("hint: {hint}")));
        next = error.source();
    }
    hints.dedup();
    for hint in hints {
        text.push('\n');
        text.push_str(&hint);
    }
    report(&text, FAILED)
}

fn report(text: &str, code: u8) -> ExitCode {
    shutdown::discard();
    // A log that nobody reads must not hide the exit code.
    log(&format!("{text}\n"));
    let _ = io::stdout().flush();
    ExitCode::from(code)
}
