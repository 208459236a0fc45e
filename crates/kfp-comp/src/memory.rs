//! Amounts of memory, as people and Kubernetes write them.

/// Reads an amount of memory in bytes: `4GiB`, `512M`, `2.5GB`, and as Kubernetes writes it, `64Mi`.
///
/// # Errors
/// If it is not one.
pub(crate) fn parse(text: &str) -> Result<f64, String> {
    let at = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(at);
    let factor = match unit.trim().trim_end_matches('B') {
        "" => 1.0,
        "k" | "K" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "Ki" => 1024.0,
        "Mi" => f64::from(1 << 20),
        "Gi" => f64::from(1 << 30),
        "Ti" => f64::from(1 << 30) * 1024.0,
        _ => return Err(format!("`{unit}` is not a unit; write 4GiB or 512MB")),
    };
    let number: f64 = number
        .parse()
        .map_err(|_| format!("`{text}` is not an amount of memory; write 4GiB or 512MB"))?;
    Ok(number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_in_both_kinds_of_units() {
        for (text, bytes) in [
            ("4GiB", 4_294_967_296.0),
            ("4Gi", 4_294_967_296.0),
            ("1k", 1e3),
            ("1.5GB", 1.5e9),
            ("512M", 512e6),
            ("7", 7.0),
        ] {
            assert_eq!(
                parse(text).map(|memory| memory.to_string()),
                Ok(bytes.to_string())
            );
        }
        assert!(parse("GiB").is_err() && parse("4 potatoes").is_err());
    }
}
