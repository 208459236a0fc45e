//! Lists and mappings in block and flow style; refuses what stands where an entry, a comma or the end should be.

use super::YamlError;
use super::compose::{Composed, Composer, Content, Context, RawNode, error};
use super::cursor::Position;
use super::tag::Tag;
use super::token::Token;
use super::tree::NodeId;

impl Composer {
    /// The collection that begins here and where it ends.
    pub(super) fn collection(&mut self, depth: usize) -> Composed<(Content, Position)> {
        match self.scanner.peek()?.token {
            Token::FlowSequenceStart => self.flow_sequence(depth),
            Token::FlowMappingStart => self.flow_mapping(depth),
            Token::BlockSequenceStart => self.block_sequence(depth),
            Token::BlockMappingStart => self.block_mapping(depth),
            _ => self.indentless_sequence(depth),
        }
    }

    /// A node, or nothing where one of these tokens follows.
    fn node_unless(
        &mut self,
        ends: &[Token],
        after: Position,
        within: Context,
        depth: usize,
    ) -> Composed<NodeId> {
        if self.at_any(ends)? {
            self.empty(after)
        } else {
            self.node(within, depth + 1)
        }
    }

    fn block_sequence(&mut self, depth: usize) -> Composed<(Content, Position)> {
        let open = self.scanner.next()?.start;
        let mut items = Vec::new();
        loop {
            let next = self.scanner.next()?;
            match next.token {
                Token::BlockEntry => {
                    let ends = [Token::BlockEntry, Token::BlockEnd];
                    items.push(self.node_unless(&ends, next.end, Context::Block, depth)?);
                }
                Token::BlockEnd => return Ok((Content::Sequence(items), next.end)),
                other => {
                    return Err(unexpected_in_block(
                        "block collection",
                        open,
                        &other,
                        next.start,
                    ));
                }
            }
        }
    }

    fn indentless_sequence(&mut self, depth: usize) -> Composed<(Content, Position)> {
        let mut items = Vec::new();
        while self.at(&Token::BlockEntry)? {
            let entry = self.scanner.next()?;
            let ends = [Token::BlockEntry, Token::Key, Token::Value, Token::BlockEnd];
            items.push(self.node_unless(&ends, entry.end, Context::Block, depth)?);
        }
        let end = self.scanner.peek()?.start;
        Ok((Content::Sequence(items), end))
    }

    fn block_mapping(&mut self, depth: usize) -> Composed<(Content, Position)> {
        const ENDS: [Token; 3] = [Token::Key, Token::Value, Token::BlockEnd];
        let open = self.scanner.next()?.start;
        let mut entries = Vec::new();
        loop {
            let next = self.scanner.next()?;
            match next.token {
                Token::Key => {
                    let key = self.node_unless(&ENDS, next.end, Context::BlockValue, depth)?;
                    let value = if self.at(&Token::Value)? {
                        let after = self.scanner.next()?.end;
                        self.node_unless(&ENDS, after, Context::BlockValue, depth)?
                    } else {
                        let position = self.scanner.peek()?.start;
                        self.empty(position)?
                    };
                    entries.push((key, value));
                }
                Token::BlockEnd => return Ok((Content::Mapping(entries), next.end)),
                other => {
                    return Err(unexpected_in_block(
                        "block mapping",
                        open,
                        &other,
                        next.start,
                    ));
                }
            }
        }
    }

    fn flow_sequence(&mut self, depth: usize) -> Composed<(Content, Position)> {
        const ENDS: [Token; 2] = [Token::FlowEntry, Token::FlowSequenceEnd];
        let open = self.scanner.next()?.start;
        let mut items = Vec::new();
        loop {
            if self.at(&Token::FlowSequenceEnd)? {
                break;
            }
            if !items.is_empty() {
                self.comma("sequence", ']', open)?;
            }
            if self.at(&Token::Key)? {
                let mark = self.scanner.next()?;
                let value_or_end = [Token::Value, Token::FlowEntry, Token::FlowSequenceEnd];
                let key = self.node_unless(&value_or_end, mark.end, Context::Flow, depth)?;
                let value = self.flow_value(&ENDS, depth)?;
                let end = self.nodes[value.0].end;
                let content = Content::Mapping(vec![(key, value)]);
                items.push(self.add(RawNode {
                    tag: Tag::Map,
                    content,
                    start: mark.start,
                    end,
                    plain: false,
                })?);
            } else if self.at(&Token::FlowSequenceEnd)? {
                break;
            } else {
                items.push(self.node(Context::Flow, depth + 1)?);
            }
        }
        Ok((Content::Sequence(items), self.scanner.next()?.end))
    }

    fn flow_mapping(&mut self, depth: usize) -> Composed<(Content, Position)> {
        const ENDS: [Token; 2] = [Token::FlowEntry, Token::FlowMappingEnd];
        let open = self.scanner.next()?.start;
        let mut entries = Vec::new();
        loop {
            if self.at(&Token::FlowMappingEnd)? {
                break;
            }
            if !entries.is_empty() {
                self.comma("mapping", '}', open)?;
            }
            if self.at(&Token::Key)? {
                let after = self.scanner.next()?.end;
                let value_or_end = [Token::Value, Token::FlowEntry, Token::FlowMappingEnd];
                let key = self.node_unless(&value_or_end, after, Context::Flow, depth)?;
                entries.push((key, self.flow_value(&ENDS, depth)?));
            } else if self.at(&Token::FlowMappingEnd)? {
                break;
            } else {
                let key = self.node(Context::Flow, depth + 1)?;
                let position = self.scanner.peek()?.start;
                entries.push((key, self.empty(position)?));
            }
        }
        Ok((Content::Mapping(entries), self.scanner.next()?.end))
    }

    fn flow_value(&mut self, ends: &[Token], depth: usize) -> Composed<NodeId> {
        if self.at(&Token::Value)? {
            let after = self.scanner.next()?.end;
            self.node_unless(ends, after, Context::Flow, depth)
        } else {
            let position = self.scanner.peek()?.start;
            self.empty(position)
        }
    }

    fn comma(&mut self, what: &str, closing: char, open: Position) -> Composed<()> {
        let next = self.scanner.next()?;
        if next.token == Token::FlowEntry {
            return Ok(());
        }
        let message = format!(
            "while parsing a flow {what} (from {open}) expected ',' or '{closing}', but got '{}'",
            next.token.id()
        );
        Err(error(message, next.start))
    }
}

fn unexpected_in_block(what: &str, open: Position, token: &Token, position: Position) -> YamlError {
    error(
        format!(
            "while parsing a {what} (from {open}) expected <block end>, but found '{}'",
            token.id()
        ),
        position,
    )
}
