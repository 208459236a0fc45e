//! A predictor that takes its time holds up nobody else.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, client::conn::http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use kfp_serve::{
    Column, ColumnType, Data, Datatype, Options, Output, PredictError, Predictor, Rows, Signature,
};
use prost::Message as _;

use crate::support::Server;

const FOLDER: &str = "SLOW_PREDICTOR_FOLDER";
const BODY_TIMEOUT: Duration = Duration::from_millis(300);
/// Too many to be read beside the connections.
const ROWS: i64 = 20_000;
const PATIENCE: Duration = Duration::from_secs(20);

/// Notes in a folder that it was asked, and answers when the file `release` is there.
struct Slow {
    signature: Signature,
    folder: PathBuf,
}

impl Predictor for Slow {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn predict(&self, rows: &Rows) -> Result<Vec<Data>, PredictError> {
        let asked = format!("asked-{:?}", thread::current().id());
        fs::write(self.folder.join(asked), "").unwrap();
        until(|| self.folder.join("release").exists());
        Ok(vec![Data::Fp64(vec![1.0; rows.len()])])
    }
}

fn until(holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "it took too long");
        thread::sleep(Duration::from_millis(5));
    }
}

/// The process that serves, in which this test alone runs.
#[test]
fn serves() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let signature = Signature {
        matrix: Some("x".to_owned()),
        ..Signature::new(
            vec![Column::new("a", ColumnType::Float)],
            vec![Output::new("y", Datatype::Fp64)],
        )
    };
    let options = Options {
        model_name: Some("slow".to_owned()),
        model_dir: PathBuf::new(),
        host: [127, 0, 0, 1].into(),
        http_port: 0,
        grpc_port: None,
        max_body_bytes: 1 << 20,
        header_timeout: PATIENCE,
        body_timeout: BODY_TIMEOUT,
        drain_time: Duration::ZERO,
        grace_time: PATIENCE,
        quiet: true,
    };
    let slow = Slow {
        signature,
        folder: folder.into(),
    };
    kfp_serve::serve(&options, "slow", slow).unwrap();
}

fn slow(folder: &Path) -> Server {
    let mut this = Command::new(std::env::current_exe().unwrap());
    this.args(["--exact", "slow::serves"]).env(FOLDER, folder);
    Server::spawn(&mut this)
}

/// How many predictions run.
fn asked(folder: &Path) -> usize {
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name());
    files
        .filter(|name| name.to_string_lossy().starts_with("asked-"))
        .count()
}

#[test]
fn probes_are_answered_while_every_processor_waits_for_a_predictor() {
    let folder = tempfile::tempdir().unwrap();
    let (server, folder) = (slow(folder.path()), folder.path());
    let many = 2 * thread::available_parallelism().unwrap().get();
    thread::scope(|scope| {
        let ask = |n: usize| match n % 2 {
            0 => server.post("/v1/models/slow:predict", r#"{"instances": [[1]]}"#),
            _ => server.post("/", "column-0=1"),
        };
        let asking: Vec<_> = (0..many).map(|n| scope.spawn(move || ask(n))).collect();
        until(|| asked(folder) == many);
        assert_eq!(server.get("/v2/health/live").status, 200);
        fs::write(folder.join("release"), "").unwrap();
        for asking in asking {
            assert_eq!(asking.join().unwrap().status, 200);
        }
    });
}

#[derive(prost::Message)]
struct InferRequest {
    #[prost(string, tag = "1")]
    model_name: String,
    #[prost(message, repeated, tag = "5")]
    inputs: Vec<InferInput>,
    #[prost(bytes = "vec", repeated, tag = "7")]
    raw_input_contents: Vec<Vec<u8>>,
}

#[derive(prost::Message)]
struct InferInput {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    datatype: String,
    #[prost(int64, repeated, tag = "3")]
    shape: Vec<i64>,
}

/// The status of a call whose body is this, and announced to be so long.
async fn status(server: &Server, body: &[u8], length: usize) -> String {
    let stream = tokio::net::TcpStream::connect(server.http).await.unwrap();
    let (mut client, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection);
    let request = Request::post(format!(
        "http://{}/inference.GRPCInferenceService/ModelInfer",
        server.http
    ))
    .header("content-type", "application/grpc")
    .header("te", "trailers");
    let start = Full::new(Bytes::copy_from_slice(body));
    let rest = (body.len() < length).then_some(std::future::pending());
    let body = start.with_trailers(async move { rest?.await });
    let request = request.body(body.boxed_unsync()).unwrap();
    let answer = client.send_request(request).await.unwrap();
    let head = answer.headers().clone();
    let trailers = answer
        .into_body()
        .collect()
        .await
        .unwrap()
        .trailers()
        .cloned();
    let status = head.get("grpc-status").cloned();
    let status = status.or_else(|| trailers?.get("grpc-status").cloned());
    status.unwrap().to_str().unwrap().to_owned()
}

#[test]
fn the_limit_for_bodies_does_not_end_a_prediction_over_grpc() {
    let folder = tempfile::tempdir().unwrap();
    let (server, folder) = (slow(folder.path()), folder.path());
    let message = InferRequest {
        model_name: "slow".to_owned(),
        inputs: vec![InferInput {
            name: "x".to_owned(),
            datatype: "FP32".to_owned(),
            shape: vec![ROWS, 1],
        }],
        raw_input_contents: vec![1.0_f32.to_le_bytes().repeat(usize::try_from(ROWS).unwrap())],
    };
    let message = message.encode_to_vec();
    let mut body = vec![0];
    body.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
    body.extend(message);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (ok, deadline_exceeded) = ("0", "4");
    thread::scope(|scope| {
        scope.spawn(|| {
            until(|| asked(folder) == 1);
            // The limit passes while the model computes.
            thread::sleep(2 * BODY_TIMEOUT);
            fs::write(folder.join("release"), "").unwrap();
        });
        let told = runtime.block_on(status(&server, &body, body.len()));
        assert_eq!(told, ok);
    });
    let told = runtime.block_on(status(&server, &body[..7], body.len()));
    assert_eq!(told, deadline_exceeded);
}
