//! Servers on loopback that note what arrives.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// The heads of the requests that arrived, a line per string.
pub(crate) type Heads = Arc<Mutex<Vec<Vec<String>>>>;

/// Serves connections one by one on a free port of loopback; returns its address.
pub(crate) fn serve(
    handle: impl Fn(TcpStream) -> io::Result<()> + Send + Sync + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let handle = Arc::new(handle);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let handle = Arc::clone(&handle);
            // A client that hangs up is no fault of the server's.
            thread::spawn(move || handle(stream).ok());
        }
    });
    address
}

/// The lines of a head, and the body it announces.
pub(crate) fn read(reader: &mut impl BufRead) -> io::Result<(Vec<String>, Vec<u8>)> {
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end() {
            "" => break,
            line => head.push(line.to_owned()),
        }
    }
    let length = head.iter().find_map(|line| {
        line.to_lowercase()
            .strip_prefix("content-length: ")?
            .parse()
            .ok()
    });
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    Ok((head, body))
}

/// Answers every request with `text` and the size of the request's body.
pub(crate) fn answering(text: &'static str) -> String {
    serve(move |mut stream| {
        let (_, body) = read(&mut BufReader::new(stream.try_clone()?))?;
        respond(&mut stream, &format!("{text} {}", body.len()))
    })
}

pub(crate) fn respond(stream: &mut impl Write, text: &str) -> io::Result<()> {
    let size = text.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n{text}"
    )
}

/// A proxy that leads everything to `upstream`, whatever its name, and notes what it was asked.
pub(crate) fn proxy(upstream: String) -> (String, Heads) {
    let heads = Heads::default();
    let seen = Arc::clone(&heads);
    let address = serve(move |mut client| {
        let mut reader = BufReader::new(client.try_clone()?);
        let (head, body) = read(&mut reader)?;
        let is_tunnel = head[0].starts_with("CONNECT ");
        seen.lock().unwrap().push(head.clone());
        let mut server = TcpStream::connect(&upstream)?;
        if is_tunnel {
            client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
        } else {
            server.write_all(format!("{}\r\n\r\n", head.join("\r\n")).as_bytes())?;
            server.write_all(&body)?;
        }
        splice(client, server)
    });
    (address, heads)
}

/// Passes bytes both ways until one side ends.
pub(crate) fn splice(client: TcpStream, server: TcpStream) -> io::Result<()> {
    let (mut up, mut down) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || {
        let _ended = io::copy(&mut up, &mut down);
        let _gone = down.shutdown(std::net::Shutdown::Write);
    });
    let (mut server, mut client) = (server, client);
    let copied = io::copy(&mut server, &mut client).map(drop);
    client.shutdown(std::net::Shutdown::Both)?;
    copied
}
