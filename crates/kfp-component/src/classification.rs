//! Confusion matrices and ROC curves, for both versions of KFP from one call.

use std::fmt::Display;
use std::io;

use serde_json::{Value, json};

use crate::artifact::{ClassificationMetrics, SlicedClassificationMetrics};
use crate::fault::misuse;
use crate::output::Output;
use crate::ui;

impl Output<ClassificationMetrics> {
    /// Records how often each class was taken for each: `counts[true class][predicted class]`.
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
    /// All numbers are finite: leave out the infinite first threshold some libraries add.
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
        let mut state = self.sink.state();
        if state.metadata.contains_key(key) {
            return Err(misuse(format!(
                "output `{}` has its {} already",
                self.sink.name, view["type"]
            )));
        }
        state.metadata.insert(key.into(), metadata);
        ui::show(&mut state, view);
        Ok(())
    }
}

impl Output<SlicedClassificationMetrics> {
    /// Records how often each class was taken for each in one slice of the data.
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
        let mut state = self.sink.state();
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
            return Err(misuse(format!("slice `{slice}` has its {key} already")));
        }
        metrics[key] = metadata;
        let slices = Value::from(state.entries.clone());
        state.content = Some(json!({"evaluationSlices": slices}).to_string());
        state.metadata.insert("evaluationSlices".into(), slices);
        Ok(())
    }
}

/// A square matrix with one distinct label a side.
struct Matrix {
    labels: Vec<String>,
    rows: Vec<Vec<u64>>,
}

impl Matrix {
    fn new<L, R, C>(labels: &[L], counts: &[R]) -> io::Result<Self>
    where
        L: AsRef<str>,
        R: AsRef<[C]>,
        C: Copy + Display + TryInto<u64>,
    {
        // KFP 1 trims them when it reads the table, and then looks them up.
        let labels: Vec<_> = labels
            .iter()
            .map(|label| label.as_ref().trim().to_owned())
            .collect();
        if labels.is_empty() {
            return Err(misuse("a confusion matrix needs at least one class"));
        }
        if let Some(twice) = labels
            .iter()
            .enumerate()
            .find(|(index, label)| labels[..*index].contains(label))
        {
            return Err(misuse(format!(
                "two classes of the confusion matrix are called `{}`",
                twice.1
            )));
        }
        if counts.len() != labels.len() {
            return Err(misuse(format!(
                "a confusion matrix of {} classes has {} rows",
                labels.len(),
                counts.len()
            )));
        }
        let row = |(label, row): (&String, &R)| {
            let row = row.as_ref();
            if row.len() != labels.len() {
                return Err(misuse(format!(
                    "row `{label}` of a confusion matrix of {} classes has {} counts",
                    labels.len(),
                    row.len()
                )));
            }
            let count = |count: &C| {
                (*count)
                    .try_into()
                    .map_err(|_| misuse(format!("row `{label}` holds the count {count}")))
            };
            row.iter().map(count).collect()
        };
        let rows = labels
            .iter()
            .zip(counts)
            .map(row)
            .collect::<io::Result<_>>()?;
        Ok(Self { labels, rows })
    }

    fn metadata(&self) -> Value {
        let specs: Vec<_> = self
            .labels
            .iter()
            .map(|label| json!({"displayName": label}))
            .collect();
        let rows: Vec<_> = self.rows.iter().map(|row| json!({"row": row})).collect();
        json!({"annotationSpecs": specs, "rows": rows})
    }

    fn view(&self) -> Value {
        let mut table = String::new();
        for (target, row) in self.labels.iter().zip(&self.rows) {
            for (predicted, count) in self.labels.iter().zip(row) {
                table += &ui::csv_row([&**target, predicted, &count.to_string()]);
            }
        }
        json!({
            "type": "confusion_matrix",
            "format": "csv",
            "storage": "inline",
            "schema": [
                {"name": "target", "type": "CATEGORY"},
                {"name": "predicted", "type": "CATEGORY"},
                {"name": "count", "type": "NUMBER"},
            ],
            "source": table,
            "labels": self.labels,
        })
    }
}

/// The points of a ROC curve: false positive rate, true positive rate, threshold.
struct Curve(Vec<[f64; 3]>);

impl Curve {
    fn new(
        false_positive_rates: &[f64],
        true_positive_rates: &[f64],
        thresholds: &[f64],
    ) -> io::Result<Self> {
        let lengths = [
            false_positive_rates.len(),
            true_positive_rates.len(),
            thresholds.len(),
        ];
        if lengths != [thresholds.len(); 3] {
            return Err(misuse(format!(
                "a ROC curve has {} false positive rates, {} true positive rates and {} thresholds",
                lengths[0], lengths[1], lengths[2]
            )));
        }
        if thresholds.is_empty() {
            return Err(misuse("a ROC curve needs at least one point"));
        }
        let rates = false_positive_rates.iter().zip(true_positive_rates);
        let point = |(index, ((&fpr, &tpr), &threshold)): (usize, ((&f64, &f64), &f64))| {
            if let Some(rate) = [fpr, tpr]
                .into_iter()
                .find(|rate| !(0.0..=1.0).contains(rate))
            {
                return Err(misuse(format!(
                    "point {index} of the ROC curve holds the rate {rate}, which must lie from 0 to 1"
                )));
            }
            if !threshold.is_finite() {
                return Err(misuse(format!(
                    "point {index} of the ROC curve has the threshold {threshold}, which must be finite"
                )));
            }
            Ok([fpr, tpr, threshold])
        };
        rates
            .zip(thresholds)
            .enumerate()
            .map(point)
            .collect::<io::Result<_>>()
            .map(Self)
    }

    fn metadata(&self) -> Value {
        let point = |[fpr, tpr, threshold]: &[f64; 3]| json!({"confidenceThreshold": threshold, "recall": tpr, "falsePositiveRate": fpr});
        self.0.iter().map(point).collect()
    }

    fn view(&self) -> Value {
        let table: String = self
            .0
            .iter()
            .map(|point| ui::csv_row(point.map(|number| number.to_string())))
            .collect();
        let column = |name: &str| json!({"name": name, "type": "NUMBER"});
        json!({
            "type": "roc",
            "format": "csv",
            "storage": "inline",
            "schema": [column("fpr"), column("tpr"), column("threshold")],
            "source": table,
        })
    }
}
