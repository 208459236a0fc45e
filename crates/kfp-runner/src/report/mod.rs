//! One HTML file that shows a run, or several side by side: no network, readable without scripts and from `file://`.
//!
//! Everything in it is taken from the events of the runs and what they left behind, so the same [`Source`] gives the same
//! report. A run of this machine is a [`Local`] source:
//!
//! ```no_run
//! use std::path::Path;
//!
//! use kfp_runner::report::{self, Local};
//!
//! let directory = Path::new("target/kfp/runs/2026-11-26-1");
//! let run = Local::read(directory, directory)?;
//! std::fs::write(directory.join(report::FILE), report::html(&[run.source()])?)?;
//! # Ok::<(), std::io::Error>(())
//! ```

mod budget;
mod compare;
mod document;
mod figures;
mod gantt;
mod graph;
mod outputs;
mod run;
mod series;
mod source;
mod tables;
mod task;
pub(crate) mod text;

use std::io;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use minijinja::{
    AutoEscape, Environment, UndefinedBehavior, Value, context, syntax::SyntaxConfig, value::Serde,
};
use sha2::{Digest as _, Sha256};

use budget::Budget;
pub use document::{Document, TaskDocument, document};
use run::RunView;
pub use source::{Contents, Local, Source};

/// The file's name in a run's directory.
pub const FILE: &str = "report.html";

/// The only script the report has, and the only one its policy lets run: filters and folding.
const SCRIPT: &str = include_str!("report.js");

/// The report of one run or several, the first being what the others are compared with.
///
/// # Errors
/// If a run's events do not say what it is of.
pub fn html(sources: &[Source<'_>]) -> io::Result<String> {
    let share = budget::CONTENTS / sources.len().max(1);
    let runs = sources
        .iter()
        .map(|source| run::view(source, share))
        .collect::<io::Result<Vec<RunView>>>()?;
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
        tasks => Value::from(Serde(compare::tasks(&runs))),
        comparison => Value::from(Serde(compare::rows(&runs))),
        figures => Value::from(Serde(figures::of(&runs))),
        charts => Value::from(Serde(series::charts(&runs, &mut Budget::new(budget::CHARTS)))),
        tables => Value::from(Serde(tables::merged(&runs))),
        style => Value::from_safe_string(include_str!("report.css").to_owned()),
        script => Value::from_safe_string(SCRIPT.to_owned()),
        script_hash => STANDARD.encode(Sha256::digest(SCRIPT)),
    };
    let template = environment
        .get_template("report")
        .map_err(io::Error::other)?;
    template.render(values).map_err(io::Error::other)
}
