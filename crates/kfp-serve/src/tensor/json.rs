//! The JSON form of tensors: one flat list, or lists nested as the shape says.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, SeqAccess, Visitor};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::{Data, Element};

impl Serialize for Data {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(values) => values.serialize(serializer),
            Self::Int64(values) => values.serialize(serializer),
            // JSON has no NaN: serde_json writes null, as other servers do.
            Self::Fp32(values) => values.serialize(serializer),
            Self::Fp64(values) => values.serialize(serializer),
            Self::Bytes(values) => values.serialize(serializer),
        }
    }
}

/// A value in JSON that is neither a list nor an object.
pub(crate) enum Scalar<'a> {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(Cow<'a, str>),
}

impl Scalar<'_> {
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) => "a whole number",
            Self::Float(_) => "a fraction",
            Self::Text(_) => "a string",
        }
    }
}

/// Reads the values of a tensor of that shape.
pub(super) fn read<T: Element>(json: &RawValue, shape: &[usize]) -> Result<Vec<T>, String> {
    let mut list = List {
        values: Vec::new(),
        problem: None,
    };
    let mut reader = serde_json::Deserializer::from_str(json.get());
    let level = Level {
        list: &mut list,
        shape,
        depth: 0,
    };
    match level.deserialize(&mut reader) {
        Ok(Found::List) => Ok(list.values),
        Ok(Found::Scalar) => Err("is one value; write a list".into()),
        Err(error) => Err(list.problem.unwrap_or_else(|| error.to_string())),
    }
}

/// What has been read so far, and what was wrong with it, without serde's position in the text.
struct List<T> {
    values: Vec<T>,
    problem: Option<String>,
}

/// What stood at a place of a list.
enum Found {
    Scalar,
    List,
}

/// A value or a list at some depth of nested lists.
struct Level<'a, T> {
    list: &'a mut List<T>,
    shape: &'a [usize],
    depth: usize,
}

impl<T: Element> Level<'_, T> {
    fn refuse<E: serde::de::Error>(&mut self, problem: String) -> E {
        self.list.problem = Some(problem);
        E::custom("refused")
    }

    fn scalar<E: serde::de::Error>(mut self, scalar: &Scalar<'_>) -> Result<Found, E> {
        match T::from_scalar(scalar) {
            Ok(value) => {
                self.list.values.push(value);
                Ok(Found::Scalar)
            }
            Err(wanted) => {
                let number = self.list.values.len();
                Err(self.refuse(format!(
                    "element {number} is {}; {} takes {wanted}",
                    scalar.kind(),
                    T::DATATYPE
                )))
            }
        }
    }

    /// A list at this depth has as many elements as the shape says; the outermost may also hold all values, flat.
    fn check<E: serde::de::Error>(&mut self, length: usize, of_lists: bool) -> Result<(), E> {
        let is_flat = self.depth == 0 && !of_lists;
        let innermost = self.depth + 1 == self.shape.len();
        if is_flat || (self.shape.get(self.depth) == Some(&length) && innermost != of_lists) {
            return Ok(());
        }
        let (shape, depth) = (self.shape, self.depth);
        Err(self.refuse(format!(
            "a list at depth {depth} has {length} {}, which is not the shape {shape:?}",
            if of_lists { "lists" } else { "values" }
        )))
    }
}

impl<'de, T: Element> DeserializeSeed<'de> for Level<'_, T> {
    type Value = Found;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Element> Visitor<'de> for Level<'_, T> {
    type Value = Found;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of values")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Found, E> {
        self.scalar(&Scalar::Null)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Found, E> {
        self.scalar(&Scalar::Bool(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Found, E> {
        self.scalar(&Scalar::Integer(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Found, E> {
        #[expect(clippy::cast_precision_loss, reason = "larger than INT64, so a float")]
        let scalar =
            i64::try_from(value).map_or_else(|_| Scalar::Float(value as f64), Scalar::Integer);
        self.scalar(&scalar)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Found, E> {
        self.scalar(&Scalar::Float(value))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Found, E> {
        self.scalar(&Scalar::Text(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<Found, A::Error> {
        if self.depth >= self.shape.len() {
            let shape = self.shape;
            return Err(self.refuse(format!("is nested deeper than the shape {shape:?}")));
        }
        let (mut length, mut of_lists) = (0, None);
        loop {
            let level = Level {
                list: &mut *self.list,
                shape: self.shape,
                depth: self.depth + 1,
            };
            let Some(found) = elements.next_element_seed(level)? else {
                break;
            };
            length += 1;
            let is_list = matches!(found, Found::List);
            if *of_lists.get_or_insert(is_list) != is_list {
                return Err(self.refuse("mixes values and lists".into()));
            }
        }
        let of_lists = of_lists.unwrap_or(false);
        self.check(length, of_lists)?;
        Ok(Found::List)
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, _: A) -> Result<Found, A::Error> {
        let number = self.list.values.len();
        let problem = format!("element {number} is an object; write values or lists");
        self.list.problem = Some(problem);
        Err(A::Error::custom("refused"))
    }
}
