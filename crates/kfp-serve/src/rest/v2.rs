//! The Open Inference Protocol over REST, with its binary extension.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json, value::RawValue};

use super::{App, Target, compute};
use crate::infer::{Input, Tensor};
use crate::refusal::{Kind, Refusal};
use crate::served::{Served, VERSION};
use crate::signature::Datatype;
use crate::tensor::Payload;

/// Says how many bytes of a body are JSON; binary tensors follow.
const JSON_LENGTH: &str = "inference-header-content-length";

/// The path of a model: its name and, if it is named, its version.
#[derive(Deserialize)]
pub(super) struct ModelPath {
    model: String,
    #[serde(default)]
    version: String,
}

pub(super) async fn server() -> Json<Value> {
    Json(json!({
        "name": env!("CARGO_PKG_NAME"),
        "version": env!("CARGO_PKG_VERSION"),
        "extensions": crate::EXTENSIONS,
    }))
}

pub(super) async fn live() -> Json<Value> {
    Json(json!({"live": true}))
}

pub(super) async fn ready(State(app): State<App>) -> Response {
    let ready = app.served.is_ready();
    (status(ready), Json(json!({"ready": ready}))).into_response()
}

pub(super) async fn model_ready(
    State(app): State<App>,
    Target(path): Target<ModelPath>,
) -> Result<Response, Refusal> {
    app.served.expect(&path.model, &path.version)?;
    let ready = app.served.is_ready();
    let body = json!({"name": app.served.name, "ready": ready});
    Ok((status(ready), Json(body)).into_response())
}

pub(super) fn status(ready: bool) -> StatusCode {
    if ready {
        StatusCode::OK
    } else {
        Kind::NotReady.status()
    }
}

pub(super) async fn metadata(
    State(app): State<App>,
    Target(path): Target<ModelPath>,
) -> Result<Json<Value>, Refusal> {
    app.served.expect(&path.model, &path.version)?;
    let signature = app.served.signature();
    let tensor = |name: &str, datatype: Datatype, shape: Vec<i64>| json!({"name": name, "datatype": datatype.name(), "shape": shape});
    let mut inputs: Vec<Value> = signature
        .inputs()
        .into_iter()
        .map(|(name, datatype, shape)| tensor(name, datatype, shape))
        .collect();
    let names = |names: Vec<&str>| json!({"names": json!(names).to_string()});
    if signature.matrix.is_some() {
        let columns = signature.columns.iter().map(|column| column.name.as_str());
        inputs[0]["parameters"] = names(columns.collect());
    }
    let outputs = signature.outputs.iter().map(|output| {
        let mut described = tensor(&output.name, output.datatype, output.shape(-1));
        if !output.labels.is_empty() {
            described["parameters"] = names(output.labels.iter().map(String::as_str).collect());
        }
        described
    });
    Ok(Json(json!({
        "name": app.served.name,
        "versions": [VERSION],
        "platform": signature.platform,
        "inputs": inputs,
        "outputs": outputs.collect::<Vec<_>>(),
    })))
}

pub(super) async fn infer(
    State(app): State<App>,
    Target(path): Target<ModelPath>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    app.served.expect(&path.model, &path.version)?;
    let json_length = json_length(&headers)?;
    let body = app.limits.read(&headers, body).await?;
    compute(&app.served, body.len(), move |served| {
        served.counted(|| answer(served, &body, json_length))
    })
    .await
}

fn json_length(headers: &HeaderMap) -> Result<Option<usize>, Refusal> {
    let Some(value) = headers.get(JSON_LENGTH) else {
        return Ok(None);
    };
    let length = value.to_str().ok().and_then(|text| text.parse().ok());
    match length {
        Some(length) => Ok(Some(length)),
        None => Err(Refusal::invalid(format!(
            "Inference-Header-Content-Length is {value:?}, which is no number of bytes"
        ))),
    }
}

#[derive(Deserialize)]
struct InferRequest<'a> {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    parameters: Option<Map<String, Value>>,
    #[serde(borrow)]
    inputs: Vec<RequestInput<'a>>,
    #[serde(default)]
    outputs: Option<Vec<RequestOutput>>,
}

#[derive(Deserialize)]
struct RequestInput<'a> {
    name: String,
    shape: Vec<i64>,
    datatype: String,
    #[serde(default)]
    parameters: Option<Map<String, Value>>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct RequestOutput {
    name: String,
    #[serde(default)]
    parameters: Option<Map<String, Value>>,
}

#[derive(Serialize)]
struct InferResponse<'a> {
    model_name: &'a str,
    model_version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    outputs: Vec<ResponseOutput<'a>>,
}

#[derive(Serialize)]
struct ResponseOutput<'a> {
    name: &'a str,
    shape: &'a [i64],
    datatype: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a crate::Data>,
}

