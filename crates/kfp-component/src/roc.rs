//! A ROC curve in both versions of KFP.
//!
//! One that a UI would fail to draw cannot be built. Its corners are written three times: see [`polyline`](crate::polyline).

use std::io;

use serde_json::{Value, json};

use crate::error::misuse;
use crate::polyline::{self, Point};
use crate::ui;

/// The points that draw a ROC curve: false positive rate, true positive rate, threshold.
pub(crate) struct Curve(Vec<Point>);

impl Curve {
    pub(crate) fn new(
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
        let points: Vec<Point> = rates
            .zip(thresholds)
            .enumerate()
            .map(point)
            .collect::<io::Result<_>>()?;
        Ok(Self(polyline::drawable(&points)))
    }

    pub(crate) fn metadata(&self) -> Value {
        let point = |[fpr, tpr, threshold]: &[f64; 3]| json!({"confidenceThreshold": threshold, "recall": tpr, "falsePositiveRate": fpr});
        self.0.iter().map(point).collect()
    }

    pub(crate) fn view(&self) -> Value {
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
