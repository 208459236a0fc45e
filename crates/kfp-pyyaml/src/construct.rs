//! Nodes to Python's values: tags applied, `<<` merged, repeated keys dropped; refuses what PyYAML cannot construct.

use std::collections::{HashMap, HashSet};

use super::compose::{Content, RawDocument, RawNode};
use super::cursor::Position;
use super::resolve::{is_real_time, python_bool, python_float, python_int};
use super::tag::Tag;
use super::tree::{Node, NodeId, Tree, Value};
use super::{MAX_NODES, YamlError};

type Constructed<T> = Result<T, YamlError>;

fn error(message: impl Into<String>, position: Position) -> YamlError {
    YamlError::new("ConstructorError", message, position)
}

pub(super) fn construct(document: RawDocument) -> Constructed<Tree> {
    let RawDocument {
        nodes,
        root,
        aliased,
        surrogates,
    } = document;
    let duplicates = repeated_keys(&nodes);
    let mut merger = Merger {
        nodes,
        merged: 0,
        twice: Vec::new(),
    };
    for id in 0..merger.nodes.len() {
        merger.flatten(NodeId(id))?;
    }
    let Merger {
        nodes: mut raw,
        mut twice,
        ..
    } = merger;
    twice.sort_by_key(|(_, position)| *position);
    let mut tree = Tree {
        nodes: Vec::with_capacity(raw.len()),
        root,
        duplicates,
        merged_twice: twice,
        cycle: None,
        aliased,
        surrogates,
    };
    for index in 0..raw.len() {
        let value = match &mut raw[index] {
            RawNode {
                tag: Tag::Str,
                content: Content::Scalar(text),
                ..
            } => Value::Str(std::mem::take(text)),
            _ => value_of(&raw[index], &raw)?,
        };
        let node = &raw[index];
        tree.nodes.push(Node {
            value,
            start: node.start,
            end: node.end,
            plain: node.plain,
        });
    }
    unite_keys(&mut tree)?;
    tree.cycle = find_cycle(&tree);
    Ok(tree)
}

/// Keys written twice in one mapping; a key may override a merged one.
fn repeated_keys(nodes: &[RawNode]) -> Vec<(String, Position)> {
    let mut repeated = Vec::new();
    for node in nodes {
        let Content::Mapping(entries) = &node.content else {
            continue;
        };
        let mut seen = HashSet::new();
        for (key, _) in entries {
            let key = &nodes[key.0];
            if let (Tag::Str, Content::Scalar(text)) = (&key.tag, &key.content)
                && !seen.insert(text)
            {
                repeated.push((text.clone(), key.start));
            }
        }
    }
    repeated
}

struct Merger {
    nodes: Vec<RawNode>,
    merged: usize,
    /// Keys that several merged mappings give, and where `<<` stands.
    twice: Vec<(String, Position)>,
}

/// What PyYAML 6.0.4 takes for the same merged key: the same Python object. A text of one Latin-1 character is one
/// object wherever it stands, any other only where an alias leads to it.
#[derive(PartialEq, Eq, Hash)]
enum MergeKey {
    Node(NodeId),
    Text(String),
}

