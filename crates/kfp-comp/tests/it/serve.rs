//! `kfp-comp serve`: finds the model server and starts it.

use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt as _, path::Path};

use snapbox::cmd::{Command, cargo_bin};

/// The program alone in a directory, with a search path.
fn alone(directory: &Path, path: &Path) -> Command {
    let program = directory.join("bin/kfp-comp");
    fs::create_dir_all(directory.join("bin")).unwrap();
    fs::create_dir_all(directory.join("model")).unwrap();
    if !program.exists() {
        fs::copy(cargo_bin!("kfp-comp"), &program).unwrap();
    }
    Command::new(program)
        .current_dir(directory)
        .env("PATH", path)
        .env("NO_COLOR", "1")
}

/// Stands in for the server, and says how it was started.
fn stand_in(directory: &Path) {
    fs::create_dir_all(directory).unwrap();
    let file = directory.join("kfp-serve");
    fs::write(&file, "#!/bin/sh\necho \"$0 $*\"\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn the_server_beside_the_program_comes_before_the_search_path() {
    let place = tempfile::tempdir().unwrap();
    let (beside, path) = (place.path().join("bin"), place.path().join("path"));
    stand_in(&path);
    let serve = || {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let arguments = [
            "serve",
            "model",
            "--name",
            "iris",
            "--port",
            &port.to_string(),
            "--",
            "--drain-time=0s",
        ];
        let output = alone(place.path(), &path).args(arguments).output().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        stdout.replace(&port.to_string(), "PORT")
    };
    let arguments =
        "--model-dir model --host 127.0.0.1 --http-port PORT --model-name iris --drain-time=0s\n";
    assert_eq!(
        serve(),
        format!("{} {arguments}", path.join("kfp-serve").display())
    );
    stand_in(&beside);
    assert_eq!(
        serve(),
        format!("{} {arguments}", beside.join("kfp-serve").display())
    );
}

#[test]
fn a_missing_server_is_said_how_to_install() {
    let place = tempfile::tempdir().unwrap();
    alone(place.path(), place.path())
        .args(["serve", "model", "--port", "0"])
        .assert()
        .code(1)
        .stderr_eq("error: `kfp-serve` is not installed\nhint: cargo install --locked kfp-serve\n");
}

#[test]
fn a_missing_model_and_a_taken_port_are_named() {
    let place = tempfile::tempdir().unwrap();
    let output = alone(place.path(), place.path())
        .args(["serve", "modle"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.starts_with("error: `modle` is not the folder of a model\nhint: "),
        "{stderr}"
    );

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = alone(place.path(), place.path())
        .args(["serve", "model", "--port", &port])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.starts_with(&format!("error: could not listen at 127.0.0.1:{port}: ")),
        "{stderr}"
    );
    assert!(
        stderr.ends_with("hint: kfp-comp serve model --port 0\n"),
        "{stderr}"
    );
}
