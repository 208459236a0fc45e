//! Keeps secrets out of logs.

use std::io::{self, Read, Write};

const STARS: &[u8] = b"***";

/// Copies a stream with every secret replaced by `***`, as soon as it is sure that no secret is cut in two.
pub(super) fn copy(
    from: &mut impl Read,
    to: &mut impl Write,
    secrets: &[Vec<u8>],
) -> io::Result<()> {
    let longest = secrets.iter().map(Vec::len).max().unwrap_or(1);
    let mut pending = Vec::new();
    let mut buffer = vec![0; 16 << 10];
    loop {
        let read = from.read(&mut buffer)?;
        pending.extend_from_slice(&buffer[..read]);
        let is_over = read == 0;
        let keep = if is_over { 0 } else { longest - 1 };
        let written = replace(&pending, keep, to, secrets)?;
        pending.drain(..written);
        if is_over {
            return Ok(());
        }
    }
}

/// Writes all but the last `keep` bytes, and says how many of the given ones it is done with.
fn replace(
    bytes: &[u8],
    keep: usize,
    to: &mut impl Write,
    secrets: &[Vec<u8>],
) -> io::Result<usize> {
    let mut at = 0;
    let mut plain = 0;
    while at + keep < bytes.len() {
        // The longest first, so that of a secret within another nothing is left.
        let found = secrets
            .iter()
            .filter(|secret| bytes[at..].starts_with(secret))
            .map(Vec::len)
            .max();
        match found {
            None => at += 1,
            Some(length) => {
                to.write_all(&bytes[plain..at])?;
                to.write_all(STARS)?;
                at += length;
                plain = at;
            }
        }
    }
    to.write_all(&bytes[plain..at])?;
    Ok(at)
}

/// What is looked for: each value, and each line of one with several.
pub(super) fn secrets<'a>(values: impl Iterator<Item = &'a String>) -> Vec<Vec<u8>> {
    values
        .flat_map(|value| std::iter::once(value.as_str()).chain(value.lines()))
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map(|text| text.as_bytes().to_vec())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream that comes in pieces.
    struct Pieces<'a>(Vec<&'a [u8]>);

    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Ok(0);
            }
            let piece = self.0.remove(0);
            buffer[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    #[test]
    fn a_secret_is_replaced_wherever_a_stream_is_cut() {
        let text = b"a hunter2 b hunter2! hunt hunter22";
        let masks = secrets([&"hunter2".to_owned(), &"hunt".to_owned()].into_iter());
        for cut in 0..text.len() {
            let mut out = Vec::new();
            copy(
                &mut Pieces(
                    vec![&text[..cut], &text[cut..]]
                        .into_iter()
                        .filter(|piece| !piece.is_empty())
                        .collect(),
                ),
                &mut out,
                &masks,
            )
            .unwrap();
            assert_eq!(
                String::from_utf8(out).unwrap(),
                "a *** b ***! *** ***2",
                "{cut}"
            );
        }
    }

    #[test]
    fn each_line_of_a_secret_is_secret() {
        let masks = secrets([&"-----\nabc\n".to_owned()].into_iter());
        let mut out = Vec::new();
        copy(&mut &b"x abc y"[..], &mut out, &masks).unwrap();
        assert_eq!(out, b"x *** y");
    }
}
