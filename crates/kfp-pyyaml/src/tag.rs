//! Anchors, tags and directives.

use super::YamlError;
use super::cursor::{is_break_or_end, is_gap};
use super::scanner::{Scanner, is_word};
use super::token::Token;

type Scanned<T> = Result<T, YamlError>;

/// The name PyYAML resolves a node to, without `tag:yaml.org,2002:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tag {
    Null,
    Bool,
    Int,
    Float,
    Binary,
    Timestamp,
    Omap,
    Pairs,
    Set,
    Str,
    Seq,
    Map,
    Merge,
    Default,
    Unknown(String),
}

impl Tag {
    pub(super) fn named(name: &str) -> Self {
        match name.strip_prefix("tag:yaml.org,2002:") {
            Some("null") => Self::Null,
            Some("bool") => Self::Bool,
            Some("int") => Self::Int,
            Some("float") => Self::Float,
            Some("binary") => Self::Binary,
            Some("timestamp") => Self::Timestamp,
            Some("omap") => Self::Omap,
            Some("pairs") => Self::Pairs,
            Some("set") => Self::Set,
            Some("str") => Self::Str,
            Some("seq") => Self::Seq,
            Some("map") => Self::Map,
            Some("merge") => Self::Merge,
            Some("value") => Self::Default,
            _ => Self::Unknown(name.into()),
        }
    }
}

impl Scanner {
    pub(super) fn anchor(&mut self) -> Scanned<()> {
        self.save_key()?;
        self.key_allowed = false;
        let start = self.cursor.position();
        let (make, what): (fn(String) -> Token, _) = match self.cursor.take(1).as_str() {
            "*" => (Token::Alias, "alias"),
            _ => (Token::Anchor, "anchor"),
        };
        let name = self.cursor.take_while(is_word);
        let after = self.cursor.peek(0);
        if name.is_empty() || !(is_gap(after) || "?:,]}%@`".contains(after)) {
            let message = format!(
                "while scanning an {what} expected alphabetic or numeric character, but found {after:?}"
            );
            return Err(self.error(message));
        }
        self.push(make(name), start);
        Ok(())
    }

    pub(super) fn tag(&mut self) -> Scanned<()> {
        self.save_key()?;
        self.key_allowed = false;
        let start = self.cursor.position();
        let token = self.scan_tag()?;
        self.push(token, start);
        Ok(())
    }

    pub(super) fn scan_directive(&mut self) -> Scanned<Token> {
        self.cursor.forward(1);
        let name = self.cursor.take_while(is_word);
        let after = self.cursor.peek(0);
        if name.is_empty() || !ends_word(after) {
            let message = format!(
                "while scanning a directive expected alphabetic or numeric character, but found {after:?}"
            );
            return Err(self.error(message));
        }
        let token = match name.as_str() {
            "YAML" => self.yaml_directive()?,
            "TAG" => self.tag_directive()?,
            _ => {
                self.cursor.take_while(|c| !is_break_or_end(c));
                Token::OtherDirective
            }
        };
        self.rest_of_line("directive")?;
        Ok(token)
    }

    fn yaml_directive(&mut self) -> Scanned<Token> {
        self.cursor.skip_spaces();
        let major = self.cursor.take_while(|c| c.is_ascii_digit());
        let dot = self.cursor.take(1);
        let minor = self.cursor.take_while(|c| c.is_ascii_digit());
        if major.is_empty() || dot != "." || minor.is_empty() || !ends_word(self.cursor.peek(0)) {
            return Err(self.error("while scanning a directive expected a version such as 1.1"));
        }
        Ok(Token::YamlDirective {
            major: major.parse().unwrap_or(u32::MAX),
        })
    }

    fn tag_directive(&mut self) -> Scanned<Token> {
        self.cursor.skip_spaces();
        let handle = self.tag_handle("directive")?;
        if self.cursor.peek(0) != ' ' {
            return Err(self.error(format!(
                "while scanning a directive expected ' ', but found {:?}",
                self.cursor.peek(0)
            )));
        }
        self.cursor.skip_spaces();
        let prefix = self.tag_uri("directive")?;
        self.ends_tag("directive")?;
        Ok(Token::TagDirective { handle, prefix })
    }

    pub(super) fn scan_tag(&mut self) -> Scanned<Token> {
        let next = self.cursor.peek(1);
        let (handle, suffix) = if next == '<' {
            self.cursor.forward(2);
            let suffix = self.tag_uri("tag")?;
            if self.cursor.peek(0) != '>' {
                return Err(self.error(format!(
                    "while parsing a tag expected '>', but found {:?}",
                    self.cursor.peek(0)
                )));
            }
            self.cursor.forward(1);
            (None, suffix)
        } else if is_gap(next) {
            self.cursor.forward(1);
            (None, "!".to_owned())
        } else {
            let mut ahead = 1;
            while !ends_word(self.cursor.peek(ahead)) && self.cursor.peek(ahead) != '!' {
                ahead += 1;
            }
            let handle = if self.cursor.peek(ahead) == '!' {
                self.tag_handle("tag")?
            } else {
                self.cursor.take(1)
            };
            (Some(handle), self.tag_uri("tag")?)
        };
        self.ends_tag("tag")?;
        Ok(Token::Tag { handle, suffix })
    }

    fn ends_tag(&self, what: &str) -> Scanned<()> {
        match self.cursor.peek(0) {
            c if ends_word(c) => Ok(()),
            c => Err(self.error(format!(
                "while scanning a {what} expected ' ', but found {c:?}"
            ))),
        }
    }

    /// `!`, `!!` or `!name!`.
    fn tag_handle(&mut self, what: &str) -> Scanned<String> {
        let mut handle = self.cursor.take(1);
        if handle == "!" && self.cursor.peek(0) != ' ' {
            handle += &self.cursor.take_while(is_word);
            handle += &self.cursor.take(1);
        }
        if handle.starts_with('!') && (handle.len() == 1 || handle.ends_with('!')) {
            return Ok(handle);
        }
        Err(self.error(format!("while scanning a {what} expected '!'")))
    }

    fn tag_uri(&mut self, what: &str) -> Scanned<String> {
        let uri = self
            .cursor
            .take_while(|c| c.is_ascii_alphanumeric() || "-;/?:@&=+$,_.!~*'()[]%".contains(c));
        if uri.is_empty() {
            return Err(self.error(format!(
                "while parsing a {what} expected URI, but found {:?}",
                self.cursor.peek(0)
            )));
        }
        unescape(&uri).ok_or_else(|| {
            self.error(format!(
                "while scanning a {what} expected URI escapes of UTF-8 text"
            ))
        })
    }
}

fn ends_word(c: char) -> bool {
    c == ' ' || is_break_or_end(c)
}

fn unescape(uri: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = uri.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}