impl Merger {
    /// Replaces the `<<` entries of a mapping by what they merge, which its own entries then override.
    fn flatten(&mut self, id: NodeId) -> Constructed<()> {
        if !matches!(self.nodes[id.0].tag, Tag::Map | Tag::Set) {
            return Ok(());
        }
        let position = self.nodes[id.0].start;
        let Content::Mapping(entries) = &mut self.nodes[id.0].content else {
            return Ok(());
        };
        let all = std::mem::take(entries);
        let (sources, own): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|(key, _)| self.nodes[key.0].tag == Tag::Merge);
        for (key, _) in &own {
            let key = &mut self.nodes[key.0];
            if key.tag == Tag::Default {
                key.tag = Tag::Str;
            }
        }
        // The merge keys are removed before their values are looked at, so that a mapping that merges itself ends.
        self.set_entries(id, own.clone());
        let (mut merged, mut seen) = (Vec::new(), HashSet::new());
        for (key, source) in sources {
            // The key is gone, so PyYAML does not have to construct it.
            self.nodes[key.0].tag = Tag::Str;
            self.gather(source, position, &mut merged, &mut seen)?;
            self.note_twice(&merged, &own, self.nodes[key.0].start);
        }
        if !merged.is_empty() {
            merged.extend(own);
            self.merged += merged.len();
            if self.merged > MAX_NODES {
                return Err(YamlError::budget(
                    format!("merge keys make more than {MAX_NODES} entries"),
                    position,
                ));
            }
            self.set_entries(id, merged);
        }
        Ok(())
    }

    fn gather(
        &mut self,
        source: NodeId,
        position: Position,
        merged: &mut Vec<(NodeId, NodeId)>,
        seen: &mut HashSet<MergeKey>,
    ) -> Constructed<()> {
        match &self.nodes[source.0].content {
            Content::Mapping(_) => {
                self.flatten(source)?;
                self.take_new(source, merged, seen);
            }
            Content::Sequence(sources) => {
                for source in sources.clone() {
                    if let other @ (Content::Scalar(_) | Content::Sequence(_)) =
                        &self.nodes[source.0].content
                    {
                        let message =
                            format!("expected a mapping for merging, but found {}", other.id());
                        return Err(error(message, self.nodes[source.0].start));
                    }
                    self.flatten(source)?;
                    self.take_new(source, merged, seen);
                }
            }
            Content::Scalar(_) => {
                return Err(error(
                    "expected a mapping or list of mappings for merging, but found scalar",
                    position,
                ));
            }
        }
        if self.merged + merged.len() > MAX_NODES {
            return Err(YamlError::budget(
                format!("merge keys make more than {MAX_NODES} entries"),
                position,
            ));
        }
        Ok(())
    }

    /// Takes the entries whose key is not among the merged ones already; of equal keys the last value will win.
    fn take_new(
        &self,
        source: NodeId,
        merged: &mut Vec<(NodeId, NodeId)>,
        seen: &mut HashSet<MergeKey>,
    ) {
        for (key, value) in self.entries(source) {
            let identity = match &self.nodes[key.0].content {
                Content::Scalar(text) if is_one_object(text) => MergeKey::Text(text.clone()),
                _ => MergeKey::Node(key),
            };
            if seen.insert(identity) {
                merged.push((key, value));
            }
        }
    }

    fn note_twice(
        &mut self,
        merged: &[(NodeId, NodeId)],
        own: &[(NodeId, NodeId)],
        position: Position,
    ) {
        let text = |id: NodeId| match &self.nodes[id.0].content {
            Content::Scalar(text) => Some(text.clone()),
            _ => None,
        };
        let overridden: HashSet<_> = own.iter().filter_map(|(key, _)| text(*key)).collect();
        let mut seen = HashSet::new();
        let twice: Vec<_> = merged
            .iter()
            .filter_map(|(key, _)| text(*key))
            .filter(|key| !seen.insert(key.clone()) && !overridden.contains(key))
            .collect();
        for key in twice {
            if !self.twice.contains(&(key.clone(), position)) {
                self.twice.push((key, position));
            }
        }
    }

    fn entries(&self, id: NodeId) -> Vec<(NodeId, NodeId)> {
        match &self.nodes[id.0].content {
            Content::Mapping(entries) => entries.clone(),
            Content::Scalar(_) | Content::Sequence(_) => Vec::new(),
        }
    }

    fn set_entries(&mut self, id: NodeId, entries: Vec<(NodeId, NodeId)>) {
        self.nodes[id.0].content = Content::Mapping(entries);
    }
}

