//! Numbers that survive KFP, whose numbers are JSON doubles.
//!
//! A whole number ends at 2^53 - 1, because 2^53 is also what 2^53 + 1 becomes on its way. All others are finite.

use serde_json::Value;

use crate::parameter::{Parameter, types};

/// The largest whole number that no other number is rounded to.
const EXACT: i64 = (1 << 53) - 1;

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

/// Reads `3`, `3.0` and their texts. Refuses fractions, and numbers that a double cannot hold exactly.
fn integer(value: &Value) -> Option<i64> {
    let exact = match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    let has_fraction = value.as_str().is_some_and(has_fraction);
    exact
        .or_else(|| number(value).filter(|_| !has_fraction).and_then(whole))
        .filter(|number| number.unsigned_abs() <= EXACT.unsigned_abs())
}

/// Whether decimal text has a fraction, even one that is lost when it becomes a double: `2.99999999999999999999`.
fn has_fraction(text: &str) -> bool {
    let digits = text.split_once('.').map(|(_, digits)| digits.trim_end());
    digits.is_some_and(|digits| {
        digits.bytes().all(|digit| digit.is_ascii_digit()) && digits.bytes().any(|it| it != b'0')
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "below 2^53, where both are exact"
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
