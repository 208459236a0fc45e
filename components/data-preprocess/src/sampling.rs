//! Decides which rows are for testing: exact counts per class, without keeping any row in memory.

use std::collections::BTreeMap;

use kfp_component::Result;

/// Each class costs memory, and a column with more distinct values is not a label.
const MAX_CLASSES: usize = 100_000;

const UNSTRATIFIED: &str = "hint: set `stratify` to false to split the table anyway";

/// How many rows each class has.
#[derive(Default)]
pub(crate) struct ClassCounts(BTreeMap<String, Class>);

struct Class {
    rows: u64,
    /// The byte offset of the first of them.
    start: u64,
}

impl ClassCounts {
    pub(crate) fn count(&mut self, class: &str, start: u64) -> Result<()> {
        if let Some(class) = self.0.get_mut(class) {
            class.rows += 1;
        } else if self.0.len() < MAX_CLASSES {
            self.0.insert(class.to_owned(), Class { rows: 1, start });
        } else {
            return Err(format!(
                "`label_colname` names a column of more than {MAX_CLASSES} classes\n{UNSTRATIFIED}"
            )
            .into());
        }
        Ok(())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Decides how many rows of each class are for testing; `line` gives the line of a byte offset.
    pub(crate) fn sampler(
        self,
        fraction: f64,
        seed: u64,
        line: impl Fn(u64) -> Result<u64>,
    ) -> Result<Sampler> {
        let rows: Vec<u64> = self.0.values().map(|class| class.rows).collect();
        match rows.iter().sum() {
            0 => return Err("`ingested_data` has a header, but no rows".into()),
            1 => {
                return Err(
                    "`ingested_data` has only one row, but needs two: one to train on, one to test on"
                        .into(),
                );
            }
            2.. => {}
        }
        if let Some((name, class)) = self.0.iter().find(|(_, class)| class.rows == 1) {
            return Err(format!(
                "`ingested_data`, line {}: class `{name}` has only this row, but needs two: one to train on, one to test on\n\
                 {UNSTRATIFIED}",
                line(class.start)?
            )
            .into());
        }
        let left = rows
            .iter()
            .zip(tests(&rows, fraction))
            .map(|(&rows, tests)| Remaining { rows, tests });
        Ok(Sampler {
            left: self.0.into_keys().zip(left).collect(),
            random: oorandom::Rand64::new(seed.into()),
        })
    }
}

/// Knuth's selection sampling per class: rows still to take, divided by rows still to come, is each row's chance.
pub(crate) struct Sampler {
    left: BTreeMap<String, Remaining>,
    random: oorandom::Rand64,
}

struct Remaining {
    rows: u64,
    tests: u64,
}

impl Sampler {
    /// Whether the next row, of this class, is for testing.
    pub(crate) fn is_for_testing(&mut self, class: &str) -> Result<bool> {
        let left = self.left.get_mut(class).filter(|left| left.rows > 0);
        let left = left.ok_or("`ingested_data` changed while it was read")?;
        let taken = self.random.rand_range(0..left.rows) < left.tests;
        left.rows -= 1;
        left.tests -= u64::from(taken);
        Ok(taken)
    }
}

/// How many rows of each class are for testing: the fraction of all rows, rounded, apportioned by largest remainders.
///
/// Every class has at least one row in both subsets, even if that makes the total larger.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rows are counted, far below 2^53"
)]
fn tests(rows: &[u64], fraction: f64) -> Vec<u64> {
    let ideal = |rows: u64| rows as f64 * fraction;
    let mut tests: Vec<u64> = rows
        .iter()
        .map(|&rows| (ideal(rows) as u64).clamp(1, rows - 1))
        .collect();

    let total = ideal(rows.iter().sum()).round() as u64;
    let missing = total.saturating_sub(tests.iter().sum());
    let lacks = |class: usize| ideal(rows[class]) - tests[class] as f64;
    let mut classes: Vec<usize> = (0..rows.len())
        .filter(|&class| tests[class] + 1 < rows[class])
        .collect();
    classes.sort_by(|&a, &b| lacks(b).total_cmp(&lacks(a)));
    for class in classes.into_iter().take(missing as usize) {
        tests[class] += 1;
    }
    tests
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn the_total_is_the_rounded_fraction_of_all_rows() {
        assert_eq!(tests(&[50, 50, 50], 0.2), [10, 10, 10]);
        assert_eq!(tests(&[7, 7, 7], 0.2), [2, 1, 1]);
        assert_eq!(tests(&[1_000_000], 0.25), [250_000]);
        assert_eq!(tests(&[10, 25, 65], 0.33), [3, 8, 22]);
    }

    #[test]
    fn every_class_is_in_both_subsets() {
        assert_eq!(tests(&[2, 2, 2], 0.001), [1, 1, 1]);
        assert_eq!(tests(&[2, 100], 0.999), [1, 99]);
    }

    #[test]
    fn the_sampler_takes_exactly_that_many_and_every_row_has_the_same_chance() {
        let mut taken = [0; 10];
        for seed in 0..2000 {
            let mut counts = ClassCounts::default();
            (0..10).for_each(|_| counts.count("a", 0).unwrap());
            let mut sampler = counts.sampler(0.3, seed, Ok).unwrap();
            let drawn: Vec<bool> = (0..10)
                .map(|_| sampler.is_for_testing("a").unwrap())
                .collect();
            assert_eq!(drawn.iter().filter(|drawn| **drawn).count(), 3);
            drawn
                .iter()
                .zip(&mut taken)
                .for_each(|(drawn, taken)| *taken += u32::from(*drawn));
        }
        assert!(
            taken.iter().all(|taken| (500..700).contains(taken)),
            "{taken:?}"
        );
    }

    #[test]
    fn a_row_that_was_not_counted_is_noticed() {
        let mut counts = ClassCounts::default();
        counts.count("a", 0).unwrap();
        counts.count("a", 0).unwrap();
        let mut sampler = counts.sampler(0.5, 0, Ok).unwrap();
        assert!(sampler.is_for_testing("b").is_err());
        sampler.is_for_testing("a").unwrap();
        sampler.is_for_testing("a").unwrap();
        assert!(sampler.is_for_testing("a").is_err());
    }

    #[test]
    fn more_classes_than_fit_in_memory_are_refused() {
        let mut counts = ClassCounts::default();
        (0..MAX_CLASSES).for_each(|class| counts.count(&class.to_string(), 0).unwrap());
        counts.count("7", 0).unwrap();
        assert!(
            counts
                .count("another", 0)
                .unwrap_err()
                .to_string()
                .contains("stratify")
        );
    }
}
