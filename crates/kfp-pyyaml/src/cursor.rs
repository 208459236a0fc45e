//! A position in the text that knows its line and column; refuses characters YAML does not allow.

use std::fmt;

use super::YamlError;

/// A position in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The number of bytes before it.
    pub offset: usize,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl Position {
    /// The first character of a text.
    pub const START: Self = Self {
        offset: 0,
        line: 1,
        column: 1,
    };
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// What stands for "no more characters"; it cannot occur in the text.
pub(super) const END: char = '\0';

/// Whether a character ends a line in YAML 1.1.
pub fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

pub(super) fn is_break_or_end(c: char) -> bool {
    c == END || is_break(c)
}

/// A blank, a break or the end: what must follow an indicator.
pub(super) fn is_gap(c: char) -> bool {
    matches!(c, ' ' | '\t') || is_break_or_end(c)
}

pub(super) struct Cursor {
    chars: Vec<char>,
    index: usize,
    position: Position,
}

impl Cursor {
    pub(super) fn new(text: &str) -> Result<Self, YamlError> {
        let mut cursor = Self {
            chars: text.chars().collect(),
            index: 0,
            position: Position::START,
        };
        if let Some(bad) = cursor.chars.iter().position(|&c| !is_printable(c)) {
            while cursor.index < bad {
                cursor.forward(1);
            }
            let message = format!(
                "unacceptable character #x{:04x}: special characters are not allowed",
                cursor.peek(0) as u32
            );
            return Err(YamlError::new("ReaderError", message, cursor.position));
        }
        Ok(cursor)
    }

    pub(super) fn position(&self) -> Position {
        self.position
    }

    pub(super) fn index(&self) -> usize {
        self.index
    }

    /// Characters before this one on its line.
    pub(super) fn column(&self) -> usize {
        self.position.column - 1
    }

    pub(super) fn peek(&self, ahead: usize) -> char {
        self.chars.get(self.index + ahead).copied().unwrap_or(END)
    }

    pub(super) fn forward(&mut self, count: usize) {
        for _ in 0..count {
            let Some(&c) = self.chars.get(self.index) else {
                return;
            };
            self.index += 1;
            self.position.offset += c.len_utf8();
            if is_break(c) && !(c == '\r' && self.peek(0) == '\n') {
                self.position.line += 1;
                self.position.column = 1;
            } else if c != '\u{feff}' {
                self.position.column += 1;
            }
        }
    }

    /// Takes characters while they pass.
    pub(super) fn take_while(&mut self, passes: impl Fn(char) -> bool) -> String {
        let start = self.index;
        while self.peek(0) != END && passes(self.peek(0)) {
            self.forward(1);
        }
        self.chars[start..self.index].iter().collect()
    }

    /// Takes this many characters.
    pub(super) fn take(&mut self, count: usize) -> String {
        let start = self.index;
        self.forward(count);
        self.chars[start..self.index].iter().collect()
    }

    pub(super) fn skip_spaces(&mut self) {
        while self.peek(0) == ' ' {
            self.forward(1);
        }
    }

    /// Takes one line break and says what it stands for.
    pub(super) fn take_break(&mut self) -> Option<char> {
        match self.peek(0) {
            '\r' if self.peek(1) == '\n' => self.forward(2),
            '\r' | '\n' | '\u{85}' => self.forward(1),
            separator @ ('\u{2028}' | '\u{2029}') => {
                self.forward(1);
                return Some(separator);
            }
            _ => return None,
        }
        Some('\n')
    }

    /// Whether a document marker of these characters stands here, whatever the column.
    pub(super) fn at_marker(&self, mark: char) -> bool {
        (0..3).all(|i| self.peek(i) == mark) && is_gap(self.peek(3))
    }
}

/// Whether YAML 1.1 lets this character stand as it is.
pub fn is_printable(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
