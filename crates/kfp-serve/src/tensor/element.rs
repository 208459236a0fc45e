//! The values a tensor of a request may hold, read from each of its three forms.

use serde_json::value::RawValue;

use super::binary;
use super::json::{self, Scalar};
use crate::grpc::messages::InferTensorContents;
use crate::signature::Datatype;

/// The values of a tensor as a request carries them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Payload<'a> {
    /// As JSON.
    Json(&'a RawValue),
    /// In the binary form.
    Binary(&'a [u8]),
    /// As gRPC's typed lists.
    Contents(&'a InferTensorContents),
}

/// A value that a tensor can hold.
pub(crate) trait Element: Sized {
    /// The datatype of the tensor.
    const DATATYPE: Datatype;

    /// Reads a JSON value; the error says what is taken.
    fn from_scalar(scalar: &Scalar<'_>) -> Result<Self, &'static str>;

    fn from_binary(bytes: &[u8]) -> Result<Vec<Self>, String>;

    fn from_contents(contents: &InferTensorContents) -> Result<Vec<Self>, String>;
}

/// Reads all values of a tensor of that shape, or says what is wrong with them.
pub(crate) fn decode<T: Element>(payload: Payload<'_>, shape: &[usize]) -> Result<Vec<T>, String> {
    let Some(count) = shape
        .iter()
        .try_fold(1usize, |product, size| product.checked_mul(*size))
    else {
        return Err(format!("the shape {shape:?} is too large"));
    };
    let values = match payload {
        Payload::Json(json) => json::read(json, shape)?,
        Payload::Binary(bytes) => T::from_binary(bytes)?,
        Payload::Contents(contents) => T::from_contents(contents)?,
    };
    if values.len() == count {
        Ok(values)
    } else {
        Err(format!(
            "has {} {} values, but the shape {shape:?} takes {count}",
            values.len(),
            T::DATATYPE
        ))
    }
}

impl Element for f32 {
    const DATATYPE: Datatype = Datatype::Fp32;

    #[expect(
        clippy::cast_possible_truncation,
        reason = "rounded to single precision, as every server does"
    )]
    #[expect(clippy::cast_precision_loss, reason = "likewise")]
    fn from_scalar(scalar: &Scalar<'_>) -> Result<Self, &'static str> {
        match *scalar {
            Scalar::Null => Ok(Self::NAN),
            Scalar::Integer(value) => Ok(value as Self),
            Scalar::Float(value) if (value as Self).is_finite() => Ok(value as Self),
            Scalar::Float(_) => Err("numbers up to 3.4e38"),
            _ => Err("numbers"),
        }
    }

    fn from_binary(bytes: &[u8]) -> Result<Vec<Self>, String> {
        binary::fixed(bytes, Self::from_le_bytes)
    }

    fn from_contents(contents: &InferTensorContents) -> Result<Vec<Self>, String> {
        Ok(contents.fp32_contents.clone())
    }
}

impl Element for f64 {
    const DATATYPE: Datatype = Datatype::Fp64;

    #[expect(clippy::cast_precision_loss, reason = "JSON does not tell 1 from 1.0")]
    fn from_scalar(scalar: &Scalar<'_>) -> Result<Self, &'static str> {
        match *scalar {
            Scalar::Null => Ok(Self::NAN),
            Scalar::Integer(value) => Ok(value as Self),
            Scalar::Float(value) => Ok(value),
            _ => Err("numbers"),
        }
    }

    fn from_binary(bytes: &[u8]) -> Result<Vec<Self>, String> {
        binary::fixed(bytes, Self::from_le_bytes)
    }

    fn from_contents(contents: &InferTensorContents) -> Result<Vec<Self>, String> {
        Ok(contents.fp64_contents.clone())
    }
}

impl Element for Option<i64> {
    const DATATYPE: Datatype = Datatype::Int64;

    fn from_scalar(scalar: &Scalar<'_>) -> Result<Self, &'static str> {
        match *scalar {
            Scalar::Null => Ok(None),
            Scalar::Integer(value) => Ok(Some(value)),
            _ => Err("whole numbers of 64 bits"),
        }
    }

    fn from_binary(bytes: &[u8]) -> Result<Vec<Self>, String> {
        binary::fixed(bytes, |element| Some(i64::from_le_bytes(element)))
    }

    fn from_contents(contents: &InferTensorContents) -> Result<Vec<Self>, String> {
        Ok(contents.int64_contents.iter().copied().map(Some).collect())
    }
}

impl Element for Option<bool> {
    const DATATYPE: Datatype = Datatype::Bool;

    fn from_scalar(scalar: &Scalar<'_>) -> Result<Self, &'static str> {
        match *scalar {
            Scalar::Null => Ok(None),
            Scalar::Bool(value) => Ok(Some(value)),
            _ => Err("true and false"),
        }
    }

    fn from_binary(bytes: &[u8]) -> Result<Vec<Self>, String> {
        let value = |byte: &u8| match byte {
            0 => Ok(Some(false)),
            1 => Ok(Some(true)),
            other => Err(format!("a BOOL is 0 or 1, and no {other}")),
        };
        bytes.iter().map(value).collect()
    }

    fn from_contents(contents: &InferTensorContents) -> Result<Vec<Self>, String> {
        Ok(contents.bool_contents.iter().copied().map(Some).collect())
    }
}

impl Element for Option<String> {
    const DATATYPE: Datatype = Datatype::Bytes;

    fn from_scalar(scalar: &Scalar<'_>) -> Result<Self, &'static str> {
        match scalar {
            Scalar::Null => Ok(None),
            Scalar::Text(value) => Ok(Some(value.clone().into_owned())),
            _ => Err("strings"),
        }
    }

    fn from_binary(bytes: &[u8]) -> Result<Vec<Self>, String> {
        binary::texts(bytes)
    }

    fn from_contents(contents: &InferTensorContents) -> Result<Vec<Self>, String> {
        let text = |(number, bytes): (usize, &Vec<u8>)| {
            String::from_utf8(bytes.clone())
                .map(Some)
                .map_err(|error| format!("element {number} is not UTF-8: {error}"))
        };
        contents
            .bytes_contents
            .iter()
            .enumerate()
            .map(text)
            .collect()
    }
}
