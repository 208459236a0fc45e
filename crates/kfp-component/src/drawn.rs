//! Outputs that KFP's UI draws, when there is nothing to draw.

use std::io;

use crate::artifact::{ClassificationMetrics, Metrics, SlicedClassificationMetrics, UiMetadata};
use crate::output::Output;

/// An artifact that KFP's UI draws, and whose file the runtime writes.
pub trait Drawn {
    /// The file that draws nothing.
    #[doc(hidden)]
    const NOTHING: &'static str;
}

impl Drawn for Metrics {
    const NOTHING: &'static str = r#"{"metrics":[]}"#;
}

impl Drawn for ClassificationMetrics {
    const NOTHING: &'static str = r#"{"version":1,"outputs":[]}"#;
}

impl Drawn for UiMetadata {
    const NOTHING: &'static str = r#"{"version":1,"outputs":[]}"#;
}

impl Drawn for SlicedClassificationMetrics {
    const NOTHING: &'static str = r#"{"evaluationSlices":[]}"#;
}

impl<A: Drawn> Output<A> {
    /// Says that there is nothing to draw this time, since an output that is never written fails the component.
    ///
    /// What was recorded before stays.
    ///
    /// ```
    /// # use kfp_component::prelude::*;
    /// fn score(labels: Option<Input<Dataset>>, metrics: Output<Metrics>) -> Result<()> {
    ///     match labels {
    ///         Some(labels) => metrics.raw("rows", labels.read_to_string()?.lines().count() as f64)?,
    ///         None => metrics.nothing()?,
    ///     }
    ///     Ok(())
    /// }
    /// # let metrics = kfp_component::testing::output();
    /// # score(None, metrics.clone()).unwrap();
    /// # assert_eq!(metrics.text(), "{\"metrics\":[]}");
    /// ```
    ///
    /// # Errors
    ///
    /// None yet; it returns what the other methods of drawn outputs return.
    pub fn nothing(&self) -> io::Result<()> {
        self.staged
            .state()
            .content
            .get_or_insert_with(|| A::NOTHING.into());
        Ok(())
    }
}
