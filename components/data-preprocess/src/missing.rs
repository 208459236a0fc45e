//! Missing values: empty cells, NaN and infinities.

/// Whether a model cannot learn from a cell.
pub(crate) fn is_missing(cell: &str) -> bool {
    let cell = cell.trim();
    match cell.trim_start_matches(['+', '-']).as_bytes().first() {
        None => cell.is_empty(),
        // Every spelling of a non-finite number begins like this, so most cells are not parsed.
        Some(b'n' | b'N' | b'i' | b'I') => {
            cell.parse::<f64>().is_ok_and(|number| !number.is_finite())
        }
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_missing;

    #[test]
    fn empty_and_non_finite_cells_are_missing() {
        for cell in [
            "",
            "  ",
            "NaN",
            "nan",
            "-nan",
            " NAN ",
            "inf",
            "-Infinity",
            "+INF",
        ] {
            assert!(is_missing(cell), "{cell:?}");
        }
    }

    #[test]
    fn numbers_and_words_are_values() {
        for cell in [
            "0",
            "-1.5",
            "1e308",
            "-",
            "n",
            "none",
            "Nancy",
            "inflation",
            "-in",
        ] {
            assert!(!is_missing(cell), "{cell:?}");
        }
    }
}
