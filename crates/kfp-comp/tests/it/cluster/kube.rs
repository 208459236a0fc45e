//! KFP through a real Kubernetes API server, which passes requests on to what it takes for KFP's pods.

use std::{
    fs,
    io::{self, BufRead as _, BufReader, Lines, Write as _},
    net::{IpAddr, Shutdown, TcpListener, TcpStream, UdpSocket},
    process::{Child, ChildStderr, Stdio},
    thread,
};

use kfp_client::{Client, outputs::TaskOutputs};
use kfp_test_cluster::Options;
use kfp_test_support::{FaultServer, Reply, kube::Server};
use serde_json::{Value, json};

use super::{FINE, Ran, SUBMIT, Site, ended};

/// An address of this machine other than loopback, to which Kubernetes passes nothing on. Nothing is sent.
fn own_address() -> io::Result<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    socket.connect("192.0.2.1:9")?;
    Ok(socket.local_addr()?.ip())
}

/// Passes connections on to the cluster in memory, which listens on loopback only; gives the port.
fn forward(to: String) -> u16 {
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let copy = |mut from: TcpStream, mut to: TcpStream| {
        thread::spawn(move || {
            let _ = io::copy(&mut from, &mut to);
            let _ = to.flush();
            let _ = to.shutdown(Shutdown::Write);
        });
    };
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let Ok(server) = TcpStream::connect(&to) else {
                return;
            };
            copy(client.try_clone().unwrap(), server.try_clone().unwrap());
            copy(server, client);
        }
    });
    port
}

/// KFP's two services in the namespace, with this machine as their pod.
fn install(kube: &Server, port: u16) {
    let address = own_address().unwrap();
    kube.account("pipeline-runner");
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "kfp"},
        "spec": {
            "serviceAccountName": "pipeline-runner", "automountServiceAccountToken": false, "nodeName": "node",
            "containers": [{"name": "main", "image": "kfp"}],
        },
        "status": {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}]},
    });
    kube.put(&kube.core("pods"), &pod);
    for name in ["ml-pipeline", "ml-pipeline-ui"] {
        let service = json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
            "spec": {"ports": [{"name": "http", "port": 80, "targetPort": port}]},
        });
        kube.put(&kube.core("services"), &service);
        let target = json!({"kind": "Pod", "name": "kfp", "namespace": kube.namespace});
        let endpoints = json!({
            "apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": name},
            "subsets": [{
                "addresses": [{"ip": address, "targetRef": target}],
                "ports": [{"name": "http", "port": port}],
            }],
        });
        kube.put(&kube.core("endpoints"), &endpoints);
    }
}

#[test]
fn a_kubeconfig_leads_through_a_real_api_server() {
    let Some(kube) = Server::start("kfp") else {
        return;
    };
    let site = Site::with(FINE, Options::default());
    let port = forward(site.cluster.url().replace("http://", ""));
    install(&kube, port);
    let run = |arguments: &[&str]| -> Ran {
        let mut command = site.command(arguments);
        command
            .env_remove("KF_PIPELINES_ENDPOINT")
            .output()
            .unwrap()
            .into()
    };
    let profile = |name: &str, kubeconfig: &str| {
        let namespace = &kube.namespace;
        let arguments = [
            "profile",
            "set",
            name,
            "--kubeconfig",
            kubeconfig,
            "--kfp-namespace",
            namespace,
        ];
        let ran = run(&arguments);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    };
    profile("admin", kube.kubeconfig.to_str().unwrap());
    let submit = [
        "submit",
        "p.yaml",
        "--no-image-check",
        "--watch",
        "--poll",
        "0.05",
    ];
    let ran = run(&[
        &submit[..],
        &["--service-account", "pipeline-runner", "--", "--count", "6"],
    ]
    .concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(
        ran.stdout.contains("accuracy") && ran.stdout.contains("0.6"),
        "{}",
        ran.stdout
    );
    let before = site.writes().len();
    let ran = run(&[&submit[..], &["--service-account", "nobody"]].concat());
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("has no service account `nobody`"),
        "{}",
        ran.stderr
    );
    assert_eq!(site.writes().len(), before);
    assert_eq!(run(&["doctor", "--cluster"]).code, Some(0));

    let stranger = kube.kubeconfig_of("stranger");
    profile("stranger", stranger.to_str().unwrap());
    let ran = run(&["doctor", "--cluster", "--json"]);
    assert_eq!(ran.code, Some(4), "{}", ran.stderr);
    assert!(ran.stdout.contains("\"forbidden\""), "{}", ran.stdout);
}

/// A site whose first task waits for the file `go`, and then runs a script.
fn waiting(script: &str) -> Site {
    let site = Site::new(FINE);
    let pipeline = fs::read_to_string(site.path("p.yaml")).unwrap();
    let go = site.path("go").display().to_string();
    let script = format!("while [ ! -e {go} ]; do sleep 0.05; done; {script}");
    site.write("p.yaml", &pipeline.replace(FINE, &script));
    site
}

/// A run of a site that is watched through a real API server.
struct Watched {
    kube: Server,
    child: Child,
    lines: Lines<BufReader<ChildStderr>>,
    id: String,
    /// The first task, once it has begun.
    task: TaskOutputs,
}

