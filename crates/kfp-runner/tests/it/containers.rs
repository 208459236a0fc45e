//! Images that podman and docker run, each with a store that is made for the test.

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
use kfp_test_registry::DockerEngine;
use kfp_test_support::skip;
use serde_json::json;
use tempfile::TempDir;

use crate::{
    images,
    support::{Build, Ran, Session, constant},
};

/// A client of an engine that has an image with a shell.
struct Client {
    directory: TempDir,
    program: PathBuf,
    /// The engine, where it is a process.
    _docker: Option<DockerEngine>,
}

impl Client {
    /// Docker's, with an engine that other tests know nothing of.
    fn docker() -> Option<Self> {
        let docker = DockerEngine::start()?;
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("docker");
        let script = format!(
            "#!/bin/sh\nexport DOCKER_HOST={}\nexec /usr/bin/env docker \"$@\"\n",
            docker.host()
        );
        Self {
            directory,
            program,
            _docker: Some(docker),
        }
        .ready(&script)
    }

    /// Podman's, with its own store. Containers need no more rights than this shell has.
    fn podman() -> Option<Self> {
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
        let script = format!(
            "#!/bin/sh\nexport CONTAINERS_CONF={0}/containers.conf CONTAINERS_STORAGE_CONF={0}/storage.conf\n\
             exec /usr/bin/env podman \"$@\"\n",
            directory.path().display()
        );
        Self {
            program: path("podman"),
            directory,
            _docker: None,
        }
        .ready(&script)
    }

    /// With its image, if it can run that.
    fn ready(self, script: &str) -> Option<Self> {
        fs::write(&self.program, script).unwrap();
        fs::set_permissions(&self.program, fs::Permissions::from_mode(0o755)).unwrap();
        self.import();
        self.can_run(&[]).then_some(self)
    }

    /// Whether containers with these options run: a machine may have an engine and not let it start anything.
    fn can_run(&self, options: &[&str]) -> bool {
        let image = ["--entrypoint", "/bin/true", "localhost/shell:1"];
        let probe = self.output(&[&["run", "--rm"], options, &image].concat());
        if let Err(error) = probe {
            let name = self.program.file_name().unwrap().display();
            skip(format!("{name} cannot run containers {options:?}: {error}"));
            return false;
        }
        true
    }

    fn output(&self, arguments: &[&str]) -> Result<String, String> {
        let output = Command::new(&self.program)
            .args(arguments)
            .output()
            .unwrap();
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
            containers: Containers::Always(Engine::at(&self.program).unwrap()),
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
fn a_container_of_podman_gets_files_variables_and_volumes_and_leaves_nothing_behind() {
    if let Some(podman) = Client::podman() {
        gets_files_variables_and_volumes(&podman);
    }
}

#[test]
fn a_container_of_docker_gets_files_variables_and_volumes_and_leaves_nothing_behind() {
    if let Some(docker) = Client::docker() {
        gets_files_variables_and_volumes(&docker);
    }
}

fn gets_files_variables_and_volumes(client: &Client) {
    let root = tempfile::tempdir().unwrap();
    let build = Build::new()
        .script("make", &[], &["data: system.Dataset"], "echo made > $data")
        .script(
            "use",
            &["data: system.Dataset", "to: STRING"],
            &["out: STRING"],
            "cat $data > $out; echo $TOKEN > $to; echo \"secret $TOKEN\"; cat /keys/k; (echo x > $data) 2> /dev/null && exit 9; exit 0",
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
        "secretAsVolume": [{"secretName": "s", "mountPath": "/keys"}],
        "pvcMount": [{"constant": "claim", "mountPath": "/data"}],
    }}}}}});
    let mut session = Session::new(
        &format!("{}\n---\n{platform}\n", in_shell(build)),
        json!({}),
    );
    session.sources = client.sources();
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
    assert_eq!(log(&ran, "use"), "secret ***\n***");
    assert_eq!(ran.error("fail"), "exited with 7");
    assert_eq!(
        fs::read_to_string(root.path().join("volumes/claim/file")).unwrap(),
        "hunter2\n"
    );
    assert_eq!(client.containers(), "");
}

#[test]
fn an_interrupted_run_ends_its_containers_of_podman() {
    if let Some(podman) = Client::podman() {
        are_ended_when_interrupted(&podman);
    }
}

#[test]
fn an_interrupted_run_ends_its_containers_of_docker() {
    if let Some(docker) = Client::docker() {
        are_ended_when_interrupted(&docker);
    }
}

