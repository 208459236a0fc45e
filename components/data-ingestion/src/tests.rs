use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use kfp_component::testing::{metadata, output};

use super::*;
use crate::agent::Timeouts;

const TEXT: &str = "sepal,petal\n1,2\n";
const SHA256: &str = "3dc440915e78652b27dcdbbd4f5039c73986f3541bae37c19e7f094904a423df";

/// A server that gives one of these answers per connection and reports the heads of the requests.
fn serve(answers: Vec<String>) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/iris.csv", listener.local_addr().unwrap());
    let (sender, requests) = channel();
    thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let head: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
            stream.write_all(answer.as_bytes()).unwrap();
            let _ = sender.send(head.join("\n"));
        }
    });
    (url, requests)
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}

/// An answer that stops after `sent` of `announced` bytes.
fn broken(status: &str, headers: &str, sent: &str, announced: usize) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {announced}\r\n{headers}\r\n{sent}")
}

fn ingest(url: &str, sha256: Option<&str>, max_bytes: u64) -> Result<Output<Dataset>> {
    let data = output();
    data_ingestion(url.into(), sha256.map(Into::into), max_bytes, data.clone())?;
    Ok(data)
}

/// Without pauses between attempts.
fn download(url: &str, max_bytes: u64) -> Result<String> {
    let policy = http::Policy {
        timeouts: Timeouts {
            read: Duration::from_millis(200),
            ..Default::default()
        },
        first_pause: Duration::ZERO,
        ..Default::default()
    };
    let Source::Http(address) = Source::parse(url)? else {
        panic!("{url}")
    };
    let data = output();
    let mut file = PartialFile::new(&data, max_bytes)?;
    http::download(&address, &mut file, &policy)?;
    file.finish()?;
    Ok(data.text())
}

#[test]
fn a_file_comes_byte_for_byte_with_its_digest() {
    let (url, requests) = serve(vec![answer("200 OK", "", TEXT)]);
    let data = ingest(&url, Some(SHA256), 1000).unwrap();

    assert_eq!(data.text(), TEXT);
    assert_eq!(metadata(&data, "sha256").unwrap(), SHA256);
    let request = requests.recv().unwrap().to_lowercase();
    assert!(request.starts_with("get /iris.csv http/1.1\n"), "{request}");
    assert!(request.contains("accept-encoding: identity"), "{request}");
}

#[test]
fn a_local_file_is_copied() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a table.csv");
    std::fs::write(&path, TEXT).unwrap();
    let url = format!("file://{}/a%20table.csv", dir.path().display());

    assert_eq!(ingest(&url, None, 16).unwrap().text(), TEXT);
    let error = ingest(&url, None, 15).unwrap_err().to_string();
    assert_eq!(
        error,
        "the file has at least 16 bytes, but `max_bytes` is 15"
    );
    let error = ingest(&format!("file://{}", dir.path().display()), None, 15)
        .unwrap_err()
        .to_string();
    assert!(error.ends_with("which is a directory"), "{error}");
    let error = ingest("file:///no/such.csv", None, 15)
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("could not read `url`, which is /no/such.csv: No such file"),
        "{error}"
    );
}

#[test]
fn a_file_with_another_digest_is_refused() {
    let (url, _requests) = serve(vec![answer("200 OK", "", "other")]);
    let error = ingest(&url, Some(SHA256), 1000).unwrap_err().to_string();
    assert!(
        error.starts_with(&format!("`sha256` is {SHA256}, but the file has d9298a10")),
        "{error}"
    );
}

#[test]
fn an_empty_digest_is_none() {
    let (url, _requests) = serve(vec![answer("200 OK", "", TEXT)]);
    assert_eq!(ingest(&url, Some(""), 1000).unwrap().text(), TEXT);
}

#[test]
fn a_malformed_digest_is_refused_before_anything_is_requested() {
    let (url, requests) = serve(vec![answer("200 OK", "", TEXT)]);
    let error = ingest(&url, Some("abc"), 1000).unwrap_err().to_string();
    assert_eq!(error, "`sha256` is `abc`, but must be 64 hex digits");
    assert!(requests.try_recv().is_err());
}

#[test]
fn a_file_too_large_is_refused_when_announced_and_when_not() {
    let (url, _requests) = serve(vec![broken("200 OK", "", "", 1001)]);
    assert_eq!(
        download(&url, 1000).unwrap_err().to_string(),
        "the file has at least 1001 bytes, but `max_bytes` is 1000"
    );

    let endless = format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{TEXT}");
    let (url, _requests) = serve(vec![endless]);
    assert_eq!(
        download(&url, 10).unwrap_err().to_string(),
        "the file has at least 16 bytes, but `max_bytes` is 10"
    );
}

#[test]
fn a_permanent_status_is_reported_at_once_without_secrets() {
    let (url, _requests) = serve(vec![answer("404 Not Found", "", "")]);
    let secret = url.replace("http://", "http://me:secret@") + "?signature=secret";
    let error = download(&secret, 1000).unwrap_err().to_string();
    assert_eq!(
        error,
        format!("could not download `url`, {url}?…: 404 Not Found")
    );
}

