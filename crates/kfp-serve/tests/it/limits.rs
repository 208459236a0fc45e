//! Limits of size and time, and an end that loses nothing.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::support::{Answer, Server, answer, forest, program};

const ROW: &str = r#"{"instances": [[1.4, 0.2]]}"#;

fn predict(connection: &str) -> String {
    format!(
        "POST /v1/models/iris:predict HTTP/1.1\r\nHost: test\r\nContent-Length: {}\r\nConnection: {connection}\r\n\r\n{ROW}",
        ROW.len()
    )
}

#[test]
fn a_body_of_100_mb_is_too_large() {
    let server = Server::start();
    let megabyte = vec![b' '; 1 << 20];
    let mut stream = server.connect();
    stream
        .write_all(
            b"POST /v2/models/iris/infer HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: 104857600\r\n\r\n",
        )
        .unwrap();
    for _ in 0..100 {
        stream.write_all(&megabyte).unwrap();
    }
    let answer = answer(stream);
    assert_eq!(answer.status, 413);
    assert!(answer.error().contains("larger than 16777216 bytes"));
}

#[test]
fn a_client_that_asks_first_need_not_send_a_body_that_is_too_large() {
    let server = Server::with(&["--max-body-bytes=1000"]);
    let answer = server.raw(
        "POST /v2/models/iris/infer HTTP/1.1\nExpect: 100-continue\nContent-Length: 1001",
        b"",
    );
    assert_eq!(answer.status, 413);
}

#[test]
fn chunks_are_counted_too() {
    let server = Server::with(&["--max-body-bytes=1000"]);
    let chunk = format!("400\r\n{}\r\n0\r\n\r\n", " ".repeat(1024));
    let answer = server.raw(
        "POST /v2/models/iris/infer HTTP/1.1\nTransfer-Encoding: chunked",
        chunk.as_bytes(),
    );
    assert_eq!(answer.status, 413);
}

#[test]
fn half_a_body_is_the_callers_mistake() {
    let server = Server::start();
    let mut stream = server.connect();
    stream
        .write_all(
            b"POST /v2/models/iris/infer HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: 100\r\n\r\n{\"inp",
        )
        .unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let answer = answer(stream);
    assert_eq!(answer.status, 400);
    assert_eq!(answer.error(), "the body ended after 5 of 100 bytes");
}

#[test]
fn a_body_that_does_not_come_is_given_up() {
    let server = Server::with(&["--body-timeout=200ms"]);
    let answer = server.raw(
        "POST /v2/models/iris/infer HTTP/1.1\nContent-Length: 100",
        b"{",
    );
    assert_eq!(answer.status, 408);
}

#[test]
fn an_encoded_body_is_refused() {
    let server = Server::start();
    let answer = server.raw(
        "POST /v2/models/iris/infer HTTP/1.1\nContent-Encoding: gzip\nContent-Length: 2",
        b"{}",
    );
    assert_eq!(answer.status, 415);
}

#[test]
fn a_thousand_slow_connections_hold_up_nobody_and_are_closed() {
    let server = Server::with(&["--header-timeout=1s"]);
    let mut slow: Vec<TcpStream> = (0..1000)
        .map_while(|_| TcpStream::connect(server.http).ok())
        .collect();
    assert!(slow.len() >= 400, "{} connections", slow.len());
    for (index, stream) in slow.iter_mut().enumerate() {
        // Some say nothing, some begin a header, some HTTP/2.
        let begun: &[u8] = [&b""[..], b"POST /v2/mod", b"PRI * HT"][index % 3];
        stream.write_all(begun).unwrap();
    }
    assert_eq!(server.get("/v2/health/live").status, 200);
    for (index, mut stream) in slow.into_iter().enumerate() {
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        let closed = stream.read_to_end(&mut Vec::new());
        let is_closed = match &closed {
            Ok(_) => true,
            Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
        };
        assert!(is_closed, "{index}: {closed:?}");
    }
    assert_eq!(server.get("/v2/health/live").status, 200);
}

#[cfg(unix)]
#[test]
fn a_log_that_nobody_reads_does_not_keep_the_server_from_ending() {
    let folder = tempfile::tempdir().unwrap();
    forest().save(folder.path()).unwrap();
    let mut server = Server::spawn(
        program(folder.path())
            .arg("--drain-time=0s")
            .stderr(std::process::Stdio::piped()),
    );
    // More than a pipe holds.
    let long = "a".repeat(4 << 10);
    for _ in 0..100 {
        assert_eq!(server.get(&format!("/{long}")).status, 404);
    }
    server.terminate();
    let until = Instant::now() + Duration::from_secs(20);
    while server.process.try_wait().unwrap().is_none() {
        assert!(Instant::now() < until, "the server does not end");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[cfg(unix)]
#[test]
fn nothing_is_lost_when_the_server_is_told_to_stop() {
    let mut server = Server::with(&["--drain-time=2s"]);
    // Half of the clients have sent half of their request by then, the others send all of it afterwards.
    let request = predict("close");
    let (early, late) = request.split_at(request.len() - 10);
    let mut begun: Vec<TcpStream> = (0..100).map(|_| server.connect()).collect();
    for stream in &mut begun {
        stream.write_all(early.as_bytes()).unwrap();
    }
    let mut idle: Vec<TcpStream> = (0..50).map(|_| server.connect()).collect();
    server.terminate();
    let until = Instant::now() + Duration::from_secs(10);
    while server.get("/v2/health/ready").status != 503 {
        assert!(Instant::now() < until);
    }
    assert_eq!(server.get("/v2/models/iris/ready").status, 503);
    assert_eq!(server.get("/v2/health/live").status, 200);
    for stream in &mut idle {
        stream.write_all(request.as_bytes()).unwrap();
    }
    let new: Vec<Answer> = (0..50)
        .map(|_| server.post("/v1/models/iris:predict", ROW))
        .collect();
    for stream in &mut begun {
        stream.write_all(late.as_bytes()).unwrap();
    }
    let answers = begun.into_iter().chain(idle).map(answer).chain(new);
    let answers: Vec<Answer> = answers.collect();
    assert_eq!(answers.len(), 200);
    for answer in answers {
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.header("connection"), Some("close"));
    }
    let ended = server.process.wait().unwrap();
    assert!(ended.success(), "{ended}");
    assert!(Instant::now() < until, "the end took too long");
}
