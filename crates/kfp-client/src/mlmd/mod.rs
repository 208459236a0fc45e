//! The metadata store (ML Metadata), which holds the outputs of runs up to KFP 2.18, spoken to by gRPC-web.

mod frame;
mod messages;

use std::fmt::Display;

use prost::Message;
use ureq::http::Method;

pub(crate) use frame::status;
pub use frame::{FrameError, Frames, frame, trailers};
pub use messages::*;

use crate::{
    ApiError, Client, Error, Result,
    transport::{Answer, Call, Content},
};

/// The service, as the path of a call begins.
pub const SERVICE: &str = "ml_metadata.MetadataStoreService";

/// The content type of calls and answers.
pub const CONTENT_TYPE: &str = "application/grpc-web+proto";

impl Client {
    /// Calls a method of the metadata store that only reads.
    pub(crate) fn metadata<T: Message + Default>(
        &self,
        method: &str,
        request: &impl Message,
    ) -> Result<T> {
        let path = format!("/{SERVICE}/{method}");
        let body = frame(0, &request.encode_to_vec());
        let content = Content::GrpcWeb(&body);
        let call = Call::at(&self.ui_endpoint, Method::POST, &path, &[], &content).only_reads();
        self.repeated(&call, || read(&call, &self.attempt_whole(&call)?))
    }
}

/// The message of an answer.
fn read<T: Message + Default>(call: &Call<'_>, answer: &Answer) -> Result<T> {
    let refused = |code: i32, message: String| Error::Api {
        call: call.name(),
        error: ApiError::of_grpc(code, message),
    };
    let unexpected = |error: &dyn Display| Error::Unexpected {
        call: call.name(),
        reason: error.to_string(),
    };
    // An error without a message may come in the headers alone.
    if let Some((code, message)) = answer.grpc_status.clone().filter(|(code, _)| *code != 0) {
        return Err(refused(code, message));
    }
    let frames = Frames::read(&answer.body).map_err(|error| unexpected(&error))?;
    if frames.status != 0 {
        return Err(refused(frames.status, frames.message));
    }
    T::decode(frames.data.unwrap_or_default()).map_err(|error| unexpected(&error))
}
