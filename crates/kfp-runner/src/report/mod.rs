//! One HTML file that shows a run, or several side by side: no network, no scripts, readable from `file://`.
//!
//! Everything in it is taken from the records of the runs and the files they name, so the same record gives the same
//! report.

mod compare;
mod figures;
mod gantt;
mod outputs;
mod run;

use std::{io, path::Path};

use minijinja::{
    AutoEscape, Environment, UndefinedBehavior, Value, context, syntax::SyntaxConfig, value::Serde,
};

pub use run::RunView;

/// The file's name in a run's directory.
pub const FILE: &str = "report.html";

/// Reads what a report shows of the run in a directory.
///
/// # Errors
/// If its record cannot be read, or does not say what it is of.
pub fn read(directory: &Path) -> io::Result<RunView> {
    run::read(directory)
}

/// The report of one run or several, the first being what the others are compared with.
///
/// # Errors
/// If it cannot be put together, which would be a fault of the template.
pub fn html(runs: &[RunView]) -> io::Result<String> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build()
        .map_err(io::Error::other)?;
    environment.set_syntax(syntax);
    environment
        .add_template("report", include_str!("report.html"))
        .map_err(io::Error::other)?;
    let values = context! {
        runs => Value::from(Serde(&runs)),
        comparison => Value::from(Serde(compare::rows(runs))),
        figures => Value::from(Serde(figures::of(runs))),
    };
    let template = environment
        .get_template("report")
        .map_err(io::Error::other)?;
    template.render(values).map_err(io::Error::other)
}
