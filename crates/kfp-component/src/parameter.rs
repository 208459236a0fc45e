//! Values passed by value: lenient in, strict out.
//!
//! No value that KFP's JSON doubles would change gets through: whole numbers end at 2^53, other numbers are finite.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use serde_json::{Map, Value};

/// KFP's parameter types, as types the macro can name.
pub(crate) mod types {
    /// KFP's `String`.
    #[derive(Debug)]
    pub enum String {}
    /// KFP's `Integer`.
    #[derive(Debug)]
    pub enum Integer {}
    /// KFP's `Float`.
    #[derive(Debug)]
    pub enum Float {}
    /// KFP's `Boolean`.
    #[derive(Debug)]
    pub enum Boolean {}
    /// KFP's `JsonArray`.
    #[derive(Debug)]
    pub enum JsonArray {}
    /// KFP's `JsonObject`.
    #[derive(Debug)]
    pub enum JsonObject {}
}

/// A type KFP passes by value.
///
/// Both directions return, when they refuse, what was wanted: `a whole number from 0 to 255`.
#[diagnostic::on_unimplemented(
    message = "KFP cannot pass `{Self}` by value",
    label = "not a parameter type",
    note = "use String, bool, an integer, f32, f64, Vec<_>, Json<_>, a map, or an enum with `#[derive(Choice)]`",
    note = "a file is Input<_> or Output<_>"
)]
pub trait Parameter: Sized {
    /// The KFP type, one of [`types`].
    type Type;

    /// The texts allowed, if only some are.
    const CHOICES: &'static [&'static str] = &[];

    /// Reads a JSON value, or the text of a flag, which is a JSON string whatever the type.
    fn from_value(value: &Value) -> Result<Self, String>;

    /// The value as KFP passes it on.
    fn to_value(&self) -> Result<Value, String>;
}

impl Parameter for String {
    type Type = types::String;

    fn from_value(value: &Value) -> Result<Self, String> {
        value.as_str().map(Self::from).ok_or_else(|| "text".into())
    }

    fn to_value(&self) -> Result<Value, String> {
        Ok(self.as_str().into())
    }
}

impl Parameter for bool {
    type Type = types::Boolean;

    fn from_value(value: &Value) -> Result<Self, String> {
        let word = value.as_str().map(|text| text.trim().to_ascii_lowercase());
        match (value, word.as_deref()) {
            (Value::Bool(value), _) => Ok(*value),
            (_, Some("y" | "yes" | "t" | "true" | "on" | "1")) => Ok(true),
            (_, Some("n" | "no" | "f" | "false" | "off" | "0")) => Ok(false),
            _ => Err("true or false".into()),
        }
    }

    fn to_value(&self) -> Result<Value, String> {
        Ok((*self).into())
    }
}

/// The largest whole number all of whose neighbours a double can hold.
const EXACT: i64 = 1 << 53;

macro_rules! integers {
    ($($integer:ty)*) => {$(
        impl Parameter for $integer {
            type Type = types::Integer;

            fn from_value(value: &Value) -> Result<Self, String> {
                integer(value).and_then(|number| number.try_into().ok()).ok_or_else(wanted_integer::<Self>)
            }

            fn to_value(&self) -> Result<Value, String> {
                let number = i64::try_from(*self).ok().filter(|number| number.unsigned_abs() <= EXACT.unsigned_abs());
                number.map(Value::from).ok_or_else(wanted_integer::<Self>)
            }
        }

        impl Bounded for $integer {
            fn bounds() -> (i64, i64) {
                (i64::try_from(Self::MIN).unwrap_or(-EXACT), i64::try_from(Self::MAX).unwrap_or(EXACT))
            }
        }
    )*};
}

trait Bounded {
    fn bounds() -> (i64, i64);
}

integers!(i8 i16 i32 i64 u8 u16 u32 u64 usize);

fn wanted_integer<T: Bounded>() -> String {
    let (low, high) = T::bounds();
    format!(
        "a whole number from {} to {}",
        low.max(-EXACT),
        high.min(EXACT)
    )
}

/// Reads `3`, `3.0` and their texts; refuses fractions and what a double cannot hold exactly.
fn integer(value: &Value) -> Option<i64> {
    let exact = match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    exact
        .or_else(|| number(value).and_then(whole))
        .filter(|number| number.unsigned_abs() <= EXACT.unsigned_abs())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "within 2^53, where both are exact"
)]
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() <= EXACT as f64).then_some(number as i64)
}

