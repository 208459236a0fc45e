//! A network that breaks once: bytes pass to a registry and back until a chosen one, where the connection ends.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// Which way bytes flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To the registry.
    Request,
    /// From the registry.
    Response,
}

/// Stands between a client and a registry.
pub struct Proxy {
    host: String,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    requests: AtomicU64,
    responses: AtomicU64,
}

impl Counts {
    fn of(&self, direction: Direction) -> &AtomicU64 {
        match direction {
            Direction::Request => &self.requests,
            Direction::Response => &self.responses,
        }
    }
}

impl Proxy {
    /// Passes everything to the registry at `upstream`. With a cut, the connection that carries that byte ends before it.
    ///
    /// # Panics
    /// When loopback has no free port.
    pub fn start(upstream: &str, cut: Option<(Direction, u64)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let host = listener.local_addr().expect("an address").to_string();
        let counts = Arc::new(Counts::default());
        let (upstream, shared) = (upstream.to_owned(), Arc::clone(&counts));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A registry that is gone shows as a connection that ends.
                let _gone = connect(&client, &upstream, &shared, cut);
            }
        });
        Self { host, counts }
    }

    /// Host and port, as in a reference.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// How many bytes have passed that way.
    pub fn bytes(&self, direction: Direction) -> u64 {
        self.counts.of(direction).load(Ordering::SeqCst)
    }
}

fn connect(
    client: &TcpStream,
    upstream: &str,
    counts: &Arc<Counts>,
    cut: Option<(Direction, u64)>,
) -> io::Result<()> {
    let server = TcpStream::connect(upstream)?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let ways = [
        (Direction::Request, client.try_clone()?, server.try_clone()?),
        (Direction::Response, server, client.try_clone()?),
    ];
    for (direction, from, to) in ways {
        let counts = Arc::clone(counts);
        let limit = cut
            .filter(|(cut, _)| *cut == direction)
            .map(|(_, byte)| byte);
        thread::spawn(move || {
            let _broken = pass(&from, &to, counts.of(direction), limit);
            let _gone = from.shutdown(Shutdown::Both);
            let _gone = to.shutdown(Shutdown::Both);
        });
    }
    Ok(())
}

fn pass(
    mut from: &TcpStream,
    mut to: &TcpStream,
    count: &AtomicU64,
    limit: Option<u64>,
) -> io::Result<()> {
    let mut buffer = [0; 16 * 1024];
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            return Ok(());
        }
        let before = count.fetch_add(read as u64, Ordering::SeqCst);
        match limit
            .and_then(|limit| limit.checked_sub(before))
            .and_then(|left| usize::try_from(left).ok())
        {
            Some(left) if left < read => return to.write_all(&buffer[..left]),
            _ => to.write_all(&buffer[..read])?,
        }
    }
}
