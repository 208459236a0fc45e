//! The command line of a model server. KServe writes names with underscores, people with dashes: both are read.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// How a model is served.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub struct Options {
    /// Serve the model under this name
    #[arg(long, alias = "model_name", value_name = "NAME", value_parser = model_name)]
    pub model_name: Option<String>,
    /// Read the model from this folder
    #[arg(
        long,
        alias = "model_dir",
        value_name = "FOLDER",
        default_value = "/mnt/models"
    )]
    pub model_dir: PathBuf,
    /// Listen at this address
    #[arg(long, value_name = "ADDRESS", default_value = "0.0.0.0")]
    pub host: IpAddr,
    /// Serve REST and gRPC at this port; 0 chooses a free one
    #[arg(long, alias = "http_port", value_name = "PORT", default_value_t = 8080)]
    pub http_port: u16,
    /// Serve both at this port, too
    #[arg(long, alias = "grpc_port", value_name = "PORT")]
    pub grpc_port: Option<u16>,
    /// Refuse larger bodies and messages
    #[arg(long, alias = "max_body_bytes", value_name = "BYTES", default_value_t = 16 << 20)]
    pub max_body_bytes: usize,
    /// Close connections whose request has no complete header by then
    #[arg(long, alias = "header_timeout", value_name = "DURATION", default_value = "10s", value_parser = duration)]
    pub header_timeout: Duration,
    /// Refuse requests whose body is not complete by then
    #[arg(long, alias = "body_timeout", value_name = "DURATION", default_value = "30s", value_parser = duration)]
    pub body_timeout: Duration,
    /// After SIGTERM, report as not ready but take new connections for so long
    #[arg(long, alias = "drain_time", value_name = "DURATION", default_value = "1s", value_parser = duration)]
    pub drain_time: Duration,
    /// Then wait for so long until running requests are answered
    #[arg(long, alias = "grace_time", value_name = "DURATION", default_value = "25s", value_parser = duration)]
    pub grace_time: Duration,
    /// Do not log requests
    #[arg(long)]
    pub quiet: bool,
}

impl Options {
    /// Names the model after its folder, if no name was given and the folder's can stand in URLs.
    pub fn name_after_folder(&mut self) {
        if self.model_name.is_none() {
            let folder = self.model_dir.canonicalize().ok();
            let name = folder
                .as_deref()
                .and_then(|folder| folder.file_name()?.to_str());
            self.model_name = name.and_then(|name| model_name(name).ok());
        }
    }
}

/// A name that stands in URLs as it is.
fn model_name(text: &str) -> Result<String, String> {
    let known = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if text.is_empty() || !text.chars().all(known) {
        return Err("a model's name consists of letters, digits, `-`, `_` and `.`".into());
    }
    Ok(text.to_owned())
}

fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|error| format!("{error}; write `10s` or `500ms`"))
}
