//! The framing of gRPC-web: a flag, a length of four bytes, a message; trailers come as a last frame.

use percent_encoding::percent_decode_str;

/// The flag of a frame of trailers.
const TRAILERS: u8 = 0x80;
/// The flag of a compressed message, which this client does not ask for.
const COMPRESSED: u8 = 0x01;

/// A frame with a flag and a message.
pub fn frame(flag: u8, message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).expect("messages are smaller than 4 GiB");
    [&[flag], &length.to_be_bytes()[..], message].concat()
}

/// The frame that ends an answer.
pub fn trailers(status: i32, message: &str) -> Vec<u8> {
    let text = format!("grpc-status: {status}\r\ngrpc-message: {message}\r\n");
    frame(TRAILERS, text.as_bytes())
}

/// An answer, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frames<'a> {
    /// The message, if there is one.
    pub data: Option<&'a [u8]>,
    /// The status in the trailers; 0 is success.
    pub status: i32,
    /// What the trailers say about it.
    pub message: String,
}

/// Bytes that are not an answer of gRPC-web.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// They end within a frame.
    #[error("the answer ends within a frame of gRPC-web")]
    Truncated,
    /// There is no status.
    #[error("the answer has no trailers of gRPC-web: it was cut, or is from another program")]
    NoTrailers,
    /// A message is compressed, though nobody asked for that.
    #[error("the answer is compressed")]
    Compressed,
}

impl<'a> Frames<'a> {
    /// Takes an answer apart.
    ///
    /// # Errors
    /// If it is not whole.
    pub fn read(mut bytes: &'a [u8]) -> Result<Self, FrameError> {
        let mut frames = Self::default();
        while !bytes.is_empty() {
            let (head, rest) = bytes.split_at_checked(5).ok_or(FrameError::Truncated)?;
            let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
            let length = usize::try_from(length).map_err(|_| FrameError::Truncated)?;
            let (content, rest) = rest.split_at_checked(length).ok_or(FrameError::Truncated)?;
            bytes = rest;
            if head[0] & COMPRESSED != 0 {
                return Err(FrameError::Compressed);
            }
            if head[0] & TRAILERS == 0 {
                frames.data = Some(content);
                continue;
            }
            let text = String::from_utf8_lossy(content);
            let (status, message) = status(text.lines().filter_map(|line| line.split_once(':')))
                .ok_or(FrameError::NoTrailers)?;
            (frames.status, frames.message) = (status, message);
            return Ok(frames);
        }
        Err(FrameError::NoTrailers)
    }
}

/// Status and message among headers or trailers.
pub(crate) fn status<'a>(
    headers: impl Iterator<Item = (&'a str, &'a str)>,
) -> Option<(i32, String)> {
    let (mut status, mut message) = (None, String::new());
    for (name, value) in headers {
        let value = value.trim();
        match name.trim().to_ascii_lowercase().as_str() {
            "grpc-status" => status = value.parse().ok(),
            "grpc-message" => {
                message = percent_decode_str(value).decode_utf8_lossy().into_owned();
            }
            _ => {}
        }
    }
    Some((status?, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_framed_is_read_back() {
        let answer = [frame(0, b"abc"), trailers(0, "")].concat();
        let frames = Frames::read(&answer).unwrap();
        assert_eq!((frames.data, frames.status), (Some(&b"abc"[..]), 0));
        let refused = trailers(5, "no%20such%20context");
        let frames = Frames::read(&refused).unwrap();
        assert_eq!((frames.data, frames.status), (None, 5));
        assert_eq!(frames.message, "no such context");
    }

    #[test]
    fn an_answer_that_is_not_whole_is_refused() {
        let whole = [frame(0, b"abc"), trailers(0, "")].concat();
        for cut in 0..whole.len() {
            assert!(Frames::read(&whole[..cut]).is_err(), "{cut}");
        }
        assert_eq!(
            Frames::read(&frame(COMPRESSED, b"x")),
            Err(FrameError::Compressed)
        );
        assert_eq!(Frames::read(b"<html>"), Err(FrameError::Truncated));
    }
}
