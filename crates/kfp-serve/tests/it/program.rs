//! The command line.

use std::process::Command;

use crate::support::{Server, forest, program};

fn failure(program: &mut Command) -> (Option<i32>, String) {
    let output = program
        .stderr(std::process::Stdio::piped())
        .output()
        .unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn dashes_are_read_like_kserves_underscores() {
    let server = Server::with(&["--max_body_bytes=1000", "--drain_time", "0s"]);
    assert_eq!(server.get("/v2/models/iris").status, 200);
    let folder = tempfile::tempdir().unwrap();
    forest().save(folder.path()).unwrap();
    let help = program(folder.path()).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for option in [
        "--model-name <NAME>",
        "--model-dir <FOLDER>",
        "--http-port <PORT>",
        "--grpc-port <PORT>",
    ] {
        assert!(help.contains(option), "{help}");
    }
}

#[test]
fn a_folder_without_a_model_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (code, stderr) = failure(&mut program(folder.path()));
    assert_eq!(code, Some(1));
    assert!(
        stderr.starts_with("error: could not load the model\ncause: "),
        "{stderr}"
    );
    assert!(stderr.contains(folder.path().to_str().unwrap()), "{stderr}");
}

#[test]
fn a_port_that_is_taken_is_named() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    forest().save(folder.path()).unwrap();
    let mut second = Command::new(env!("CARGO_BIN_EXE_kfp-serve"));
    second
        .args(["--host=127.0.0.1", "--model-dir"])
        .arg(folder.path())
        .args(["--http-port", &server.http.port().to_string()]);
    let (code, stderr) = failure(&mut second);
    assert_eq!(code, Some(1));
    assert!(
        stderr.starts_with(&format!(
            "error: could not listen at {}\ncause: ",
            server.http
        )),
        "{stderr}"
    );
    assert!(
        stderr.contains("hint: choose another port with `--http-port`"),
        "{stderr}"
    );
}

#[test]
fn a_name_that_cannot_stand_in_a_url_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (code, stderr) = failure(program(folder.path()).arg("--model-name=a/b"));
    assert_eq!(code, Some(2), "{stderr}");
}

#[test]
fn metrics_have_kserves_names() {
    let server = Server::start();
    server.post("/v1/models/iris:predict", r#"{"instances": [[1.4, 0.2]]}"#);
    server.post("/v1/models/iris:predict", r#"{"instances": [[1.4]]}"#);
    let answer = server.get("/metrics");
    let metrics = answer.text();
    for line in [
        "request_preprocess_seconds_bucket{model_name=\"iris\",le=\"0.00001\"}",
        "request_predict_seconds_count{model_name=\"iris\"} 1\n",
        "request_postprocess_seconds_count{model_name=\"iris\"} 1\n",
        "request_explain_seconds_count{model_name=\"iris\"} 0\n",
        "model_infer_request_success_total{model=\"iris\",version=\"1\"} 1\n",
        "model_infer_request_failure_total{model=\"iris\",version=\"1\"} 1\n",
        "model_infer_request_duration_count{model=\"iris\",version=\"1\"} 2\n",
    ] {
        assert!(metrics.contains(line), "{line}\n{metrics}");
    }
}

#[test]
fn the_log_has_no_payloads() {
    let folder = tempfile::tempdir().unwrap();
    forest().save(folder.path()).unwrap();
    let log = folder.path().join("requests.log");
    let file = std::fs::File::create(&log).unwrap();
    let mut server = Server::spawn(program(folder.path()).arg("--drain-time=0s").stderr(file));
    server.post(
        "/v1/models/iris:predict?secret=1",
        r#"{"instances": [["secret", 0.2]]}"#,
    );
    server.get("/v2/health/ready");
    server.stop();
    let text = std::fs::read_to_string(log).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains("POST /v1/models/iris:predict 400 "), "{text}");
    assert!(!text.contains("secret"), "{text}");
}
