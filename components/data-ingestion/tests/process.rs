//! The program as KFP starts it.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use assert_cmd::Command;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

const TEXT: &str = "sepal,petal\n1,2\n";

/// The program in an environment without proxies, writing to `out/data` in `dir`.
fn ingest(dir: &Path, url: &str) -> Command {
    let mut command = Command::cargo_bin("data-ingestion").expect("the program is built");
    command
        .env_clear()
        .args(["--url", url, "--data"])
        .arg(dir.join("out/data"));
    command
}

fn written(dir: &Path) -> String {
    fs::read_to_string(dir.join("out/data")).unwrap()
}

fn stderr(command: &mut Command, code: i32) -> String {
    String::from_utf8_lossy(&command.assert().code(code).get_output().stderr).into_owned()
}

/// Reads the head of a request.
fn head(stream: impl Read) -> String {
    let lines = BufReader::with_capacity(1, stream)
        .lines()
        .map_while(Result::ok);
    lines
        .take_while(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A local https server that gives one answer per connection, and the certificate to trust.
fn https(answers: Vec<String>) -> (String, String) {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(
        certified.signing_key.serialize_der(),
    ));
    let config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certified.cert.der().clone()], key)
            .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!(
        "https://localhost:{}/iris.csv",
        listener.local_addr().unwrap().port()
    );
    thread::spawn(move || {
        for answer in answers {
            let (stream, _) = listener.accept().unwrap();
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(connection, stream);
            head(&mut stream);
            // A client that refuses the certificate is gone by now.
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (url, certified.cert.pem())
}

/// A proxy that answers one request itself and reports what it was asked.
fn proxy() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (sender, requests) = channel();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        sender.send(head(&stream)).unwrap();
        stream.write_all(ok(TEXT).as_bytes()).unwrap();
    });
    (address, requests)
}

#[test]
fn kfp_1_gives_flags() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("in.csv"), TEXT).unwrap();
    let url = format!("file://{}/in.csv", dir.path().display());
    let assert = ingest(dir.path(), &url)
        .args(["--executor-input", "{{$}}"])
        .assert()
        .success();
    assert_eq!(written(dir.path()), TEXT);
    let log = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(
        log.contains(&format!(
            "fetching {}/in.csv\n16 bytes, sha256 3dc44091",
            dir.path().display()
        )),
        "{log}"
    );
}

#[test]
fn kfp_2_gives_executor_input_and_gets_the_digest_as_metadata() {
    let dir = tempfile::tempdir().unwrap();
    let (dir_name, answer) = (dir.path().display(), dir.path().join("answer.json"));
    fs::write(dir.path().join("in.csv"), TEXT).unwrap();
    let executor_input = format!(
        r#"{{"inputs": {{"parameterValues": {{"url": "file://{dir_name}/in.csv", "sha256": "", "max_bytes": 1000.0}}}},
             "outputs": {{"artifacts": {{"data": {{"artifacts": [{{"name": "data", "uri": "minio://x/data"}}]}}}}, "outputFile": "{}"}}}}"#,
        answer.display()
    );
    let url = "{{$.inputs.parameters['url']}}";
    ingest(dir.path(), url)
        .args(["--executor-input", &executor_input])
        .assert()
        .success();

    assert_eq!(written(dir.path()), TEXT);
    let answer = fs::read_to_string(answer).unwrap();
    assert!(
        answer.contains("minio://x/data") && answer.contains("3dc440915e78652b"),
        "{answer}"
    );
}

#[test]
fn a_certificate_is_trusted_if_the_environment_says_so_and_not_otherwise() {
    let dir = tempfile::tempdir().unwrap();
    let (url, certificate) = https(vec![String::new(), ok(TEXT)]);

    let error = stderr(&mut ingest(dir.path(), &url), 1);
    assert!(
        error.contains("invalid peer certificate") && !error.contains("next try"),
        "{error}"
    );
    assert!(!dir.path().join("out/data").exists());

    let bundle = dir.path().join("roots.pem");
    fs::write(&bundle, certificate).unwrap();
    ingest(dir.path(), &url)
        .env("SSL_CERT_FILE", &bundle)
        .assert()
        .success();
    assert_eq!(written(dir.path()), TEXT);
}

#[test]
fn a_certificate_file_that_holds_none_is_reported() {
    let dir = tempfile::tempdir().unwrap();
    for (file, what) in [
        ("/no/such.pem", "cannot be read"),
        ("/dev/null", "holds no certificate"),
    ] {
        let error = stderr(
            ingest(dir.path(), "https://localhost:1/").env("SSL_CERT_FILE", file),
            1,
        );
        assert!(
            error.contains(&format!(
                "`SSL_CERT_FILE` in the environment is {file}, which {what}"
            )),
            "{error}"
        );
    }
}

#[test]
fn a_redirect_from_https_to_http_is_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    let redirect =
        "HTTP/1.1 302 Found\r\nLocation: http://localhost:1/\r\nContent-Length: 0\r\n\r\n";
    let (url, certificate) = https(vec![redirect.to_owned()]);
    let bundle = dir.path().join("roots.pem");
    fs::write(&bundle, certificate).unwrap();
    let error = stderr(ingest(dir.path(), &url).env("SSL_CERT_FILE", &bundle), 1);
    assert!(error.contains("it redirects from https to http"), "{error}");
}

#[test]
fn the_environments_proxy_is_used() {
    let dir = tempfile::tempdir().unwrap();
    let (address, requests) = proxy();
    ingest(dir.path(), "http://data.example/iris.csv")
        .env("http_proxy", format!("http://{address}"))
        .assert()
        .success();
    assert_eq!(written(dir.path()), TEXT);
    assert!(
        requests
            .recv()
            .unwrap()
            .starts_with("GET http://data.example/iris.csv ")
    );
}

#[test]
fn a_failure_names_the_argument_and_leaves_no_output() {
    let dir = tempfile::tempdir().unwrap();
    let error = stderr(&mut ingest(dir.path(), "file:///no/such.csv"), 1);
    assert!(
        error.contains("error: data-ingestion: could not read `url`, which is /no/such.csv: "),
        "{error}"
    );
    assert_eq!(fs::read_dir(dir.path().join("out")).unwrap().count(), 0);
}

#[test]
fn a_size_that_is_not_a_number_is_a_usage_error() {
    let dir = tempfile::tempdir().unwrap();
    let error = stderr(
        ingest(dir.path(), "file:///no/such.csv").args(["--max-bytes", "1e300"]),
        2,
    );
    assert!(error.contains("`max_bytes` is `1e300`"), "{error}");
}
