//! Tokens to a graph of nodes with tags; refuses unknown aliases, repeated anchors and too many nodes.

use std::collections::{HashMap, HashSet};

use super::cursor::{Cursor, Place};
use super::resolve::resolve;
use super::scanner::{Located, Scanner, Token, too_deep};
use super::tag::Tag;
use super::tree::NodeId;
use super::{MAX_DEPTH, MAX_NODES, YamlError};

pub(super) enum Content {
    Scalar(String),
    Sequence(Vec<NodeId>),
    Mapping(Vec<(NodeId, NodeId)>),
}

impl Content {
    pub(super) fn id(&self) -> &'static str {
        match self {
            Self::Scalar(_) => "scalar",
            Self::Sequence(_) => "sequence",
            Self::Mapping(_) => "mapping",
        }
    }
}

pub(super) struct RawNode {
    pub(super) tag: Tag,
    pub(super) content: Content,
    pub(super) start: Place,
    pub(super) end: usize,
    pub(super) plain: bool,
}

pub(super) struct RawDocument {
    pub(super) nodes: Vec<RawNode>,
    pub(super) root: NodeId,
    pub(super) aliased: HashSet<NodeId>,
}

type Composed<T> = Result<T, YamlError>;

pub(super) fn compose_all(cursor: Cursor) -> Composed<Vec<RawDocument>> {
    let mut composer = Composer {
        scanner: Scanner::new(cursor),
        nodes: Vec::new(),
        anchors: HashMap::new(),
        aliased: HashSet::new(),
        handles: HashMap::new(),
        total: 0,
    };
    let mut documents = Vec::new();
    while let Some(document) = composer.document(documents.is_empty())? {
        documents.push(document);
    }
    Ok(documents)
}

struct Composer {
    scanner: Scanner,
    nodes: Vec<RawNode>,
    anchors: HashMap<String, NodeId>,
    aliased: HashSet<NodeId>,
    handles: HashMap<String, String>,
    /// Nodes of all documents.
    total: usize,
}

/// Where a node stands, which decides what may begin it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Position {
    Flow,
    Block,
    /// A value of a block mapping, whose list may stand at the mapping's own column.
    BlockValue,
}

fn error(message: impl Into<String>, place: Place) -> YamlError {
    YamlError::new("ParserError", message, place)
}

impl Composer {
    fn at(&mut self, token: &Token) -> Composed<bool> {
        Ok(self.scanner.peek()?.token == *token)
    }

    /// Whether the next token is one of these.
    fn at_any(&mut self, tokens: &[Token]) -> Composed<bool> {
        Ok(tokens.contains(&self.scanner.peek()?.token))
    }

    fn document(&mut self, first: bool) -> Composed<Option<RawDocument>> {
        self.handles = HashMap::from([
            ("!".into(), "!".into()),
            ("!!".into(), "tag:yaml.org,2002:".into()),
        ]);
        let is_directive = |t: &Token| {
            matches!(
                t,
                Token::YamlDirective { .. } | Token::TagDirective { .. } | Token::OtherDirective
            )
        };
        let next = &self.scanner.peek()?.token;
        let implicit = first
            && !is_directive(next)
            && !matches!(next, Token::DocumentStart | Token::StreamEnd);
        if !implicit {
            while self.at(&Token::DocumentEnd)? {
                self.scanner.next()?;
            }
            if self.at(&Token::StreamEnd)? {
                return Ok(None);
            }
            self.directives()?;
            let start = self.scanner.next()?;
            if start.token != Token::DocumentStart {
                let message = format!(
                    "expected '<document start>', but found '{}'",
                    start.token.id()
                );
                return Err(error(message, start.start));
            }
        }
        let next = self.scanner.peek()?;
        let (place, ends) = (
            next.start,
            matches!(
                next.token,
                Token::DocumentStart | Token::DocumentEnd | Token::StreamEnd
            ),
        );
        let root = if !implicit && (ends || is_directive(&self.scanner.peek()?.token)) {
            self.empty(place)?
        } else {
            self.node(Position::Block, 0)?
        };
        if self.at(&Token::DocumentEnd)? {
            self.scanner.next()?;
        }
        self.anchors.clear();
        Ok(Some(RawDocument {
            nodes: std::mem::take(&mut self.nodes),
            root,
            aliased: std::mem::take(&mut self.aliased),
        }))
    }

