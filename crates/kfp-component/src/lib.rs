//! Write a Kubeflow Pipelines component as one typed Rust function.

mod arguments;
mod artifact;
mod call;
mod classification;
mod description;
mod ending;
mod executor;
mod fault;
mod help;
mod input;
mod json;
mod metrics;
mod output;
mod parameter;
mod run;
mod scratch;
mod sink;
pub mod testing;
mod ui;

pub use artifact::{
    Artifact, ArtifactType, ClassificationMetrics, Dataset, FileArtifact, Html, Markdown, Metrics,
    Model, SlicedClassificationMetrics, UiMetadata,
};
pub use input::{Input, Reader};
pub use json::Json;
pub use kfp_component_macros::{Choice, component};
pub use output::{Output, Writer};
pub use parameter::Parameter;

/// What a component returns: `?` works on any error.
pub type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;

/// Everything a component needs: `use kfp_component::prelude::*;`.
pub mod prelude {
    pub use crate::{
        Artifact, Choice, ClassificationMetrics, Dataset, Html, Input, Json, Markdown, Metrics,
        Model, Output, Result, SlicedClassificationMetrics, UiMetadata, component,
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

/// For the code the macros emit; not part of the interface.
#[doc(hidden)]
pub mod __private {
    pub use serde_json::Value;

    pub use crate::call::Call;
    pub use crate::description::{Argument, Description, Kind, Presence, Range};
    pub use crate::parameter::{AnyChoices, default_is_one_of, one_of};
    pub use crate::run::{BoxError, Outcome, run};

    /// The types of KFP, parameters' and artifacts', as the macro names them.
    pub mod types {
        pub use crate::artifact::{
            Artifact, ClassificationMetrics, Dataset, Html, Markdown, Metrics, Model,
            SlicedClassificationMetrics, UiMetadata,
        };
        pub use crate::parameter::types::*;
    }
}
