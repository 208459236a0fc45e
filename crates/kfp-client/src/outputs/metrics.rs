//! Metrics, which are metadata of artifacts of certain types.

use serde::Serialize;
use serde_json::Value;

use super::RunOutputs;

/// All metrics of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Metrics {
    /// Numbers.
    pub scalars: Vec<Scalar>,
    /// Confusion matrices.
    pub confusion_matrices: Vec<ConfusionMatrix>,
    /// ROC curves.
    pub roc_curves: Vec<RocCurve>,
}

/// A number that a task measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Scalar {
    /// The task's path.
    pub task: String,
    /// The output it belongs to.
    pub output: String,
    /// Its name.
    pub name: String,
    /// The number. Servers up to 2.18 keep six decimals of it.
    pub value: f64,
}

/// How often each true class was predicted to be which.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ConfusionMatrix {
    /// The task's path.
    pub task: String,
    /// The output it belongs to.
    pub output: String,
    /// The classes.
    pub labels: Vec<String>,
    /// For each true class, how often it was predicted to be each of the classes.
    pub rows: Vec<Vec<f64>>,
}

/// Pairs of false positive rate and recall over thresholds.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RocCurve {
    /// The task's path.
    pub task: String,
    /// The output it belongs to.
    pub output: String,
    /// In the order the task gave them.
    pub points: Vec<RocPoint>,
}

/// A point of a [`RocCurve`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct RocPoint {
    /// Predictions of at least this confidence count as positive; infinite where JSON could not say it.
    pub threshold: f64,
    /// The share of the negatives that count as positive.
    pub false_positive_rate: f64,
    /// The share of the positives that count as positive.
    pub recall: f64,
}

impl RunOutputs {
    /// The metrics of all tasks.
    ///
    /// ```
    /// use kfp_client::outputs::{Artifact, RunOutputs, TaskOutputs};
    /// let metadata = serde_json::json!({"accuracy": 0.97});
    /// let artifact = Artifact {
    ///     output: "metrics".to_owned(),
    ///     schema_title: "system.Metrics".to_owned(),
    ///     metadata: metadata.as_object().unwrap().clone(),
    ///     ..Artifact::default()
    /// };
    /// let task = TaskOutputs { task: "train".to_owned(), artifacts: vec![artifact], ..TaskOutputs::default() };
    /// let metrics = RunOutputs { tasks: vec![task] }.metrics();
    /// assert_eq!((metrics.scalars[0].name.as_str(), metrics.scalars[0].value), ("accuracy", 0.97));
    /// ```
    pub fn metrics(&self) -> Metrics {
        let mut metrics = Metrics::default();
        for task in &self.tasks {
            for artifact in &task.artifacts {
                let (task, output) = (task.task.clone(), artifact.output.clone());
                match artifact.schema_title.as_str() {
                    "system.Metrics" => {
                        let numbers = artifact.metadata.iter();
                        let numbers = numbers
                            .filter_map(|(name, value)| Some((name.clone(), number(value)?)));
                        metrics.scalars.extend(numbers.map(|(name, value)| Scalar {
                            task: task.clone(),
                            output: output.clone(),
                            name,
                            value,
                        }));
                    }
                    "system.ClassificationMetrics" => {
                        let matrix = artifact.metadata.get("confusionMatrix").and_then(matrix);
                        metrics
                            .confusion_matrices
                            .extend(matrix.map(|(labels, rows)| ConfusionMatrix {
                                task: task.clone(),
                                output: output.clone(),
                                labels,
                                rows,
                            }));
                        let points = artifact.metadata.get("confidenceMetrics").and_then(points);
                        metrics.roc_curves.extend(points.map(|points| RocCurve {
                            task,
                            output,
                            points,
                        }));
                    }
                    _ => {}
                }
            }
        }
        metrics
    }
}

fn matrix(value: &Value) -> Option<(Vec<String>, Vec<Vec<f64>>)> {
    let labels = value["annotationSpecs"].as_array()?.iter();
    let labels = labels.map(|label| label["displayName"].as_str().unwrap_or_default().to_owned());
    let rows = value["rows"].as_array()?.iter().map(|row| {
        let counts = row["row"].as_array().into_iter().flatten();
        counts.map(|count| count.as_f64().unwrap_or_default())
    });
    Some((labels.collect(), rows.map(Iterator::collect).collect()))
}

/// A number. What JSON has no number for is text, by protobuf's names or by Rust's.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::String(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" | "inf" => Some(f64::INFINITY),
            "-Infinity" | "-inf" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        other => other.as_f64(),
    }
}

fn points(value: &Value) -> Option<Vec<RocPoint>> {
    let point = |point: &Value| {
        Some(RocPoint {
            threshold: match &point["confidenceThreshold"] {
                Value::Null => f64::INFINITY,
                value => number(value)?,
            },
            false_positive_rate: point["falsePositiveRate"].as_f64().unwrap_or_default(),
            recall: point["recall"].as_f64().unwrap_or_default(),
        })
    };
    value.as_array()?.iter().map(point).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn text_is_a_number_only_where_json_has_none_for_it() {
        for (value, wanted) in [
            (json!(2), Some(2.0)),
            (json!("2"), None),
            (json!("Infinity"), Some(f64::INFINITY)),
            (json!("-inf"), Some(f64::NEG_INFINITY)),
            (json!(null), None),
            (json!(true), None),
        ] {
            assert_eq!(number(&value), wanted, "{value}");
        }
        assert!(number(&json!("NaN")).is_some_and(f64::is_nan));
    }

    #[test]
    fn a_curve_may_begin_at_an_infinite_threshold() {
        let point = |threshold| json!({"confidenceThreshold": threshold, "recall": 1.0});
        let curve = points(&json!([point(json!("Infinity")), {}, point(json!(0.5))])).unwrap();
        let thresholds: Vec<f64> = curve.iter().map(|point| point.threshold).collect();
        assert_eq!(thresholds, [f64::INFINITY, f64::INFINITY, 0.5]);
        assert_eq!(points(&json!([point(json!("high"))])), None);
    }
}