    fn directives(&mut self) -> Composed<()> {
        let (mut version, mut own) = (false, HashSet::new());
        loop {
            match self.scanner.peek()?.token {
                Token::YamlDirective { .. }
                | Token::TagDirective { .. }
                | Token::OtherDirective => {}
                _ => return Ok(()),
            }
            let Located { token, start, .. } = self.scanner.next()?;
            match token {
                Token::YamlDirective { .. } if version => {
                    return Err(error("found duplicate YAML directive", start));
                }
                Token::YamlDirective { major: 1 } => version = true,
                Token::YamlDirective { .. } => {
                    return Err(error(
                        "found incompatible YAML document (version 1.* is required)",
                        start,
                    ));
                }
                Token::TagDirective { handle, prefix } => {
                    if !own.insert(handle.clone()) {
                        return Err(error(format!("duplicate tag handle '{handle}'"), start));
                    }
                    self.handles.insert(handle, prefix);
                }
                _ => {}
            }
        }
    }

    fn add(&mut self, node: RawNode) -> Composed<NodeId> {
        self.total += 1;
        if self.total > MAX_NODES {
            return Err(YamlError::budget(
                format!("the text has more than {MAX_NODES} values"),
                node.start,
            ));
        }
        self.nodes.push(node);
        Ok(NodeId(self.nodes.len() - 1))
    }

    fn empty(&mut self, place: Place) -> Composed<NodeId> {
        let content = Content::Scalar(String::new());
        self.add(RawNode {
            tag: Tag::Null,
            content,
            start: place,
            end: place.offset,
            plain: true,
        })
    }

    fn node(&mut self, position: Position, depth: usize) -> Composed<NodeId> {
        let first = self.scanner.peek()?.start;
        if depth > MAX_DEPTH {
            return Err(too_deep(first));
        }
        if let Token::Alias(name) = &self.scanner.peek()?.token {
            let Some(&id) = self.anchors.get(name) else {
                return Err(YamlError::new(
                    "ComposerError",
                    format!("found undefined alias '{name}'"),
                    first,
                ));
            };
            self.scanner.next()?;
            self.aliased.insert(id);
            return Ok(id);
        }
        let (anchor, tag) = self.properties()?;
        if let Some(name) = &anchor
            && self.anchors.contains_key(name)
        {
            return Err(YamlError::new(
                "ComposerError",
                format!("found duplicate anchor '{name}'"),
                first,
            ));
        }
        let located = self.scanner.peek()?;
        let (start, end) = (located.start, located.end);
        let block = position != Position::Flow;
        let kind = match &located.token {
            Token::BlockEntry if position == Position::BlockValue => Tag::Seq,
            Token::FlowSequenceStart => Tag::Seq,
            Token::FlowMappingStart => Tag::Map,
            Token::BlockSequenceStart if block => Tag::Seq,
            Token::BlockMappingStart if block => Tag::Map,
            Token::Scalar { text, plain } => {
                let untagged = if *plain || tag.as_deref() == Some("!") {
                    resolve(text)
                } else {
                    Tag::Str
                };
                let (text, plain) = (text.clone(), *plain);
                self.scanner.next()?;
                let tag = explicit(tag).unwrap_or(untagged);
                let node = RawNode {
                    tag,
                    content: Content::Scalar(text),
                    start,
                    end: end.offset,
                    plain,
                };
                return self.name(node, anchor);
            }
            _ if anchor.is_some() || tag.is_some() => {
                let tag = explicit(tag).unwrap_or(Tag::Null);
                let content = Content::Scalar(String::new());
                return self.name(
                    RawNode {
                        tag,
                        content,
                        start: first,
                        end: first.offset,
                        plain: true,
                    },
                    anchor,
                );
            }
            other => {
                let kind = if block { "block" } else { "flow" };
                let message = format!(
                    "while parsing a {kind} node expected the node content, but found '{}'",
                    other.id()
                );
                return Err(error(message, start));
            }
        };
        let content = if kind == Tag::Seq {
            Content::Sequence(Vec::new())
        } else {
            Content::Mapping(Vec::new())
        };
        let tag = explicit(tag).unwrap_or(kind);
        let id = self.name(
            RawNode {
                tag,
                content,
                start,
                end: start.offset,
                plain: false,
            },
            anchor,
        )?;
        let (content, end) = match self.scanner.peek()?.token {
            Token::FlowSequenceStart => self.flow_sequence(depth)?,
            Token::FlowMappingStart => self.flow_mapping(depth)?,
            Token::BlockSequenceStart => self.block_sequence(depth)?,
            Token::BlockMappingStart => self.block_mapping(depth)?,
            _ => self.indentless_sequence(depth)?,
        };
        self.nodes[id.0].content = content;
        self.nodes[id.0].end = end.offset;
        Ok(id)
    }

    fn name(&mut self, node: RawNode, anchor: Option<String>) -> Composed<NodeId> {
        let id = self.add(node)?;
        if let Some(name) = anchor {
            self.anchors.insert(name, id);
        }
        Ok(id)
    }

