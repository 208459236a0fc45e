//! What a model takes and what it answers.

use crate::rows::Values;

/// What a model takes and what it answers, as its metadata and the page to try it show it.
///
/// ```
/// use kfp_serve::{Column, ColumnType, Datatype, Output, Signature};
///
/// let signature = Signature::new(
///     vec![
///         Column::new("length", ColumnType::Float),
///         Column::new("colour", ColumnType::Text),
///     ],
///     vec![Output::new("price", Datatype::Fp64)],
/// );
/// assert_eq!(signature.columns[1].ty.datatype(), Datatype::Bytes);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Signature {
    /// What the model is for, in a sentence.
    pub description: String,
    /// What kind of model it is, as metadata name it: `onnx`, `kfp-component`.
    pub platform: String,
    /// The columns of a row.
    pub columns: Vec<Column>,
    /// The name of one FP32 tensor of shape `[rows, columns]` that carries all columns, if all of them are numbers. The model
    /// then takes either this tensor or one tensor per column.
    pub matrix: Option<String>,
    /// The outputs in the order in which a [`Predictor`](crate::Predictor) gives them.
    pub outputs: Vec<Output>,
}

impl Signature {
    /// A signature without a description, whose columns come as one tensor each.
    pub fn new(columns: Vec<Column>, outputs: Vec<Output>) -> Self {
        Self {
            description: String::new(),
            platform: "kfp-component".into(),
            columns,
            matrix: None,
            outputs,
        }
    }

    /// The tensors that metadata name as inputs: name, datatype and shape, where -1 is the number of rows.
    pub(crate) fn inputs(&self) -> Vec<(&str, Datatype, Vec<i64>)> {
        match &self.matrix {
            Some(name) => vec![(
                name.as_str(),
                Datatype::Fp32,
                vec![-1, dimension(self.columns.len())],
            )],
            None => self
                .columns
                .iter()
                .map(|column| (column.name.as_str(), column.ty.datatype(), vec![-1]))
                .collect(),
        }
    }
}

/// A column of the table that a model scores.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name, which is also the name of its tensor.
    pub name: String,
    /// The type of its values.
    pub ty: ColumnType,
    /// Whether values may be missing: `null` in JSON, NaN in a float.
    pub nullable: bool,
    /// What it holds, in a sentence.
    pub description: String,
    /// A value that the page to try the model starts with.
    pub example: Option<String>,
    /// The values it may have; empty if it may have any.
    pub choices: Vec<String>,
}

impl Column {
    /// A column that has a value in every row.
    pub fn new(name: impl Into<String>, ty: ColumnType) -> Self {
        Self {
            name: name.into(),
            ty,
            nullable: false,
            description: String::new(),
            example: None,
            choices: Vec::new(),
        }
    }
}

/// The type of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// Numbers, FP64 on the wire.
    Float,
    /// Whole numbers, INT64 on the wire.
    Integer,
    /// True or false, BOOL on the wire.
    Boolean,
    /// Text in UTF-8, BYTES on the wire.
    Text,
}

impl ColumnType {
    /// The datatype of a tensor that holds such a column.
    pub const fn datatype(self) -> Datatype {
        match self {
            Self::Float => Datatype::Fp64,
            Self::Integer => Datatype::Int64,
            Self::Boolean => Datatype::Bool,
            Self::Text => Datatype::Bytes,
        }
    }

    /// No values of this type.
    pub(crate) const fn empty(self) -> Values {
        match self {
            Self::Float => Values::Float(Vec::new()),
            Self::Integer => Values::Integer(Vec::new()),
            Self::Boolean => Values::Boolean(Vec::new()),
            Self::Text => Values::Text(Vec::new()),
        }
    }
}

/// An output of a model: a value, or a fixed number of values, for each row.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// Its name, which is also the name of its tensor.
    pub name: String,
    /// The datatype of its tensor.
    pub datatype: Datatype,
    /// How many values it has in each row; `None` for one value, whose tensor has the shape `[rows]`.
    pub width: Option<usize>,
    /// What it holds, in a sentence.
    pub description: String,
    /// The names of the values in a row, such as the classes that probabilities belong to; empty if they have none.
    pub labels: Vec<String>,
}

impl Output {
    /// An output of one value for each row.
    pub fn new(name: impl Into<String>, datatype: Datatype) -> Self {
        Self {
            name: name.into(),
            datatype,
            width: None,
            description: String::new(),
            labels: Vec::new(),
        }
    }

    /// The shape of its tensor for this many rows, or -1.
    pub(crate) fn shape(&self, rows: i64) -> Vec<i64> {
        std::iter::once(rows)
            .chain(self.width.map(dimension))
            .collect()
    }
}

/// A size as the protocol writes it.
pub(crate) fn dimension(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// A datatype of the Open Inference Protocol that this server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Datatype {
    /// One byte, 0 or 1.
    Bool,
    /// Signed, eight bytes.
    Int64,
    /// IEEE 754, four bytes.
    Fp32,
    /// IEEE 754, eight bytes.
    Fp64,
    /// Text in UTF-8, of any length.
    Bytes,
}

impl Datatype {
    /// Its name in the protocol.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bool => "BOOL",
            Self::Int64 => "INT64",
            Self::Fp32 => "FP32",
            Self::Fp64 => "FP64",
            Self::Bytes => "BYTES",
        }
    }
}

impl std::fmt::Display for Datatype {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
