//! Which rows are for testing: exact counts per class, drawn without remembering any row.

use std::collections::BTreeMap;

use kfp_component::Result;

/// Each class costs memory; beyond this the column is no label.
const MOST_CLASSES: usize = 100_000;

const UNSTRATIFIED: &str = "hint: set `stratify` to false to split it all the same";

/// How many rows each class has.
#[derive(Default)]
pub(crate) struct Census(BTreeMap<String, Class>);

struct Class {
    rows: u64,
    /// Where the first of them begins.
    start: u64,
}

impl Census {
    pub(crate) fn count(&mut self, class: &str, start: u64) -> Result<()> {
        if let Some(class) = self.0.get_mut(class) {
            class.rows += 1;
        } else if self.0.len() < MOST_CLASSES {
            self.0.insert(class.to_owned(), Class { rows: 1, start });
        } else {
            return Err(format!(
                "`label_colname` names a column of more than {MOST_CLASSES} classes\n{UNSTRATIFIED}"
            )
            .into());
        }
        Ok(())
    }

    /// Decides how many rows of each class are for testing; `line` tells on which line a row begins.
    pub(crate) fn draw(
        self,
        fraction: f64,
        seed: u64,
        line: impl Fn(u64) -> Result<u64>,
    ) -> Result<Draw> {
        let rows: Vec<u64> = self.0.values().map(|class| class.rows).collect();
        match rows.iter().sum() {
            0 => return Err("`ingested_data` has a header, but no rows".into()),
            1 => {
                return Err(
                    "`ingested_data` has one row, but needs two: one to train on, one to test on"
                        .into(),
                );
            }
            2.. => {}
        }
        if let Some((name, class)) = self.0.iter().find(|(_, class)| class.rows == 1) {
            return Err(format!(
                "`ingested_data`, line {}: class `{name}` has this one row, but needs two: one to train on, one to test on\n\
                 {UNSTRATIFIED}",
                line(class.start)?
            )
            .into());
        }
        let left = rows
            .iter()
            .zip(tests(&rows, fraction))
            .map(|(&rows, tests)| Left { rows, tests });
        Ok(Draw {
            left: self.0.into_keys().zip(left).collect(),
            random: oorandom::Rand64::new(seed.into()),
        })
    }
}

/// Knuth's selection sampling, one per class: a row is taken with the chance that still makes the counts come out.
pub(crate) struct Draw {
    left: BTreeMap<String, Left>,
    random: oorandom::Rand64,
}

struct Left {
    rows: u64,
    tests: u64,
}

impl Draw {
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

/// How many of each class's rows are for testing: the fraction of all rows, rounded, shared out by largest remainders.
///
/// Every class keeps at least one row on both sides, even if the total then is larger.
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
mod tests_of_draw {
    use super::*;

    #[test]
    fn the_total_is_the_rounded_fraction_of_all_rows() {
        assert_eq!(tests(&[50, 50, 50], 0.2), [10, 10, 10]);
        assert_eq!(tests(&[7, 7, 7], 0.2), [2, 1, 1]);
        assert_eq!(tests(&[1_000_000], 0.25), [250_000]);
        assert_eq!(tests(&[10, 25, 65], 0.33), [3, 8, 22]);
    }

    #[test]
    fn every_class_is_on_both_sides() {
        assert_eq!(tests(&[2, 2, 2], 0.001), [1, 1, 1]);
        assert_eq!(tests(&[2, 100], 0.999), [1, 99]);
    }

    #[test]
    fn the_draw_takes_exactly_that_many_and_every_row_has_the_same_chance() {
        let mut taken = [0; 10];
        for seed in 0..2000 {
            let mut census = Census::default();
            (0..10).for_each(|_| census.count("a", 0).unwrap());
            let mut draw = census.draw(0.3, seed, Ok).unwrap();
            let drawn: Vec<bool> = (0..10).map(|_| draw.is_for_testing("a").unwrap()).collect();
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
        let mut census = Census::default();
        census.count("a", 0).unwrap();
        census.count("a", 0).unwrap();
        let mut draw = census.draw(0.5, 0, Ok).unwrap();
        assert!(draw.is_for_testing("b").is_err());
        draw.is_for_testing("a").unwrap();
        draw.is_for_testing("a").unwrap();
        assert!(draw.is_for_testing("a").is_err());
    }

    #[test]
    fn more_classes_than_fit_in_memory_are_refused() {
        let mut census = Census::default();
        (0..MOST_CLASSES).for_each(|class| census.count(&class.to_string(), 0).unwrap());
        census.count("7", 0).unwrap();
        assert!(
            census
                .count("another", 0)
                .unwrap_err()
                .to_string()
                .contains("stratify")
        );
    }
}
