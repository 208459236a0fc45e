//! The score of a forest: its confusion matrix and, for two classes, its ROC curve.

use std::collections::{BTreeMap, BTreeSet};

/// The result of predicting examples whose class is known.
#[derive(Debug, PartialEq)]
pub struct Score {
    /// True classes against predicted ones.
    pub confusion: Confusion,
    /// With two classes, and rows of both: how well the share of votes for the second separates them.
    pub roc: Option<Roc>,
}

/// How often each class was predicted for rows of each class.
#[derive(Debug, PartialEq)]
pub struct Confusion {
    /// The classes, in alphabetical order.
    pub labels: Vec<String>,
    /// One row per true class, one column per predicted class.
    pub counts: Vec<Vec<u64>>,
}

impl Confusion {
    /// Counts pairs of true and predicted class. A true class unknown to the model has a row too.
    pub(crate) fn new<'a>(
        known: &'a [String],
        pairs: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let mut labels: BTreeSet<&str> = known.iter().map(String::as_str).collect();
        let mut cells = BTreeMap::<_, u64>::new();
        for pair in pairs {
            labels.insert(pair.0);
            *cells.entry(pair).or_default() += 1;
        }
        let labels: Vec<&str> = labels.into_iter().collect();
        let count = |truth, predicted| cells.get(&(truth, predicted)).copied().unwrap_or_default();
        let row = |&truth| {
            labels
                .iter()
                .map(|&predicted| count(truth, predicted))
                .collect()
        };
        Self {
            counts: labels.iter().map(row).collect(),
            labels: labels.iter().map(|&label| label.to_owned()).collect(),
        }
    }

    /// The share of rows predicted correctly.
    #[expect(
        clippy::cast_precision_loss,
        reason = "rows are counted, far below 2^53"
    )]
    pub fn accuracy(&self) -> f64 {
        let right: u64 = self
            .counts
            .iter()
            .enumerate()
            .map(|(class, row)| row[class])
            .sum();
        right as f64 / self.counts.iter().flatten().sum::<u64>() as f64
    }
}

/// For each threshold on the share of votes, the share of rows of each class at or above it.
#[derive(Debug, Default, PartialEq)]
pub struct Roc {
    /// Shares of the rows of the negative class.
    pub false_positive_rates: Vec<f64>,
    /// Shares of the rows of the positive class.
    pub true_positive_rates: Vec<f64>,
    /// Thresholds, descending. The first is one vote more than any row has.
    pub thresholds: Vec<f64>,
}

impl Roc {
    /// From each row's votes for the positive class and whether it belongs to it. Without rows of both classes there is no curve.
    #[expect(
        clippy::cast_precision_loss,
        reason = "rows and votes are counted, far below 2^53"
    )]
    pub(crate) fn new(rows: impl Iterator<Item = (usize, bool)>, trees: usize) -> Option<Self> {
        let mut by_votes = BTreeMap::<usize, [u64; 2]>::new();
        for (votes, is_positive) in rows {
            by_votes.entry(votes).or_default()[usize::from(is_positive)] += 1;
        }
        let all = by_votes
            .values()
            .fold([0; 2], |sum, count| [sum[0] + count[0], sum[1] + count[1]]);
        let most = *by_votes.keys().next_back()?;
        if all.contains(&0) {
            return None;
        }

        let mut curve = Self::default();
        let mut taken = [0; 2];
        let steps = by_votes.into_iter().rev();
        for (votes, count) in std::iter::once((most + 1, [0; 2])).chain(steps) {
            taken = [taken[0] + count[0], taken[1] + count[1]];
            curve
                .false_positive_rates
                .push(taken[0] as f64 / all[0] as f64);
            curve
                .true_positive_rates
                .push(taken[1] as f64 / all[1] as f64);
            curve.thresholds.push(votes as f64 / trees as f64);
        }
        Some(curve)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_true_classes_and_columns_predictions() {
        let known = ["a".to_owned(), "b".to_owned()];
        let pairs = [("a", "a"), ("a", "b"), ("b", "b"), ("b", "b")];
        let confusion = Confusion::new(&known, pairs.into_iter());
        assert_eq!(confusion.labels, ["a", "b"]);
        assert_eq!(confusion.counts, [[1, 1], [0, 2]]);
        assert!((confusion.accuracy() - 0.75).abs() < 1e-12);
    }

    #[test]
    fn a_class_that_was_not_trained_counts_as_wrong() {
        let known = ["a".to_owned(), "c".to_owned()];
        let confusion = Confusion::new(&known, [("a", "a"), ("b", "c")].into_iter());
        assert_eq!(confusion.labels, ["a", "b", "c"]);
        assert_eq!(confusion.counts, [[1, 0, 0], [0, 0, 1], [0, 0, 0]]);
        assert!((confusion.accuracy() - 0.5).abs() < 1e-12);
    }

    #[test]
    fn the_curve_runs_from_no_row_to_all_rows() {
        let rows = [(10, true), (9, true), (9, false), (5, true), (0, false)];
        let roc = Roc::new(rows.into_iter(), 10).unwrap();
        assert_eq!(roc.thresholds, [1.1, 1.0, 0.9, 0.5, 0.0]);
        assert_eq!(
            roc.true_positive_rates,
            [0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0, 1.0]
        );
        assert_eq!(roc.false_positive_rates, [0.0, 0.0, 0.5, 0.5, 1.0]);
    }

    #[test]
    fn a_single_class_has_no_curve() {
        assert_eq!(Roc::new([(3, true), (1, true)].into_iter(), 3), None);
        assert_eq!(Roc::new(std::iter::empty(), 3), None);
    }
}
