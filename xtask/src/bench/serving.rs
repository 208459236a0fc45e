//! kfp-serve against MLServer with the same model: requests a second, latency, memory and start.
//!
//! MLServer evaluates the model's ONNX file with ONNX Runtime, in the process that answers, which is its fastest set-up for a
//! model this small. Both write their usual log, to a file.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use super::load::{self, Load};
use super::{Comparison, high_water_mark, median, scratch};
use crate::process::{build, free_port};
use crate::python::Environment;
use crate::{serving, workspace};

const CONNECTIONS: usize = 16;
const TIME: Duration = Duration::from_secs(4);
const ROUNDS: usize = 3;
const STARTS: usize = 5;
const INFER: &str = "/v2/models/iris/infer";
const ROW: &str =
    r#"{"inputs":[{"name":"features","shape":[1,4],"datatype":"FP32","data":[6.3,2.8,5.1,1.5]}]}"#;

pub(super) fn measure() -> Result<Vec<Comparison>> {
    let python = Environment::MlServer.python()?;
    let program = build("kfp-serve", "server")?;
    let model = serving::iris()?;
    let folder = scratch("serving")?;
    let start_ours = || start(&folder, "ours", |port| Ok(ours(&program, &model, port)));
    let start_theirs = || {
        start(&folder, "mlserver", |port| {
            mlserver(&python, &model, &folder, port)
        })
    };

    let (mut our_starts, mut their_starts) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        our_starts.push(start_ours()?.ready);
        their_starts.push(start_theirs()?.ready);
    }
    let (ours, theirs) = (start_ours()?, start_theirs()?);
    let (mut our_loads, mut their_loads) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        our_loads.push(load::post(ours.address, INFER, ROW, CONNECTIONS, TIME)?);
        their_loads.push(load::post(theirs.address, INFER, ROW, CONNECTIONS, TIME)?);
    }
    let figure = |what, unit, ours, theirs, runs| Comparison {
        what,
        against: "MLServer",
        unit,
        ours,
        theirs,
        runs,
    };
    let of = |loads: &[Load], figure: fn(&Load) -> f64| median(loads.iter().map(figure));
    let rounds = |what, unit, ours: fn(&Load) -> f64, theirs: fn(&Load) -> f64| {
        figure(
            what,
            unit,
            of(&our_loads, ours),
            of(&their_loads, theirs),
            ROUNDS,
        )
    };
    let mut found = vec![
        rounds("serving, iris: requests", "/s", |l| l.rate, |l| l.rate),
        rounds(
            "serving, iris: median latency",
            "ms",
            |l| l.within(0.5),
            |l| l.within(0.5),
        ),
        rounds(
            "serving, iris: p99, theirs median",
            "ms",
            |l| l.within(0.99),
            |l| l.within(0.5),
        ),
        figure(
            "serving, iris: memory",
            "MB",
            ours.peak()?,
            theirs.peak()?,
            1,
        ),
    ];
    found.push(figure(
        "serving, iris: start to ready",
        "ms",
        median(our_starts),
        median(their_starts),
        STARTS,
    ));
    Ok(found)
}

/// A running server; it ends when it is dropped.
struct Server {
    process: Child,
    address: SocketAddr,
    /// From its start to its first answer that it is ready, in milliseconds.
    ready: f64,
}

impl Server {
    /// Its largest resident set, in MB.
    fn peak(&self) -> Result<f64> {
        let status = PathBuf::from(format!("/proc/{}/status", self.process.id()));
        let bytes = high_water_mark(&status).context("the system does not say")?;
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        Ok(bytes as f64 / 1e6)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended = self.process.kill();
        let _ended = self.process.wait();
    }
}

fn start(
    folder: &Path,
    name: &str,
    command: impl FnOnce(u16) -> Result<Command>,
) -> Result<Server> {
    let port = free_port()?;
    let log = folder.join(format!("{name}.log"));
    let output = File::create(&log)?;
    let mut command = command(port)?;
    command
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output);
    let start = Instant::now();
    let mut server = Server {
        process: command.spawn()?,
        address: SocketAddr::from(([127, 0, 0, 1], port)),
        ready: 0.0,
    };
    while !is_ready(server.address) {
        if server.process.try_wait()?.is_some() || start.elapsed() > Duration::from_secs(120) {
            bail!("{name} does not serve; see {}", log.display());
        }
        thread::sleep(Duration::from_millis(1));
    }
    server.ready = start.elapsed().as_secs_f64() * 1e3;
    Ok(server)
}

fn is_ready(address: SocketAddr) -> bool {
    use std::io::{Read as _, Write as _};
    let Ok(mut stream) = TcpStream::connect(address) else {
        return false;
    };
    let request =
        "GET /v2/models/iris/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let mut answer = Vec::new();
    stream.write_all(request.as_bytes()).is_ok()
        && stream.read_to_end(&mut answer).is_ok()
        && answer.starts_with(b"HTTP/1.1 200")
}

fn ours(program: &Path, model: &Path, port: u16) -> Command {
    let mut command = Command::new(program);
    command
        .args(["--model-name=iris", "--host=127.0.0.1"])
        .arg(format!("--http-port={port}"))
        .arg("--model-dir")
        .arg(model);
    command
}

fn mlserver(python: &Path, model: &Path, folder: &Path, port: u16) -> Result<Command> {
    let settings = folder.join("mlserver");
    fs::create_dir_all(&settings)?;
    let file = model.join("serving/onnx/model/1/model.onnx");
    let server = json!({
        "host": "127.0.0.1", "http_port": port, "grpc_port": free_port()?, "metrics_port": free_port()?,
        "parallel_workers": 0, "debug": false,
    });
    let described = json!({
        "name": "iris", "implementation": "mlserver_onnx.Onnx", "parameters": {"uri": file},
    });
    fs::write(settings.join("settings.json"), server.to_string())?;
    fs::write(settings.join("model-settings.json"), described.to_string())?;
    let mut command = Command::new(python.with_file_name("mlserver"));
    command.arg("start").arg(&settings).current_dir(folder).env(
        "PYTHONPATH",
        workspace::root().join("xtask/python/serving/models"),
    );
    Ok(command)
}
