//! SHA-256 digests, written as 64 hex digits.

use std::fmt;
use std::mem;
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

/// Large enough that the two threads seldom wait for each other, small enough that memory stays flat.
const BUFFER: usize = 1 << 20;
const BUFFERS: usize = 4;

/// Computes a digest on a thread of its own, so that hashing does not delay reading and writing.
pub(crate) struct Hasher {
    buffer: Vec<u8>,
    /// How much of the buffer holds data.
    filled: usize,
    full: Sender<(Vec<u8>, usize)>,
    empty: Receiver<Vec<u8>>,
    thread: JoinHandle<Sha256>,
}

impl Hasher {
    pub(crate) fn new() -> Self {
        let (full, to_hash) = mpsc::channel::<(Vec<u8>, usize)>();
        let (hashed, empty) = mpsc::channel();
        for _ in 1..BUFFERS {
            let _ = hashed.send(vec![0; BUFFER]);
        }
        let thread = thread::spawn(move || {
            let mut hash = Sha256::new();
            for (buffer, filled) in to_hash {
                hash.update(&buffer[..filled]);
                // Nobody receives the last buffers.
                let _ = hashed.send(buffer);
            }
            hash
        });
        Self {
            buffer: vec![0; BUFFER],
            filled: 0,
            full,
            empty,
            thread,
        }
    }

    /// Where the next bytes go. Never empty.
    pub(crate) fn buffer(&mut self) -> &mut [u8] {
        &mut self.buffer[self.filled..]
    }

    /// Takes the first `length` bytes of the buffer.
    pub(crate) fn update(&mut self, length: usize) {
        self.filled += length;
        if self.filled == BUFFER {
            let empty = self.empty.recv().expect("the thread runs until `finish`");
            let full = mem::replace(&mut self.buffer, empty);
            self.hash(full);
        }
    }

    fn hash(&mut self, buffer: Vec<u8>) {
        let sent = self.full.send((buffer, mem::take(&mut self.filled)));
        sent.expect("the thread runs until `finish`");
    }

    /// The digest of everything taken.
    pub(crate) fn finish(mut self) -> Digest {
        let last = mem::take(&mut self.buffer);
        self.hash(last);
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
    fn what_passes_through_several_buffers_has_the_digest_of_the_whole() {
        let mut hasher = Hasher::new();
        let mut whole = Vec::new();
        for round in 0..20_u8 {
            let length = hasher.buffer().len().min(300_000);
            let piece = &mut hasher.buffer()[..length];
            piece.fill(round);
            whole.extend_from_slice(piece);
            hasher.update(length);
        }
        assert!(whole.len() > BUFFERS * BUFFER);
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
