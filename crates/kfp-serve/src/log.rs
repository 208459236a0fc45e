//! One line on stderr for each request: what was asked and what came of it, never the data.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use axum::extract::{Request, State};
use axum::http::{HeaderValue, Version, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::served::Served;

#[derive(Clone)]
pub(crate) struct Log {
    pub(crate) served: Arc<Served>,
    /// Where lines go, if requests are logged.
    pub(crate) lines: Option<SyncSender<String>>,
}

/// The thread that writes lines.
pub(crate) struct Writer(Receiver<()>);

impl Writer {
    /// Waits until the last line is written, but not where stderr is stuck.
    pub(crate) fn finish(self) {
        let _stuck = self.0.recv_timeout(Duration::from_secs(1));
    }
}

/// A thread that writes lines to stderr, several at once when many come, so that no answer waits for it. It ends when the
/// last sender is dropped.
pub(crate) fn writer() -> (SyncSender<String>, Writer) {
    let (sender, lines) = sync_channel::<String>(4096);
    let (is_writing, ended) = sync_channel(0);
    thread::spawn(move || {
        let _is_writing: SyncSender<()> = is_writing;
        while let Ok(mut text) = lines.recv() {
            while let Ok(line) = lines.try_recv() {
                text.push_str(&line);
                if text.len() > 64 << 10 {
                    break;
                }
            }
            // A closed stderr is no reason to stop serving.
            let _closed = std::io::stderr().write_all(text.as_bytes());
        }
    });
    (sender, Writer(ended))
}

/// Logs the request and, while the server stops, asks clients to connect elsewhere.
pub(crate) async fn request(State(log): State<Log>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let (method, version) = (request.method().clone(), request.version());
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    if !log.served.is_ready() && version != Version::HTTP_2 {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
    // Probes come every few seconds.
    let is_probe = path.ends_with("/live") || path.ends_with("/ready");
    if let Some(lines) = &log.lines
        && !(is_probe && response.status().is_success())
    {
        let code = response.headers().get("grpc-status");
        let code = code.and_then(|code| Some(format!(" grpc-status={}", code.to_str().ok()?)));
        let line = format!(
            "{} {method} {path} {}{} {:.1} ms\n",
            humantime::format_rfc3339_millis(SystemTime::now()),
            response.status().as_u16(),
            code.unwrap_or_default(),
            started.elapsed().as_secs_f64() * 1e3,
        );
        // Where stderr is stuck, lines are lost rather than requests.
        let _full = lines.try_send(line);
    }
    response
}
