//! Values passed by value: every spelling of KFP is read, and one is written.
//!
//! Null is not a value of any type but [`Json`](crate::Json). An array with one item that does not fit is refused.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use serde_json::{Map, Value};

use crate::json_text;

/// KFP's parameter types, as types that the macro can name.
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
    /// KFP 2's `PipelineTaskFinalStatus`.
    #[derive(Debug)]
    pub enum PipelineTaskFinalStatus {}
}

/// A type that KFP passes by value.
///
/// It is implemented for text, booleans, numbers, lists, maps, [`Json`](crate::Json) and every enum that derives
/// [`Choice`](macro@crate::Choice). `Option<_>` stands for an optional one.
///
/// | Rust | KFP | read from |
/// |---|---|---|
/// | `String` | `String` | text; of anything else the text that Python's `json.dumps` gives: `1.0`, `true`, `["a", "b"]` |
/// | an enum with `#[derive(Choice)]` | `String` | one of its texts |
/// | integers | `Integer` | `3`, `3.0` and their texts, from -(2^53 - 1) to 2^53 - 1 |
/// | `f32`, `f64` | `Float` | finite numbers and their texts |
/// | `bool` | `Boolean` | `true`, `yes`, `on`, `1`, `false`, `no`, `off`, `0`, and the first letters, in any case |
/// | `Vec<_>` | `JsonArray` | a JSON array |
/// | maps with `String` keys, `Json<_>` | `JsonObject` | a JSON object |
///
/// The empty text is a value of `String` only. For all others it means that the input was left out, because the form of KFP's
/// UI cannot say so otherwise. An `Option<String>` that treats it alike says `text.filter(|text| !text.is_empty())`.
///
/// A parameter is an argument of the program, which Linux limits to 128 KiB, and on KFP 2 the executor input holds all
/// parameters in one argument. Pass anything larger as a file, [`Input`](crate::Input).
///
/// ```
/// use kfp_component::prelude::*;
///
/// #[derive(Choice)]
/// enum Side {
///     Left,
///     Right,
/// }
///
/// /// Cuts text.
/// #[component]
/// fn cut(
///     /// What to cut.
///     text: String,
///     /// How much of it to keep, in characters.
///     #[arg(default = 80, range = 1..=1000)]
///     length: usize,
///     #[arg(default = "left")] side: Side,
///     /// What to write behind it.
///     suffix: Option<String>,
///     result: Output<String>,
/// ) -> Result<()> {
///     let skipped = match side {
///         Side::Left => 0,
///         Side::Right => text.chars().count().saturating_sub(length),
///     };
///     let mut kept: String = text.chars().skip(skipped).take(length).collect();
///     kept.push_str(&suffix.unwrap_or_default());
///     result.set(kept)?;
///     Ok(())
/// }
/// # fn main() -> Result<()> {
/// # let result = kfp_component::testing::output();
/// # cut("abcdef".into(), 2, Side::Right, Some("!".into()), result.clone())?;
/// # assert_eq!(result.text(), "ef!");
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "KFP cannot pass `{Self}` by value",
    label = "not a parameter type",
    note = "use String, bool, an integer, f32, f64, Vec<_>, Json<_>, a map, or an enum with `#[derive(Choice)]`",
    note = "a file is Input<_> or Output<_>"
)]
pub trait Parameter: Sized {
    /// The KFP type.
    type Type;

    /// The texts allowed; empty if there is no such limit.
    const CHOICES: &'static [&'static str] = &[];

    /// Reads a JSON value, or the text of a flag, which is a JSON string whatever the type.
    ///
    /// # Errors
    ///
    /// What is wanted instead, as the end of a sentence: `a whole number from 0 to 255`.
    fn from_value(value: &Value) -> Result<Self, String>;

    /// The value as KFP passes it on.
    ///
    /// # Errors
    ///
    /// What is wanted instead, if KFP would change the value on its way.
    fn to_value(&self) -> Result<Value, String>;
}

impl Parameter for String {
    type Type = types::String;

    fn from_value(value: &Value) -> Result<Self, String> {
        // KFP itself converts like this on a cluster, but not under `kfp.local` and not inside a list or an object.
        match value {
            Value::Null => Err("text".into()),
            other => Ok(json_text::of(other)),
        }
    }

    fn to_value(&self) -> Result<Value, String> {
        Ok(self.as_str().into())
    }
}

impl Parameter for bool {
    type Type = types::Boolean;

    fn from_value(value: &Value) -> Result<Self, String> {
        let word = value.as_str().map(|text| text.trim().to_ascii_lowercase());
        let number = value.as_f64();
        match (value, word.as_deref()) {
            (Value::Bool(value), _) => Ok(*value),
            _ if number == Some(1.0) => Ok(true),
            _ if number == Some(0.0) => Ok(false),
            (_, Some("y" | "yes" | "t" | "true" | "on" | "1")) => Ok(true),
            (_, Some("n" | "no" | "f" | "false" | "off" | "0")) => Ok(false),
            _ => Err("true or false".into()),
        }
    }

    fn to_value(&self) -> Result<Value, String> {
        Ok((*self).into())
    }
}

impl<T: Parameter> Parameter for Vec<T> {
    type Type = types::JsonArray;

