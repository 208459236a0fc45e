//! Downloads a file for the next steps of a pipeline.

#![expect(clippy::print_stderr, reason = "the log of the task")]

mod address;
mod agent;
mod digest;
mod http;
mod partial_file;
mod source;
#[cfg(test)]
mod tests;

use kfp_component::prelude::*;

use digest::Digest;
use partial_file::PartialFile;
use source::Source;

/// Downloads a file, byte for byte.
///
/// Busy servers and broken connections are retried, and an interrupted download continues where it stopped.
#[component]
fn data_ingestion(
    /// The address of the file: http://, https:// or file://.
    url: String,
    /// The SHA-256 that the file must have, in hex.
    sha256: Option<String>,
    /// Larger files are refused.
    #[arg(default = 10_737_418_240, range = 1..)]
    max_bytes: u64,
    /// The file.
    data: Output<Dataset>,
) -> Result<()> {
    let source = Source::parse(&url)?;
    // KFP's form sends an empty text for an optional input that is left empty.
    let sha256 = sha256.as_deref().filter(|text| !text.is_empty());
    let expected = sha256.map(Digest::parse).transpose()?;
    eprintln!("fetching {source}");

    let mut file = PartialFile::new(&data, max_bytes)?;
    source.fetch(&mut file)?;

    let (bytes, digest) = file.finish()?;
    eprintln!("{bytes} bytes, sha256 {digest}");
    if let Some(expected) = expected.filter(|expected| *expected != digest) {
        return Err(format!("`sha256` is {expected}, but the file has {digest}").into());
    }
    data.metadata("sha256", digest.to_string())?;
    Ok(())
}

kfp_component::main!(data_ingestion);
