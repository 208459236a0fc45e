//! From the tensors of a request to those of its answer, for every protocol.

use std::collections::{HashMap, HashSet};

use crate::refusal::{Kind, Refusal};
use crate::rows::{Rows, Values};
use crate::served::Served;
use crate::signature::{Column, ColumnType, Signature, dimension};
use crate::tensor::{Data, Element, Payload, decode};

/// A tensor of a request.
pub(crate) struct Input<'a> {
    pub(crate) name: &'a str,
    pub(crate) datatype: &'a str,
    pub(crate) shape: &'a [i64],
    pub(crate) payload: Payload<'a>,
}

/// A tensor of an answer.
pub(crate) struct Tensor<'a> {
    pub(crate) name: &'a str,
    pub(crate) shape: Vec<i64>,
    pub(crate) data: Data,
}

impl Served {
    /// Scores the tensors of a request. `wanted` names the outputs that are asked for; none means all.
    pub(crate) fn infer(
        &self,
        inputs: &[Input<'_>],
        wanted: &[&str],
    ) -> Result<Vec<Tensor<'_>>, Refusal> {
        let signature = self.signature();
        for name in wanted {
            if signature.outputs.iter().all(|output| output.name != *name) {
                let known = names(signature.outputs.iter().map(|output| output.name.as_str()));
                return Err(Refusal::invalid(format!(
                    "unknown output `{name}`: the model `{}` has {known}",
                    self.name
                )));
            }
        }
        let started = self.metrics.preprocess();
        let rows = rows(signature, inputs)
            .map_err(|problem| Refusal::invalid(format!("{problem} (model `{}`)", self.name)))?;
        drop(started);
        let mut tensors = self.predict(&rows)?;
        if wanted.is_empty() {
            return Ok(tensors);
        }
        let mut chosen = Vec::new();
        for name in wanted {
            match tensors.iter().position(|tensor| tensor.name == *name) {
                Some(index) => chosen.push(tensors.remove(index)),
                None => {
                    return Err(Refusal::invalid(format!(
                        "output `{name}` is asked for twice"
                    )));
                }
            }
        }
        Ok(chosen)
    }

    /// Scores rows and checks that the model kept to its signature.
    pub(crate) fn predict(&self, rows: &Rows) -> Result<Vec<Tensor<'_>>, Refusal> {
        let outputs = &self.signature().outputs;
        let answer = self.call(rows)?;
        let fits = answer.len() == outputs.len()
            && outputs.iter().zip(&answer).all(|(output, data)| {
                data.datatype() == output.datatype
                    && data.len() == rows.len() * output.width.unwrap_or(1)
            });
        if !fits {
            return Err(Refusal::new(
                Kind::Failed,
                format!(
                    "the model `{}` did not answer as its signature says",
                    self.name
                ),
            ));
        }
        let rows = dimension(rows.len());
        Ok(outputs
            .iter()
            .zip(answer)
            .map(|(output, data)| Tensor {
                name: &output.name,
                shape: output.shape(rows),
                data,
            })
            .collect())
    }
}

