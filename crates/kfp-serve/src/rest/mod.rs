//! The routes of the REST protocols, and errors as JSON.

mod body;
mod page;
mod v1;
mod v2;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, OriginalUri, Path, State};
use axum::http::request::Parts;
use axum::http::{Method, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::json;

use crate::refusal::{Kind, Refusal};
use crate::served::Served;

pub(crate) use body::Limits;

/// What every route has at hand.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) served: Arc<Served>,
    pub(crate) limits: Limits,
}

pub(crate) fn router(app: App) -> Router {
    Router::new()
        .route("/", get(page::form).post(page::answer))
        .route("/metrics", get(metrics))
        .route("/v1/models", get(v1::models))
        .route("/v1/models/{target}", get(v1::ready).post(v1::predict))
        .route("/v2", get(v2::server))
        .route("/v2/", get(v2::server))
        .route("/v2/health/live", get(v2::live))
        .route("/v2/health/ready", get(v2::ready))
        .route("/v2/models/{model}", get(v2::metadata))
        .route("/v2/models/{model}/ready", get(v2::model_ready))
        .route("/v2/models/{model}/infer", post(v2::infer))
        .route("/v2/models/{model}/versions/{version}", get(v2::metadata))
        .route(
            "/v2/models/{model}/versions/{version}/ready",
            get(v2::model_ready),
        )
        .route(
            "/v2/models/{model}/versions/{version}/infer",
            post(v2::infer),
        )
        .route(
            "/inference.GRPCInferenceService/{method}",
            post(crate::grpc::call),
        )
        .fallback(unknown)
        .method_not_allowed_fallback(other_method)
        .with_state(app)
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (
            self.kind.status(),
            axum::Json(json!({"error": self.message})),
        )
            .into_response();
        if self.kind == Kind::TooLarge || self.kind == Kind::Timeout {
            // The rest of the body is not read.
            let close = header::HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
        }
        response
    }
}

/// A part of the path. One that is not UTF-8 once it is decoded is refused like everything else.
pub(crate) struct Target<T>(pub(crate) T);

impl<S, T> FromRequestParts<S> for Target<T>
where
    S: Send + Sync,
    Path<T>: FromRequestParts<S, Rejection = PathRejection>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(target)) => Ok(Self(target)),
            Err(rejection) => Err(Refusal::invalid(rejection.body_text())),
        }
    }
}

async fn unknown(OriginalUri(uri): OriginalUri) -> Refusal {
    Refusal::new(
        Kind::NotFound,
        format!("there is nothing at {}", uri.path()),
    )
}

async fn other_method(method: Method, OriginalUri(uri): OriginalUri) -> Refusal {
    Refusal::new(
        Kind::Method,
        format!("{} does not take {method}", uri.path()),
    )
}

async fn metrics(State(app): State<App>) -> Result<Response, Refusal> {
    let (kind, text) = app
        .served
        .metrics
        .text()
        .map_err(|error| Refusal::new(Kind::Failed, error.to_string()))?;
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

/// Runs the model for a request of this size where it holds up no other request.
pub(crate) async fn compute<T: Send + 'static>(
    served: &Arc<Served>,
    bytes: usize,
    work: impl FnOnce(&Served) -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    /// Takes well below a millisecond to read.
    const SMALL: usize = 64 << 10;
    if bytes <= SMALL && served.pace.is_quick() {
        return served.pace.timed(|| work(served));
    }
    let served = served.clone();
    tokio::task::spawn_blocking(move || served.pace.timed(|| work(&served)))
        .await
        .unwrap_or_else(|error| Err(Refusal::new(Kind::Failed, error.to_string())))
}

/// How long a client may take, and how much it may send.
pub(crate) const fn limits(bytes: usize, time: Duration) -> Limits {
    Limits { bytes, time }
}
