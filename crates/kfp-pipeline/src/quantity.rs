//! Amounts of memory and of CPU, as Kubernetes and as people write them.

/// Bytes: `4Gi`, `512M` and `1e9`, as Kubernetes writes them, and `4GiB` and `512 MB`, as people do.
///
/// ```
/// use kfp_pipeline::quantity::bytes;
/// assert_eq!(bytes("4Gi"), bytes("4 GiB"));
/// assert_eq!(bytes("1.5GB"), Some(1.5e9));
/// assert_eq!(bytes("much"), None);
/// ```
pub fn bytes(text: &str) -> Option<f64> {
    const KI: f64 = 1024.0;
    const UNITS: [(&str, f64); 13] = [
        ("", 1.0),
        ("K", 1e3),
        ("M", 1e6),
        ("G", 1e9),
        ("T", 1e12),
        ("P", 1e15),
        ("E", 1e18),
        ("Ki", KI),
        ("Mi", KI * KI),
        ("Gi", KI * KI * KI),
        ("Ti", KI * KI * KI * KI),
        ("Pi", KI * KI * KI * KI * KI),
        ("Ei", KI * KI * KI * KI * KI * KI),
    ];
    let (number, unit) = split(text)?;
    // Kubernetes tells `M` from `m`, a thousandth. People end units in `B`, and may write them in small letters.
    let is_it = |name: &str| match unit.strip_suffix(['B', 'b']) {
        Some(unit) => name.eq_ignore_ascii_case(unit),
        None => name == unit || (name, unit) == ("K", "k"),
    };
    let (_, factor) = UNITS.iter().find(|(name, _)| is_it(name))?;
    Some(number * factor)
}

/// CPUs, in parts of one: `2`, `0.5`, or `500m` in thousandths.
///
/// ```
/// use kfp_pipeline::quantity::cpus;
/// assert_eq!(cpus("500m"), Some(0.5));
/// assert_eq!(cpus("2"), Some(2.0));
/// assert_eq!(cpus("all"), None);
/// ```
pub fn cpus(text: &str) -> Option<f64> {
    match split(text)? {
        (number, "") => Some(number),
        (number, "m") => Some(number / 1000.0),
        _ => None,
    }
}

/// A number that is not negative, and what stands behind it.
fn split(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let is_number = |text: &str| text.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    if is_number(text)
        && let Ok(number) = text.parse()
    {
        return Some((number, ""));
    }
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(end);
    Some((number.parse().ok()?, unit.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_bytes(text: &str, wanted: Option<f64>) {
        let found = bytes(text).map(|bytes| bytes.to_string());
        assert_eq!(found, wanted.map(|bytes| bytes.to_string()), "{text}");
    }

    #[test]
    fn memory_is_read_in_both_kinds_of_units() {
        for (text, wanted) in [
            ("4GiB", 4_294_967_296.0),
            ("4Gi", 4_294_967_296.0),
            ("4gib", 4_294_967_296.0),
            ("1.5GB", 1.5e9),
            ("500mb", 5e8),
            ("512M", 512e6),
            ("64Mi", 67_108_864.0),
            ("3k", 3000.0),
            ("3 kB", 3000.0),
            ("2E", 2e18),
            ("1e3", 1000.0),
            ("7B", 7.0),
            ("7", 7.0),
        ] {
            assert_bytes(text, Some(wanted));
        }
    }

    #[test]
    fn what_is_not_an_amount_is_not_guessed() {
        for text in [
            "",
            "GiB",
            "4 potatoes",
            "-1",
            "inf",
            "NaN",
            "100m",
            "4g",
            "4i",
            "1.2.3G",
        ] {
            assert_bytes(text, None);
        }
        for text in ["", "500 MB", "-1", "inf", "2M"] {
            assert!(cpus(text).is_none(), "{text}");
        }
    }
}
