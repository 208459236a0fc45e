//! A real Kubernetes API server on loopback: etcd and kube-apiserver, built once from Go modules, with KServe's definitions.
//!
//! Nothing runs in it: objects are checked, authorised and stored. RBAC is on, so the token of a service account gets real
//! refusals.

use std::env;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::process::{cargo, command, find, read, succeeds};
use crate::python::Environment;
use crate::tier::{Outcome, Scope};
use crate::{report, sdk, test_summary, workspace};

const KUBERNETES: &str = "1.34.4";
const ETCD: &str = "3.6.13";
const KSERVE: &str = "0.20.0";
/// Which of KServe's definitions are installed.
const DEFINITIONS: [&str; 3] = [
    "inferenceservices",
    "servingruntimes",
    "clusterservingruntimes",
];
/// How long a server may take until it answers.
const PATIENCE: Duration = Duration::from_secs(60);

/// An API server in which the tests may do everything. It ends with this value.
pub(crate) struct Kube {
    servers: Vec<Child>,
    folder: PathBuf,
    /// KServe's sources, which hold its definitions and its runtimes.
    kserve: PathBuf,
}

impl Kube {
    /// Starts a server, which is built before if that is asked for: for the first time it takes ten minutes.
    pub(crate) fn start(scope: Scope) -> Result<Self> {
        for program in ["openssl", "curl"] {
            if find(program).is_none() {
                bail!("{program} is not installed (.ci/setup installs it)");
            }
        }
        let programs = programs(scope)?;
        let kserve = module("github.com/kserve/kserve", KSERVE)?;
        let folder = workspace::target().join("kube");
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let mut kube = Self {
            servers: Vec::new(),
            folder,
            kserve,
        };
        kube.certificates()?;
        kube.start_both(&programs)?;
        kube.install_kserve()?;
        Ok(kube)
    }

