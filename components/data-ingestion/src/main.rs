//! Downloads a file and hands it to the next step.

mod address;
mod agent;
mod digest;
mod http;
mod partial_file;
mod proxy;
mod source;
#[cfg(test)]
mod tests;

use std::io::Write;

use kfp_component::prelude::*;

use digest::Digest;
use partial_file::PartialFile;
use source::Source;

/// Downloads a file, byte for byte.
///
/// A server that is busy or cuts the connection is tried again, and the file continued where it broke off.
#[component]
fn data_ingestion(
    /// Where the file is: http://, https:// or file://.
    url: String,
    /// What the file's SHA-256 must be, in hex.
    sha256: Option<String>,
    /// A larger file is refused.
    #[arg(default = 10_737_418_240, range = 1..)]
    max_bytes: u64,
    /// The file.
    data: Output<Dataset>,
) -> Result<()> {
    let source = Source::parse(&url)?;
    let wanted = sha256.as_deref().map(Digest::parse).transpose()?;

    let mut file = PartialFile::new(&data, max_bytes)?;
    source.fetch(&mut file)?;

    let (bytes, digest) = file.finish()?;
    log(&format!("{bytes} bytes, sha256 {digest}"));
    if let Some(wanted) = wanted.filter(|wanted| *wanted != digest) {
        return Err(format!("`sha256` is {wanted}, but the file has {digest}").into());
    }
    data.metadata("sha256", digest.to_string())?;
    Ok(())
}

/// Tells whoever follows the task's log; that nobody does is no reason to fail.
fn log(message: &str) {
    let _ = writeln!(std::io::stderr(), "{message}");
}

kfp_component::main!(data_ingestion);
