//! A server that answers whatever the test says, and remembers what it was asked.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET`, `PUT`, ….
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Request {
    /// A header's value; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The path, without the query, as it was sent.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// `METHOD path`, without the query.
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.path())
    }
}

/// What to answer.
#[must_use]
#[derive(Debug, Clone)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    fault: Option<Fault>,
}

#[derive(Debug, Clone, Copy)]
enum Fault {
    /// The connection ends after so many bytes of the answer.
    Cut(usize),
    /// The body never ends.
    Endless,
    /// No answer comes.
    Silent,
}

impl Reply {
    /// An answer without a body.
    pub fn status(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            fault: None,
        }
    }

    /// Adds a header. A `content-length` replaces the true one.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.into()));
        self
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Ends the connection after `bytes` of the answer, its head included.
    pub fn cut(mut self, bytes: usize) -> Self {
        self.fault = Some(Fault::Cut(bytes));
        self
    }

    /// Repeats the body until the client hangs up.
    pub fn endless(mut self) -> Self {
        self.fault = Some(Fault::Endless);
        self
    }

    /// Sends nothing and keeps the connection until the client gives up.
    pub fn silent(mut self) -> Self {
        self.fault = Some(Fault::Silent);
        self
    }

    /// How many bytes the answer has, head included.
    pub fn size(&self) -> usize {
        self.head("GET").len() + self.body.len()
    }

    fn head(&self, method: &str) -> String {
        let named = |name: &str| self.headers.iter().any(|(known, _)| known == name);
        let framing = match self.fault {
            Some(Fault::Endless) => "transfer-encoding: chunked\r\n".to_owned(),
            _ if named("content-length") || method == "HEAD" => String::new(),
            _ => format!("content-length: {}\r\n", self.body.len()),
        };
        let headers: String = self
            .headers
            .iter()
            .map(|(name, value)| name.clone() + ": " + value + "\r\n")
            .collect();
        format!(
            "HTTP/1.1 {} Scripted\r\n{headers}{framing}\r\n",
            self.status
        )
    }

    /// Whether the connection can serve another request.
    fn send(&self, method: &str, stream: &mut TcpStream) -> io::Result<bool> {
        let mut bytes = self.head(method).into_bytes();
        match self.fault {
            Some(Fault::Silent) => return Ok(stream.read(&mut [0])? > 0),
            _ if method == "HEAD" => {}
            Some(Fault::Endless) => {
                stream.write_all(&bytes)?;
                let chunk = [
                    format!("{:x}\r\n", self.body.len()).as_bytes(),
                    &self.body,
                    b"\r\n",
                ]
                .concat();
                loop {
                    stream.write_all(&chunk)?;
                }
            }
            _ => bytes.extend(&self.body),
        }
        if let Some(Fault::Cut(at)) = self.fault {
            bytes.truncate(at);
        }
        stream.write_all(&bytes)?;
        Ok(self.fault.is_none())
    }
}

/// A scripted server on loopback. It lives as long as the test's process.
pub struct FaultServer {
    host: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl FaultServer {
    /// Serves what `script` answers.
    ///
    /// # Panics
    /// When loopback has no free port.
    pub fn start(script: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        Self::listen(listener, script)
    }

    /// Serves on IPv6, if this machine has it.
    pub fn start_on_ipv6(
        script: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Option<Self> {
        let listener = TcpListener::bind("[::1]:0").ok()?;
        Some(Self::listen(listener, script))
    }

    fn listen(
        listener: TcpListener,
        script: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let host = listener.local_addr().expect("an address").to_string();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let server = Self {
            host,
            requests: Arc::clone(&requests),
        };
        let script = Arc::new(script);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (script, requests) = (Arc::clone(&script), Arc::clone(&requests));
                // A client that hangs up is part of the play.
                thread::spawn(move || serve(stream, &*script, &requests).ok());
            }
        });
        server
    }

    /// Host and port, as in a reference.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// What arrived so far, in order.
    pub fn requests(&self) -> Vec<Request> {
        self.requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// [`Request::line`] of what arrived so far.
    pub fn lines(&self) -> Vec<String> {
        self.requests().iter().map(Request::line).collect()
    }
}

fn serve(
    stream: TcpStream,
    script: &dyn Fn(&Request) -> Reply,
    seen: &Mutex<Vec<Request>>,
) -> io::Result<()> {
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader)? {
        seen.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(request.clone());
        if !script(&request).send(&request.method, &mut writer)? {
            break;
        }
    }
    writer.shutdown(std::net::Shutdown::Both)
}

fn read(reader: &mut impl BufRead) -> io::Result<Option<Request>> {
    /// How TLS begins: with a handshake record.
    const HANDSHAKE: u8 = 22;
    let mut line = String::new();
    if reader.fill_buf()?.first() == Some(&HANDSHAKE) || reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split(' ').map(str::to_owned);
    let (method, target) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut request = Request {
        method,
        target,
        headers,
        body: Vec::new(),
    };
    let length = request
        .header("content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    let read = reader.take(length).read_to_end(&mut request.body)?;
    if (read as u64) < length {
        Err(io::ErrorKind::UnexpectedEof.into())
    } else {
        Ok(Some(request))
    }
}
