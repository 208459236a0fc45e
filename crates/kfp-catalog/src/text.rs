//! Names, paths and hashes that are safe by their type.
//!
//! Refuses look-alike letters, `..`, absolute paths, other algorithms and upper-case hex.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Why a text is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError(String);

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ParseError {}

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $pattern:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": $pattern })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = ParseError;

            fn from_str(text: &str) -> Result<Self, ParseError> {
                Self::check(text).map_err(ParseError)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = ParseError;

            fn try_from(text: String) -> Result<Self, ParseError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }
    };
}

text_type! {
    /// A component's name: `a` to `z`, digits and single hyphens, a letter first.
    Name, r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
}

text_type! {
    /// A path below the catalog's root, with `/` between its parts.
    RelativePath, r"^(?!\.\.?(/|$))[A-Za-z0-9._+-]+(/(?!\.\.?(/|$))[A-Za-z0-9._+-]+)*$"
}

text_type! {
    /// 64 lower-case hex digits.
    Sha256, "^[0-9a-f]{64}$"
}

text_type! {
    /// `sha256:` and 64 lower-case hex digits: how images are named.
    Digest, "^sha256:[0-9a-f]{64}$"
}

impl Name {
    fn check(text: &str) -> Result<(), String> {
        if let Some(odd) = text
            .chars()
            .find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-'))
        {
            let shown = printable(text);
            return Err(if odd.is_alphabetic() && !odd.is_ascii() {
                format!(
                    "`{shown}` is not a component's name: `{odd}` (U+{:04X}) is not one of the letters a to z",
                    odd as u32
                )
            } else {
                format!(
                    "`{shown}` is not a component's name: only a to z, digits and hyphens are allowed"
                )
            });
        }
        let parts_are_whole = text.split('-').all(|part| !part.is_empty());
        if !text.starts_with(|c: char| c.is_ascii_lowercase()) || !parts_are_whole {
            return Err(format!(
                "`{text}` is not a component's name: it begins with a letter and has single hyphens inside"
            ));
        }
        if text.len() > 128 {
            return Err("a component's name has at most 128 characters".to_owned());
        }
        Ok(())
    }
}

impl RelativePath {
    fn check(text: &str) -> Result<(), String> {
        let refuse = |why: &str| {
            Err(format!(
                "the path `{}` {why}",
                printable(&text.chars().take(80).collect::<String>())
            ))
        };
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._+/".contains(c);
        if text.starts_with('/') {
            refuse("is absolute; paths in a catalog stay below it")
        } else if text.split('/').any(|part| matches!(part, "." | "..")) {
            refuse("leads out of the catalog")
        } else if !text.chars().all(is_plain) || text.split('/').any(str::is_empty) {
            refuse("is not a plain path")
        } else {
            Ok(())
        }
    }
}

impl Sha256 {
    fn check(text: &str) -> Result<(), String> {
        let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == 64 && text.bytes().all(is_hex) {
            Ok(())
        } else {
            Err(format!(
                "`{}` is not a sha256: 64 lower-case hex digits",
                printable(&text.chars().take(80).collect::<String>())
            ))
        }
    }
}

impl Digest {
    fn check(text: &str) -> Result<(), String> {
        match text.strip_prefix("sha256:") {
            Some(hex) => Sha256::check(hex),
            None => Err(format!(
                "`{}` is not a digest: `sha256:` and 64 lower-case hex digits",
                printable(&text.chars().take(80).collect::<String>())
            )),
        }
    }
}

/// Control characters could rewrite the line an error is printed on.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_that_only_looks_like_one_of_ours_is_named() {
        let error = "\u{441}sv-filter".parse::<Name>().unwrap_err().to_string();
        assert!(error.contains("U+0441"), "{error}");
    }

    #[test]
    fn names_are_what_kfp_and_every_file_system_take() {
        for good in ["a", "csv-to-parquet", "k8s", "a1-2b"] {
            assert!(good.parse::<Name>().is_ok(), "{good}");
        }
        for bad in [
            "", "-a", "a-", "a--b", "1a", "A", "a_b", "a/b", "..", "a b", "a\u{7}",
        ] {
            assert!(bad.parse::<Name>().is_err(), "{bad}");
        }
    }

    #[test]
    fn no_path_leads_out_of_the_catalog() {
        assert!(
            "components/a/1.0.0+x/component.yaml"
                .parse::<RelativePath>()
                .is_ok()
        );
        for bad in [
            "../../x",
            "/etc/passwd",
            "a/../../b",
            "a//b",
            "",
            "C:\\x",
            "a\\..\\b",
            "https://example.org/x",
            "a/./b",
            "a/%2e%2e/b",
            "a?b",
            "a#b",
            "a\n",
        ] {
            assert!(bad.parse::<RelativePath>().is_err(), "{bad}");
        }
    }

    #[test]
    fn one_content_has_one_hash() {
        let hex = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
        assert!(hex.parse::<Sha256>().is_ok());
        assert!(format!("sha256:{hex}").parse::<Digest>().is_ok());
        for bad in [
            hex.to_uppercase(),
            hex[1..].to_owned(),
            format!("sha512:{hex}"),
        ] {
            assert!(bad.parse::<Sha256>().is_err(), "{bad}");
            assert!(bad.parse::<Digest>().is_err(), "{bad}");
        }
    }
}
