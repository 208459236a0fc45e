//! A component compiled to the pipeline IR of KFP 2, as kfp 2.17 does it; refuses what that SDK refuses, at its stage.
//!
//! ```
//! use kfp_component_yaml::{ir, read};
//! let file = read::read("
//! name: Row count
//! inputs: [{name: table, type: Dataset}]
//! implementation: {container: {image: 'wc:1', command: [wc, -l, {inputPath: table}]}}
//! ").unwrap();
//! let pipeline = ir::compile(&file).unwrap();
//! assert_eq!(pipeline.spec.pipeline_info.name, "row-count");
//! assert!(pipeline.to_yaml().starts_with("# PIPELINE DEFINITION\n# Name: row-count\n"));
//! ```

mod build;
pub(crate) mod decompile;
mod default;
mod file;
mod kind;
mod literals;
mod loaded;
mod name;
mod parse;
mod placeholder;
mod problems;
mod proto;
mod surrogates;
mod write;

pub use kind::{FINAL_STATUS, Kind, declared_name, kind, output_kind};
pub use name::{component_name, port_name};
pub use write::Pipeline;
pub(crate) use write::is_readable_in_comment;

pub(crate) use default::{double, in_comment as default_in_comment, integer};
pub(crate) use file::{check as check_file, check_load};
pub(crate) use kind::{in_comment, is_custom, is_word, looks_like_parameter, short_name};
pub(crate) use problems::problems;

use std::fmt;

use crate::read::{ComponentFile, Problem};

/// The SDK whose output this is, as its IR names itself.
pub const SDK_VERSION: &str = "kfp-2.17.0";

/// The stage at which an SDK refuses a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// On `load_component_from_file`.
    Load,
    /// On compiling a pipeline with it.
    Compile,
}

/// What kfp 2.17 raises, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The stage.
    pub stage: Stage,
    /// The exception and its position.
    pub problem: Problem,
}

impl Refusal {
    pub(crate) fn load(problem: Problem) -> Self {
        Self {
            stage: Stage::Load,
            problem,
        }
    }

    pub(crate) fn compile(problem: Problem) -> Self {
        Self {
            stage: Stage::Compile,
            problem,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(f)
    }
}

impl std::error::Error for Refusal {}

/// Compiles a component that has been [read](crate::read::read) or [loaded](crate::load::load).
///
/// # Errors
/// What kfp 2.17 raises when it loads the component or compiles it alone.
pub fn compile(file: &ComponentFile) -> Result<Pipeline, Refusal> {
    loaded::load(file)
        .map_err(Refusal::load)?
        .compile()
        .map_err(Refusal::compile)
}
