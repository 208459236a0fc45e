//! The Open Inference Protocol over gRPC.

pub(crate) mod messages;

use std::future::Ready;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http;
use axum::response::{IntoResponse, Response};
use prost::Message as _;
use tonic::{Request, Status};
use tonic_prost::ProstCodec;

use crate::infer::{Input, Tensor};
use crate::refusal::{Kind, Refusal};
use crate::rest::{App, Limits, Target, compute};
use crate::served::{Served, VERSION};
use crate::tensor::Payload;
use messages::{
    Empty, InferInputTensor, InferOutputTensor, InferTensorContents, LiveResponse,
    ModelInferRequest, ModelInferResponse, ModelMetadataResponse, ModelRequest, ReadyResponse,
    ServerMetadataResponse, TensorMetadata,
};

/// What stands before a message: whether it is compressed, and its length.
const FRAME: usize = 5;

/// Answers a call of a method of `inference.GRPCInferenceService`.
pub(crate) async fn call(
    State(app): State<App>,
    Target(method): Target<String>,
    request: http::Request<Body>,
) -> Response {
    match method.as_str() {
        "ServerLive" => {
            let live = |_: &Served, _: &Empty| Ok(LiveResponse { live: true });
            unary(app, request, at_once(live)).await
        }
        "ServerReady" => unary(app, request, at_once(|s, _: &Empty| Ok(ready(s)))).await,
        "ModelReady" => unary(app, request, at_once(model_ready)).await,
        "ServerMetadata" => {
            unary(app, request, at_once(|_, _: &Empty| Ok(server_metadata()))).await
        }
        "ModelMetadata" => unary(app, request, at_once(model_metadata)).await,
        "ModelInfer" => {
            let infer = |served: Arc<Served>, request: ModelInferRequest| async move {
                let size = request.encoded_len();
                compute(&served, size, move |served| infer(served, &request)).await
            };
            unary(app, request, infer).await
        }
        _ => Status::unimplemented(format!("there is no method {method}"))
            .into_http::<Body>()
            .into_response(),
    }
}

/// A function that takes no time, as one for [`unary`].
fn at_once<Q, A>(
    answer: fn(&Served, &Q) -> Result<A, Refusal>,
) -> impl FnMut(Arc<Served>, Q) -> Ready<Result<A, Refusal>> {
    move |served, request| std::future::ready(answer(&served, &request))
}

/// Answers a call by a function of the request's message.
async fn unary<Q, A, F>(
    app: App,
    request: http::Request<Body>,
    mut answer: impl FnMut(Arc<Served>, Q) -> F + Send,
) -> Response
where
    Q: prost::Message + Default + Send + 'static,
    A: prost::Message + Default + Send + Sync + 'static,
    F: Future<Output = Result<A, Refusal>> + Send + 'static,
{
    let limits = app.limits;
    let answer = tower::service_fn(move |request: Request<Q>| {
        let answered = answer(app.served.clone(), request.into_inner());
        async { answered.await.map(tonic::Response::new).map_err(status) }
    });
    let mut grpc = tonic::server::Grpc::new(ProstCodec::<A, Q>::default())
        .max_decoding_message_size(limits.bytes)
        .max_encoding_message_size(usize::MAX);
    // The limit is for the client; how long the model takes is not the client's doing.
    let (head, body) = request.into_parts();
    let framed = Limits {
        bytes: limits.bytes.saturating_add(FRAME),
        ..limits
    };
    match framed.read(&head.headers, body).await {
        Ok(body) => {
            let request = http::Request::from_parts(head, Body::from(body));
            grpc.unary(answer, request).await.map(Body::new)
        }
        Err(refusal) => status(refusal).into_http(),
    }
}

fn status(refusal: Refusal) -> Status {
    Status::new(refusal.kind.code(), refusal.message)
}

fn ready(served: &Served) -> ReadyResponse {
    ReadyResponse {
        ready: served.is_ready(),
    }
}

