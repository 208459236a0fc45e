//! Images that podman runs, with a store of their own.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use kfp_runner::{
    engine::Options,
    platform::ClusterObjects,
    program::{Containers, Engine, Sources},
    record::{Event, State},
    runs::Runs,
    task,
};
use kfp_test_support::skip;
use serde_json::json;
use tempfile::TempDir;

use crate::support::{Build, Ran, Session, constant};

/// A client of podman with its own store, whose containers need no more rights than this shell has.
struct Podman {
    directory: TempDir,
    client: PathBuf,
}

impl Podman {
    fn start() -> Option<Self> {
        if Command::new("podman").arg("--version").output().is_err() {
            skip("podman is not installed");
            return None;
        }
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        let runtime = if Command::new("runc").arg("--version").output().is_ok() {
            "runc"
        } else {
            "crun"
        };
        fs::write(
            path("containers.conf"),
            format!(
                "[engine]\nruntime = \"{runtime}\"\ncgroup_manager = \"cgroupfs\"\nevents_logger = \"file\"\n\
                 [containers]\ndefault_ulimits = [\"nofile=1024:1024\", \"nproc=1024:1024\"]\nnetns = \"host\"\n"
            ),
        )
        .unwrap();
        fs::write(
            path("storage.conf"),
            format!(
                "[storage]\ndriver = \"vfs\"\ngraphroot = \"{}\"\nrunroot = \"{}\"\n",
                path("store").display(),
                path("run").display()
            ),
        )
        .unwrap();
        let client = path("podman");
        fs::write(
            &client,
            format!(
                "#!/bin/sh\nexport CONTAINERS_CONF={0}/containers.conf CONTAINERS_STORAGE_CONF={0}/storage.conf\n\
                 exec /usr/bin/env podman \"$@\"\n",
                directory.path().display()
            ),
        )
        .unwrap();
        fs::set_permissions(&client, fs::Permissions::from_mode(0o755)).unwrap();
        let podman = Self { directory, client };
        podman.import();
        // A machine may have podman and not let it start anything.
        let probe = podman.output(&[
            "run",
            "--rm",
            "--entrypoint",
            "/bin/true",
            "localhost/shell:1",
        ]);
        if let Err(error) = probe {
            skip(format!("podman cannot run containers: {error}"));
            return None;
        }
        Some(podman)
    }

    fn output(&self, arguments: &[&str]) -> Result<String, String> {
        let output = Command::new(&self.client).args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if output.status.success() {
            return Ok(said);
        }
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// An image of this machine's shell and the libraries it needs.
    fn import(&self) {
        let root = self.directory.path().join("root");
        let programs = ["/bin/sh", "/bin/cat", "/bin/sleep", "/bin/true", "/bin/id"];
        for program in programs {
            copy(&root, program);
            let libraries = Command::new("ldd").arg(program).output().unwrap();
            for word in String::from_utf8_lossy(&libraries.stdout).split_whitespace() {
                if word.starts_with('/') {
                    copy(&root, word);
                }
            }
        }
        let archive = self.directory.path().join("root.tar");
        let status = Command::new("tar")
            .args([
                "-C",
                root.to_str().unwrap(),
                "-cf",
                archive.to_str().unwrap(),
                ".",
            ])
            .status()
            .unwrap();
        assert!(status.success());
        self.output(&["import", archive.to_str().unwrap(), "localhost/shell:1"])
            .unwrap();
    }

    fn sources(&self) -> Sources {
        Sources {
            containers: Containers::Always(Engine::at(&self.client).unwrap()),
            ..Sources::default()
        }
    }

    fn containers(&self) -> String {
        self.output(&["ps", "--all", "--quiet"]).unwrap()
    }
}

fn copy(root: &Path, file: &str) {
    let to = root.join(file.trim_start_matches('/'));
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::copy(fs::canonicalize(file).unwrap(), to).unwrap();
}

fn in_shell(build: Build) -> String {
    build
        .text()
        .replace("\"image\":\"sh\"", "\"image\":\"localhost/shell:1\"")
}

fn log(ran: &Ran, task: &str) -> String {
    let path = format!("tasks/{task}/attempt-1/{}", task::LOG);
    fs::read_to_string(ran.directory.join(path)).unwrap()
}

#[test]
fn a_container_gets_files_variables_and_volumes_and_leaves_nothing_behind() {
    let Some(podman) = Podman::start() else {
        return;
    };
    let root = tempfile::tempdir().unwrap();
    let build = Build::new()
        .script("make", &[], &["data: system.Dataset"], "echo made > $data")
        .script(
            "use",
            &["data: system.Dataset", "to: STRING"],
            &["out: STRING"],
            "cat $data > $out; echo $TOKEN > $to; echo \"secret $TOKEN\"; (echo x > $data) 2> /dev/null && exit 9; exit 0",
        )
        .script("fail", &[], &[], "echo broken; exit 7")
        .task("make", "make", json!({}))
        .task(
            "use",
            "use",
            json!({"inputs": {
                "parameters": {"to": constant(json!("/data/file"))},
                "artifacts": {"data": {"taskOutputArtifact": {"producerTask": "make", "outputArtifactKey": "data"}}},
            }}),
        )
        .task("fail", "fail", json!({}));
    let platform = json!({"platforms": {"kubernetes": {"deploymentSpec": {"executors": {"exec-use": {
        "secretAsEnv": [{"secretName": "s", "keyToEnv": [{"secretKey": "k", "envVar": "TOKEN"}]}],
        "pvcMount": [{"constant": "claim", "mountPath": "/data"}],
    }}}}}});
    let mut session = Session::new(
        &format!("{}\n---\n{platform}\n", in_shell(build)),
        json!({}),
    );
    session.sources = podman.sources();
    session.cluster_objects = ClusterObjects {
        secrets: [(
            "s".to_owned(),
            [("k".to_owned(), "hunter2".to_owned())].into(),
        )]
        .into(),
        volumes_root: root.path().join("volumes"),
        ..ClusterObjects::default()
    };
    let ran = session.run(
        &Runs::new(root.path().join("runs")),
        Options::default(),
        None,
        |_, _| {},
    );
    assert_eq!(ran.state("use"), State::Succeeded, "{}", log(&ran, "use"));
    assert_eq!(log(&ran, "use"), "secret ***\n");
    assert_eq!(ran.error("fail"), "exited with 7");
    assert_eq!(
        fs::read_to_string(root.path().join("volumes/claim/file")).unwrap(),
        "hunter2\n"
    );
    assert_eq!(podman.containers(), "");
}

#[test]
fn an_interrupted_run_ends_its_containers() {
    let Some(podman) = Podman::start() else {
        return;
    };
    let root = tempfile::tempdir().unwrap();
    let build = Build::new()
        .script("wait", &[], &[], "sleep 600")
        .task("wait", "wait", json!({}));
    let mut session = Session::new(&in_shell(build), json!({}));
    session.sources = podman.sources();
    let options = Options {
        grace: Duration::from_millis(500),
        ..Options::default()
    };
    let began = Instant::now();
    let ran = session.run(&Runs::new(root.path()), options, None, |event, control| {
        if let Event::Start { .. } = event {
            // Once the container is there.
            while podman.containers().is_empty() && began.elapsed() < Duration::from_secs(60) {
                thread::sleep(Duration::from_millis(20));
            }
            control.interrupt();
        }
    });
    assert_eq!(ran.state("wait"), State::Cancelled);
    assert_eq!(podman.containers(), "");
}
