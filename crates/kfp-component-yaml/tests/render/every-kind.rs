//! One of each kind of input and output.

use kfp_component::prelude::*;

/// How to measure impurity.
#[derive(Choice)]
enum Criterion {
    Gini,
    #[choice(name = "cross-entropy")]
    Entropy,
}

/// Trains a model: what else?
///
/// It reads
/// - a table and
/// - a model to start from.
#[component(name = "Train: everything")]
fn everything(
    /// Rows to train on, with "labels".
    table: Input<Dataset>,
    start: Option<Input<Model>>,
    /// The column to predict.
    label: String,
    #[arg(default = "gini")] criterion: Criterion,
    /// How many trees to grow.
    #[arg(default = 100, range = 1..=10_000)]
    trees: u32,
    #[arg(range = 0.0..1.0)] share: Option<f64>,
    #[arg(default = true)] shuffle: bool,
    #[arg(default = ["a", "b"])] columns: Vec<String>,
    #[arg(default = "{\"depth\": 4}")] limits: Json<Limits>,
    weights: Option<BTreeMap<String, f64>>,
    r#type: String,
    model: Output<Model>,
    rows: Output<i64>,
    report: Output<Html>,
    /// How well.
    #[arg(kfp1 = "mlpipeline_metrics")]
    metrics: Output<Metrics>,
    mlpipeline_ui_metadata: Output<ClassificationMetrics>,
) -> Result<()> {
    body
}