fn model_ready(served: &Served, request: &ModelRequest) -> Result<ReadyResponse, Refusal> {
    served.expect(&request.name, &request.version)?;
    Ok(ready(served))
}

fn server_metadata() -> ServerMetadataResponse {
    ServerMetadataResponse {
        name: env!("CARGO_PKG_NAME").into(),
        version: env!("CARGO_PKG_VERSION").into(),
        extensions: crate::EXTENSIONS.map(str::to_owned).into(),
    }
}

fn model_metadata(
    served: &Served,
    request: &ModelRequest,
) -> Result<ModelMetadataResponse, Refusal> {
    served.expect(&request.name, &request.version)?;
    let signature = served.signature();
    let inputs = signature.inputs().into_iter();
    let outputs = signature.outputs.iter();
    Ok(ModelMetadataResponse {
        name: served.name.clone(),
        versions: vec![VERSION.into()],
        platform: signature.platform.clone(),
        inputs: inputs
            .map(|(name, datatype, shape)| TensorMetadata {
                name: name.into(),
                datatype: datatype.name().into(),
                shape,
            })
            .collect(),
        outputs: outputs
            .map(|output| TensorMetadata {
                name: output.name.clone(),
                datatype: output.datatype.name().into(),
                shape: output.shape(-1),
            })
            .collect(),
    })
}

fn infer(served: &Served, request: &ModelInferRequest) -> Result<ModelInferResponse, Refusal> {
    served.expect(&request.model_name, &request.model_version)?;
    served.counted(|| {
        let nothing = InferTensorContents::default();
        let inputs = inputs(request, &nothing)?;
        let wanted: Vec<&str> = request.outputs.iter().map(|o| o.name.as_str()).collect();
        let tensors = served.infer(&inputs, &wanted)?;
        let _timed = served.metrics.postprocess();
        Ok(respond(served, request.id.clone(), tensors))
    })
}

/// The tensors of a request: all raw, or all as typed lists.
fn inputs<'a>(
    request: &'a ModelInferRequest,
    nothing: &'a InferTensorContents,
) -> Result<Vec<Input<'a>>, Refusal> {
    let raw = &request.raw_input_contents;
    if raw.is_empty() {
        let typed = |input: &'a InferInputTensor| Input {
            name: &input.name,
            datatype: &input.datatype,
            shape: &input.shape,
            payload: Payload::Contents(input.contents.as_ref().unwrap_or(nothing)),
        };
        return Ok(request.inputs.iter().map(typed).collect());
    }
    if raw.len() != request.inputs.len() {
        return Err(Refusal::invalid(format!(
            "raw_input_contents has {} elements for {} inputs",
            raw.len(),
            request.inputs.len()
        )));
    }
    let input = |(input, raw): (&'a InferInputTensor, &'a bytes::Bytes)| {
        if input.contents.is_some() {
            return Err(Refusal::new(
                Kind::Invalid,
                format!(
                    "input `{}` has both contents and raw_input_contents",
                    input.name
                ),
            ));
        }
        Ok(Input {
            name: &input.name,
            datatype: &input.datatype,
            shape: &input.shape,
            payload: Payload::Binary(raw),
        })
    };
    request.inputs.iter().zip(raw).map(input).collect()
}

/// The answer, with raw contents, as other servers write it.
fn respond(served: &Served, id: String, tensors: Vec<Tensor<'_>>) -> ModelInferResponse {
    let raw = |tensor: &Tensor<'_>| {
        let mut buffer = Vec::new();
        tensor.data.write_binary(&mut buffer);
        buffer.into()
    };
    ModelInferResponse {
        model_name: served.name.clone(),
        model_version: VERSION.into(),
        id,
        raw_output_contents: tensors.iter().map(raw).collect(),
        outputs: tensors
            .into_iter()
            .map(|tensor| InferOutputTensor {
                name: tensor.name.to_owned(),
                datatype: tensor.data.datatype().name().into(),
                shape: tensor.shape,
            })
            .collect(),
    }
}
