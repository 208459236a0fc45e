//! Why a request is not answered as it wished.

use axum::http::StatusCode;

/// Why a request is refused, in the terms of both protocols.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) kind: Kind,
    pub(crate) message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The request is wrong.
    Invalid,
    /// There is no such model, version or path.
    NotFound,
    /// The path takes another method.
    Method,
    /// The body did not arrive in time.
    Timeout,
    /// The body is larger than the server takes.
    TooLarge,
    /// The body is encoded in a way the server does not read.
    Unsupported,
    /// The model failed.
    Failed,
    /// The server is shutting down.
    NotReady,
}

impl Refusal {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, message)
    }
}

impl Kind {
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::Invalid => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Timeout => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unsupported => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NotReady => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    pub(crate) fn code(self) -> tonic::Code {
        match self {
            Self::Invalid | Self::Unsupported => tonic::Code::InvalidArgument,
            Self::NotFound => tonic::Code::NotFound,
            Self::Method => tonic::Code::Unimplemented,
            Self::Timeout => tonic::Code::DeadlineExceeded,
            Self::TooLarge => tonic::Code::ResourceExhausted,
            Self::Failed => tonic::Code::Internal,
            Self::NotReady => tonic::Code::Unavailable,
        }
    }
}
