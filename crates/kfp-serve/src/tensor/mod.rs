//! The values of tensors, as requests carry them and as answers do.

mod binary;
mod element;
mod json;

pub(crate) use element::{Element, Payload, decode};

use crate::signature::Datatype;

/// The values of an output, row by row.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// True or false.
    Bool(Vec<bool>),
    /// Whole numbers.
    Int64(Vec<i64>),
    /// Numbers in single precision.
    Fp32(Vec<f32>),
    /// Numbers in double precision.
    Fp64(Vec<f64>),
    /// Texts.
    Bytes(Vec<String>),
}

impl Data {
    /// How many values there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Bool(values) => values.len(),
            Self::Int64(values) => values.len(),
            Self::Fp32(values) => values.len(),
            Self::Fp64(values) => values.len(),
            Self::Bytes(values) => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The datatype of a tensor that holds them.
    pub fn datatype(&self) -> Datatype {
        match self {
            Self::Bool(_) => Datatype::Bool,
            Self::Int64(_) => Datatype::Int64,
            Self::Fp32(_) => Datatype::Fp32,
            Self::Fp64(_) => Datatype::Fp64,
            Self::Bytes(_) => Datatype::Bytes,
        }
    }
}
