//! The whole program: arguments, the function, its outputs, the exit code.

use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use crate::arguments::{self, Request, shown};
use crate::description::Description;
use crate::invocation::{Invocation, Stop};
use crate::{help, shutdown};

/// Any error a component may return.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// What a component function returns.
#[diagnostic::on_unimplemented(
    message = "a component cannot return `{Self}`",
    label = "not a component's result",
    note = "return `Result<()>`, or `Result<(), E>` with any error type that converts into `Box<dyn Error + Send + Sync>`"
)]
pub trait Outcome {
    /// The same with the error in a box.
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
    let arguments = match tokens().and_then(|tokens| arguments::parse(description, tokens)) {
        Ok(Request::Run(arguments)) => arguments,
        Ok(Request::Help) => {
            let mut invocation = Invocation::new(description, None);
            body(&mut invocation);
            return print(&help::text(description, &invocation.choices));
        }
        Ok(Request::Version) => {
            return print(&format!(
                "{} {}\n",
                description.package, description.version
            ));
        }
        Err(message) => return usage(&message),
    };
    let mut invocation = Invocation::new(description, Some(arguments));
    let is_local = invocation.is_local();
    shutdown::on_signals();
    shutdown::on_panic(description.function, is_local);
    if is_local {
        shutdown::withhold(invocation.no_answer());
    }
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| body(&mut invocation)));
    let code = match (outcome, invocation.stop.take()) {
        (Ok(Some(Ok(()))), _) => match shutdown::publish(invocation.answer()) {
            Ok(()) => return ExitCode::SUCCESS,
            Err(error) => failed(description, &error),
        },
        (Ok(Some(Err(error))), _) => failed(description, &*error),
        (Ok(None), Some(Stop::Usage(message))) => usage(&message),
        (Ok(None), Some(Stop::Failure(error))) => failed(description, &error),
        // The panic has been printed already.
        (Err(_), _) | (Ok(None), None) => report(&shutdown::panicked(description.function), FAILED),
    };
    shutdown::linger(is_local);
    code
}

/// Everything behind the program's name, which KFP's local runner repeats if the image has an entry point.
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
    // A closed pipe is the reader's choice.
    let _ = io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

fn usage(message: &str) -> ExitCode {
    report(&format!("error: {message}"), USAGE)
}

/// Prints the error and its causes, one a line, leaving out a cause that its wrapper has printed already. The lines of
/// a message that begin with `hint: ` come last.
fn failed(description: &Description, error: &(dyn Error + 'static)) -> ExitCode {
    shutdown::discard();
    let mut text = format!("error: {} failed", description.function);
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
            text.push_str("\n  cause: ");
            text.push_str(&cause);
            last = cause;
        }
        hints.extend(hint.into_iter().map(str::to_owned));
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
    // Output that nobody reads any more must not hide the exit code.
    let _ = writeln!(io::stderr(), "{text}");
    let _ = io::stdout().flush();
    ExitCode::from(code)
}
