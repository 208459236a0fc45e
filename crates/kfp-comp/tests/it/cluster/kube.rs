//! KFP through a real Kubernetes API server, which passes requests on to what it takes for KFP's pods.

use std::{
    fs,
    io::{self, Write as _},
    net::{IpAddr, Shutdown, TcpListener, TcpStream, UdpSocket},
    thread,
};

use kfp_test_cluster::Options;
use kfp_test_support::kube::Server;
use serde_json::json;

use super::{FINE, Ran, Site};

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
    fs::remove_file(stranger).unwrap();
}
