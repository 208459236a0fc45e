//! The `main` of a model server: its command line, its messages and its exit code.

use std::error::Error as _;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser};

use crate::error::Error;
use crate::options::Options;
use crate::predictor::Predictor;
use crate::server::serve;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    options: Options,
}

/// What loading a model may fail with.
pub type LoadError = Box<dyn std::error::Error + Send + Sync>;

/// Runs a model server as a program: reads its arguments, loads the model and serves it until it is told to stop.
///
/// `name` is the program's; the model has it too, unless the arguments say otherwise.
///
/// ```no_run
/// # kfp_serve::row! { pub struct Parcel { weight: f64 } }
/// # kfp_serve::answer! { pub struct Price { euros: f64 } }
/// fn price(parcel: &Parcel) -> Result<Price, kfp_serve::PredictError> {
///     Ok(Price { euros: 3.0 + parcel.weight })
/// }
///
/// fn main() -> std::process::ExitCode {
///     kfp_serve::main("parcel-price", env!("CARGO_PKG_VERSION"), |_options| {
///         Ok(kfp_serve::RowPredictor::new("What sending a parcel costs.", price))
///     })
/// }
/// ```
pub fn main<P: Predictor>(
    name: &'static str,
    version: &'static str,
    load: impl FnOnce(&mut Options) -> Result<P, LoadError>,
) -> ExitCode {
    let command = Cli::command().name(name).version(version);
    let parsed = command
        .try_get_matches()
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let mut options = match parsed {
        Ok(cli) => cli.options,
        Err(error) => {
            let _closed = error.print();
            return if error.use_stderr() {
                ExitCode::from(2)
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    let loaded = load(&mut options).map_err(Error::Model);
    match loaded.and_then(|predictor| serve(&options, name, predictor)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

fn report(error: &Error) {
    let mut text = format!("error: {error}\n");
    let mut cause = error.source();
    while let Some(error) = cause {
        let _infallible = writeln!(text, "cause: {error}");
        cause = error.source();
    }
    if let Error::Listen { .. } = error {
        text.push_str("hint: choose another port with `--http-port`; 0 takes a free one\n");
    }
    let _closed = std::io::stderr().write_all(text.as_bytes());
}
