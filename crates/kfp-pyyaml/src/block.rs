//! Literal and folded scalars to their text, chomped as their header says.

use super::YamlError;
use super::cursor::{END, is_break, is_break_or_end};
use super::scanner::Scanner;
use super::token::Token;

type Scanned<T> = Result<T, YamlError>;

impl Scanner {
    pub(super) fn block_scalar(&mut self) -> Scanned<()> {
        self.key_allowed = true;
        self.remove_key()?;
        let start = self.cursor.position();
        let folded = self.cursor.take(1) == ">";
        let (chomping, increment) = self.block_header()?;
        let least = usize::try_from(self.indent + 1).unwrap_or(0).max(1);
        let (indent, mut breaks) = if let Some(increment) = increment {
            let indent = least + increment - 1;
            (indent, self.block_breaks(indent))
        } else {
            let (breaks, deepest) = self.block_indentation();
            (least.max(deepest), breaks)
        };
        let mut text = String::new();
        let mut line_break = None;
        while self.cursor.column() == indent && self.cursor.peek(0) != END {
            text.push_str(&breaks);
            let blank = matches!(self.cursor.peek(0), ' ' | '\t');
            text.push_str(&self.cursor.take_while(|c| !is_break(c)));
            line_break = self.cursor.take_break();
            breaks = self.block_breaks(indent);
            if self.cursor.column() != indent || self.cursor.peek(0) == END {
                break;
            }
            let next_blank = matches!(self.cursor.peek(0), ' ' | '\t');
            if folded && line_break == Some('\n') && !blank && !next_blank {
                if breaks.is_empty() {
                    text.push(' ');
                }
            } else {
                text.extend(line_break);
            }
        }
        if chomping != Some('-') {
            text.extend(line_break);
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
                    increment = c.to_digit(10).map(|d| d as usize);
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
