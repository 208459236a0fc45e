//! A YAML document as what serde reads, so that a pipeline is never in memory as JSON too.

use kfp_pyyaml::{NodeId, Tree, Value as Yaml};
use serde::{
    Deserializer,
    de::{
        Error as _, IntoDeserializer, Unexpected, Visitor,
        value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer},
    },
    forward_to_deserialize_any,
};
use serde_json::{Error, Value};

use crate::{Position, value};

/// What JSON cannot hold: what it is, and where.
pub(crate) type NotJson = (String, Position);

/// A node whose document JSON can hold.
#[derive(Clone, Copy)]
pub(crate) struct Node<'t> {
    tree: &'t Tree,
    id: NodeId,
}

impl<'t> Node<'t> {
    /// The outermost node.
    ///
    /// # Errors
    /// What JSON cannot hold.
    pub(crate) fn root(tree: &'t Tree) -> Result<Self, NotJson> {
        let id = tree.root();
        if tree.cycle.is_some() {
            return Err(("a value contains itself".to_owned(), tree.position(id)));
        }
        check(tree, id)?;
        Ok(Self { tree, id })
    }

    fn at(self, id: NodeId) -> Self {
        Self { id, ..self }
    }
}

fn check(tree: &Tree, node: NodeId) -> Result<(), NotJson> {
    let wrong = |message: String| Err((message, tree.position(node)));
    match tree.value(node) {
        Yaml::Int(number) if i64::try_from(*number).is_err() => {
            wrong(format!("{number} is too large"))
        }
        Yaml::BigInt(_) => wrong("the integer is too large".to_owned()),
        Yaml::Float(number) if value::number(*number).is_none() => {
            wrong(format!("{number} is not a number JSON has"))
        }
        Yaml::Null | Yaml::Bool(_) | Yaml::Int(_) | Yaml::Float(_) | Yaml::Str(_) => Ok(()),
        Yaml::Other(class) => wrong(format!("this is a {class} for YAML; put it in quotes")),
        Yaml::List(items) => items.iter().try_for_each(|item| check(tree, *item)),
        Yaml::Map(entries) => entries.iter().try_for_each(|(key, value)| {
            if tree.text(*key).is_none() {
                return Err(("a key must be text".to_owned(), tree.position(*key)));
            }
            check(tree, *value)
        }),
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
            Yaml::Int(number) => match i64::try_from(*number) {
                Ok(number) => Value::from(number).deserialize_any(visitor),
                Err(error) => Err(Error::custom(error)),
            },
            Yaml::Float(number) => value::number(*number)
                .unwrap_or_default()
                .deserialize_any(visitor),
            Yaml::Str(text) => visitor.visit_borrowed_str(text),
            Yaml::List(items) => {
                let items = items.iter().map(|item| self.at(*item));
                SeqDeserializer::new(items).deserialize_any(visitor)
            }
            Yaml::Map(entries) => visitor.visit_map(self.entries(entries)),
            Yaml::Null | Yaml::BigInt(_) | Yaml::Other(_) => visitor.visit_unit(),
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