/// The rows that the tensors hold: one tensor of all columns, or one for each.
fn rows(signature: &Signature, inputs: &[Input<'_>]) -> Result<Rows, String> {
    let expected = || match &signature.matrix {
        Some(matrix) => format!("`{matrix}`"),
        None => names(signature.columns.iter().map(|column| column.name.as_str())),
    };
    if inputs.is_empty() {
        return Err(format!("`inputs` is empty: the model takes {}", expected()));
    }
    let mut by_name = HashMap::new();
    for input in inputs {
        if by_name.insert(input.name, input).is_some() {
            return Err(format!("input `{}` is given twice", input.name));
        }
    }
    if let Some(matrix) = &signature.matrix
        && let Some(input) = inputs.iter().find(|input| input.name == matrix)
    {
        if let Some(other) = inputs.iter().find(|input| input.name != matrix) {
            return Err(format!(
                "unexpected input `{}`: `{matrix}` holds all columns",
                other.name
            ));
        }
        return Rows::new(signature, columns_of_matrix(signature, input)?);
    }
    let columns: HashSet<&str> = signature.columns.iter().map(|c| c.name.as_str()).collect();
    if let Some(unknown) = inputs.iter().find(|input| !columns.contains(input.name)) {
        return Err(format!(
            "unexpected input `{}`: the model takes {}",
            unknown.name,
            expected()
        ));
    }
    let column = |column: &Column| {
        let input = by_name.get(column.name.as_str());
        let input = input.ok_or_else(|| format!("input `{}` is missing", column.name))?;
        values(column, input).map_err(|problem| format!("input `{}`: {problem}", column.name))
    };
    let columns: Result<_, _> = signature.columns.iter().map(column).collect();
    Rows::new(signature, columns?)
}

/// The columns of the tensor that holds them all.
fn columns_of_matrix(signature: &Signature, input: &Input<'_>) -> Result<Vec<Values>, String> {
    let width = signature.columns.len();
    let wrong = |problem: String| format!("input `{}`: {problem}", input.name);
    let rows = match *input.shape {
        [rows, columns] if usize::try_from(columns) == Ok(width) => usize::try_from(rows).ok(),
        _ => None,
    };
    let Some(rows) = rows else {
        return Err(wrong(format!(
            "unexpected shape {:?}, expecting [-1,{width}]",
            input.shape
        )));
    };
    let numbers: Vec<f32> = read(input, &[rows, width]).map_err(wrong)?;
    let column = |(index, column): (usize, &Column)| {
        let numbers = numbers.iter().skip(index).step_by(width).copied();
        from_numbers(column, numbers)
    };
    signature.columns.iter().enumerate().map(column).collect()
}

/// A column of a tensor of numbers.
fn from_numbers(column: &Column, numbers: impl Iterator<Item = f32>) -> Result<Values, String> {
    let wrong = |row: usize, number: f32, wanted: &str| {
        format!(
            "column `{}` is {number} in row {row}; it takes {wanted}",
            column.name
        )
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the number is whole, and single precision ends far below"
    )]
    let whole = |(row, number): (usize, f32)| match number {
        number if number.is_nan() => Ok(None),
        number if number.fract() == 0.0 => Ok(Some(number as i64)),
        number => Err(wrong(row, number, "whole numbers")),
    };
    let truth = |(row, number): (usize, f32)| match number {
        number if number.is_nan() => Ok(None),
        0.0 => Ok(Some(false)),
        1.0 => Ok(Some(true)),
        number => Err(wrong(row, number, "0 and 1")),
    };
    Ok(match column.ty {
        ColumnType::Float => Values::Float(numbers.map(f64::from).collect()),
        ColumnType::Integer => {
            Values::Integer(numbers.enumerate().map(whole).collect::<Result<_, _>>()?)
        }
        ColumnType::Boolean => {
            Values::Boolean(numbers.enumerate().map(truth).collect::<Result<_, _>>()?)
        }
        ColumnType::Text => return Err(wrong(0, f32::NAN, "text")),
    })
}

/// The values of a column's own tensor.
fn values(column: &Column, input: &Input<'_>) -> Result<Values, String> {
    let wrong = || {
        format!(
            "unexpected shape {:?}, expecting [-1] or [-1,1]",
            input.shape
        )
    };
    let shape: Result<Vec<usize>, _> = input.shape.iter().map(|&n| usize::try_from(n)).collect();
    let shape = shape.map_err(|_| wrong())?;
    if !matches!(shape[..], [_] | [_, 1]) {
        return Err(wrong());
    }
    Ok(match column.ty {
        ColumnType::Float => Values::Float(read(input, &shape)?),
        ColumnType::Integer => Values::Integer(read(input, &shape)?),
        ColumnType::Boolean => Values::Boolean(read(input, &shape)?),
        ColumnType::Text => Values::Text(read(input, &shape)?),
    })
}

fn read<T: Element>(input: &Input<'_>, shape: &[usize]) -> Result<Vec<T>, String> {
    if input.datatype != T::DATATYPE.name() {
        return Err(format!(
            "unexpected datatype `{}`, expecting `{}`",
            input.datatype,
            T::DATATYPE
        ));
    }
    decode(input.payload, shape)
}

/// Names for a message.
pub(crate) fn names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
