//! A value of a YAML document as what serde reads, so that a pipeline is never in memory as JSON too.

use std::collections::HashMap;

use kfp_pyyaml::{MAX_DEPTH, MAX_NODES, NodeId, Tree, Value as Yaml};
use serde::{
    Deserializer,
    de::{
        Error as _, IntoDeserializer, Unexpected, Visitor,
        value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer},
    },
    forward_to_deserialize_any,
};
use serde_json::{Error, Value};

use crate::{document::Error as Refused, value};

/// A value that JSON can hold.
#[derive(Clone, Copy)]
pub(crate) struct Node<'t> {
    tree: &'t Tree,
    id: NodeId,
}

impl<'t> Node<'t> {
    /// Checks a value.
    ///
    /// # Errors
    /// What JSON cannot hold, or more than [`MAX_NODES`] values or [`MAX_DEPTH`] levels once aliases are followed.
    pub(crate) fn new(tree: &'t Tree, id: NodeId) -> Result<Self, Refused> {
        Check::default().node(tree, id, 0)?;
        Ok(Self { tree, id })
    }

    fn at(self, id: NodeId) -> Self {
        Self { id, ..self }
    }
}

/// Looks at every node once. Aliases are written out when a document is read, so it is seen to first that this ends.
#[derive(Default)]
struct Check(HashMap<NodeId, Option<Extent>>);

/// How deep a collection is, and how many values it has, with aliases written out.
#[derive(Clone, Copy, Default)]
struct Extent {
    depth: usize,
    values: usize,
}

impl Check {
    fn node(&mut self, tree: &Tree, node: NodeId, above: usize) -> Result<Extent, Refused> {
        let wrong_at = |node: NodeId, message: String| {
            Err(Refused {
                message,
                position: tree.position(node),
            })
        };
        let wrong = |message| wrong_at(node, message);
        let one = Extent {
            depth: 0,
            values: 1,
        };
        let inside: Vec<NodeId> = match tree.value(node) {
            Yaml::BigInt(number) if number.is_infinite() => {
                return wrong("the integer is too large for a double".to_owned());
            }
            Yaml::Float(number) if value::number(*number).is_none() => {
                return wrong(format!("{number} is not a number JSON has"));
            }
            Yaml::Other(class) => {
                return wrong(format!("this is a {class} for YAML; put it in quotes"));
            }
            Yaml::Null
            | Yaml::Bool(_)
            | Yaml::Int(_)
            | Yaml::BigInt(_)
            | Yaml::Float(_)
            | Yaml::Str(_) => return Ok(one),
            Yaml::List(items) => items.clone(),
            Yaml::Map(entries) => {
                if let Some((key, _)) = entries.iter().find(|(key, _)| tree.text(*key).is_none()) {
                    return wrong_at(*key, "a key must be text".to_owned());
                }
                entries.iter().map(|(_, value)| *value).collect()
            }
        };
        let extent = match self.0.insert(node, None) {
            Some(None) => return wrong("a value contains itself".to_owned()),
            Some(Some(known)) => known,
            None if above > MAX_DEPTH => Extent::default(),
            None => {
                let mut extent = one;
                for inside in inside {
                    let inside = self.node(tree, inside, above + 1)?;
                    extent.depth = extent.depth.max(inside.depth + 1);
                    extent.values = extent.values.saturating_add(inside.values);
                }
                extent
            }
        };
        if above + extent.depth > MAX_DEPTH || extent.values > MAX_NODES {
            return wrong("too much is in here, once its aliases are written out".to_owned());
        }
        self.0.insert(node, Some(extent));
        Ok(extent)
    }
}

/// A number as protobuf reads it: beyond 64 bits it is a double. `None` for what is not a number of JSON.
fn number(value: &Yaml) -> Option<Value> {
    match value {
        #[expect(clippy::cast_precision_loss, reason = "protobuf takes it for a double")]
        Yaml::Int(number) => {
            Some(i64::try_from(*number).map_or_else(|_| Value::from(*number as f64), Value::from))
        }
        Yaml::BigInt(number) | Yaml::Float(number) => value::number(*number),
        _ => None,
    }
}

