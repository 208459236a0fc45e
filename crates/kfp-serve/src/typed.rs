//! Predictors from one typed function over rows.

use crate::predictor::{PredictError, Predictor};
use crate::rows::{Rows, Values};
use crate::signature::{Column, ColumnType, Datatype, Output, Signature};
use crate::tensor::Data;

/// A struct whose fields are the columns of a row. [`row!`](crate::row) implements it.
pub trait Row: Sized {
    /// The columns, in the order of the fields.
    fn columns() -> Vec<Column>;

    /// The row at an index.
    fn read(rows: &Rows, index: usize) -> Self;
}

/// A struct whose fields are the outputs for a row. [`answer!`](crate::answer) implements it.
pub trait Answer: Sized {
    /// The outputs, in the order of the fields.
    fn outputs() -> Vec<Output>;

    /// The values of each output.
    fn write(answers: Vec<Self>) -> Vec<Data>;
}

/// A predictor made of a function over one row.
///
/// ```
/// use kfp_serve::{PredictError, Predictor, RowPredictor};
///
/// kfp_serve::row! {
///     /// A parcel.
///     pub struct Parcel {
///         /// Its weight, in kg.
///         weight: f64,
///         /// Whether it must not be turned over.
///         fragile: Option<bool>,
///     }
/// }
///
/// kfp_serve::answer! {
///     /// What sending a parcel costs.
///     pub struct Price {
///         /// The price, in euros.
///         euros: f64,
///     }
/// }
///
/// fn price(parcel: &Parcel) -> Result<Price, PredictError> {
///     let surcharge = if parcel.fragile == Some(true) { 2.0 } else { 0.0 };
///     Ok(Price { euros: 3.0 + parcel.weight + surcharge })
/// }
///
/// let predictor = RowPredictor::new("What sending a parcel costs.", price);
/// assert_eq!(predictor.signature().columns[0].description, "Its weight, in kg.");
/// ```
pub struct RowPredictor<F> {
    signature: Signature,
    score: F,
    predict: fn(&F, &Rows) -> Result<Vec<Data>, PredictError>,
}

impl<F> RowPredictor<F> {
    /// A predictor that scores each row by this function.
    pub fn new<R: Row, A: Answer>(description: impl Into<String>, score: F) -> Self
    where
        F: Fn(&R) -> Result<A, PredictError>,
    {
        let predict = |score: &F, rows: &Rows| {
            let scored = (0..rows.len()).map(|index| score(&R::read(rows, index)));
            Ok(A::write(scored.collect::<Result<_, _>>()?))
        };
        Self {
            signature: Signature {
                description: description.into(),
                ..Signature::new(R::columns(), A::outputs())
            },
            score,
            predict,
        }
    }
}

impl<F: Send + Sync + 'static> Predictor for RowPredictor<F> {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn predict(&self, rows: &Rows) -> Result<Vec<Data>, PredictError> {
        (self.predict)(&self.score, rows)
    }
}

/// A type that a field of a row may have: `f64`, `i64`, `bool`, `String`, and an `Option` of them for missing values.
pub trait Field: Sized {
    /// The type of the column.
    const TYPE: ColumnType;
    /// Whether values may be missing.
    const NULLABLE: bool = false;

    /// The value at an index of a column of this type, or `None` if it is missing.
    fn read(values: &Values, index: usize) -> Option<Self>;
}

impl Field for f64 {
    const TYPE: ColumnType = ColumnType::Float;

    fn read(values: &Values, index: usize) -> Option<Self> {
        match values {
            Values::Float(values) => Some(values[index]).filter(|value| !value.is_nan()),
            _ => None,
        }
    }
}

macro_rules! fields {
    ($($ty:ty => $column:ident),* $(,)?) => {$(
        impl Field for $ty {
            const TYPE: ColumnType = ColumnType::$column;

            fn read(values: &Values, index: usize) -> Option<Self> {
                match values {
                    Values::$column(values) => values[index].clone(),
                    _ => None,
                }
            }
        }
    )*};
}

fields! { i64 => Integer, bool => Boolean, String => Text }

impl<T: Field> Field for Option<T> {
    const TYPE: ColumnType = T::TYPE;
    const NULLABLE: bool = true;

    fn read(values: &Values, index: usize) -> Option<Self> {
        Some(T::read(values, index))
    }
}

/// A type that a field of an answer may have: `f64`, `f32`, `i64`, `bool` and `String`.
pub trait OutputValue: Sized {
    /// The datatype of the output.
    const DATATYPE: Datatype;

    /// The output's tensor.
    fn data(values: Vec<Self>) -> Data;
}

macro_rules! output_values {
    ($($ty:ty => $datatype:ident),* $(,)?) => {$(
        impl OutputValue for $ty {
            const DATATYPE: Datatype = Datatype::$datatype;

            fn data(values: Vec<Self>) -> Data {
                Data::$datatype(values)
            }
        }
    )*};
}

output_values! { bool => Bool, i64 => Int64, f32 => Fp32, f64 => Fp64, String => Bytes }

/// Declares a struct whose fields are the columns of a row; their documentation describes the columns.
///
/// [`RowPredictor`] has an example.
#[macro_export]
macro_rules! row {
    (
        $(#[$meta:meta])*
        $visibility:vis struct $name:ident {
            $($(#[doc = $doc:literal])* $(pub)? $field:ident : $ty:ty),* $(,)?
        }
    ) => {
        $(#[$meta])*
        $visibility struct $name {
            $($(#[doc = $doc])* pub $field: $ty,)*
        }

        impl $crate::Row for $name {
            fn columns() -> ::std::vec::Vec<$crate::Column> {
                ::std::vec![$($crate::Column {
                    nullable: <$ty as $crate::Field>::NULLABLE,
                    description: ::std::string::String::from(concat!($($doc,)* "").trim()),
                    ..$crate::Column::new(stringify!($field), <$ty as $crate::Field>::TYPE)
                }),*]
            }

            fn read(rows: &$crate::Rows, index: usize) -> Self {
                let mut columns = rows.columns().iter();
                $(
                    let $field = columns
                        .next()
                        .and_then(|values| <$ty as $crate::Field>::read(values, index))
                        .expect("the server has checked the rows against the columns");
                )*
                Self { $($field),* }
            }
        }
    };
}

/// Declares a struct whose fields are the outputs for a row; their documentation describes the outputs.
///
/// [`RowPredictor`] has an example.
#[macro_export]
macro_rules! answer {
    (
        $(#[$meta:meta])*
        $visibility:vis struct $name:ident {
            $($(#[doc = $doc:literal])* $(pub)? $field:ident : $ty:ty),* $(,)?
        }
    ) => {
        $(#[$meta])*
        $visibility struct $name {
            $($(#[doc = $doc])* pub $field: $ty,)*
        }

        impl $crate::Answer for $name {
            fn outputs() -> ::std::vec::Vec<$crate::Output> {
                ::std::vec![$($crate::Output {
                    description: ::std::string::String::from(concat!($($doc,)* "").trim()),
                    ..$crate::Output::new(stringify!($field), <$ty as $crate::OutputValue>::DATATYPE)
                }),*]
            }

            fn write(answers: ::std::vec::Vec<Self>) -> ::std::vec::Vec<$crate::Data> {
                $(let mut $field = ::std::vec::Vec::with_capacity(answers.len());)*
                for answer in answers {
                    $($field.push(answer.$field);)*
                }
                ::std::vec![$(<$ty as $crate::OutputValue>::data($field)),*]
            }
        }
    };
}
