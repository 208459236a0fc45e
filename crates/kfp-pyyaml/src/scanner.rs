//! Text to tokens: indentation, flow brackets and the keys that only their `:` gives away.

use std::collections::{HashSet, VecDeque};

use super::cursor::{Cursor, END, Position, is_break_or_end, is_gap};
use super::token::{Located, Token};
use super::{MAX_DEPTH, YamlError};

/// What may turn out to be a key once its `:` is seen.
struct SimpleKey {
    /// Where its key token goes, counted from the first token of the stream.
    token: usize,
    /// Nothing but a key can stand here.
    required: bool,
    index: usize,
    position: Position,
}

/// A key that its `:` alone gives away is on one line and no longer than this.
const LONGEST_KEY: usize = 1024;

pub(super) struct Scanner {
    pub(super) cursor: Cursor,
    tokens: VecDeque<Located>,
    taken: usize,
    done: bool,
    /// The column of the block collection being read, -1 outside all.
    pub(super) indent: isize,
    indents: Vec<isize>,
    pub(super) key_allowed: bool,
    /// One entry per flow level, the block level first.
    keys: Vec<Option<SimpleKey>>,
    /// How many escapes of surrogates have been read.
    pub(super) surrogate_escapes: usize,
    /// Where scalars with such escapes begin.
    pub(super) with_surrogates: HashSet<Position>,
}

type Scanned<T> = Result<T, YamlError>;

impl Scanner {
    pub(super) fn new(cursor: Cursor) -> Self {
        Self {
            cursor,
            tokens: VecDeque::new(),
            taken: 0,
            done: false,
            indent: -1,
            indents: Vec::new(),
            key_allowed: true,
            keys: vec![None],
            surrogate_escapes: 0,
            with_surrogates: HashSet::new(),
        }
    }

    /// The next token, left in place.
    pub(super) fn peek(&mut self) -> Scanned<&Located> {
        while self.needs_more()? {
            self.fetch()?;
        }
        Ok(self
            .tokens
            .front()
            .expect("the end of the stream stays in the queue"))
    }

    /// The next token; the end of the stream is never used up.
    pub(super) fn next(&mut self) -> Scanned<Located> {
        let at_end = self.peek()?.token == Token::StreamEnd;
        if at_end {
            let end = &self.tokens[0];
            return Ok(Located {
                token: Token::StreamEnd,
                start: end.start,
                end: end.end,
            });
        }
        self.taken += 1;
        Ok(self.tokens.pop_front().expect("peeked"))
    }

    pub(super) fn in_flow(&self) -> bool {
        self.keys.len() > 1
    }

    fn needs_more(&mut self) -> Scanned<bool> {
        if self.done {
            return Ok(false);
        }
        if self.tokens.is_empty() {
            return Ok(true);
        }
        self.drop_stale_keys()?;
        Ok(self.keys.iter().flatten().map(|key| key.token).min() == Some(self.taken))
    }

    fn fetch(&mut self) -> Scanned<()> {
        self.skip_to_token();
        self.drop_stale_keys()?;
        let column = self.cursor.column();
        self.unwind(isize::try_from(column).unwrap_or(isize::MAX));
        let (c, next) = (self.cursor.peek(0), self.cursor.peek(1));
        let flow = self.in_flow();
        match c {
            END => self.stream_end(),
            '%' if column == 0 => self.directive(),
            '-' if column == 0 && self.cursor.at_marker('-') => {
                self.document_mark(Token::DocumentStart)
            }
            '.' if column == 0 && self.cursor.at_marker('.') => {
                self.document_mark(Token::DocumentEnd)
            }
            '[' => self.flow_start(Token::FlowSequenceStart),
            '{' => self.flow_start(Token::FlowMappingStart),
            ']' => self.flow_end(Token::FlowSequenceEnd),
            '}' => self.flow_end(Token::FlowMappingEnd),
            ',' => self.flow_entry(),
            '-' if is_gap(next) => self.block_entry(),
            '?' if flow || is_gap(next) => self.key(),
            ':' if flow || is_gap(next) => self.value(),
            '*' | '&' => self.anchor(),
            '!' => self.tag(),
            '|' | '>' if !flow => self.block_scalar(),
            '\'' | '"' => self.quoted_scalar(),
            _ if starts_plain(c, next, flow) => self.plain_scalar(),
            _ => {
                let message = format!(
                    "while scanning for the next token found character {c:?} that cannot start any token"
                );
                Err(self.error(message))
            }
        }
    }

