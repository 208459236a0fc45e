//! The body of a request: at most so many bytes, in at most so much time.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;

use crate::refusal::{Kind, Refusal};

/// What a body may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) bytes: usize,
    pub(crate) time: Duration,
}

impl Limits {
    /// The whole body.
    pub(crate) async fn read(self, headers: &HeaderMap, body: Body) -> Result<Bytes, Refusal> {
        if let Some(encoding) = headers.get(header::CONTENT_ENCODING)
            && encoding != "identity"
        {
            return Err(Refusal::new(
                Kind::Unsupported,
                format!("Content-Encoding {encoding:?} is not supported; send the body as it is"),
            ));
        }
        tokio::time::timeout(self.time, self.collect(headers, body))
            .await
            .unwrap_or_else(|_| {
                Err(Refusal::new(
                    Kind::Timeout,
                    format!("the body did not arrive within {} s", self.time.as_secs()),
                ))
            })
    }

    async fn collect(self, headers: &HeaderMap, mut body: Body) -> Result<Bytes, Refusal> {
        let announced = headers
            .get(header::CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        let too_large = || {
            Err(Refusal::new(
                Kind::TooLarge,
                format!("the body is larger than {} bytes", self.bytes),
            ))
        };
        let is_too_large = announced.is_some_and(|length| length > self.bytes);
        if is_too_large && headers.contains_key(header::EXPECT) {
            return too_large();
        }
        let mut read = BytesMut::new();
        let mut discarded = 0;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| incomplete(&error, read.len(), announced))?;
            let Ok(data) = frame.into_data() else {
                continue;
            };
            // A client that writes before it reads gets an answer, and no reset, if the rest of the body is read.
            if is_too_large || discarded > 0 || read.len() + data.len() > self.bytes {
                read = BytesMut::new();
                discarded += data.len();
                if discarded > 16 * self.bytes {
                    return too_large();
                }
            } else {
                read.extend_from_slice(&data);
            }
        }
        if is_too_large || discarded > 0 {
            return too_large();
        }
        Ok(read.freeze())
    }
}

fn incomplete(error: &axum::Error, read: usize, announced: Option<usize>) -> Refusal {
    Refusal::invalid(match announced {
        Some(length) => format!("the body ended after {read} of {length} bytes"),
        None => format!("the body is incomplete: {error}"),
    })
}