    /// The kubeconfig of somebody who may do everything.
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.folder.join("kubeconfig")
    }

    /// Names this server to tests.
    pub(crate) fn name_to(&self, tests: &mut Command) {
        tests.env("KFP_KUBE_API", self.kubeconfig());
        tests.env("KFP_KSERVE", &self.kserve);
    }

    fn certificates(&self) -> Result<()> {
        let ca = "req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=test-ca -keyout ca.key -out ca.crt";
        self.openssl(ca)?;
        fs::write(self.folder.join("server.ext"), "subjectAltName=IP:127.0.0.1\n")?;
        fs::write(self.folder.join("admin.ext"), "extendedKeyUsage=clientAuth\n")?;
        for (name, subject) in [
            ("server", "/CN=kube-apiserver"),
            ("admin", "/O=system:masters/CN=admin"),
        ] {
            self.openssl(&format!(
                "req -newkey rsa:2048 -nodes -subj {subject} -keyout {name}.key -out {name}.csr"
            ))?;
            self.openssl(&format!(
                "x509 -req -in {name}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -out {name}.crt -extfile {name}.ext"
            ))?;
        }
        self.openssl("genrsa -out accounts.key 2048")?;
        self.openssl("rsa -in accounts.key -pubout -out accounts.pub")
    }

    fn openssl(&self, arguments: &str) -> Result<()> {
        let mut openssl = command("openssl");
        openssl.args(arguments.split(' ')).current_dir(&self.folder);
        read(&mut openssl).map(drop)
    }

    fn start_both(&mut self, programs: &Path) -> Result<()> {
        let (clients, peers, api) = (port()?, port()?, port()?);
        let etcd = format!("http://127.0.0.1:{clients}");
        self.spawn(
            programs,
            "etcd",
            &format!(
                "--data-dir etcd --listen-client-urls {etcd} --advertise-client-urls {etcd} \
                 --listen-peer-urls http://127.0.0.1:{peers} --unsafe-no-fsync --log-level error"
            ),
        )?;
        self.spawn(
            programs,
            "kube-apiserver",
            &format!(
                "--etcd-servers={etcd} --bind-address=127.0.0.1 --secure-port={api} --tls-cert-file=server.crt \
                 --tls-private-key-file=server.key --client-ca-file=ca.crt --authorization-mode=RBAC \
                 --service-account-issuer=https://kubernetes.default.svc --service-account-key-file=accounts.pub \
                 --service-account-signing-key-file=accounts.key --service-cluster-ip-range=10.0.0.0/24 \
                 --enable-priority-and-fairness=false"
            ),
        )?;
        let file = |name: &str| self.folder.join(name).display().to_string();
        let kubeconfig = serde_json::json!({
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "clusters": [{ "name": "test", "cluster": {
                "server": format!("https://127.0.0.1:{api}"),
                "certificate-authority": file("ca.crt"),
            } }],
            "users": [{ "name": "admin", "user": {
                "client-certificate": file("admin.crt"),
                "client-key": file("admin.key"),
            } }],
            "contexts": [{ "name": "test", "context": {
                "cluster": "test", "user": "admin", "namespace": "default",
            } }],
        });
        fs::write(self.kubeconfig(), kubeconfig.to_string())?;
        let start = Instant::now();
        while !succeeds(self.curl(api, "readyz").arg("--fail")) {
            for server in &mut self.servers {
                if let Some(status) = server.try_wait()? {
                    bail!("a server of Kubernetes ended with {status}; its log is in {}", self.folder.display());
                }
            }
            if start.elapsed() > PATIENCE {
                bail!("kube-apiserver does not answer; its log is in {}", self.folder.display());
            }
            sleep(Duration::from_millis(100));
        }
        fs::write(self.folder.join("port"), api.to_string())?;
        Ok(())
    }

    fn spawn(&mut self, programs: &Path, name: &str, arguments: &str) -> Result<()> {
        let log = fs::File::create(self.folder.join(format!("{name}.log")))?;
        let server = Command::new(programs.join(name))
            .args(arguments.split_whitespace())
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| name.to_owned())?;
        self.servers.push(server);
        Ok(())
    }

    /// Installs KServe's definitions, and waits until the server knows them.
    fn install_kserve(&self) -> Result<()> {
        let api: u16 = fs::read_to_string(self.folder.join("port"))?.parse()?;
        for kind in DEFINITIONS {
            let name = format!("{kind}.serving.kserve.io");
            let file = self.kserve.join(format!("config/crd/full/serving.kserve.io_{kind}.yaml"));
            let path = format!("apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}?fieldManager=test");
            let mut curl = self.curl(api, &path);
            curl.args(["--fail-with-body", "--request", "PATCH"])
                .args(["--header", "Content-Type: application/apply-patch+yaml"])
                .arg("--data-binary")
                .arg(format!("@{}", file.display()));
            read(&mut curl)?;
        }
        let start = Instant::now();
        let known = "apis/serving.kserve.io/v1beta1/inferenceservices";
        while !succeeds(self.curl(api, known).arg("--fail")) {
            if start.elapsed() > PATIENCE {
                bail!("kube-apiserver does not take up KServe's definitions");
            }
            sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    fn curl(&self, api: u16, path: &str) -> Command {
        let mut curl = command("curl");
        curl.current_dir(&self.folder)
            .args(["--silent", "--show-error", "--noproxy", "*"])
            .args(["--cacert", "ca.crt", "--cert", "admin.crt", "--key", "admin.key"])
            .arg(format!("https://127.0.0.1:{api}/{path}"));
        curl
    }
}

impl Drop for Kube {
    fn drop(&mut self) {
        // The API server first: it complains about a store that is gone.
        for server in self.servers.iter_mut().rev() {
            let _gone = server.kill();
            let _gone = server.wait();
        }
    }
}

/// The tier: what speaks to Kubernetes, and the manifests as KServe's own Python models read them.
pub(crate) fn run(scope: Scope) -> Result<Outcome> {
    // Whoever asks for this tier wants it built.
    let kube = match Kube::start(Scope::All) {
        Ok(kube) => kube,
        Err(why) => return Ok(Outcome::Skipped(format!("{why:#}"))),
    };
    let mut tests = cargo("test");
    tests.args(["--no-fail-fast", "--package", "kfp-kube", "--package", "kfp-kserve", "--package", "kfp-comp"]);
    tests.args(["--test", "it", "--", "--include-ignored", "api::", "login::", "kserve::", "deploy::"]);
    kube.name_to(&mut tests);
    if scope == Scope::All {
        tests.env("KFP_REQUIRE_TIERS", "1");
    }
    let summary = test_summary::run(&mut tests)?;
    let python = match Environment::Kserve.python() {
        Ok(python) => python,
        Err(why) => return Ok(Outcome::Skipped(format!("{why:#}"))),
    };
    let manifests = workspace::target().join("kube/manifests");
    let Outcome::Ran(models) = sdk::unittest(&python, "kserve", &[("KFP_MANIFESTS", &manifests)])? else {
        bail!("Python's tests did not run");
    };
    Ok(Outcome::Ran(summary + models))
}

/// The folder of both programs. Their versions are part of its name.
fn programs(scope: Scope) -> Result<PathBuf> {
    let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(env::home_dir()?.join(".cache")));
    let cache = cache.context("there is no home directory to keep kube-apiserver in")?;
    let folder = cache.join(format!("kfp-component/kube-{KUBERNETES}-etcd-{ETCD}"));
    let built = |name: &str| folder.join(name).is_file();
    if built("etcd") && built("kube-apiserver") {
        return Ok(folder);
    }
    if scope == Scope::Available {
        bail!("kube-apiserver is not built: `cargo xtask test kube` builds it");
    }
    if find("go").is_none() {
        bail!("go is not installed; 1.24 or newer builds kube-apiserver");
    }
    fs::create_dir_all(&folder)?;
    if !built("etcd") {
        build_etcd(&folder)?;
    }
    if !built("kube-apiserver") {
        build_kubernetes(&folder)?;
    }
    Ok(folder)
}

