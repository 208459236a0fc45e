//! Listening, time limits and an orderly end.

use std::io::Write as _;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;

use crate::error::Error;
use crate::log::{self, Log};
use crate::options::Options;
use crate::predictor::Predictor;
use crate::rest::{self, App};
use crate::served::Served;

/// How long a connection may be silent. HTTP/2 clients are asked for a sign of life before.
const SILENCE: Duration = Duration::from_secs(60);

/// Serves a model until SIGTERM or SIGINT, and answers what has been asked by then.
///
/// Prints the address of each port to stdout once it takes requests.
///
/// # Errors
/// If an address is taken, or the system gives no threads.
pub fn serve(options: &Options, name: &str, predictor: impl Predictor) -> Result<(), Error> {
    let name = options.model_name.as_deref().unwrap_or(name).to_owned();
    let served = Arc::new(Served::new(name, predictor)?);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let (lines, writer) = (!options.quiet).then(log::writer).unzip();
    let log = Log {
        served: served.clone(),
        lines,
    };
    let ended = runtime.block_on(run(options, served, log));
    // Connections that are left hold senders of lines.
    runtime.shutdown_timeout(Duration::from_secs(1));
    if let Some(writer) = writer {
        writer.finish();
    }
    ended
}

async fn run(options: &Options, served: Arc<Served>, log: Log) -> Result<(), Error> {
    let mut signals = Signals::new()?;
    let app = App {
        served: served.clone(),
        limits: rest::limits(options.max_body_bytes, options.body_timeout),
    };
    let router = rest::router(app).layer(axum::middleware::from_fn_with_state(log, log::request));
    let connections = Arc::new(GracefulShutdown::new());
    let (stop, stopped) = watch::channel(());
    let mut ports = Vec::new();
    for (scheme, port) in [
        ("http", Some(options.http_port)),
        ("grpc", options.grpc_port),
    ] {
        let Some(port) = port else { continue };
        let address = SocketAddr::new(options.host, port);
        let listen = |source| Error::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        ports.push((scheme, address, listener));
    }
    let mut accepting = Vec::new();
    for (scheme, address, listener) in ports {
        let port = Port {
            listener,
            router: router.clone(),
            header_timeout: options.header_timeout,
            connections: connections.clone(),
        };
        accepting.push(tokio::spawn(port.accept(stopped.clone())));
        let _closed = writeln!(std::io::stdout(), "{scheme}://{address}");
    }

    let is_interrupt = signals.next().await;
    served.stop();
    if !is_interrupt {
        sleep(options.drain_time).await;
    }
    drop(stopped);
    let _nobody_listens = stop.send(());
    for task in accepting {
        let _panicked = task.await;
    }
    let answered = async {
        if let Some(connections) = Arc::into_inner(connections) {
            connections.shutdown().await;
        }
    };
    tokio::select! {
        () = answered => {}
        () = sleep(options.grace_time) => {}
        _ = signals.next() => {}
    }
    Ok(())
}

/// A port and what connections to it need.
struct Port {
    listener: TcpListener,
    router: Router,
    header_timeout: Duration,
    connections: Arc<GracefulShutdown>,
}

impl Port {
    /// Takes connections until it is told to stop.
    async fn accept(self, mut stopped: watch::Receiver<()>) {
        let mut stop = pin!(stopped.changed());
        loop {
            tokio::select! {
                biased;
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => self.spawn(stream),
                    // Too many open files, most likely: other connections end meanwhile.
                    Err(_) => sleep(Duration::from_millis(50)).await,
                },
                _ = &mut stop => return,
            }
        }
    }

    /// Serves a connection, in the protocol that its first bytes are in.
    fn spawn(&self, stream: TcpStream) {
        let service = TowerToHyperService::new(self.router.clone());
        let (header_timeout, watcher) = (self.header_timeout, self.connections.watcher());
        tokio::spawn(async move {
            let _unsupported = stream.set_nodelay(true);
            if timeout(header_timeout, beginning(&stream)).await.is_err() {
                return;
            }
            let mut stream = TimeoutStream::new(stream);
            stream.set_read_timeout(Some(SILENCE));
            stream.set_write_timeout(Some(SILENCE));
            let mut protocols = auto::Builder::new(TokioExecutor::new());
            protocols
                .http1()
                .timer(TokioTimer::new())
                .header_read_timeout(header_timeout)
                .half_close(true);
            protocols
                .http2()
                .timer(TokioTimer::new())
                .keep_alive_interval(SILENCE / 3)
                .keep_alive_timeout(SILENCE / 3);
            let connection = protocols
                .serve_connection(TokioIo::new(Box::pin(stream)), service)
                .into_owned();
            // What a client does wrong below HTTP ends its own connection.
            let _broken = watcher.watch(connection).await;
        });
    }
}

/// Waits until the first bytes tell the protocol, which hyper would wait for without a limit.
async fn beginning(stream: &TcpStream) {
    const HTTP2: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let mut bytes = [0; HTTP2.len()];
    loop {
        match stream.peek(&mut bytes).await {
            Ok(length)
                if length < HTTP2.len() && length > 0 && HTTP2.starts_with(&bytes[..length]) =>
            {
                // The rest has not arrived, and what has makes the stream readable.
                sleep(Duration::from_millis(5)).await;
            }
            _ => return,
        }
    }
}

/// The signals that end a server.
#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for one, and says whether it was an interrupt.
    async fn next(&mut self) -> bool {
        tokio::select! {
            _ = self.terminate.recv() => false,
            _ = self.interrupt.recv() => true,
        }
    }
}

/// The signals that end a server.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> bool {
        let _unsupported = tokio::signal::ctrl_c().await;
        true
    }
}
