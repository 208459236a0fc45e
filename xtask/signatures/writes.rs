//! Prints what arrived.

use kfp_component::prelude::*;
use serde_json::json;

/// Writes every kind of output.
#[component]
fn probe(
    /// Written as given.
    text: String,
    artifact: Output<Artifact>,
    dataset: Output<Dataset>,
    model: Output<Model>,
    html: Output<Html>,
    markdown: Output<Markdown>,
    #[arg(kfp1 = "mlpipeline_metrics")]
    metrics: Output<Metrics>,
    mlpipeline_ui_metadata: Output<ClassificationMetrics>,
    a_string: Output<String>,
    an_integer: Output<i64>,
    a_float: Output<f64>,
    a_boolean: Output<bool>,
    a_list: Output<Vec<String>>,
    an_object: Output<Json<serde_json::Value>>,
) -> Result<()> {
    println!("arrived: {}", json!({"text": text}));
    artifact.write(&text)?;
    dataset.write("a,b\n1,2\n")?;
    std::fs::write(model.create_dir()?.join("model.json"), "{}")?;
    html.write("<p>ß</p>")?;
    markdown.write("# ß")?;
    metrics.percentage("accuracy", 0.93)?;
    mlpipeline_ui_metadata.confusion_matrix(&["a", "b"], &[vec![2, 1], vec![0, 3]])?;
    a_string.set("größe: \"x\"".to_owned())?;
    an_integer.set(42)?;
    a_float.set(0.5)?;
    a_boolean.set(true)?;
    a_list.set(vec!["a".to_owned(), "ß".to_owned()])?;
    an_object.set(Json(json!({"depth": 4, "deep": [1, true]})))?;
    Ok(())
}

kfp_component::main!(probe);