fn build_etcd(folder: &Path) -> Result<()> {
    let source = source("etcd")?;
    fs::write(
        source.join("main.go"),
        "package main\n\nimport (\n\t\"os\"\n\n\t\"go.etcd.io/etcd/server/v3/etcdmain\"\n)\n\nfunc main() { etcdmain.Main(os.Args) }\n",
    )?;
    read(&mut go(&source, "mod init test/etcd"))?;
    read(&mut go(&source, &format!("get go.etcd.io/etcd/server/v3@v{ETCD}")))?;
    build(&source, &folder.join("etcd"), ".", "-s -w")
}

/// Kubernetes' own go.mod names its parts `v0.0.0` and takes them from its repository. Here they are the published modules.
fn build_kubernetes(folder: &Path) -> Result<()> {
    let source = source("kubernetes")?;
    let downloaded = go(&source, &format!("mod download -json k8s.io/kubernetes@v{KUBERNETES}"));
    let downloaded: serde_json::Value = serde_json::from_str(&read(&mut { downloaded })?)?;
    let original = downloaded["GoMod"].as_str().context("go names no go.mod")?;
    let minor = KUBERNETES.split_once('.').map_or("", |(_, rest)| rest);
    let mut own = String::new();
    let mut is_replaced = false;
    for line in fs::read_to_string(original)?.lines() {
        let part = line.trim_end().strip_suffix(" v0.0.0").filter(|part| part.contains("k8s.io/"));
        match line {
            _ if line.starts_with("module ") => own.push_str("module test/kubernetes"),
            _ if line.starts_with("replace (") => is_replaced = true,
            ")" if is_replaced => is_replaced = false,
            _ if is_replaced || line.starts_with("replace ") => {}
            _ => match part {
                Some(part) => own.push_str(&format!("{part} v0.{minor}")),
                None => own.push_str(line),
            },
        }
        own.push('\n');
    }
    own.push_str(&format!("\nrequire k8s.io/kubernetes v{KUBERNETES}\n"));
    fs::write(source.join("go.mod"), own)?;
    let program = "k8s.io/kubernetes/cmd/kube-apiserver";
    fs::write(
        source.join("tools.go"),
        format!("//go:build tools\n\npackage tools\n\nimport _ \"{program}\"\n"),
    )?;
    let version = "k8s.io/component-base/version";
    let minor = minor.split('.').next().unwrap_or_default();
    let flags = format!(
        "-s -w -X {version}.gitVersion=v{KUBERNETES} -X {version}.gitMajor=1 -X {version}.gitMinor={minor}"
    );
    build(&source, &folder.join("kube-apiserver"), program, &flags)
}

/// A folder for the few lines around a program.
fn source(name: &str) -> Result<PathBuf> {
    let folder = workspace::target().join("kube-source").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn build(source: &Path, program: &Path, package: &str, flags: &str) -> Result<()> {
    report::status("Building", &format!("{} (minutes, once)", program.display()));
    let unfinished = program.with_extension("new");
    let mut build = go(source, "build -trimpath -ldflags");
    build.arg(flags).arg("-o").arg(&unfinished).arg(package);
    read(&mut build)?;
    fs::rename(&unfinished, program)?;
    Ok(())
}

/// The folder of a module's sources in Go's own cache.
fn module(path: &str, version: &str) -> Result<PathBuf> {
    if find("go").is_none() {
        bail!("go is not installed; it fetches KServe's definitions");
    }
    let mut download = go(workspace::root(), &format!("mod download -json {path}@v{version}"));
    let downloaded: serde_json::Value = serde_json::from_str(&read(&mut download)?)?;
    let folder = downloaded["Dir"].as_str();
    folder.map(PathBuf::from).with_context(|| format!("go has no folder of {path}"))
}

fn go(folder: &Path, arguments: &str) -> Command {
    let mut go = command("go");
    go.current_dir(folder)
        .args(arguments.split(' '))
        .env("CGO_ENABLED", "0")
        .env("GOFLAGS", "-mod=mod -buildvcs=false");
    go
}

/// A port that is free now.
fn port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
