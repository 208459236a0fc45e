//! Short forms of ONNX messages.

use super::proto::{
    Attribute, AttributeType, Dimension, Entry, Node, Shape, Size, Tensor, TensorType, Type,
    ValueInfo,
};

/// `TensorProto.DataType` of 32-bit floats.
pub(super) const FLOAT: i32 = 1;
/// `TensorProto.DataType` of 64-bit integers.
pub(super) const INT64: i32 = 7;

/// An index: lists are shorter than `i64::MAX`.
pub(super) fn number(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}

pub(super) fn entry<T: AsRef<str>>(key: &str, names: &[T]) -> Entry {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    Entry {
        key: key.to_owned(),
        value: serde_json::Value::from(names).to_string(),
    }
}

pub(super) fn node(operator: &str, input: &[&str], output: &[&str]) -> Node {
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    Node {
        input: names(input),
        output: names(output),
        name: operator.to_owned(),
        op_type: operator.to_owned(),
        attribute: Vec::new(),
        domain: String::new(),
    }
}

/// A tensor of any number of rows, and of `width` columns.
pub(super) fn value(name: &str, element: i32, width: Option<usize>) -> ValueInfo {
    let rows = Size::Param("rows".to_owned());
    let sizes = std::iter::once(rows).chain(width.map(|width| Size::Value(number(width))));
    let dim = sizes.map(|size| Dimension { value: Some(size) }).collect();
    ValueInfo {
        name: name.to_owned(),
        r#type: Some(Type {
            tensor_type: Some(TensorType {
                elem_type: element,
                shape: Some(Shape { dim }),
            }),
        }),
    }
}

fn attribute(name: &str, kind: AttributeType) -> Attribute {
    Attribute {
        name: name.to_owned(),
        r#type: kind.into(),
        ..Attribute::default()
    }
}

pub(super) fn int(name: &str, i: i64) -> Attribute {
    Attribute {
        i,
        ..attribute(name, AttributeType::Int)
    }
}

pub(super) fn string(name: &str, text: &str) -> Attribute {
    Attribute {
        s: text.into(),
        ..attribute(name, AttributeType::String)
    }
}

pub(super) fn ints(name: &str, ints: Vec<i64>) -> Attribute {
    Attribute {
        ints,
        ..attribute(name, AttributeType::Ints)
    }
}

pub(super) fn floats(name: &str, floats: Vec<f32>) -> Attribute {
    Attribute {
        floats,
        ..attribute(name, AttributeType::Floats)
    }
}

pub(super) fn strings(name: &str, strings: Vec<Vec<u8>>) -> Attribute {
    Attribute {
        strings,
        ..attribute(name, AttributeType::Strings)
    }
}

/// A constant, without its data.
pub(super) fn tensor(name: &str, data_type: i32, dims: Vec<i64>) -> Tensor {
    Tensor {
        dims,
        data_type,
        name: name.to_owned(),
        ..Tensor::default()
    }
}
