//! The rows that a predictor is given.

use crate::signature::{Column, Signature};

/// The rows of a request: one [`Values`] for each column of the signature, all of the same length.
///
/// Names, types, lengths and missing values have been checked against the signature.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    columns: Vec<Values>,
    len: usize,
}

impl Rows {
    /// Rows made of columns in the order of the signature, or what is wrong with them.
    pub(crate) fn new(signature: &Signature, columns: Vec<Values>) -> Result<Self, String> {
        let len = columns.first().map_or(0, Values::len);
        for (column, values) in signature.columns.iter().zip(&columns) {
            if values.len() != len {
                return Err(format!(
                    "column `{}` has {} rows, but `{}` has {len}",
                    column.name,
                    values.len(),
                    signature.columns[0].name
                ));
            }
            check(column, values)?;
        }
        Ok(Self { columns, len })
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The values of each column, in the order of the signature.
    pub fn columns(&self) -> &[Values] {
        &self.columns
    }
}

/// The values of a column, one for each row.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Numbers; NaN where a value is missing, which only a nullable column has. Never infinite.
    Float(Vec<f64>),
    /// Whole numbers.
    Integer(Vec<Option<i64>>),
    /// True or false.
    Boolean(Vec<Option<bool>>),
    /// Text.
    Text(Vec<Option<String>>),
}

impl Values {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Float(values) => values.len(),
            Self::Integer(values) => values.len(),
            Self::Boolean(values) => values.len(),
            Self::Text(values) => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Refuses values that the column does not allow.
fn check(column: &Column, values: &Values) -> Result<(), String> {
    let missing = match values {
        Values::Float(values) => {
            if let Some(row) = values.iter().position(|value| value.is_infinite()) {
                return Err(format!("column `{}` is infinite in row {row}", column.name));
            }
            values.iter().position(|value| value.is_nan())
        }
        Values::Integer(values) => values.iter().position(Option::is_none),
        Values::Boolean(values) => values.iter().position(Option::is_none),
        Values::Text(values) => {
            let is_other = |value: &Option<String>| {
                let known = |value: &String| column.choices.contains(value);
                !column.choices.is_empty() && !value.as_ref().is_none_or(known)
            };
            if let Some(row) = values.iter().position(is_other) {
                return Err(format!(
                    "column `{}` has an unknown value in row {row}; it takes {}",
                    column.name,
                    column.choices.join(", ")
                ));
            }
            values.iter().position(Option::is_none)
        }
    };
    match missing {
        Some(row) if !column.nullable => Err(format!(
            "column `{}` has no value in row {row}: null and NaN are allowed only in nullable columns",
            column.name
        )),
        _ => Ok(()),
    }
}
