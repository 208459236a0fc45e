//! The documents of a text and their directives; refuses directives it cannot follow.

use std::collections::{HashMap, HashSet};

use super::compose::{Composed, Composer, Content, Context, RawDocument, error};
use super::cursor::Cursor;
use super::scanner::Scanner;
use super::token::{Located, Token};
use super::tree::NodeId;

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

impl Composer {
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
        let (position, ends) = (
            next.start,
            matches!(
                next.token,
                Token::DocumentStart | Token::DocumentEnd | Token::StreamEnd
            ),
        );
        let root = if !implicit && (ends || is_directive(&self.scanner.peek()?.token)) {
            self.empty(position)?
        } else {
            self.node(Context::Block, 0)?
        };
        if self.at(&Token::DocumentEnd)? {
            self.scanner.next()?;
        }
        self.anchors.clear();
        let nodes = std::mem::take(&mut self.nodes);
        let escaped = &self.scanner.with_surrogates;
        let surrogates = (0..nodes.len())
            .filter(|at| {
                let node = &nodes[*at];
                matches!(node.content, Content::Scalar(_)) && escaped.contains(&node.start)
            })
            .map(NodeId)
            .collect();
        Ok(Some(RawDocument {
            nodes,
            root,
            aliased: std::mem::take(&mut self.aliased),
            surrogates,
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
}
