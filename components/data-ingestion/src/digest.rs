//! SHA-256 digests, written as 64 hex digits.

use std::fmt;

use kfp_component::Result;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Digest(pub(crate) [u8; 32]);

impl Digest {
    /// Reads what `sha256sum` prints.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let digit = |at: usize| char::from(*text.as_bytes().get(at)?).to_digit(16);
        let mut digest = [0; 32];
        for (at, byte) in digest.iter_mut().enumerate() {
            let value = digit(2 * at)
                .zip(digit(2 * at + 1))
                .map(|(high, low)| high << 4 | low);
            let value = value
                .filter(|_| text.len() == 64)
                .and_then(|value| u8::try_from(value).ok());
            *byte =
                value.ok_or_else(|| format!("`sha256` is `{text}`, but must be 64 hex digits"))?;
        }
        Ok(Self(digest))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn a_digest_is_read_in_either_case_and_written_in_lower() {
        assert_eq!(Digest::parse(HEX).unwrap().to_string(), HEX);
        assert_eq!(Digest::parse(&HEX.to_uppercase()).unwrap().to_string(), HEX);
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "e3b0",
            &HEX[1..],
            &format!("{HEX}00"),
            &HEX.replace('e', "g"),
        ] {
            let error = Digest::parse(text).unwrap_err().to_string();
            assert!(error.ends_with("but must be 64 hex digits"), "{error}");
        }
    }
}