    pub(super) fn error(&self, message: impl Into<String>) -> YamlError {
        YamlError::new("ScannerError", message, self.cursor.position())
    }

    /// Puts a token into the queue that began at `start` and ends here.
    pub(super) fn push(&mut self, token: Token, start: Position) {
        self.push_until(token, start, self.cursor.position());
    }

    pub(super) fn push_until(&mut self, token: Token, start: Position, end: Position) {
        self.tokens.push_back(Located { token, start, end });
    }

    fn push_mark(&mut self, token: Token, width: usize) {
        let start = self.cursor.position();
        self.cursor.forward(width);
        self.push(token, start);
    }

    fn skip_to_token(&mut self) {
        if self.cursor.index() == 0 && self.cursor.peek(0) == '\u{feff}' {
            self.cursor.forward(1);
        }
        loop {
            self.cursor.skip_spaces();
            self.skip_comment();
            if self.cursor.take_break().is_none() {
                return;
            }
            if !self.in_flow() {
                self.key_allowed = true;
            }
        }
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

    pub(super) fn skip_comment(&mut self) {
        if self.cursor.peek(0) == '#' {
            while !is_break_or_end(self.cursor.peek(0)) {
                self.cursor.forward(1);
            }
        }
    }

    // --- keys that only their `:` gives away

    fn drop_stale_keys(&mut self) -> Scanned<()> {
        let (here, index) = (self.cursor.position(), self.cursor.index());
        for slot in &mut self.keys {
            let stale = |key: &mut SimpleKey| {
                key.position.line != here.line || index - key.index > LONGEST_KEY
            };
            if let Some(key) = slot.take_if(stale)
                && key.required
            {
                return Err(missing_colon(&key));
            }
        }
        Ok(())
    }

    pub(super) fn save_key(&mut self) -> Scanned<()> {
        if !self.key_allowed {
            return Ok(());
        }
        self.remove_key()?;
        let required = !self.in_flow() && usize::try_from(self.indent) == Ok(self.cursor.column());
        let key = SimpleKey {
            token: self.taken + self.tokens.len(),
            required,
            index: self.cursor.index(),
            position: self.cursor.position(),
        };
        *self.keys.last_mut().expect("the block level stays") = Some(key);
        Ok(())
    }

    pub(super) fn remove_key(&mut self) -> Scanned<()> {
        match self.keys.last_mut().expect("the block level stays").take() {
            Some(key) if key.required => Err(missing_colon(&key)),
            _ => Ok(()),
        }
    }

    // --- indentation

    fn unwind(&mut self, column: isize) {
        if self.in_flow() {
            return;
        }
        while self.indent > column {
            self.indent = self.indents.pop().unwrap_or(-1);
            self.push_mark(Token::BlockEnd, 0);
        }
    }

    fn add_indent(&mut self, column: usize) -> Scanned<bool> {
        let column = isize::try_from(column).unwrap_or(isize::MAX);
        if self.indent >= column {
            return Ok(false);
        }
        if self.indents.len() >= MAX_DEPTH {
            return Err(too_deep(self.cursor.position()));
        }
        self.indents.push(self.indent);
        self.indent = column;
        Ok(true)
    }

    // --- tokens

    fn stream_end(&mut self) -> Scanned<()> {
        self.leave_block()?;
        self.keys.fill_with(|| None);
        self.done = true;
        self.push_mark(Token::StreamEnd, 0);
        Ok(())
    }

    fn leave_block(&mut self) -> Scanned<()> {
        self.unwind(-1);
        self.remove_key()?;
        self.key_allowed = false;
        Ok(())
    }

    fn directive(&mut self) -> Scanned<()> {
        self.leave_block()?;
        let start = self.cursor.position();
        let token = self.scan_directive()?;
        self.push(token, start);
        Ok(())
    }

    fn document_mark(&mut self, token: Token) -> Scanned<()> {
        self.leave_block()?;
        self.push_mark(token, 3);
        Ok(())
    }

    fn flow_start(&mut self, token: Token) -> Scanned<()> {
        self.save_key()?;
        if self.keys.len() > MAX_DEPTH {
            return Err(too_deep(self.cursor.position()));
        }
        self.keys.push(None);
        self.key_allowed = true;
        self.push_mark(token, 1);
        Ok(())
    }

    fn flow_end(&mut self, token: Token) -> Scanned<()> {
        self.remove_key()?;
        if self.in_flow() {
            self.keys.pop();
        }
        self.key_allowed = false;
        self.push_mark(token, 1);
        Ok(())
    }

    fn flow_entry(&mut self) -> Scanned<()> {
        self.key_allowed = true;
        self.remove_key()?;
        self.push_mark(Token::FlowEntry, 1);
        Ok(())
    }

    fn block_entry(&mut self) -> Scanned<()> {
        if !self.in_flow() {
            self.open_block(
                Token::BlockSequenceStart,
                "sequence entries are not allowed here",
            )?;
        }
        self.key_allowed = true;
        self.remove_key()?;
        self.push_mark(Token::BlockEntry, 1);
        Ok(())
    }

    fn key(&mut self) -> Scanned<()> {
        if !self.in_flow() {
            self.open_block(
                Token::BlockMappingStart,
                "mapping keys are not allowed here",
            )?;
        }
        self.key_allowed = !self.in_flow();
        self.remove_key()?;
        self.push_mark(Token::Key, 1);
        Ok(())
    }

    fn open_block(&mut self, token: Token, refusal: &str) -> Scanned<()> {
        if !self.key_allowed {
            return Err(self.error(refusal));
        }
        if self.add_indent(self.cursor.column())? {
            self.push_mark(token, 0);
        }
        Ok(())
    }

    fn value(&mut self) -> Scanned<()> {
        let key = self.keys.last_mut().expect("the block level stays").take();
        if let Some(key) = key {
            let at = key.token - self.taken;
            let mark = |token| Located {
                token,
                start: key.position,
                end: key.position,
            };
            self.tokens.insert(at, mark(Token::Key));
            if !self.in_flow() && self.add_indent(key.position.column - 1)? {
                self.tokens.insert(at, mark(Token::BlockMappingStart));
            }
            self.key_allowed = false;
        } else {
            if !self.in_flow() {
                self.open_block(
                    Token::BlockMappingStart,
                    "mapping values are not allowed here",
                )?;
            }
            self.key_allowed = !self.in_flow();
        }
        self.push_mark(Token::Value, 1);
        Ok(())
    }
}

pub(super) fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

fn starts_plain(c: char, next: char, flow: bool) -> bool {
    let indicator = is_gap(c) || "-?:,[]{}#&*!|>'\"%@`".contains(c);
    !indicator || (!is_gap(next) && (c == '-' || (!flow && matches!(c, '?' | ':'))))
}

fn missing_colon(key: &SimpleKey) -> YamlError {
    YamlError::new(
        "ScannerError",
        "while scanning a simple key could not find expected ':'",
        key.position,
    )
}

pub(super) fn too_deep(position: Position) -> YamlError {
    YamlError::budget(
        format!("collections are nested more than {MAX_DEPTH} deep"),
        position,
    )
}
