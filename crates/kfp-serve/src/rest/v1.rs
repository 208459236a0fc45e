//! KServe's first protocol: `instances` in, `predictions` out.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::{App, Target, compute, v2};
use crate::infer::{Tensor, names};
use crate::refusal::{Kind, Refusal};
use crate::rows::{Rows, Values};
use crate::served::Served;
use crate::signature::{Column, Output, Signature};
use crate::tensor::Data;

pub(super) async fn models(State(app): State<App>) -> Json<Value> {
    Json(json!({"models": [app.served.name]}))
}

pub(super) async fn ready(
    State(app): State<App>,
    Target(target): Target<String>,
) -> Result<Response, Refusal> {
    if let Some((_, verb)) = target.rsplit_once(':') {
        return Err(Refusal::new(Kind::Method, format!(":{verb} takes POST")));
    }
    app.served.expect(&target, "")?;
    let ready = app.served.is_ready();
    let body = json!({"name": app.served.name, "ready": ready});
    Ok((v2::status(ready), Json(body)).into_response())
}

pub(super) async fn predict(
    State(app): State<App>,
    Target(target): Target<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, Refusal> {
    let Some((model, verb)) = target.rsplit_once(':') else {
        return Err(Refusal::new(
            Kind::Method,
            format!("/v1/models/{target} does not take POST; write /v1/models/{target}:predict"),
        ));
    };
    app.served.expect(model, "")?;
    if verb != "predict" {
        return Err(Refusal::new(
            Kind::NotFound,
            format!("`:{verb}` is not offered; write `:predict`"),
        ));
    }
    let body = app.limits.read(&headers, body).await?;
    compute(&app.served, body.len(), move |served| {
        served.counted(|| {
            let started = served.metrics.preprocess();
            let rows = rows(served.signature(), &body)?;
            drop(started);
            let tensors = served.predict(&rows)?;
            let _timed = served.metrics.postprocess();
            Ok(Json(
                json!({"predictions": predictions(served, &tensors, rows.len())}),
            ))
        })
    })
    .await
}

fn rows(signature: &Signature, body: &[u8]) -> Result<Rows, Refusal> {
    let request: Value = serde_json::from_slice(body)
        .map_err(|error| Refusal::invalid(format!("the body is not JSON: {error}")))?;
    let Value::Object(mut request) = request else {
        return Err(Refusal::invalid(
            "the body is no object; write {\"instances\": […]}",
        ));
    };
    let (field, instances) = match (request.remove("instances"), request.remove("inputs")) {
        (Some(instances), _) => ("instances", instances),
        (None, Some(inputs)) => ("inputs", inputs),
        (None, None) => return Err(Refusal::invalid("`instances` is missing")),
    };
    let Value::Array(instances) = instances else {
        return Err(Refusal::invalid(format!("`{field}` is no list of rows")));
    };
    let mut columns: Vec<Values> = signature.columns.iter().map(|c| c.ty.empty()).collect();
    for (number, row) in instances.into_iter().enumerate() {
        push(signature, row, &mut columns)
            .map_err(|problem| Refusal::invalid(format!("{field}[{number}]: {problem}")))?;
    }
    Rows::new(signature, columns).map_err(Refusal::invalid)
}

/// Appends a row: a list of all columns, an object by column names, or the value of the only column.
fn push(signature: &Signature, row: Value, columns: &mut [Values]) -> Result<(), String> {
    let values = match row {
        Value::Array(values) => values,
        Value::Object(values) => by_name(signature, values)?,
        value => vec![value],
    };
    if values.len() != columns.len() {
        return Err(format!(
            "has {} values, but the model takes {}: {}",
            values.len(),
            columns.len(),
            names(signature.columns.iter().map(|column| column.name.as_str()))
        ));
    }
    for ((column, into), value) in signature.columns.iter().zip(columns).zip(values) {
        into.push(value)
            .map_err(|wanted| format!("column `{}` takes {wanted}", column.name))?;
    }
    Ok(())
}

fn by_name(signature: &Signature, mut values: Map<String, Value>) -> Result<Vec<Value>, String> {
    let value = |column: &Column| match values.remove(&column.name) {
        Some(value) => Ok(value),
        None if column.nullable => Ok(Value::Null),
        None => Err(format!("column `{}` is missing", column.name)),
    };
    let row = signature
        .columns
        .iter()
        .map(value)
        .collect::<Result<_, _>>()?;
    match values.keys().next() {
        Some(unknown) => Err(format!("unknown column `{unknown}`")),
        None => Ok(row),
    }
}

impl Values {
    /// Appends a JSON value; the error says what is taken.
    pub(super) fn push(&mut self, value: Value) -> Result<(), &'static str> {
        match (self, value) {
            (Self::Float(values), Value::Null) => values.push(f64::NAN),
            (Self::Float(values), value) => values.push(value.as_f64().ok_or("numbers")?),
            (Self::Integer(values), Value::Null) => values.push(None),
            (Self::Integer(values), value) => {
                values.push(Some(value.as_i64().ok_or("whole numbers of 64 bits")?));
            }
            (Self::Boolean(values), Value::Null) => values.push(None),
            (Self::Boolean(values), value) => {
                values.push(Some(value.as_bool().ok_or("true and false")?));
            }
            (Self::Text(values), Value::Null) => values.push(None),
            (Self::Text(values), Value::String(text)) => values.push(Some(text)),
            (Self::Text(_), _) => return Err("strings"),
        }
        Ok(())
    }
}

/// One value for each row: that of the only output, or an object of all.
fn predictions(served: &Served, tensors: &[Tensor<'_>], rows: usize) -> Vec<Value> {
    let outputs = &served.signature().outputs;
    let row = |row: usize| {
        let mut values = outputs
            .iter()
            .zip(tensors)
            .map(|(output, tensor)| (output.name.clone(), value(output, &tensor.data, row)));
        match (outputs.len(), values.next()) {
            (1, Some((_, value))) => value,
            (_, first) => Value::Object(first.into_iter().chain(values).collect()),
        }
    };
    (0..rows).map(row).collect()
}

/// What an output says about a row. A class has its name here.
pub(super) fn value(output: &Output, data: &Data, row: usize) -> Value {
    let one = |index: usize| match data {
        Data::Bool(values) => json!(values[index]),
        Data::Int64(values) => {
            let label = usize::try_from(values[index]).ok();
            match label.and_then(|label| output.labels.get(label)) {
                Some(label) if output.width.is_none() => json!(label),
                _ => json!(values[index]),
            }
        }
        // 0.9 as it is written in single precision, rather than 0.8999999761581421.
        Data::Fp32(values) => json!(values[index].to_string().parse::<f64>().ok()),
        Data::Fp64(values) => json!(values[index]),
        Data::Bytes(values) => json!(values[index]),
    };
    match output.width {
        None => one(row),
        Some(width) => (row * width..(row + 1) * width).map(one).collect(),
    }
}