impl Watched {
    fn start(site: &Site, name: &str, arguments: &[&str]) -> Option<Self> {
        let kube = Server::start(name)?;
        let port = forward(site.cluster.url().replace("http://", ""));
        install(&kube, port);
        let kubeconfig = kube.kubeconfig.to_str().unwrap();
        let set = [
            "profile",
            "set",
            "it",
            "--kubeconfig",
            kubeconfig,
            "--kfp-namespace",
        ];
        let mut set = site.command(&[&set[..], &[&kube.namespace]].concat());
        assert!(set.output().unwrap().status.success());
        let mut command =
            site.command(&[&["submit", "p.yaml", "--no-image-check"], arguments].concat());
        command.env_remove("KF_PIPELINES_ENDPOINT");
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = child.unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let submitted = seen(&mut lines, "Submitted ");
        let id = submitted.rsplit(' ').next().unwrap().to_owned();
        let client = Client::builder(site.cluster.url()).build().unwrap();
        let task = loop {
            let tasks = client.run(&id).unwrap().tasks();
            match tasks.into_iter().find(|task| !task.pod.is_empty()) {
                Some(task) => break task,
                None => thread::yield_now(),
            }
        };
        Some(Self {
            kube,
            child,
            lines,
            id,
            task,
        })
    }

    /// Lets Kubernetes say this about the pod of the first task.
    fn put(&self, status: &Value) {
        let pod = pod(&self.id, &self.task, status);
        self.kube.put(&self.kube.core("pods"), &pod);
    }
}

/// The next line with these words.
fn seen(lines: &mut Lines<BufReader<ChildStderr>>, wanted: &str) -> String {
    let mut all = lines.map(|line| line.unwrap());
    all.find(|line| line.contains(wanted))
        .unwrap_or_else(|| panic!("it ended without `{wanted}`"))
}

/// The pod of a task that a container runtime, or a scheduler, has said this about.
fn pod(run: &str, task: &TaskOutputs, status: &Value) -> Value {
    let (workflow, hash) = task.pod.rsplit_once('-').unwrap();
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": format!("{workflow}-system-container-impl-{hash}"),
            "labels": {"pipeline/runid": run},
        },
        "spec": {
            "serviceAccountName": "pipeline-runner", "automountServiceAccountToken": false,
            "containers": [{"name": "main", "image": "ghcr.io/acme/sh:1"}],
        },
        "status": status,
    })
}

#[test]
fn a_watch_says_what_keeps_a_pod_from_running() {
    let site = waiting(FINE);
    let Some(mut watched) = Watched::start(&site, "pods", &["--watch", "--poll", "0.05"]) else {
        return;
    };
    let waits = |reason: &str, message: &str| {
        json!({"phase": "Pending", "containerStatuses": [{
            "name": "main", "image": "", "imageID": "", "ready": false, "restartCount": 0,
            "state": {"waiting": {"reason": reason, "message": message}},
        }]})
    };
    let unschedulable = json!({"phase": "Pending", "conditions": [{
        "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
        "message": "0/1 nodes are available: 1 Insufficient cpu.",
    }]});
    let evicted = json!({"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."});
    for (status, line, hint) in [
        (
            unschedulable,
            "make: Unschedulable: 0/1 nodes",
            "no node has room",
        ),
        (
            waits("ErrImagePull", "ghcr.io/acme/sh:1: not found"),
            "make: ErrImagePull: ",
            "the registry has no such image",
        ),
        (
            waits("CreateContainerConfigError", "secret \"s\" not found"),
            "make: CreateContainerConfigError: ",
            "is missing in",
        ),
        (
            evicted,
            "make: Evicted: The node was low",
            "the node ran out of something",
        ),
    ] {
        // What was said before is applied away.
        watched.put(&status);
        seen(&mut watched.lines, line);
        let said = seen(&mut watched.lines, "hint: ");
        assert!(said.contains(hint), "{line} {said}");
    }
    site.write("go", "");
    seen(&mut watched.lines, "Succeeded make");
    let rest: Vec<String> = watched.lines.map_while(Result::ok).collect();
    assert!(!rest.iter().any(|line| line.contains(" Pod ")), "{rest:?}");
    assert_eq!(ended(watched.child).code, Some(0));
}

#[test]
fn a_task_that_ran_out_of_memory_is_said_to_have_at_the_end() {
    let site = waiting("exit 137");
    // Pods are looked at more seldom than this run takes.
    let Some(mut watched) = Watched::start(&site, "memory", &["--watch", "--poll", "2s"]) else {
        return;
    };
    watched.put(&json!({"phase": "Failed", "containerStatuses": [{
        "name": "main", "image": "", "imageID": "", "ready": false, "restartCount": 0,
        "state": {"terminated": {"reason": "OOMKilled", "exitCode": 137}},
    }]}));
    site.write("go", "");
    seen(&mut watched.lines, "make: OOMKilled: ");
    assert!(seen(&mut watched.lines, "hint: ").contains("memory limit"));
    assert_eq!(ended(watched.child).code, Some(1));
}

#[test]
fn a_watch_without_rights_to_see_pods_is_silent() {
    let site = waiting(FINE);
    let go = site.path("go");
    let kubernetes = FaultServer::start(move |_| {
        fs::write(&go, "").unwrap();
        let body = json!({"kind": "Status", "status": "Failure", "reason": "Forbidden", "code": 403, "message": "no"});
        Reply::status(403)
            .header("content-type", "application/json")
            .body(body.to_string())
    });
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "lab",
        "clusters": [{"name": "c", "cluster": {"server": format!("http://{}", kubernetes.host())}}],
        "contexts": [{"name": "lab", "context": {"cluster": "c", "user": "u"}}],
        "users": [{"name": "u", "user": {}}],
    });
    site.write("config", &config.to_string());
    // The cluster is on this machine, as behind a port-forward.
    let mut command = site.command(&SUBMIT);
    command.env("KUBECONFIG", site.path("config"));
    let ran: Ran = command.output().unwrap().into();
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(!ran.stderr.contains(" Pod "), "{}", ran.stderr);
    assert_eq!(kubernetes.lines(), ["GET /api/v1/namespaces/kubeflow/pods"]);
}
