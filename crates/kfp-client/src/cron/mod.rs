//! Cron expressions as the server reads them.

mod schedule;

pub use schedule::Schedule;

/// Turns the five classic fields of cron into the six that the server expects, seconds first.
///
/// The server reads robfig/cron version 1: seconds come first and the *last* field, the day of the week, is the one that
/// may be missing. It therefore accepts `0 5 * * *` and takes it for "minute 5 of every hour". Six fields and
/// descriptors such as `@daily` or `@every 1h` are returned unchanged.
///
/// ```
/// use kfp_client::cron::six_fields;
/// assert_eq!(six_fields("0 5 * * *")?, "0 0 5 * * *");
/// assert_eq!(six_fields("30 0 5 * * *")?, "30 0 5 * * *");
/// assert_eq!(six_fields("@daily")?, "@daily");
/// # Ok::<(), kfp_client::cron::Invalid>(())
/// ```
///
/// # Errors
/// If there are neither five nor six fields. What is in them is not looked at: see [`Schedule::read`].
pub fn six_fields(expression: &str) -> Result<String, Invalid> {
    let expression = expression.trim();
    if expression.starts_with('@') {
        return Ok(expression.to_owned());
    }
    let fields: Vec<&str> = expression.split_whitespace().collect();
    match fields.len() {
        5 => Ok(format!("0 {}", fields.join(" "))),
        6 => Ok(fields.join(" ")),
        found => Err(Invalid::Count(found)),
    }
}

/// What is wrong with a cron expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// It has neither five nor six fields.
    #[error("a cron expression has five fields, or six with seconds first; this one has {0}")]
    Count(usize),
    /// A field is not one.
    #[error("`{text}` is not the {name} of a cron expression")]
    Field {
        /// Which one.
        name: &'static str,
        /// What it says.
        text: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_numbers_of_fields_are_refused() {
        for (expression, fields) in [("", 0), ("5", 1), ("* * * *", 4), ("* * * * * * *", 7)] {
            assert_eq!(
                six_fields(expression),
                Err(Invalid::Count(fields)),
                "{expression}"
            );
        }
    }

    #[test]
    fn spaces_do_not_matter() {
        assert_eq!(six_fields("  0\t5  * * 1-5 ").unwrap(), "0 0 5 * * 1-5");
    }

    #[test]
    fn times_are_those_of_croniter() {
        let rows = include_str!("../../tests/data/cron.tsv").lines();
        let rows: Vec<_> = rows.filter_map(|row| row.split_once('\t')).collect();
        assert_eq!(rows.len(), 30);
        let start = humantime::parse_rfc3339("2026-11-26T18:30:02Z").unwrap();
        for (expression, expected) in rows {
            let schedule = Schedule::read(expression).unwrap().unwrap();
            let times: Vec<String> = schedule
                .after(start)
                .take(5)
                .map(|time| humantime::format_rfc3339_seconds(time).to_string())
                .collect();
            assert_eq!(times.join(" "), expected, "{expression}");
        }
    }

    #[test]
    fn a_field_that_is_none_is_named() {
        for (expression, name) in [
            ("60 * * * * *", "second"),
            ("0 0 24 * * *", "hour"),
            ("0 0 0 0 * *", "day of the month"),
            ("0 0 0 * 13 *", "month"),
            // Unlike other programs, the server knows no second Sunday.
            ("0 0 0 * * 7", "day of the week"),
            ("0 5-1 * * * *", "minute"),
            ("0 */0 * * * *", "minute"),
            ("0 x * * * *", "minute"),
        ] {
            let error = Schedule::read(expression).unwrap_err();
            assert!(
                matches!(&error, Invalid::Field { name: found, .. } if *found == name),
                "{error}"
            );
        }
    }

    #[test]
    fn what_never_comes_ends() {
        let never = Schedule::read("0 0 0 31 2 *").unwrap().unwrap();
        assert_eq!(never.after(std::time::UNIX_EPOCH).next(), None);
        assert_eq!(Schedule::read("@every 1h").unwrap(), None);
        assert_eq!(
            Schedule::read("@daily").unwrap(),
            Schedule::read("0 0 0 * * *").unwrap()
        );
    }
}
