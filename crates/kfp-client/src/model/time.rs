//! Points in time, which the server writes even where there is none.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer};

/// Reads an RFC 3339 timestamp. The epoch and the year 1 stand for "not yet", as Go's and protobuf's zero times do.
pub(crate) fn optional<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<SystemTime>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text
        .and_then(|text| humantime::parse_rfc3339_weak(&text).ok())
        .filter(|time| *time != UNIX_EPOCH))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn zero_times_are_absent() {
        for absent in [
            json!("1970-01-01T00:00:00Z"),
            json!("0001-01-01T00:00:00Z"),
            json!(null),
        ] {
            assert_eq!(optional(&absent).unwrap(), None, "{absent}");
        }
        let time = optional(json!("2026-11-26T13:31:40Z")).unwrap().unwrap();
        assert_eq!(
            humantime::format_rfc3339(time).to_string(),
            "2026-11-26T13:31:40Z"
        );
    }
}
