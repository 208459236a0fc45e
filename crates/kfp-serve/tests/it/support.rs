//! A server of a small forest of irises, as a process of its own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use kfp_model::{Column, Forest, Manifest, Model, Node};
use serde_json::Value;

/// The columns of the model.
pub(crate) const COLUMNS: [&str; 2] = ["petal.length", "petal.width"];

/// Two trees over two columns. Short petals are Setosa; of long ones, narrow ones are Versicolor, and the second tree takes
/// all of them for Virginica.
pub(crate) fn forest() -> Model {
    let split = |feature, at_most, then, otherwise| Node::Split {
        feature,
        at_most,
        then,
        otherwise,
    };
    let leaf = |class| Node::Leaf { class };
    let trees = vec![
        vec![
            split(0, 2.45, 1, 2),
            leaf(0),
            split(1, 1.75, 3, 4),
            leaf(1),
            leaf(2),
        ],
        vec![split(0, 2.5, 1, 2), leaf(0), leaf(2)],
    ];
    let classes = ["Setosa", "Versicolor", "Virginica"].map(str::to_owned);
    let mut width = Column::new(COLUMNS[1]);
    width.nullable = true;
    let manifest = Manifest::classification(vec![Column::new(COLUMNS[0]), width], classes.into());
    Model::new(manifest, Forest { trees }).unwrap()
}

/// A running server; it ends with the test.
pub(crate) struct Server {
    pub(crate) process: Child,
    pub(crate) http: SocketAddr,
}

impl Server {
    /// Serves the forest as `iris`.
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    /// Serves it with more arguments.
    pub(crate) fn with(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        forest().save(folder.path()).unwrap();
        Self::spawn(program(folder.path()).args(arguments))
    }

    /// Starts the program and waits until it takes requests. It has read its folder by then.
    pub(crate) fn spawn(program: &mut Command) -> Self {
        let mut process = program.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut lines = lines.map_while(Result::ok);
        let http = lines.find_map(|line| line.strip_prefix("http://")?.parse().ok());
        let http = http.unwrap();
        Self { process, http }
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").arg(pid).status().unwrap().success());
    }

    /// Sends SIGTERM and waits for the end.
    pub(crate) fn stop(&mut self) {
        self.terminate();
        assert!(self.process.wait().unwrap().success());
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.http).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        stream
    }

    /// Sends a request as it is written here, and reads the answer to its end.
    pub(crate) fn raw(&self, head: &str, body: &[u8]) -> Answer {
        let mut stream = self.connect();
        let head = head.replace('\n', "\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        stream
            .write_all(b"\r\nHost: test\r\nConnection: close\r\n\r\n")
            .unwrap();
        // A server that refuses a body may close before all of it is written.
        let _refused = stream.write_all(body);
        answer(stream)
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.raw(&format!("GET {path} HTTP/1.1"), b"")
    }

    pub(crate) fn post(&self, path: &str, body: &str) -> Answer {
        let head = format!("POST {path} HTTP/1.1\nContent-Length: {}", body.len());
        self.raw(&head, body.as_bytes())
    }

    /// Asks for a prediction by the Open Inference Protocol.
    pub(crate) fn infer(&self, body: &Value) -> Answer {
        self.post("/v2/models/iris/infer", &body.to_string())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended = self.process.kill();
        let _ended = self.process.wait();
    }
}

/// The program with a model's folder and a free port.
pub(crate) fn program(folder: &Path) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_kfp-serve"));
    program
        .args(["--model_name=iris", "--http_port=0", "--host=127.0.0.1"])
        .arg(format!("--model_dir={}", folder.display()))
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    program
}

/// An answer's status, headers and body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    /// The message of an error.
    pub(crate) fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }

    /// The value of a header, named in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .next()
    }
}

/// Reads one answer up to the end of the connection.
pub(crate) fn answer(mut stream: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no answer: {}", String::from_utf8_lossy(&bytes)));
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer {
        status,
        head,
        body: bytes[end + 4..].to_vec(),
    }
}
