//! A value of a YAML document as what serde reads, so that a pipeline is never in memory as JSON too.

use kfp_pyyaml::{MAX_NODES, NodeId, Tree, Value as Yaml};
use serde::{
    Deserializer,
    de::{
        Error as _, IntoDeserializer, Unexpected, Visitor,
        value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer},
    },
    forward_to_deserialize_any,
};
use serde_json::{Error, Value};

use super::{document::Error as Refused, value};

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
    /// What JSON cannot hold, or more than [`MAX_NODES`] values once aliases are followed.
    pub(crate) fn new(tree: &'t Tree, id: NodeId) -> Result<Self, Refused> {
        if tree.cycle.is_some() {
            return Err(Refused {
                message: "a value contains itself".to_owned(),
                position: tree.position(id),
            });
        }
        check(tree, id, &mut MAX_NODES.clone())?;
        Ok(Self { tree, id })
    }

    fn at(self, id: NodeId) -> Self {
        Self { id, ..self }
    }
}

/// Refuses a node that JSON cannot hold, or in which there are more values than may be `left`.
fn check(tree: &Tree, node: NodeId, left: &mut usize) -> Result<(), Refused> {
    let refuse = |node: NodeId, message: String| {
        Err(Refused {
            message,
            position: tree.position(node),
        })
    };
    let Some(fewer) = left.checked_sub(1) else {
        let message = "aliases make this too large to be a pipeline";
        return refuse(node, message.to_owned());
    };
    *left = fewer;
    match tree.value(node) {
        Yaml::Null | Yaml::Bool(_) | Yaml::Int(_) | Yaml::Str(_) => Ok(()),
        Yaml::BigInt(number) if number.is_infinite() => {
            refuse(node, "the integer is too large for a double".to_owned())
        }
        Yaml::BigInt(float) | Yaml::Float(float) => match number(tree.value(node)) {
            Some(_) => Ok(()),
            None => refuse(node, format!("{float} is not a number JSON has")),
        },
        Yaml::Other(class) => refuse(
            node,
            format!("this is a {class} for YAML; put it in quotes"),
        ),
        Yaml::List(items) => items.iter().try_for_each(|item| check(tree, *item, left)),
        Yaml::Map(entries) => entries.iter().try_for_each(|(key, value)| {
            if tree.text(*key).is_none() {
                return refuse(*key, "a key must be text".to_owned());
            }
            check(tree, *value, left)
        }),
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