#[test]
fn user_and_password_are_not_sent_to_where_a_server_redirects() {
    let (other, other_requests) = serve(vec![answer("200 OK", "", TEXT)]);
    let (url, requests) = serve(vec![answer(
        "302 Found",
        &format!("Location: {other}\r\n"),
        "",
    )]);
    download(&url.replace("http://", "http://me:secret@"), 1000).unwrap();

    assert!(
        requests
            .recv()
            .unwrap()
            .to_lowercase()
            .contains("authorization: basic bwu6c2vjcmv0")
    );
    assert!(
        !other_requests
            .recv()
            .unwrap()
            .to_lowercase()
            .contains("authorization")
    );
}

#[test]
fn a_busy_server_is_retried() {
    let busy = answer("503 Service Unavailable", "Retry-After: 0\r\n", "later");
    let (url, _requests) = serve(vec![
        busy.clone(),
        answer("429 Too Many Requests", "", ""),
        answer("200 OK", "", TEXT),
    ]);
    assert_eq!(download(&url, 1000).unwrap(), TEXT);

    let (url, _requests) = serve(vec![busy; 5]);
    let error = download(&url, 1000).unwrap_err().to_string();
    assert_eq!(
        error,
        format!("could not download `url`, {url}, in 5 attempts: 503 Service Unavailable")
    );
}

#[test]
fn a_server_that_asks_for_too_long_a_pause_is_not_waited_for() {
    let (url, _requests) = serve(vec![answer(
        "503 Service Unavailable",
        "Retry-After: 3600\r\n",
        "",
    )]);
    let error = download(&url, 1000).unwrap_err().to_string();
    assert_eq!(
        error,
        format!("could not download `url`, {url}: 503 Service Unavailable")
    );
}

#[test]
fn an_interrupted_download_continues_if_the_file_is_unchanged() {
    let tag = "ETag: \"v1\"\r\n";
    let rest = answer(
        "206 Partial Content",
        "Content-Range: bytes 6-15/16\r\n",
        &TEXT[6..],
    );
    let (url, requests) = serve(vec![broken("200 OK", tag, &TEXT[..6], 16), rest]);
    assert_eq!(download(&url, 16).unwrap(), TEXT);

    let first = requests.recv().unwrap().to_lowercase();
    assert!(!first.contains("range"), "{first}");
    let second = requests.recv().unwrap().to_lowercase();
    assert!(
        second.contains("range: bytes=6-") && second.contains("if-range: \"v1\""),
        "{second}"
    );
}

#[test]
fn an_interrupted_download_restarts_if_the_file_has_changed_or_has_no_version() {
    let (url, _requests) = serve(vec![
        broken("200 OK", "ETag: \"v1\"\r\n", "other!", 16),
        answer("200 OK", "", TEXT),
    ]);
    assert_eq!(download(&url, 16).unwrap(), TEXT);

    let (url, requests) = serve(vec![
        broken("200 OK", "ETag: W/\"v1\"\r\n", &TEXT[..6], 16),
        answer("200 OK", "", TEXT),
    ]);
    assert_eq!(download(&url, 16).unwrap(), TEXT);
    assert!(
        !requests
            .iter()
            .nth(1)
            .unwrap()
            .to_lowercase()
            .contains("range")
    );
}

#[test]
fn a_chunked_answer_that_stops_early_is_not_taken_as_complete() {
    let chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nsepal,\r\n";
    let (url, _requests) = serve(vec![chunk.to_owned(), answer("200 OK", "", TEXT)]);
    assert_eq!(download(&url, 16).unwrap(), TEXT);
}

#[test]
fn a_part_that_was_not_requested_is_not_used() {
    let wrong = answer(
        "206 Partial Content",
        "Content-Range: bytes 0-9/16\r\n",
        &TEXT[..10],
    );
    let (url, _requests) = serve(vec![
        broken("200 OK", "ETag: \"v1\"\r\n", &TEXT[..6], 16),
        wrong,
        answer("200 OK", "", TEXT),
    ]);
    assert_eq!(download(&url, 16).unwrap(), TEXT);
}

#[test]
fn attempts_do_not_count_while_the_download_makes_progress() {
    let tag = "ETag: \"v1\"\r\n";
    let mut answers = vec![broken("200 OK", tag, &TEXT[..1], 16)];
    for at in 1..16 {
        let range = format!("Content-Range: bytes {at}-15/16\r\n");
        answers.push(broken(
            "206 Partial Content",
            &range,
            &TEXT[at..=at],
            16 - at,
        ));
    }
    let (url, _requests) = serve(answers);
    assert_eq!(download(&url, 16).unwrap(), TEXT);
}

#[test]
fn a_missing_or_silent_server_is_reported_after_all_attempts() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let error = download(&format!("http://{closed}/"), 1000)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("in 5 attempts: Connection refused"),
        "{error}"
    );

    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let error = download(&format!("http://{}/", silent.local_addr().unwrap()), 1000)
        .unwrap_err()
        .to_string();
    assert!(error.contains("in 5 attempts: timed out"), "{error}");
}
