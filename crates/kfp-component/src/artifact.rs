//! The KFP types of files and directories, as Rust types.
//!
//! These are marker types. The runtime does not inspect a file's content.

/// A type that KFP passes as a file or directory: what stands between the brackets of `Input<…>` and `Output<…>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an artifact type",
    label = "KFP has no such artifact",
    note = "use Dataset, Model, Metrics, ClassificationMetrics, SlicedClassificationMetrics, Html, Markdown, UiMetadata or Artifact"
)]
pub trait ArtifactType {
    /// The type itself. With it the macro checks that an alias means what its name says.
    type Type;

    /// Whether the artifact may be nothing but metadata, without a file.
    const METADATA_ONLY: bool = false;
}

/// An artifact whose file or directory the author writes.
pub trait FileArtifact: ArtifactType {}

macro_rules! artifacts {
    ($($(#[$doc:meta])* $name:ident: $metadata_only:literal,)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl ArtifactType for $name {
            type Type = Self;

            const METADATA_ONLY: bool = $metadata_only;
        }
    )*};
}

artifacts! {
    /// Any file or directory. KFP lets it stand for any other type.
    Artifact: false,
    /// A table or other data.
    Dataset: false,
    /// A trained model.
    Model: false,
    /// Scalar metrics: [`percentage`](crate::Output::percentage) and [`raw`](crate::Output::raw).
    ///
    /// KFP 2's metadata store, up to 2.18, keeps six decimals: 0.9666666666666667 becomes 0.966667, and what is below 5e-7
    /// becomes 0. Record a small number in a larger unit.
    ///
    /// ```
    /// use kfp_component::prelude::*;
    /// use kfp_component::testing::{input, input_path, output};
    ///
    /// /// Counts rows, and the share that has a value.
    /// #[component]
    /// fn count(table: Input<Dataset>, metrics: Output<Metrics>) -> Result<()> {
    ///     let text = table.read_to_string()?;
    ///     let (rows, full) = (text.lines().count(), text.lines().filter(|line| !line.is_empty()).count());
    ///     metrics.raw("rows", rows as f64)?;
    ///     metrics.percentage("full", full as f64 / rows as f64)?;
    ///     Ok(())
    /// }
    ///
    /// # fn main() -> Result<()> {
    /// let metrics = output();
    /// count(input("a\n\nb\nc\n"), metrics.clone())?;
    /// assert_eq!((metrics.get("rows"), metrics.get("full")), (Some(4.0), Some(0.75)));
    ///
    /// // Another component takes them as `Input<Metrics>`.
    /// assert_eq!(input::<Metrics>(metrics.text()).get("full"), Some(0.75));
    /// # Ok(())
    /// # }
    /// ```
    Metrics: true,
    /// A confusion matrix, a ROC curve or both.
    ///
    /// KFP's UI draws true classes along x and predicted ones along y; scikit-learn draws them the other way round.
    ///
    /// ```
    /// use kfp_component::prelude::*;
    /// use kfp_component::testing::{metadata, output};
    ///
    /// /// Scores two classes.
    /// #[component]
    /// fn score(scores: Output<ClassificationMetrics>) -> Result<()> {
    ///     // Of 6 cats, 5 were taken for cats; of 4 dogs, all for dogs.
    ///     scores.confusion_matrix(&["cat", "dog"], &[[5, 1], [0, 4]])?;
    ///     // False positive rates, true positive rates, thresholds: one point per threshold.
    ///     scores.roc(&[0.0, 0.5, 1.0], &[0.0, 1.0, 1.0], &[1.0, 0.5, 0.0])?;
    ///     Ok(())
    /// }
    ///
    /// # fn main() -> Result<()> {
    /// let scores = output();
    /// score(scores.clone())?;
    /// let matrix = metadata(&scores, "confusionMatrix").unwrap();
    /// assert_eq!(matrix["rows"][0]["row"][1], 1);
    /// # Ok(())
    /// # }
    /// ```
    ClassificationMetrics: true,
    /// The same for slices of the data. KFP's UI does not draw it, though the API has it: for a drawing, produce one
    /// [`ClassificationMetrics`] for each slice.
    SlicedClassificationMetrics: true,
    /// A web page that both UIs show.
    Html: false,
    /// Markdown text that both UIs show.
    Markdown: false,
    /// Tables, Markdown and a web page for both UIs; name the output `mlpipeline_ui_metadata`.
    UiMetadata: false,
}

impl FileArtifact for Artifact {}
impl FileArtifact for Dataset {}
impl FileArtifact for Model {}
impl FileArtifact for Html {}
impl FileArtifact for Markdown {}
