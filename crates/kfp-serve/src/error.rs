//! Why a server does not start.

use std::net::SocketAddr;

/// Why a server does not start, or ended early.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is in use, or not one of this machine's.
    #[error("could not listen at {address}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The model could not be read.
    #[error("could not load the model")]
    Model(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The system gave no threads, signals or sockets.
    #[error("could not start")]
    System(#[from] std::io::Error),
    /// The name cannot be a label of metrics.
    #[error("could not set up metrics")]
    Metrics(#[from] prometheus::Error),
}
