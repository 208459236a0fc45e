//! Cron expressions as the server reads them.

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
/// # Ok::<(), kfp_client::cron::FieldCount>(())
/// ```
///
/// # Errors
/// If there are neither five nor six fields. The fields themselves are the server's to check.
pub fn six_fields(expression: &str) -> Result<String, FieldCount> {
    let expression = expression.trim();
    if expression.starts_with('@') {
        return Ok(expression.to_owned());
    }
    let fields: Vec<&str> = expression.split_whitespace().collect();
    match fields.len() {
        5 => Ok(format!("0 {}", fields.join(" "))),
        6 => Ok(fields.join(" ")),
        found => Err(FieldCount(found)),
    }
}

/// A cron expression has neither five nor six fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a cron expression has five fields, or six with seconds first; this one has {0}")]
pub struct FieldCount(pub usize);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_numbers_of_fields_are_refused() {
        for (expression, fields) in [("", 0), ("5", 1), ("* * * *", 4), ("* * * * * * *", 7)] {
            assert_eq!(
                six_fields(expression),
                Err(FieldCount(fields)),
                "{expression}"
            );
        }
    }

    #[test]
    fn spaces_do_not_matter() {
        assert_eq!(six_fields("  0\t5  * * 1-5 ").unwrap(), "0 0 5 * * 1-5");
    }
}