/// Answers a request for a prediction.
fn answer(served: &Served, body: &[u8], json_length: Option<usize>) -> Result<Response, Refusal> {
    let length = json_length.unwrap_or(body.len());
    let Some((json, binary)) = body.split_at_checked(length) else {
        return Err(Refusal::invalid(format!(
            "Inference-Header-Content-Length is {length}, but the body has {} bytes",
            body.len()
        )));
    };
    let request: InferRequest<'_> = serde_json::from_slice(json).map_err(|error| {
        Refusal::invalid(format!(
            "the request is not an inference request in JSON: {error}"
        ))
    })?;
    let inputs = inputs(&request.inputs, binary)?;
    let outputs = request.outputs.unwrap_or_default();
    let wanted: Vec<&str> = outputs.iter().map(|output| output.name.as_str()).collect();
    let all_binary = flag(request.parameters.as_ref(), "binary_data_output")?.unwrap_or(false);
    let mut is_binary = Vec::new();
    for output in &outputs {
        let asked = flag(output.parameters.as_ref(), "binary_data").map_err(|refusal| {
            Refusal::invalid(format!("output `{}`: {}", output.name, refusal.message))
        })?;
        is_binary.push(asked.unwrap_or(all_binary));
    }
    let tensors = served.infer(&inputs, &wanted)?;
    let _timed = served.metrics.postprocess();
    is_binary.resize(tensors.len(), all_binary);
    respond(served, request.id, &tensors, &is_binary)
}

/// The tensors of the request, each with its data from the JSON or from what follows it.
fn inputs<'a>(
    inputs: &'a [RequestInput<'a>],
    mut binary: &'a [u8],
) -> Result<Vec<Input<'a>>, Refusal> {
    let mut read = Vec::with_capacity(inputs.len());
    for input in inputs {
        let refuse =
            |problem: String| Refusal::invalid(format!("input `{}`: {problem}", input.name));
        let parameter = |name| input.parameters.as_ref().and_then(|all| all.get(name));
        let payload = match (input.data, parameter("binary_data_size")) {
            (Some(_), Some(_)) => {
                return Err(refuse("has both `data` and `binary_data_size`".into()));
            }
            (None, None) => return Err(refuse("`data` is missing".into())),
            (Some(json), None) => Payload::Json(json),
            (None, Some(size)) => {
                let size = size.as_u64().and_then(|size| usize::try_from(size).ok());
                let Some(size) = size else {
                    return Err(refuse("`binary_data_size` is no number of bytes".into()));
                };
                let Some((data, rest)) = binary.split_at_checked(size) else {
                    return Err(refuse(format!(
                        "`binary_data_size` is {size}, but {} bytes follow",
                        binary.len()
                    )));
                };
                binary = rest;
                Payload::Binary(data)
            }
        };
        read.push(Input {
            name: &input.name,
            datatype: &input.datatype,
            shape: &input.shape,
            payload,
        });
    }
    if !binary.is_empty() {
        return Err(Refusal::invalid(format!(
            "{} bytes follow the last binary input",
            binary.len()
        )));
    }
    Ok(read)
}

fn flag(parameters: Option<&Map<String, Value>>, name: &str) -> Result<Option<bool>, Refusal> {
    match parameters.and_then(|parameters| parameters.get(name)) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(value)) => Ok(Some(*value)),
        Some(_) => Err(Refusal::invalid(format!(
            "the parameter `{name}` is true or false"
        ))),
    }
}

fn respond(
    served: &Served,
    id: Option<String>,
    tensors: &[Tensor<'_>],
    is_binary: &[bool],
) -> Result<Response, Refusal> {
    let mut binary = Vec::new();
    let outputs = tensors.iter().zip(is_binary).map(|(tensor, is_binary)| {
        let size = is_binary.then(|| tensor.data.write_binary(&mut binary));
        ResponseOutput {
            name: tensor.name,
            shape: &tensor.shape,
            datatype: tensor.data.datatype().name(),
            parameters: size.map(|size| json!({"binary_data_size": size})),
            data: size.is_none().then_some(&tensor.data),
        }
    });
    let response = InferResponse {
        model_name: &served.name,
        model_version: VERSION,
        id,
        outputs: outputs.collect(),
    };
    let mut body = serde_json::to_vec(&response)
        .map_err(|error| Refusal::new(Kind::Failed, error.to_string()))?;
    if !is_binary.contains(&true) {
        return Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response());
    }
    let length = body.len();
    body.extend(binary);
    Ok((
        [
            (
                header::CONTENT_TYPE.as_str(),
                "application/octet-stream".to_owned(),
            ),
            (JSON_LENGTH, length.to_string()),
        ],
        body,
    )
        .into_response())
}
