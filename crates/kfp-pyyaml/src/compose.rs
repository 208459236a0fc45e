//! Tokens to a graph of nodes with tags; refuses unknown aliases, repeated anchors and too many nodes.

use std::collections::{HashMap, HashSet};

use super::cursor::Position;
use super::resolve::resolve;
use super::scanner::{Scanner, too_deep};
use super::tag::Tag;
use super::token::{Located, Token};
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
    pub(super) start: Position,
    pub(super) end: usize,
    pub(super) plain: bool,
}

pub(super) struct RawDocument {
    pub(super) nodes: Vec<RawNode>,
    pub(super) root: NodeId,
    pub(super) aliased: HashSet<NodeId>,
    /// Scalars with escaped surrogates.
    pub(super) surrogates: HashSet<NodeId>,
}

pub(super) type Composed<T> = Result<T, YamlError>;

pub(super) struct Composer {
    pub(super) scanner: Scanner,
    pub(super) nodes: Vec<RawNode>,
    pub(super) anchors: HashMap<String, NodeId>,
    pub(super) aliased: HashSet<NodeId>,
    pub(super) handles: HashMap<String, String>,
    /// Nodes of all documents.
    pub(super) total: usize,
}

/// How a node goes on after anchor and tag.
enum Begun {
    Scalar {
        text: String,
        plain: bool,
        start: Position,
        end: Position,
    },
    /// An anchor or a tag alone.
    Nothing,
    Collection(Tag),
}

/// Where a node stands, which decides what may begin it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    Flow,
    Block,
    /// A value of a block mapping, whose list may stand at the mapping's own column.
    BlockValue,
}

pub(super) fn error(message: impl Into<String>, position: Position) -> YamlError {
    YamlError::new("ParserError", message, position)
}

impl Composer {
    pub(super) fn at(&mut self, token: &Token) -> Composed<bool> {
        Ok(self.scanner.peek()?.token == *token)
    }

    /// Whether the next token is one of these.
    pub(super) fn at_any(&mut self, tokens: &[Token]) -> Composed<bool> {
        Ok(tokens.contains(&self.scanner.peek()?.token))
    }

    pub(super) fn add(&mut self, node: RawNode) -> Composed<NodeId> {
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

    pub(super) fn empty(&mut self, position: Position) -> Composed<NodeId> {
        let content = Content::Scalar(String::new());
        self.add(RawNode {
            tag: Tag::Null,
            content,
            start: position,
            end: position.offset,
            plain: true,
        })
    }

    pub(super) fn node(&mut self, within: Context, depth: usize) -> Composed<NodeId> {
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
        let kind = match self.content(within, anchor.is_some() || tag.is_some())? {
            Begun::Scalar {
                text,
                plain,
                start,
                end,
            } => {
                let resolved = if plain || tag.as_deref() == Some("!") {
                    resolve(&text)
                } else {
                    Tag::Str
                };
                let tag = explicit(tag).unwrap_or(resolved);
                let content = Content::Scalar(text);
                return self.name(
                    RawNode {
                        tag,
                        content,
                        start,
                        end: end.offset,
                        plain,
                    },
                    anchor,
                );
            }
            Begun::Nothing => {
                let tag = explicit(tag).unwrap_or(Tag::Null);
                let (content, end) = (Content::Scalar(String::new()), first.offset);
                return self.name(
                    RawNode {
                        tag,
                        content,
                        start: first,
                        end,
                        plain: true,
                    },
                    anchor,
                );
            }
            Begun::Collection(kind) => kind,
        };
        let start = self.scanner.peek()?.start;
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
        let (content, end) = self.collection(depth)?;
        self.nodes[id.0].content = content;
        self.nodes[id.0].end = end.offset;
        Ok(id)
    }

    /// What follows anchor and tag; a scalar is taken, a collection left to be read.
    fn content(&mut self, within: Context, has_properties: bool) -> Composed<Begun> {
        let block = within != Context::Flow;
        let position = self.scanner.peek()?.start;
        match &self.scanner.peek()?.token {
            Token::FlowSequenceStart => Ok(Begun::Collection(Tag::Seq)),
            Token::FlowMappingStart => Ok(Begun::Collection(Tag::Map)),
            Token::BlockEntry if within == Context::BlockValue => Ok(Begun::Collection(Tag::Seq)),
            Token::BlockSequenceStart if block => Ok(Begun::Collection(Tag::Seq)),
            Token::BlockMappingStart if block => Ok(Begun::Collection(Tag::Map)),
            Token::Scalar { .. } => {
                let Located { token, start, end } = self.scanner.next()?;
                let Token::Scalar { text, plain } = token else {
                    return Ok(Begun::Nothing);
                };
                Ok(Begun::Scalar {
                    text,
                    plain,
                    start,
                    end,
                })
            }
            _ if has_properties => Ok(Begun::Nothing),
            other => {
                let kind = if block { "block" } else { "flow" };
                let message = format!(
                    "while parsing a {kind} node expected the node content, but found '{}'",
                    other.id()
                );
                Err(error(message, position))
            }
        }
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
                        Some(handle) => {
                            let position = self.scanner.peek()?.start;
                            let undefined = || {
                                error(
                                    format!(
                                        "while parsing a node found undefined tag handle '{handle}'"
                                    ),
                                    position,
                                )
                            };
                            format!(
                                "{}{suffix}",
                                self.handles.get(&handle).ok_or_else(undefined)?
                            )
                        }
                    });
                }
                _ => return Ok((anchor, tag)),
            }
            self.scanner.next()?;
        }
    }
}

fn explicit(tag: Option<String>) -> Option<Tag> {
    tag.filter(|tag| tag != "!").map(|tag| Tag::named(&tag))
}
