//! Write a Kubeflow Pipelines (KFP) component as one typed Rust function.
//!
//! `component.yaml`, `Dockerfile` and command line follow from the function's signature, and a unit test is a call. The same
//! program runs on KFP 1.8, on every KFP 2 and under `kfp.local`.
//!
//! # Four words
//!
//! 1. [`#[component]`](macro@component) marks a plain function at the root of `src/main.rs`;
//!    [`kfp_component::main!(the_function);`](main!) makes the program.
//! 2. **A plain type is a parameter**, passed by value: `String`, `bool`, integers, `f32`, `f64`, `Vec<_>`, [`Json`], maps with
//!    `String` keys; see [`Parameter`]. `Option<_>` is optional, `#[arg(default = 100)]` gives a default,
//!    `#[arg(range = 1..)]` and [`#[derive(Choice)]`](macro@Choice) restrict the values, `///` describes the parameter.
//! 3. **[`Input<T>`](Input)** is a file or directory that KFP has put on local disk: [`open()`](Input::open) streams it,
//!    [`path()`](Input::path) says where it is, and it is an `AsRef<Path>`.
//! 4. **[`Output<T>`](Output)** is what the component produces: a file ([`create()`](Output::create),
//!    [`write()`](Output::write), `AsRef<Path>`), a directory ([`create_dir()`](Output::create_dir)), a small value
//!    (`Output<i64>` with [`set()`](Output::set)), or metrics ([`Output<Metrics>`](Metrics) with
//!    [`percentage()`](Output::percentage) and [`raw()`](Output::raw), [`Output<ClassificationMetrics>`](ClassificationMetrics)
//!    with a confusion matrix and a ROC curve).
//!
//! ```
//! use std::io::{BufRead, Write};
//!
//! use kfp_component::prelude::*;
//!
//! /// Keeps the rows that hold a word.
//! #[component]
//! fn grep(
//!     /// A table with a header.
//!     table: Input<Dataset>,
//!     /// What to look for.
//!     word: String,
//!     /// How many rows to keep at most.
//!     #[arg(default = 1000, range = 1..)]
//!     limit: u32,
//!     /// The header and the rows kept.
//!     found: Output<Dataset>,
//!     /// How many rows were kept.
//!     rows: Output<u32>,
//! ) -> Result<()> {
//!     let mut writer = found.create()?;
//!     let mut kept = 0;
//!     for (number, line) in table.open()?.lines().enumerate() {
//!         let line = line?;
//!         let is_kept = number > 0 && kept < limit && line.contains(&word);
//!         if number == 0 || is_kept {
//!             writeln!(writer, "{line}")?;
//!         }
//!         kept += u32::from(is_kept);
//!     }
//!     rows.set(kept)?;
//!     Ok(())
//! }
//! # mod program {
//! # use super::grep;
//!
//! kfp_component::main!(grep);
//! # }
//!
//! // In a test, without KFP:
//! # fn main() -> Result<()> {
//! use kfp_component::testing::{input, output};
//!
//! let (found, rows) = (output(), output());
//! grep(input("a,b\n1,x\n2,y\n3,x\n"), "x".into(), 1, found.clone(), rows.clone())?;
//! assert_eq!(found.text(), "a,b\n1,x\n");
//! assert_eq!(rows.get(), Some(1));
//! # Ok(())
//! # }
//! ```
//!
//! The name in the signature is the name in KFP, which users of KFP 2 read on the graph: call what you measure `metrics`,
//! `confusion_matrix`, `roc_curve`. KFP 2 draws an output by its type. KFP 1 draws two names alone, so give the output its
//! name there as well, and the same calls serve both:
//!
//! ```no_run
//! # mod program {
//! use kfp_component::prelude::*;
//!
//! /// Scores a model.
//! #[component]
//! fn score(
//!     #[arg(kfp1 = "mlpipeline_metrics")] metrics: Output<Metrics>,
//!     #[arg(kfp1 = "mlpipeline_ui_metadata")] confusion_matrix: Output<ClassificationMetrics>,
//! ) -> Result<()> {
//!     metrics.percentage("accuracy", 0.93)?;
//!     confusion_matrix.confusion_matrix(&["no", "yes"], &[vec![2, 1], vec![0, 3]])?;
//!     Ok(())
//! }
//!
//! kfp_component::main!(score);
//! # }
//! ```
//!
//! `kfp-comp generate` then writes component.v1.yaml beside component.yaml: the same component with those two names, for
//! pipelines of KFP 1. A catalog has it for every component. `Output<UiMetadata>`, which holds tables, Markdown and a web
//! page, is called `mlpipeline_ui_metadata` in both.
//!
//! # What KFP offers beside that
//!
//! - [`run()`] says which run, pipeline and task this is, as far as KFP does.
//! - [`Input::uri`], [`Output::uri`] and `name` say where KFP 2 stores an artifact, and [`Output::metadata`] records what it
//!   shows about it.
//! - `Vec<Input<A>>` is a list of artifacts, one from each task of a loop, in its order. Only KFP 2 has such lists, and no
//!   component.yaml can declare one, so the component's file is the pipeline IR that kfp 2 compiles it to: kfp 2 loads it like
//!   any other, and kfp 1.8 refuses it. In the pipeline, pass `dsl.Collected(task.outputs["part"])`.
//! - [`TaskFinalStatus`] is the input of an exit handler. KFP 2 caches its task like any other, so turn that off in the
//!   pipeline: `task.set_caching_options(False)`.
//! - [`Output::keep_on_failure`] keeps a report of what went wrong, and [`nothing()`](Output::nothing) says that there is
//!   nothing to draw.
//!
//! # What the program promises
//!
//! - An output gets its final name only when the function has returned `Ok` and every output has been written: a program that
//!   failed, panicked or was killed leaves no half-written output behind. (See [`Output`] for file systems that cannot
//!   rename.) What an earlier attempt wrote is replaced.
//! - A wrong argument is one line that names it, says what was passed and what is wanted, with a hint below where the usual
//!   reason is known, and nothing is written.
//! - A returned error is printed with its causes, one per line, the first beside the component's name, where KFP's UI shows it.
//!   I/O errors name the argument. Any error type will do that converts into `Box<dyn Error + Send + Sync>`. A line of
//!   its message that begins with `hint: ` is printed at the end, as in
//!   `Err("no such column\nhint: did you mean b?".into())`.
//! - Errors of the kind [`InvalidInput`](std::io::ErrorKind::InvalidInput) that this library returns mean that the component's
//!   code asks for something that KFP would drop or misread; all others come from the system.
//! - Exit codes: 0 done, 1 failed, 2 wrong arguments, 143 and 130 after SIGTERM and SIGINT. KFP 2's launcher makes 1 of 2.
//!   Whether a failed task is tried again is the pipeline's choice, `task.set_retry(2)`; where Argo is configured with
//!   `retryPolicy: OnError`, as in KFP's own manifests, it tries again only if the pod was lost, so what may
//!   fail for a moment is best tried again by the component itself.
//! - Under KFP the log begins with every input and its value, defaults included, and ends with the time it took.
//! - What KFP damages on its way is made good if that is possible, with a warning: placeholders it did not replace, and
//!   executor input that it made unreadable.
//! - `--help` prints the interface and `--version` the version.

