//! JSON as KFP passes it on, for any type that derives serde's `Deserialize`.
//!
//! KFP changes the kind of a value inside a list or an object: `kfp.local` makes `3.0` of `3`, and a value that another task
//! produced becomes its text. So a number is read from its text, text from a number, and a whole number from `3.0`.

use serde_core::de::value::{MapDeserializer, SeqDeserializer};
use serde_core::de::{Deserializer, IntoDeserializer, Visitor};
use serde_core::forward_to_deserialize_any;
use serde_json::{Error, Value};

use crate::json_text;
use crate::number;
use crate::parameter::Parameter;

/// A value to deserialize from.
pub(crate) struct Lenient(pub(crate) Value);

impl Lenient {
    /// The number that text holds, where a number is wanted.
    fn into_number(self) -> Self {
        match &self.0 {
            Value::String(text) => match i64::from_value(&self.0) {
                Ok(whole) => Self(whole.into()),
                Err(_) => Self(number::number(&text.as_str().into()).map_or(self.0, Value::from)),
            },
            _ => self,
        }
    }
}

macro_rules! numbers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.into_number().deserialize_any(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Lenient {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Number(number) if number.is_f64() => {
                match i64::from_value(&Value::Number(number.clone())) {
                    Ok(whole) => visitor.visit_i64(whole),
                    Err(_) => number.deserialize_any(visitor),
                }
            }
            Value::Array(items) => {
                let mut items = SeqDeserializer::new(items.into_iter().map(Self));
                let value = visitor.visit_seq(&mut items)?;
                items.end()?;
                Ok(value)
            }
            Value::Object(entries) => {
                let entries = entries
                    .into_iter()
                    .map(|(key, value)| (Self(key.into()), Self(value)));
                let mut entries = MapDeserializer::new(entries);
                let value = visitor.visit_map(&mut entries)?;
                entries.end()?;
                Ok(value)
            }
            other => other.deserialize_any(visitor),
        }
    }

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match bool::from_value(&self.0) {
            Ok(value) => visitor.visit_bool(value),
            Err(_) => self.deserialize_any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => self.deserialize_any(visitor),
            value => visitor.visit_string(json_text::of(&value)),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_string(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        char bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl IntoDeserializer<'_, Error> for Lenient {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fmt::Debug;

    use serde_core::Deserialize as _;
    use serde_core::de::DeserializeOwned;
    use serde_json::{Value, json};

    use super::Lenient;

    #[track_caller]
    fn reads<T: DeserializeOwned + PartialEq + Debug>(value: Value, wanted: &T) {
        assert_eq!(T::deserialize(Lenient(value)).unwrap(), *wanted);
    }

    #[test]
    fn kinds_that_kfp_changes_are_read() {
        reads(json!([1.0, "2", "3.0"]), &vec![1_u8, 2, 3]);
        reads(json!(["0.5", 1, "1e-07"]), &vec![0.5, 1.0, 1e-7]);
        reads(
            json!([1, 0.0, "true", "0", false]),
            &[true, false, true, false, false],
        );
        reads(
            json!([1.0, true, "a"]),
            &["1.0".to_owned(), "true".into(), "a".into()],
        );
        reads(
            json!({"1": ["x"]}),
            &BTreeMap::from([(1, vec!["x".to_owned()])]),
        );
        reads(json!([null, 1.0]), &(None::<u8>, Some(1_i64)));
        reads(
            json!({"a": [1.0, {"b": 2.5}]}),
            &json!({"a": [1, {"b": 2.5}]}),
        );
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for value in [json!(256), json!("x"), json!(1.5), json!(null), json!([1])] {
            assert!(u8::deserialize(Lenient(value.clone())).is_err(), "{value}");
        }
        assert!(String::deserialize(Lenient(json!(null))).is_err());
        assert!(<[u8; 2]>::deserialize(Lenient(json!([1, 2, 3]))).is_err());
    }
}