    fn from_value(value: &Value) -> Result<Self, String> {
        let value = parsed(value);
        let items = value.as_array().ok_or("a JSON array")?;
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
                let value = parsed(value);
                let entries = value.as_object().ok_or("a JSON object")?;
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

/// Arrays and objects arrive as JSON, or as text that holds JSON.
pub(crate) fn parsed(value: &Value) -> Cow<'_, Value> {
    match value {
        Value::String(text) => Cow::Owned(document(text)),
        other => Cow::Borrowed(other),
    }
}

/// The JSON in a text, or the text itself if it holds none.
pub(crate) fn document(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

/// The text that KFP expects in an output parameter's file: no quotation marks round a string, no newline at the end.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap};
    use std::fmt::Debug;

    use serde_json::{Value, json};

    use super::{Parameter, text};
    use crate::Json;

    #[track_caller]
    fn reads<P: Parameter + PartialEq + Debug>(values: &[Value], wanted: &P) {
        for value in values {
            assert_eq!(P::from_value(value).as_ref(), Ok(wanted), "{value}");
        }
    }

    #[track_caller]
    fn refuses<P: Parameter + Debug>(values: &[Value]) {
        for value in values {
            assert!(P::from_value(value).is_err(), "{value}");
        }
    }

    #[track_caller]
    fn writes<P: Parameter>(value: &P, wanted: &str) {
        assert_eq!(
            value.to_value().map(|value| text(&value)).as_deref(),
            Ok(wanted)
        );
    }

    #[test]
    fn integers_are_read_from_every_spelling() {
        reads(
            &[
                json!(3),
                json!(3.0),
                json!("3"),
                json!("3.0"),
                json!(" +3 "),
                json!("3e0"),
            ],
            &3_u8,
        );
        reads(&[json!(-3), json!("-3")], &-3_i64);
        refuses::<u8>(&[
            json!(256),
            json!(-1),
            json!(2.5),
            json!("2.5"),
            json!("abc"),
            json!(""),
            json!(true),
            json!([3]),
        ]);
    }

    #[test]
    fn integers_end_where_doubles_stop_counting() {
        let most = (1_i64 << 53) - 1;
        reads(&[json!(most), json!(most.to_string())], &most);
        reads(&[json!(-most)], &-most);
        refuses::<i64>(&[
            json!(most + 1),
            json!(i64::MIN),
            json!(u64::MAX),
            json!("1e300"),
            json!("NaN"),
            json!("inf"),
        ]);
        assert!((most + 1).to_value().is_err());
        assert!(u64::MAX.to_value().is_err());
        writes(&most, "9007199254740991");
    }

    #[test]
    fn floats_are_finite() {
        reads(
            &[json!(0.5), json!("0.5"), json!(".5"), json!("5e-01")],
            &0.5,
        );
        reads(&[json!(3), json!("3")], &3.0);
        refuses::<f64>(&[
            json!("nan"),
            json!("-inf"),
            json!("Infinity"),
            json!("1e999"),
            json!("1_0"),
            json!(null),
        ]);
        refuses::<f32>(&[json!(1e300), json!("1e39")]);
        assert!(f64::NAN.to_value().is_err());
        assert!(f32::INFINITY.to_value().is_err());
        writes(&0.5, "0.5");
        writes(&0.1_f32, "0.1");
    }

    #[test]
    fn booleans_are_read_as_python_reads_them() {
        for word in ["y", "yes", "t", "true", "on", "1", "True", "TRUE"] {
            reads(&[json!(word), json!(true)], &true);
        }
        for word in ["n", "no", "f", "false", "off", "0", "False"] {
            reads(&[json!(word), json!(false)], &false);
        }
        refuses::<bool>(&[json!("perhaps"), json!(""), json!(2), json!(null)]);
        writes(&true, "true");
    }

    #[test]
    fn text_stays_as_it_is() {
        reads(&[json!(" null\n")], &" null\n".to_owned());
        refuses::<String>(&[json!(null)]);
        writes(&"a\n".to_owned(), "a\n");
    }

    #[test]
    fn arrays_are_read_from_json_and_from_its_text() {
        reads(
            &[
                json!([1, 2]),
                json!([1.0, 2.0]),
                json!("[1.0, 2]"),
                json!(" [1,2] "),
            ],
            &vec![1_u8, 2],
        );
        reads(&[json!([["a"], []])], &vec![vec!["a".to_owned()], vec![]]);
        refuses::<Vec<u8>>(&[
            json!({"a": 1}),
            json!("{}"),
            json!("[1"),
            json!([256]),
            json!([null]),
            json!(1),
        ]);
        writes(&vec!["a".to_owned()], "[\"a\"]");
        assert!(vec![f64::NAN].to_value().is_err());
    }

    #[test]
    fn objects_are_read_from_json_and_from_its_text() {
        let wanted = BTreeMap::from([("a".to_owned(), 1_u8)]);
        reads(
            &[json!({"a": 1}), json!({"a": 1.0}), json!("{\"a\": 1.0}")],
            &wanted,
        );
        reads(
            &[json!({"a": 1.0})],
            &HashMap::<_, _>::from_iter(wanted.clone()),
        );
        reads(
            &[json!({"a": 1.0}), json!("{\"a\": 1.0}")],
            &Json(wanted.clone()),
        );
        reads(
            &[json!({"a": [1.0, {"b": 2.0}]})],
            &Json(json!({"a": [1, {"b": 2}]})),
        );
        refuses::<BTreeMap<String, u8>>(&[json!([1]), json!({"a": "x"}), json!("a")]);
        writes(&wanted, "{\"a\":1}");
        writes(&Json(json!({"a": 0.5})), "{\"a\":0.5}");
    }
}