mod arguments;
mod artifact;
mod choice;
mod classification;
mod confusion_matrix;
mod description;
mod drawn;
mod error;
mod executor_input;
mod executor_output;
mod final_status;
mod help;
mod identity;
mod input;
mod invocation;
mod json;
mod json_text;
mod lenient;
mod metrics;
mod number;
mod output;
mod parameter;
mod placeholder;
mod polyline;
mod provisioned;
mod recovery;
mod redact;
mod relocate;
mod roc;
mod run;
mod shutdown;
mod staged;
mod temp_dir;
pub mod testing;
mod ui;
mod value;

pub use artifact::{
    Artifact, ArtifactType, ClassificationMetrics, Dataset, FileArtifact, Html, Markdown, Metrics,
    Model, SlicedClassificationMetrics, UiMetadata,
};
pub use drawn::Drawn;
pub use final_status::TaskFinalStatus;
pub use identity::{Run, run};
pub use input::{Input, Reader};
pub use json::Json;
/// Makes an enum a parameter: KFP passes the name of a variant, in kebab-case or as `#[choice(name = "…")]` says.
///
/// ```
/// use kfp_component::prelude::*;
///
/// #[derive(Choice)]
/// enum Criterion {
///     Gini,
///     #[choice(name = "log_loss")]
///     LogLoss,
/// }
///
/// /// Trains a tree.
/// #[component]
/// fn train(#[arg(default = "gini")] criterion: Criterion, model: Output<Model>) -> Result<()> {
///     model.write(match criterion {
///         Criterion::Gini => "gini",
///         Criterion::LogLoss => "log loss",
///     })?;
///     Ok(())
/// }
/// # fn main() {}
/// ```
pub use kfp_component_macros::Choice;
/// Marks the function that is the component; `#[component(name = "…")]` gives it another title.
///
/// The function stays as it is, without `#[arg]` and the parameters' documentation. A hidden module of the same name
/// holds the program that [`main!`] starts.
pub use kfp_component_macros::component;
pub use output::{Output, Writer};
pub use parameter::Parameter;

/// Any JSON, as `serde_json` has it: what [`Json`] alone holds, and what metadata is made of.
// An alias, since rustc would write `std::string::String` in messages if there were a second `String` to be seen.
pub type Value = serde_json::Value;

/// What a component returns: `?` works on any error.
pub type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;

/// Everything a component needs: `use kfp_component::prelude::*;`.
pub mod prelude {
    pub use crate::{
        Artifact, Choice, ClassificationMetrics, Dataset, Html, Input, Json, Markdown, Metrics,
        Model, Output, Result, SlicedClassificationMetrics, TaskFinalStatus, UiMetadata, component,
    };
}

/// Makes the program: `kfp_component::main!(the_function);`.
#[macro_export]
macro_rules! main {
    ($($component:ident)::+) => {
        fn main() -> ::std::process::ExitCode {
            $($component)::+::run()
        }
    };
}

/// For the code that the macros emit; not part of the interface.
#[doc(hidden)]
pub mod __private {
    pub use serde_json::Value;

    pub use crate::choice::{AnyChoices, default_is_one_of, one_of};
    pub use crate::description::{Argument, Description, Kind, Presence, Range};
    pub use crate::invocation::Invocation;
    pub use crate::json_text::of as text;
    pub use crate::run::{BoxError, Outcome, run};

    /// KFP's types of parameters and artifacts, as the macro names them.
    pub mod types {
        pub use crate::artifact::{
            Artifact, ClassificationMetrics, Dataset, Html, Markdown, Metrics, Model,
            SlicedClassificationMetrics, UiMetadata,
        };
        pub use crate::parameter::types::*;
    }
}
