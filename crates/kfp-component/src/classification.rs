//! Confusion matrices and ROC curves, for both versions of KFP from one call.

use std::fmt::Display;
use std::io;

use serde_json::{Value, json};

use crate::artifact::{ClassificationMetrics, SlicedClassificationMetrics};
use crate::confusion_matrix::Matrix;
use crate::error::misuse;
use crate::output::Output;
use crate::roc::Curve;
use crate::ui;

impl Output<ClassificationMetrics> {
    /// Records how often each class was predicted for each: `counts[true class][predicted class]`, as many rows and columns as
    /// there are labels.
    ///
    /// # Errors
    ///
    /// Of the kind [`InvalidInput`](io::ErrorKind::InvalidInput): there is no label, two labels are the same, the counts do not
    /// form a square, one is not a natural number, or the output has a matrix.
    pub fn confusion_matrix<L, R, C>(&self, labels: &[L], counts: &[R]) -> io::Result<()>
    where
        L: AsRef<str>,
        R: AsRef<[C]>,
        C: Copy + Display + TryInto<u64>,
    {
        let matrix = Matrix::new(labels, counts)?;
        self.record("confusionMatrix", matrix.metadata(), matrix.view())
    }

    /// Records a ROC curve: for each threshold, the rates of false and of true positives.
    ///
    /// The points may come in any order. KFP's UI joins points by a smooth curve that misses them, so each corner is
    /// written three times, and a curve of more than a thousand corners is simplified by less than 0.001. The area
    /// below the curve stays the same.
    ///
    /// All numbers are finite: leave out the infinite first threshold that some libraries add.
    ///
    /// # Errors
    ///
    /// Of the kind [`InvalidInput`](io::ErrorKind::InvalidInput): the slices differ in length or are empty, a rate is not from 0
    /// to 1, a threshold is not finite, or the output has a curve.
    pub fn roc(
        &self,
        false_positive_rates: &[f64],
        true_positive_rates: &[f64],
        thresholds: &[f64],
    ) -> io::Result<()> {
        let curve = Curve::new(false_positive_rates, true_positive_rates, thresholds)?;
        self.record("confidenceMetrics", curve.metadata(), curve.view())
    }

    fn record(&self, key: &str, metadata: Value, view: Value) -> io::Result<()> {
        let mut state = self.staged.state();
        if state.metadata.contains_key(key) {
            return Err(misuse(format!(
                "output `{}` already has its {}",
                self.staged.name, view["type"]
            )));
        }
        state.metadata.insert(key.into(), metadata);
        ui::show(&mut state, view);
        Ok(())
    }
}

impl Output<SlicedClassificationMetrics> {
    /// Records how often each class was predicted for each in one slice of the data.
    ///
    /// # Errors
    ///
    /// Those of `confusion_matrix` for the whole data, for this slice.
    pub fn confusion_matrix<L, R, C>(
        &self,
        slice: &str,
        labels: &[L],
        counts: &[R],
    ) -> io::Result<()>
    where
        L: AsRef<str>,
        R: AsRef<[C]>,
        C: Copy + Display + TryInto<u64>,
    {
        self.record(
            slice,
            "confusionMatrix",
            Matrix::new(labels, counts)?.metadata(),
        )
    }

    /// Records the ROC curve of one slice of the data.
    ///
    /// # Errors
    ///
    /// Those of `roc` for the whole data, for this slice.
    pub fn roc(
        &self,
        slice: &str,
        false_positive_rates: &[f64],
        true_positive_rates: &[f64],
        thresholds: &[f64],
    ) -> io::Result<()> {
        let curve = Curve::new(false_positive_rates, true_positive_rates, thresholds)?;
        self.record(slice, "confidenceMetrics", curve.metadata())
    }