fn value_of(node: &RawNode, nodes: &[RawNode]) -> Constructed<Value> {
    let position = node.start;
    let bad = |class, message: String| Err(YamlError::new(class, message, position));
    match (&node.tag, &node.content) {
        (Tag::Seq, Content::Sequence(items)) => Ok(Value::List(items.clone())),
        (Tag::Omap | Tag::Pairs, Content::Sequence(items)) => {
            let pair = |item: &NodeId| matches!(&nodes[item.0].content, Content::Mapping(pair) if pair.len() == 1);
            match items.iter().find(|item| !pair(item)) {
                Some(item) => Err(error("expected a mapping of length 1", nodes[item.0].start)),
                None => Ok(Value::List(items.clone())),
            }
        }
        (Tag::Map, Content::Mapping(entries)) => Ok(Value::Map(entries.clone())),
        (Tag::Set, Content::Mapping(_)) => Ok(Value::Other("set")),
        (Tag::Unknown(_) | Tag::Merge | Tag::Default, _) => {
            let name = match &node.tag {
                Tag::Unknown(name) => name.as_str(),
                Tag::Merge => "tag:yaml.org,2002:merge",
                _ => "tag:yaml.org,2002:value",
            };
            Err(error(
                format!("could not determine a constructor for the tag '{name}'"),
                position,
            ))
        }
        (Tag::Seq | Tag::Omap | Tag::Pairs, other) => Err(error(
            format!("expected a sequence node, but found {}", other.id()),
            position,
        )),
        (Tag::Map | Tag::Set, other) => Err(error(
            format!("expected a mapping node, but found {}", other.id()),
            position,
        )),
        (tag, Content::Scalar(text)) => match tag {
            Tag::Null => Ok(Value::Null),
            Tag::Bool => match python_bool(text) {
                Some(truth) => Ok(Value::Bool(truth)),
                None => bad("KeyError", format!("'{}'", text.to_lowercase())),
            },
            Tag::Int => match python_int(text) {
                Some(Ok(number)) => Ok(Value::Int(number)),
                Some(Err(number)) => Ok(Value::BigInt(number)),
                None => bad(
                    "ValueError",
                    format!("invalid literal for int() with base 10: '{text}'"),
                ),
            },
            Tag::Float => match python_float(text) {
                Some(number) => Ok(Value::Float(number)),
                None => bad(
                    "ValueError",
                    format!("could not convert string to float: '{text}'"),
                ),
            },
            Tag::Timestamp if is_real_time(text) => Ok(Value::Other(if text.len() == 10 {
                "datetime.date"
            } else {
                "datetime.datetime"
            })),
            Tag::Timestamp => bad(
                "ValueError",
                format!("'{text}' is not a day or time there is"),
            ),
            Tag::Binary => Ok(Value::Other("bytes")),
            _ => Ok(Value::Str(text.clone())),
        },
        (_, other) => Err(error(
            format!("expected a scalar node, but found {}", other.id()),
            position,
        )),
    }
}

/// Whether Python keeps one object for a text: the empty one and those of one Latin-1 character.
fn is_one_object(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_none_or(|c| u32::from(c) < 0x100) && chars.next().is_none()
}

/// What makes two keys the same key of a Python dict.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    None,
    Number(u64),
    Text(String),
    Other(usize),
}

fn unite_keys(tree: &mut Tree) -> Constructed<()> {
    for index in 0..tree.nodes.len() {
        let Value::Map(entries) = &tree.nodes[index].value else {
            continue;
        };
        let mut places: HashMap<Key, usize> = HashMap::with_capacity(entries.len());
        let mut kept: Vec<(NodeId, NodeId)> = Vec::with_capacity(entries.len());
        for &(key, value) in entries {
            let node = tree.node(key);
            #[expect(
                clippy::cast_precision_loss,
                reason = "keys that are numbers are errors whichever they are"
            )]
            let hashable = match &node.value {
                Value::Null => Key::None,
                Value::Bool(truth) => Key::Number(f64::from(u8::from(*truth)).to_bits()),
                Value::Int(number) => Key::Number((*number as f64).to_bits()),
                Value::BigInt(number) | Value::Float(number) => Key::Number(number.to_bits()),
                Value::Str(text) => Key::Text(text.clone()),
                Value::Other("set") | Value::List(_) | Value::Map(_) => {
                    return Err(error(
                        "while constructing a mapping found unhashable key",
                        node.start,
                    ));
                }
                Value::Other(_) => Key::Other(key.0),
            };
            if let Some(&at) = places.get(&hashable) {
                kept[at].1 = value;
            } else {
                places.insert(hashable, kept.len());
                kept.push((key, value));
            }
        }
        if kept.len() < entries.len() {
            tree.nodes[index].value = Value::Map(kept);
        }
    }
    Ok(())
}

/// A mapping that is a value of itself, through mappings only: lists are filled in later and may contain themselves.
fn find_cycle(tree: &Tree) -> Option<Position> {
    let mut done = HashSet::new();
    for start in tree.aliased.iter().copied() {
        let mut path = vec![(start, 0)];
        let mut open = HashSet::from([start]);
        while let Some((id, next)) = path.pop() {
            let Some(&(_, value)) = tree.entries(id).get(next) else {
                open.remove(&id);
                done.insert(id);
                continue;
            };
            path.push((id, next + 1));
            if open.contains(&value) {
                return Some(tree.position(value));
            }
            if !done.contains(&value) && matches!(tree.value(value), Value::Map(_)) {
                open.insert(value);
                path.push((value, 0));
            }
        }
    }
    None
}