fn are_ended_when_interrupted(client: &Client) {
    let root = tempfile::tempdir().unwrap();
    let build = Build::new()
        .script("wait", &[], &[], "sleep 600")
        .task("wait", "wait", json!({}));
    let mut session = Session::new(&in_shell(build), json!({}));
    session.sources = client.sources();
    let options = Options {
        grace: Duration::from_millis(500),
        ..Options::default()
    };
    let began = Instant::now();
    let ran = session.run(&Runs::new(root.path()), options, None, |event, control| {
        if let Event::Start { .. } = event {
            // Once the container is there.
            while client.containers().is_empty() && began.elapsed() < Duration::from_secs(60) {
                thread::sleep(Duration::from_millis(20));
            }
            control.interrupt();
        }
    });
    assert_eq!(ran.state("wait"), State::Cancelled);
    assert_eq!(client.containers(), "");
}

#[test]
fn a_container_of_podman_gets_its_limits() {
    if let Some(podman) = Client::podman() {
        gets_its_limits(&podman);
    }
}

#[test]
fn a_container_of_docker_gets_its_limits() {
    if let Some(docker) = Client::docker() {
        gets_its_limits(&docker);
    }
}

fn gets_its_limits(client: &Client) {
    if !client.can_run(&[
        "--memory",
        "64m",
        "--cpu-period",
        "100000",
        "--cpu-quota",
        "50000",
    ]) {
        return;
    }
    let root = tempfile::tempdir().unwrap();
    // Of the two versions of control groups, one is there.
    let show = "cd /sys/fs/cgroup; cat memory.max cpu.max memory/memory.limit_in_bytes cpu/cpu.cfs_quota_us 2> /dev/null || true";
    let grow = "x=0123456789abcdef; while :; do x=$x$x; done";
    let build = Build::new()
        .script("show", &["memory: STRING"], &[], show)
        .script("grow", &[], &[], grow)
        .script("wrong", &["memory: STRING"], &[], "exit 0");
    let mut pipeline: serde_json::Value = serde_json::from_str(&in_shell(
        build
            .task(
                "show",
                "show",
                json!({"inputs": {"parameters": {"memory": constant(json!("64Mi"))}}}),
            )
            .task("grow", "grow", json!({}))
            .task(
                "wrong",
                "wrong",
                json!({"inputs": {"parameters": {"memory": constant(json!("much"))}}}),
            ),
    ))
    .unwrap();
    // As releases of kfp write them: a quantity, a number of GB, and a quantity that is an input's.
    for (executor, resources) in [
        (
            "exec-show",
            json!({"resourceMemoryLimit": "{{$.inputs.parameters['memory']}}", "resourceCpuLimit": "500m", "cpuLimit": 0.5}),
        ),
        ("exec-grow", json!({"memoryLimit": 0.064})),
        (
            "exec-wrong",
            json!({"resourceMemoryLimit": "{{$.inputs.parameters['memory']}}"}),
        ),
    ] {
        pipeline["deploymentSpec"]["executors"][executor]["container"]["resources"] = resources;
    }
    let mut session = Session::new(&pipeline.to_string(), json!({}));
    session.sources = client.sources();
    let ran = session.run(&Runs::new(root.path()), Options::default(), None, |_, _| {});
    let shown = log(&ran, "show");
    assert!(
        ["67108864\n50000 100000\n", "67108864\n50000\n"].contains(&&*shown),
        "{shown}"
    );
    assert_eq!(
        ran.error("grow"),
        "was killed: perhaps it needs more than its memory limit"
    );
    assert_eq!(
        ran.error("wrong"),
        "its memoryLimit is `much`, not a quantity"
    );
    assert_eq!(client.containers(), "");
}

#[test]
fn docker_pulls_an_image_with_a_user_of_its_own_and_runs_it_as_this_one() {
    let (Some(docker), Some(place)) = (Client::docker(), images::Place::new()) else {
        return;
    };
    let root = place.directory.path();
    let program = images::program(root);
    let files = [("etc/passwd", &b"root"[..]), ("say", &program)];
    let image = place.publish("say", &files, images::architecture());
    let mut session = Session::new(&images::text(&image), json!({}));
    session.sources = docker.sources();
    let runs = Runs::new(root.join("runs"));
    let ran = session.run(&runs, Options::default(), None, |_, _| {});
    assert_eq!(ran.output("out"), "hello");
    assert!(ran.events.iter().any(
        |event| matches!(event, Event::Start { how, argv, .. } if how == "container" && argv[0].ends_with("/docker"))
    ));
    assert_eq!(docker.containers(), "");
}
