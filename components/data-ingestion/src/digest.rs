//! SHA-256 digests, written as 64 hex digits, and taken on a thread of their own: hashing takes as long as writing.

use std::fmt;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};

use kfp_component::Result;
use sha2::{Digest as _, Sha256};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Digest(pub(crate) [u8; 32]);

impl Digest {
    /// Reads what `sha256sum` prints.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let digit = |at: usize| char::from(*text.as_bytes().get(at)?).to_digit(16);
        let mut digest = [0; 32];
        for (at, byte) in digest.iter_mut().enumerate() {
            let value = digit(2 * at)
                .zip(digit(2 * at + 1))
                .map(|(high, low)| high << 4 | low);
            let value = value
                .filter(|_| text.len() == 64)
                .and_then(|value| u8::try_from(value).ok());
            *byte =
                value.ok_or_else(|| format!("`sha256` is `{text}`, but must be 64 hex digits"))?;
        }
        Ok(Self(digest))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Large enough to make few system calls, small enough to stay in the processor's cache.
const BUFFER: usize = 128 * 1024;

/// Digests one buffer while the next is filled. Four go round, so memory stays flat.
pub(crate) struct Hasher {
    full: Sender<(Vec<u8>, usize)>,
    empty: Receiver<Vec<u8>>,
    thread: JoinHandle<Sha256>,
}

impl Hasher {
    /// A hasher, and the first buffer to fill.
    pub(crate) fn new() -> (Self, Vec<u8>) {
        let (full, filled) = mpsc::channel::<(Vec<u8>, usize)>();
        let (spare, empty) = mpsc::channel();
        for _ in 1..4 {
            let _ = spare.send(vec![0; BUFFER]);
        }
        let thread = thread::spawn(move || {
            let mut hash = Sha256::new();
            for (buffer, length) in filled {
                hash.update(&buffer[..length]);
                // At the end nobody wants it back.
                let _ = spare.send(buffer);
            }
            hash
        });
        let hasher = Self {
            full,
            empty,
            thread,
        };
        (hasher, vec![0; BUFFER])
    }

    /// Takes the first `length` bytes of `buffer`, and gives the next buffer to fill.
    pub(crate) fn update(&self, buffer: Vec<u8>, length: usize) -> Vec<u8> {
        let sent = self.full.send((buffer, length));
        sent.ok()
            .and_then(|()| self.empty.recv().ok())
            .expect("the thread runs until `finish`")
    }

    /// The digest of everything taken.
    pub(crate) fn finish(self) -> Digest {
        drop(self.full);
        let hash = self.thread.join().expect("hashing does not panic");
        Digest(hash.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn a_digest_is_read_in_either_case_and_written_in_lower() {
        assert_eq!(Digest::parse(HEX).unwrap().to_string(), HEX);
        assert_eq!(Digest::parse(&HEX.to_uppercase()).unwrap().to_string(), HEX);
    }

    #[test]
    fn what_goes_round_in_buffers_has_the_digest_of_the_whole() {
        let (hasher, mut buffer) = Hasher::new();
        let mut whole = Vec::new();
        for round in 0..20 {
            let length = buffer.len() - usize::from(round) * 999;
            buffer.fill(round);
            whole.extend_from_slice(&buffer[..length]);
            buffer = hasher.update(buffer, length);
        }
        assert_eq!(hasher.finish(), Digest(Sha256::digest(&whole).into()));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "e3b0",
            &HEX[1..],
            &format!("{HEX}00"),
            &HEX.replace('e', "g"),
        ] {
            let error = Digest::parse(text).unwrap_err().to_string();
            assert!(error.ends_with("but must be 64 hex digits"), "{error}");
        }
    }
}