    fn record(&self, slice: &str, key: &str, metadata: Value) -> io::Result<()> {
        let mut state = self.staged.state();
        let found = state
            .entries
            .iter()
            .position(|entry| entry["slice"] == slice);
        let index = found.unwrap_or_else(|| {
            state
                .entries
                .push(json!({"slice": slice, "sliceClassificationMetrics": {}}));
            state.entries.len() - 1
        });
        let metrics = &mut state.entries[index]["sliceClassificationMetrics"];
        if !metrics[key].is_null() {
            return Err(misuse(format!("slice `{slice}` already has its {key}")));
        }
        metrics[key] = metadata;
        let slices = Value::from(state.entries.clone());
        state.content = Some(json!({"evaluationSlices": slices}).to_string());
        state.metadata.insert("evaluationSlices".into(), slices);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::artifact::{ClassificationMetrics, SlicedClassificationMetrics};
    use crate::testing::{metadata, output};

    const LABELS: [&str; 2] = ["setosa, wild", "virginica"];

    #[test]
    fn a_confusion_matrix_serves_both_versions() {
        let metrics = output::<ClassificationMetrics>();
        metrics
            .confusion_matrix(&LABELS, &[[5, 1], [0, 4]])
            .unwrap();
        assert_eq!(
            metadata(&metrics, "confusionMatrix"),
            Some(json!({
                "annotationSpecs": [{"displayName": "setosa, wild"}, {"displayName": "virginica"}],
                "rows": [{"row": [5, 1]}, {"row": [0, 4]}],
            }))
        );
        let file: Value = serde_json::from_str(&metrics.text()).unwrap();
        let view = &file["outputs"][0];
        assert_eq!(view["type"], "confusion_matrix");
        assert_eq!(view["labels"], json!(LABELS));
        assert_eq!(
            view["source"],
            "\"setosa, wild\",\"setosa, wild\",5\n\"setosa, wild\",virginica,1\n\
             virginica,\"setosa, wild\",0\nvirginica,virginica,4\n"
        );
    }

    #[test]
    fn a_roc_curve_serves_both_versions_beside_the_matrix() {
        let metrics = output::<ClassificationMetrics>();
        metrics
            .confusion_matrix(&LABELS, &[vec![5_u64, 1], vec![0, 4]])
            .unwrap();
        metrics
            .roc(&[0.0, 0.5, 1.0], &[0.0, 1.0, 1.0], &[2.0, 0.5, 1e-7])
            .unwrap();
        assert_eq!(
            metadata(&metrics, "confidenceMetrics").unwrap()[1],
            json!({"confidenceThreshold": 0.5, "recall": 1.0, "falsePositiveRate": 0.5})
        );
        let file: Value = serde_json::from_str(&metrics.text()).unwrap();
        assert_eq!(file["version"], 1);
        assert_eq!(
            file["outputs"][1]["source"],
            "0,0,2\n0.5,1,0.5\n0.5000000001,1,0.5\n0.5000000002,1,0.5\n1,1,0.0000001\n"
        );
        let columns: Vec<_> = file["outputs"][1]["schema"]
            .as_array()
            .unwrap()
            .iter()
            .map(|column| &column["name"])
            .collect();
        assert_eq!(columns, ["fpr", "tpr", "threshold"]);
    }

    #[test]
    fn a_matrix_no_ui_could_draw_is_refused() {
        let metrics = output::<ClassificationMetrics>();
        let refused = |labels: &[&str], counts: &[Vec<i32>]| {
            metrics
                .confusion_matrix(labels, counts)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            refused(&[], &[]),
            "a confusion matrix needs at least one class"
        );
        assert_eq!(
            refused(&["a", "a "], &[]),
            "two classes of the confusion matrix are called `a`"
        );
        assert_eq!(
            refused(&["a", "b"], &[vec![1, 2]]),
            "a confusion matrix of 2 classes has 1 rows"
        );
        assert_eq!(
            refused(&["a", "b"], &[vec![1, 2], vec![3]]),
            "row `b` of a confusion matrix of 2 classes has 1 counts"
        );
        assert_eq!(refused(&["a"], &[vec![-1]]), "row `a` holds the count -1");
    }

    #[test]
    fn a_curve_no_ui_could_draw_is_refused() {
        let metrics = output::<ClassificationMetrics>();
        let refused = |fpr: &[f64], tpr: &[f64], thresholds: &[f64]| {
            metrics.roc(fpr, tpr, thresholds).unwrap_err().to_string()
        };
        assert_eq!(
            refused(&[], &[], &[]),
            "a ROC curve needs at least one point"
        );
        assert_eq!(
            refused(&[0.0], &[0.0, 1.0], &[1.0]),
            "a ROC curve has 1 false positive rates, 2 true positive rates and 1 thresholds"
        );
        assert_eq!(
            refused(&[0.0], &[0.0], &[f64::INFINITY]),
            "point 0 of the ROC curve has the threshold inf, which must be finite"
        );
        assert_eq!(
            refused(&[f64::NAN], &[0.0], &[1.0]),
            "point 0 of the ROC curve holds the rate NaN, which must lie from 0 to 1"
        );
        assert!(refused(&[0.0], &[1.1], &[1.0]).contains("the rate 1.1"));
    }

    #[test]
    fn each_is_recorded_once() {
        let metrics = output::<ClassificationMetrics>();
        metrics.roc(&[0.0], &[0.0], &[1.0]).unwrap();
        assert!(metrics.roc(&[0.0], &[0.0], &[1.0]).is_err());
    }

    #[test]
    fn slices_gather_their_metrics() {
        let metrics = output::<SlicedClassificationMetrics>();
        metrics.confusion_matrix("north", &["a"], &[[1]]).unwrap();
        metrics.roc("south", &[0.0], &[0.0], &[1.0]).unwrap();
        metrics.roc("north", &[0.0], &[0.0], &[1.0]).unwrap();
        assert!(metrics.roc("north", &[0.0], &[0.0], &[1.0]).is_err());
        let slices = metadata(&metrics, "evaluationSlices").unwrap();
        assert_eq!(slices[0]["slice"], "north");
        assert_eq!(
            slices[0]["sliceClassificationMetrics"]
                .as_object()
                .unwrap()
                .len(),
            2
        );
        assert_eq!(slices[1]["slice"], "south");
        assert!(metrics.text().contains("evaluationSlices"));
    }
}
