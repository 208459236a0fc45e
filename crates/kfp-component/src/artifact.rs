//! The KFP types of files and directories, as Rust types.
//!
//! They are names only: what a file holds is the author's business.

/// A type KFP passes as a file or directory: what stands between the brackets of `Input<…>` and `Output<…>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an artifact type",
    label = "KFP has no such artifact",
    note = "use Dataset, Model, Metrics, ClassificationMetrics, SlicedClassificationMetrics, Html, Markdown, UiMetadata or Artifact"
)]
pub trait ArtifactType {
    /// The type itself; it lets the macro check that an alias names what its text says.
    type Type;

    /// Whether the artifact may be nothing but metadata, without a file.
    const METADATA_ONLY: bool = false;
}

/// An artifact whose content is a file or directory of the author's making.
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
    /// Anything.
    Artifact: false,
    /// A table or other data.
    Dataset: false,
    /// A trained model.
    Model: false,
    /// Scalar metrics: `percentage` and `raw`.
    Metrics: true,
    /// A confusion matrix, a ROC curve or both.
    ClassificationMetrics: true,
    /// The same for slices of the data.
    SlicedClassificationMetrics: true,
    /// A web page both UIs show.
    Html: false,
    /// Markdown text both UIs show.
    Markdown: false,
    /// Tables, Markdown and a web page for both UIs; name the output `mlpipeline_ui_metadata`.
    UiMetadata: false,
}

impl FileArtifact for Artifact {}
impl FileArtifact for Dataset {}
impl FileArtifact for Model {}
impl FileArtifact for Html {}
impl FileArtifact for Markdown {}