impl<'t> IntoDeserializer<'t, Error> for Node<'t> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// As `serde_json` reads a value, with integral numbers as integers, which is how protobuf writes them.
impl<'t> Deserializer<'t> for Node<'t> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.tree.value(self.id) {
            Yaml::Bool(value) => visitor.visit_bool(*value),
            Yaml::Int(_) | Yaml::BigInt(_) | Yaml::Float(_) => number(self.tree.value(self.id))
                .unwrap_or_default()
                .deserialize_any(visitor),
            Yaml::Str(text) => visitor.visit_borrowed_str(text),
            Yaml::List(items) => {
                let items = items.iter().map(|item| self.at(*item));
                SeqDeserializer::new(items).deserialize_any(visitor)
            }
            Yaml::Map(entries) => visitor.visit_map(self.entries(entries)),
            Yaml::Null | Yaml::Other(_) => visitor.visit_unit(),
        }
    }

    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.tree.value(self.id) {
            Yaml::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'t>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'t>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.tree.value(self.id) {
            Yaml::Str(text) => visitor.visit_enum(text.as_str().into_deserializer()),
            Yaml::Map(entries) if entries.len() == 1 => {
                visitor.visit_enum(MapAccessDeserializer::new(self.entries(entries)))
            }
            Yaml::Map(_) => Err(Error::invalid_value(
                Unexpected::Map,
                &"map with a single key",
            )),
            _ => Err(Error::invalid_type(
                Unexpected::Other(self.tree.class(self.id)),
                &"string or map",
            )),
        }
    }

    forward_to_deserialize_any! {
        <V: Visitor<'t>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// What serde calls a mapping's entries.
type Entries<'t, I> = MapDeserializer<'t, I, Error>;

impl<'t> Node<'t> {
    fn entries(
        self,
        entries: &'t [(NodeId, NodeId)],
    ) -> Entries<'t, impl Iterator<Item = (&'t str, Self)>> {
        let entry = move |(key, value): &(NodeId, NodeId)| {
            (self.tree.text(*key).unwrap_or_default(), self.at(*value))
        };
        MapDeserializer::new(entries.iter().map(entry))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    enum Kind {
        Plain,
        Sized(u8),
        Named { name: String },
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Wrapped(f64);

    fn read<T: for<'t> Deserialize<'t>>(text: &str) -> Result<T, String> {
        let trees = kfp_pyyaml::load_all(text).unwrap();
        let root = Node::new(&trees[0], trees[0].root())
            .map_err(|error| format!("{}: {}", error.position, error.message))?;
        T::deserialize(root).map_err(|error| error.to_string())
    }

    #[test]
    fn values_are_those_that_json_would_have() {
        let text = "{a: [1, 2.0, 2.5, -3, 'x', yes, null], b: {c: &x [1], d: *x}, e: }";
        let json =
            json!({"a": [1, 2, 2.5, -3, "x", true, null], "b": {"c": [1], "d": [1]}, "e": null});
        assert_eq!(read::<Value>(text), Ok(json.clone()));
        assert_eq!(read::<Value>(&json.to_string()), Ok(json));
    }

    #[test]
    fn types_are_read_as_from_json() {
        let read_all = read::<(Vec<Kind>, Option<Wrapped>, Option<u8>)>;
        let all = vec![
            Kind::Plain,
            Kind::Sized(7),
            Kind::Named { name: "n".into() },
        ];
        assert_eq!(
            read_all("[[Plain, {Sized: 7}, {Named: {name: n}}], 2.0, null]"),
            Ok((all, Some(Wrapped(2.0)), None))
        );
        for text in [
            "[[{Sized: x}], 1, 1]",
            "[[{Sized: 1, Plain: 2}], 1, 1]",
            "[[], [], 1]",
        ] {
            let value: Value = read(text).unwrap();
            let as_json = <(Vec<Kind>, Option<Wrapped>, Option<u8>)>::deserialize(value);
            assert_eq!(read_all(text), Err(as_json.unwrap_err().to_string()));
        }
    }

    #[test]
    fn what_json_cannot_hold_is_refused_where_it_stands() {
        for (text, wanted) in [
            (
                "a: [1, 2026-11-26]",
                "line 1, column 8: this is a datetime.date for YAML",
            ),
            ("a: .nan", "line 1, column 4: NaN is not a number JSON has"),
            ("1: a", "line 1, column 1: a key must be text"),
            ("a: &x [*x]", "line 1, column 7: a value contains itself"),
            ("&x {a: *x}", "line 1, column 4: a value contains itself"),
        ] {
            let error = read::<Value>(text).unwrap_err();
            assert!(error.starts_with(wanted), "{text}: {error}");
        }
    }

    #[test]
    fn aliases_that_would_never_end_are_refused() {
        let doubled = |levels: u32| {
            let level = |n: u32| format!("a{n}: &a{n} [*a{0}, *a{0}]\n", n - 1);
            "a0: &a0 [x]\n".to_owned() + &(1..levels).map(level).collect::<String>()
        };
        assert!(read::<Value>(&doubled(8)).is_ok());
        let deep = |levels: u32| {
            let level = |n: u32| format!("a{n}: &a{n} [[[[*a{}]]]]\n", n - 1);
            "a0: &a0 [x]\n".to_owned() + &(1..levels).map(level).collect::<String>()
        };
        assert!(read::<Value>(&deep(8)).is_ok());
        for text in [doubled(90), deep(5000)] {
            let error = read::<Value>(&text).unwrap_err();
            assert!(
                error.contains("once its aliases are written out"),
                "{error}"
            );
        }
    }
}
