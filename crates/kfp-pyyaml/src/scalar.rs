//! Plain and quoted scalars to their text, lines folded as YAML 1.1 folds them.

use super::YamlError;
use super::cursor::{END, is_break, is_gap};
use super::scanner::Scanner;
use super::token::Token;

type Scanned<T> = Result<T, YamlError>;

impl Scanner {
    pub(super) fn plain_scalar(&mut self) -> Scanned<()> {
        self.save_key()?;
        self.key_allowed = false;
        let start = self.cursor.position();
        let indent = self.indent + 1;
        let flow = self.in_flow();
        let (mut text, mut space) = (String::new(), String::new());
        let mut end = start;
        while self.cursor.peek(0) != '#' {
            let mut length = 0;
            while !ends_plain(self.cursor.peek(length), self.cursor.peek(length + 1), flow) {
                length += 1;
            }
            if length == 0 {
                break;
            }
            self.key_allowed = false;
            text.push_str(&space);
            text.push_str(&self.cursor.take(length));
            end = self.cursor.position();
            space = self.plain_space();
            let outdented =
                !flow && isize::try_from(self.cursor.column()).is_ok_and(|column| column < indent);
            if space.is_empty() || outdented {
                break;
            }
        }
        self.push_until(Token::Scalar { text, plain: true }, start, end);
        Ok(())
    }

    /// The blanks or the folded line breaks inside a plain scalar; nothing where it ends.
    fn plain_space(&mut self) -> String {
        let blanks = self.cursor.take_while(|c| c == ' ');
        let Some(first) = self.cursor.take_break() else {
            return blanks;
        };
        self.key_allowed = true;
        let mut breaks = String::new();
        loop {
            if self.cursor.at_marker('-') || self.cursor.at_marker('.') {
                return String::new();
            }
            self.cursor.skip_spaces();
            match self.cursor.take_break() {
                Some(more) => breaks.push(more),
                None => return fold(first, &breaks),
            }
        }
    }

    pub(super) fn quoted_scalar(&mut self) -> Scanned<()> {
        self.save_key()?;
        self.key_allowed = false;
        let start = self.cursor.position();
        let quote = self.cursor.peek(0);
        self.cursor.forward(1);
        let mut text = String::new();
        let escapes = self.surrogate_escapes;
        loop {
            self.quoted_text(quote, &mut text)?;
            if self.cursor.peek(0) == quote {
                break;
            }
            self.quoted_space(&mut text)?;
        }
        self.cursor.forward(1);
        if self.surrogate_escapes > escapes {
            self.with_surrogates.insert(start);
        }
        self.push(Token::Scalar { text, plain: false }, start);
        Ok(())
    }

    fn quoted_text(&mut self, quote: char, text: &mut String) -> Scanned<()> {
        loop {
            text.push_str(
                &self
                    .cursor
                    .take_while(|c| !is_gap(c) && !matches!(c, '\'' | '"' | '\\')),
            );
            match self.cursor.peek(0) {
                '\'' if quote == '\'' && self.cursor.peek(1) == '\'' => {
                    text.push('\'');
                    self.cursor.forward(2);
                }
                '\\' if quote == '"' => self.escape(text)?,
                c @ ('\'' | '"' | '\\') if c != quote => {
                    text.push(c);
                    self.cursor.forward(1);
                }
                _ => return Ok(()),
            }
        }
    }

    fn escape(&mut self, text: &mut String) -> Scanned<()> {
        self.cursor.forward(1);
        let c = self.cursor.peek(0);
        let plain = match c {
            '0' => '\0',
            'a' => '\u{7}',
            'b' => '\u{8}',
            't' | '\t' => '\t',
            'n' => '\n',
            'v' => '\u{b}',
            'f' => '\u{c}',
            'r' => '\r',
            'e' => '\u{1b}',
            ' ' | '"' | '\\' | '/' => c,
            'N' => '\u{85}',
            '_' => '\u{a0}',
            'L' => '\u{2028}',
            'P' => '\u{2029}',
            'x' => return self.coded(2, text),
            'u' => return self.coded(4, text),
            'U' => return self.coded(8, text),
            _ if is_break(c) => {
                self.cursor.take_break();
                text.push_str(&self.quoted_breaks()?);
                return Ok(());
            }
            _ => {
                let message = format!(
                    "while scanning a double-quoted scalar found unknown escape character {c:?}"
                );
                return Err(self.error(message));
            }
        };
        text.push(plain);
        self.cursor.forward(1);
        Ok(())
    }

    fn coded(&mut self, digits: usize, text: &mut String) -> Scanned<()> {
        self.cursor.forward(1);
        if let Some(bad) = (0..digits)
            .map(|i| self.cursor.peek(i))
            .find(|c| !c.is_ascii_hexdigit())
        {
            let message = format!(
                "while scanning a double-quoted scalar expected escape sequence of {digits} hexadecimal numbers, but found {bad:?}"
            );
            return Err(self.error(message));
        }
        let code = u32::from_str_radix(&self.cursor.take(digits), 16).unwrap_or(u32::MAX);
        if code > u32::from(char::MAX) {
            return Err(YamlError::new(
                "ValueError",
                "chr() arg not in range(0x110000)",
                self.cursor.position(),
            ));
        }
        // Half of a surrogate pair is a character for Python, but not for UTF-8; PyYAML does not join two of them.
        text.push(char::from_u32(code).unwrap_or_else(|| {
            self.surrogate_escapes += 1;
            char::REPLACEMENT_CHARACTER
        }));
        Ok(())
    }

    fn quoted_space(&mut self, text: &mut String) -> Scanned<()> {
        let blanks = self.cursor.take_while(|c| matches!(c, ' ' | '\t'));
        if self.cursor.peek(0) == END {
            return Err(self.error("while scanning a quoted scalar found unexpected end of stream"));
        }
        match self.cursor.take_break() {
            None => text.push_str(&blanks),
            Some(first) => {
                let breaks = self.quoted_breaks()?;
                text.push_str(&fold(first, &breaks));
            }
        }
        Ok(())
    }

    fn quoted_breaks(&mut self) -> Scanned<String> {
        let mut breaks = String::new();
        loop {
            if self.cursor.at_marker('-') || self.cursor.at_marker('.') {
                return Err(self
                    .error("while scanning a quoted scalar found unexpected document separator"));
            }
            self.cursor.take_while(|c| matches!(c, ' ' | '\t'));
            match self.cursor.take_break() {
                Some(more) => breaks.push(more),
                None => return Ok(breaks),
            }
        }
    }
}

fn ends_plain(c: char, next: char, flow: bool) -> bool {
    is_gap(c)
        || (c == ':' && (is_gap(next) || (flow && ",[]{}".contains(next))))
        || (flow && matches!(c, ',' | '?' | '[' | ']' | '{' | '}'))
}

fn fold(first: char, more: &str) -> String {
    match first {
        '\n' if more.is_empty() => " ".into(),
        '\n' => more.into(),
        separator => format!("{separator}{more}"),
    }
}
