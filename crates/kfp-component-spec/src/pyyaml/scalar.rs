//! Scalars to their text: plain, quoted, literal and folded, as YAML 1.1 folds lines.

use super::YamlError;
use super::cursor::{END, is_break, is_break_or_end, is_gap};
use super::scanner::{Scanner, Token};

type Scanned<T> = Result<T, YamlError>;

impl Scanner {
    pub(super) fn plain_scalar(&mut self) -> Scanned<()> {
        self.save_key()?;
        self.key_allowed = false;
        let start = self.cursor.place();
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
            end = self.cursor.place();
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
        let start = self.cursor.place();
        let quote = self.cursor.peek(0);
        self.cursor.forward(1);
        let mut text = String::new();
        loop {
            self.quoted_text(quote, &mut text)?;
            if self.cursor.peek(0) == quote {
                break;
            }
            self.quoted_space(&mut text)?;
        }
        self.cursor.forward(1);
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
                self.cursor.place(),
            ));
        }
        // Half of a surrogate pair is a Python character but no text: nothing can be done with it in either SDK.
        text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
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

    pub(super) fn block_scalar(&mut self) -> Scanned<()> {
        self.key_allowed = true;
        self.remove_key()?;
        let start = self.cursor.place();
        let folded = self.cursor.take(1) == ">";
        let (chomping, increment) = self.block_header()?;
        let least = usize::try_from(self.indent + 1).unwrap_or(0).max(1);
        let (indent, mut breaks) = match increment {
            Some(increment) => {
                let indent = least + increment - 1;
                (indent, self.block_breaks(indent))
            }
            None => {
                let (breaks, deepest) = self.block_indentation();
                (least.max(deepest), breaks)
            }
        };
        let mut text = String::new();
        let mut last = None;
        while self.cursor.column() == indent && self.cursor.peek(0) != END {
            text.push_str(&breaks);
            let blank = matches!(self.cursor.peek(0), ' ' | '\t');
            text.push_str(&self.cursor.take_while(|c| !is_break(c)));
            last = self.cursor.take_break();
            breaks = self.block_breaks(indent);
            if self.cursor.column() != indent || self.cursor.peek(0) == END {
                break;
            }
            let next_blank = matches!(self.cursor.peek(0), ' ' | '\t');
            if folded && last == Some('\n') && !blank && !next_blank {
                if breaks.is_empty() {
                    text.push(' ');
                }
            } else {
                text.extend(last);
            }
        }
        if chomping != Some('-') {
            text.extend(last);
        }
        if chomping == Some('+') {
            text.push_str(&breaks);
        }
        self.push(Token::Scalar { text, plain: false }, start);
        Ok(())
    }

    fn block_header(&mut self) -> Scanned<(Option<char>, Option<usize>)> {
        let (mut chomping, mut increment) = (None, None);
        for _ in 0..2 {
            match self.cursor.peek(0) {
                c @ ('+' | '-') if chomping.is_none() => chomping = Some(c),
                '0' if increment.is_none() => {
                    return Err(self.error(
                        "while scanning a block scalar expected indentation indicator in the range 1-9, but found 0",
                    ));
                }
                c @ '1'..='9' if increment.is_none() => {
                    increment = c.to_digit(10).map(|d| d as usize)
                }
                _ => break,
            }
            self.cursor.forward(1);
        }
        let c = self.cursor.peek(0);
        if c != ' ' && !is_break_or_end(c) {
            let message = format!(
                "while scanning a block scalar expected chomping or indentation indicators, but found {c:?}"
            );
            return Err(self.error(message));
        }
        self.rest_of_line("block scalar")?;
        Ok((chomping, increment))
    }

    /// Nothing but blanks and a comment may follow up to the line's end.
    pub(super) fn rest_of_line(&mut self, what: &str) -> Scanned<()> {
        self.cursor.skip_spaces();
        self.skip_comment();
        let c = self.cursor.peek(0);
        if !is_break_or_end(c) {
            let message = format!(
                "while scanning a {what} expected a comment or a line break, but found {c:?}"
            );
            return Err(self.error(message));
        }
        self.cursor.take_break();
        Ok(())
    }

    fn block_indentation(&mut self) -> (String, usize) {
        let (mut breaks, mut deepest) = (String::new(), 0);
        loop {
            self.cursor.skip_spaces();
            deepest = deepest.max(self.cursor.column());
            match self.cursor.take_break() {
                Some(more) => breaks.push(more),
                None => return (breaks, deepest),
            }
        }
    }

    fn block_breaks(&mut self, indent: usize) -> String {
        let mut breaks = String::new();
        loop {
            while self.cursor.column() < indent && self.cursor.peek(0) == ' ' {
                self.cursor.forward(1);
            }
            match self.cursor.take_break() {
                Some(more) => breaks.push(more),
                None => return breaks,
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