    /// An anchor and a tag, in either order.
    fn properties(&mut self) -> Composed<(Option<String>, Option<String>)> {
        let (mut anchor, mut tag) = (None, None);
        loop {
            match &self.scanner.peek()?.token {
                Token::Anchor(name) if anchor.is_none() => anchor = Some(name.clone()),
                Token::Tag { handle, suffix } if tag.is_none() => {
                    let (handle, suffix) = (handle.clone(), suffix.clone());
                    tag = Some(match handle {
                        None => suffix,
                        Some(handle) => match self.handles.get(&handle) {
                            Some(prefix) => format!("{prefix}{suffix}"),
                            None => {
                                let place = self.scanner.peek()?.start;
                                let message = format!(
                                    "while parsing a node found undefined tag handle '{handle}'"
                                );
                                return Err(error(message, place));
                            }
                        },
                    });
                }
                _ => return Ok((anchor, tag)),
            }
            self.scanner.next()?;
        }
    }

    /// A node, or nothing where one of these tokens follows.
    fn node_unless(
        &mut self,
        ends: &[Token],
        after: Place,
        position: Position,
        depth: usize,
    ) -> Composed<NodeId> {
        if self.at_any(ends)? {
            self.empty(after)
        } else {
            self.node(position, depth + 1)
        }
    }

    fn block_sequence(&mut self, depth: usize) -> Composed<(Content, Place)> {
        let open = self.scanner.next()?.start;
        let mut items = Vec::new();
        loop {
            let next = self.scanner.next()?;
            match next.token {
                Token::BlockEntry => {
                    let ends = [Token::BlockEntry, Token::BlockEnd];
                    items.push(self.node_unless(&ends, next.end, Position::Block, depth)?);
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

    fn indentless_sequence(&mut self, depth: usize) -> Composed<(Content, Place)> {
        let mut items = Vec::new();
        while self.at(&Token::BlockEntry)? {
            let entry = self.scanner.next()?;
            let ends = [Token::BlockEntry, Token::Key, Token::Value, Token::BlockEnd];
            items.push(self.node_unless(&ends, entry.end, Position::Block, depth)?);
        }
        let end = self.scanner.peek()?.start;
        Ok((Content::Sequence(items), end))
    }

    fn block_mapping(&mut self, depth: usize) -> Composed<(Content, Place)> {
        const ENDS: [Token; 3] = [Token::Key, Token::Value, Token::BlockEnd];
        let open = self.scanner.next()?.start;
        let mut entries = Vec::new();
        loop {
            let next = self.scanner.next()?;
            match next.token {
                Token::Key => {
                    let key = self.node_unless(&ENDS, next.end, Position::BlockValue, depth)?;
                    let value = if self.at(&Token::Value)? {
                        let after = self.scanner.next()?.end;
                        self.node_unless(&ENDS, after, Position::BlockValue, depth)?
                    } else {
                        let place = self.scanner.peek()?.start;
                        self.empty(place)?
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

    fn flow_sequence(&mut self, depth: usize) -> Composed<(Content, Place)> {
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
                let key = self.node_unless(&value_or_end, mark.end, Position::Flow, depth)?;
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
                items.push(self.node(Position::Flow, depth + 1)?);
            }
        }
        Ok((Content::Sequence(items), self.scanner.next()?.end))
    }

    fn flow_mapping(&mut self, depth: usize) -> Composed<(Content, Place)> {
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
                let key = self.node_unless(&value_or_end, after, Position::Flow, depth)?;
                entries.push((key, self.flow_value(&ENDS, depth)?));
            } else if self.at(&Token::FlowMappingEnd)? {
                break;
            } else {
                let key = self.node(Position::Flow, depth + 1)?;
                let place = self.scanner.peek()?.start;
                entries.push((key, self.empty(place)?));
            }
        }
        Ok((Content::Mapping(entries), self.scanner.next()?.end))
    }

    fn flow_value(&mut self, ends: &[Token], depth: usize) -> Composed<NodeId> {
        if self.at(&Token::Value)? {
            let after = self.scanner.next()?.end;
            self.node_unless(ends, after, Position::Flow, depth)
        } else {
            let place = self.scanner.peek()?.start;
            self.empty(place)
        }
    }

    fn comma(&mut self, what: &str, closing: char, open: Place) -> Composed<()> {
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

fn explicit(tag: Option<String>) -> Option<Tag> {
    tag.filter(|tag| tag != "!").map(|tag| Tag::named(&tag))
}

fn unexpected_in_block(what: &str, open: Place, token: &Token, place: Place) -> YamlError {
    error(
        format!(
            "while parsing a {what} (from {open}) expected <block end>, but found '{}'",
            token.id()
        ),
        place,
    )
}
