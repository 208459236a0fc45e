//! Load for an HTTP server: some connections that are kept open, each asking again as soon as it has an answer.
//!
//! It is as small as can be, so that on two cores it takes little from the server that is measured.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// What came of it.
pub(super) struct Load {
    /// Answers in a second.
    pub(super) rate: f64,
    /// How long each took, in milliseconds, the shortest first.
    times: Vec<f64>,
}

impl Load {
    /// The time within which this share of the answers came, in milliseconds.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a share of a count"
    )]
    pub(super) fn within(&self, share: f64) -> f64 {
        let index = (self.times.len() as f64 * share) as usize;
        self.times[index.min(self.times.len() - 1)]
    }
}

/// Posts a body again and again. Every answer has to be 200.
pub(super) fn post(
    address: SocketAddr,
    path: &str,
    body: &str,
    connections: usize,
    time: Duration,
) -> Result<Load> {
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let start = Instant::now();
    let threads: Vec<_> = (0..connections)
        .map(|_| {
            let request = request.clone();
            thread::spawn(move || one_connection(address, request.as_bytes(), start + time))
        })
        .collect();
    let mut times = Vec::new();
    for thread in threads {
        times.extend(thread.join().expect("a connection does not panic")?);
    }
    if times.is_empty() {
        bail!("{address} gave no answer within {time:?}");
    }
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let rate = times.len() as f64 / start.elapsed().as_secs_f64();
    times.sort_by(f64::total_cmp);
    Ok(Load { rate, times })
}

fn one_connection(address: SocketAddr, request: &[u8], end: Instant) -> Result<Vec<f64>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let mut times = Vec::new();
    let mut answer = Vec::new();
    while Instant::now() < end {
        let start = Instant::now();
        stream.write_all(request)?;
        read_answer(&mut stream, &mut answer)?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    Ok(times)
}

fn read_answer(stream: &mut TcpStream, answer: &mut Vec<u8>) -> Result<()> {
    answer.clear();
    let mut part = [0; 16 << 10];
    let mut wanted = None;
    while wanted.is_none_or(|wanted| answer.len() < wanted) {
        let length = stream.read(&mut part)?;
        if length == 0 {
            bail!("the server closed a connection");
        }
        answer.extend_from_slice(&part[..length]);
        if wanted.is_none()
            && let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n")
        {
            let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
            if !head.starts_with("http/1.1 200") {
                bail!("{}", String::from_utf8_lossy(answer));
            }
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .context("an answer without a length")?;
            wanted = Some(end + 4 + length.parse::<usize>()?);
        }
    }
    Ok(())
}