/// Reads a finite number as Python, Go or JSON write it.
pub(crate) fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number| number.is_finite())
}

impl Parameter for f64 {
    type Type = types::Float;

    fn from_value(value: &Value) -> Result<Self, String> {
        number(value).ok_or_else(|| "a finite number".into())
    }

    fn to_value(&self) -> Result<Value, String> {
        serde_json::Number::from_f64(*self)
            .map(Value::Number)
            .ok_or_else(|| "a finite number".into())
    }
}

impl Parameter for f32 {
    type Type = types::Float;

    #[expect(
        clippy::cast_possible_truncation,
        reason = "an author who takes f32 wants the nearest one"
    )]
    fn from_value(value: &Value) -> Result<Self, String> {
        let narrow = number(value)
            .map(|number| number as Self)
            .filter(|number| number.is_finite());
        narrow.ok_or_else(|| format!("a finite number from {:e} to {:e}", Self::MIN, Self::MAX))
    }

    fn to_value(&self) -> Result<Value, String> {
        // Through text: widening 0.1 would print 0.10000000149011612.
        self.to_string()
            .parse::<f64>()
            .map_err(|error| error.to_string())?
            .to_value()
    }
}

impl<T: Parameter> Parameter for Vec<T> {
    type Type = types::JsonArray;

    fn from_value(value: &Value) -> Result<Self, String> {
        let value = document(value);
        let items = value
            .as_ref()
            .and_then(Value::as_array)
            .ok_or("a JSON array")?;
        items
            .iter()
            .map(|item| {
                T::from_value(item).map_err(|wanted| format!("a JSON array, each item {wanted}"))
            })
            .collect()
    }

    fn to_value(&self) -> Result<Value, String> {
        self.iter().map(T::to_value).collect()
    }
}

macro_rules! maps {
    ($($map:ident<$($hasher:ident: $bound:ident)?>)*) => {$(
        impl<T: Parameter $(, $hasher: $bound + Default)?> Parameter for $map<String, T $(, $hasher)?> {
            type Type = types::JsonObject;

            fn from_value(value: &Value) -> Result<Self, String> {
                let value = document(value);
                let entries = value.as_ref().and_then(Value::as_object).ok_or("a JSON object")?;
                let read = |(key, value): (&String, &Value)| {
                    let value = T::from_value(value).map_err(|wanted| format!("a JSON object, each value {wanted}"))?;
                    Ok((key.clone(), value))
                };
                entries.iter().map(read).collect()
            }

            fn to_value(&self) -> Result<Value, String> {
                let write = |(key, value): (&String, &T)| Ok((key.clone(), value.to_value()?));
                self.iter().map(write).collect::<Result<Map<_, _>, _>>().map(Value::Object)
            }
        }
    )*};
}

maps!(BTreeMap<> HashMap<S: BuildHasher>);

/// What a `Choice` wants: `one of: gini, entropy`.
pub fn one_of(choices: &[&str]) -> String {
    format!("one of: {}", choices.join(", "))
}

/// Stands in for the `CHOICES` of an enum that has none, being no `Choice`.
pub trait AnyChoices {
    /// None, so that every default passes.
    const CHOICES: &'static [&'static str] = &[];
}

impl<T> AnyChoices for T {}

/// Whether a `Choice` allows its default; checked while compiling.
pub const fn default_is_one_of(choices: &[&str], default: &str) -> bool {
    let mut index = 0;
    while index < choices.len() {
        if same(choices[index].as_bytes(), default.as_bytes()) {
            return true;
        }
        index += 1;
    }
    choices.is_empty()
}

/// `==`, which is not `const` yet.
const fn same(left: &[u8], right: &[u8]) -> bool {
    match (left, right) {
        ([], []) => true,
        ([a, left @ ..], [b, right @ ..]) => *a == *b && same(left, right),
        _ => false,
    }
}

/// Arrays and objects arrive as JSON, or as text holding JSON.
pub(crate) fn document(value: &Value) -> Option<Value> {
    match value {
        Value::String(text) => serde_json::from_str(text).ok(),
        other => Some(other.clone()),
    }
}

/// The text KFP expects in an output parameter's file: no quotes round a string, no newline at the end.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
