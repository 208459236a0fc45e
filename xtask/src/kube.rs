//! A real Kubernetes API server on loopback: etcd and kube-apiserver, built once from Go modules, with KServe's definitions.
//!
//! Nothing runs in it: objects are checked, authorised and stored. RBAC is on, so the token of a service account gets real
//! refusals.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::process::{build as build_program, cargo, command, find, free_port, read, succeeds};
use crate::python::Environment;
use crate::test_summary::{self, Summary};
use crate::tier::{Outcome, Request, Scope};
use crate::{sdk, workspace};

mod build;

const KSERVE: &str = "0.20.0";
/// Which of KServe's definitions are installed, with their versions.
const DEFINITIONS: [(&str, &str); 3] = [
    ("inferenceservices", "v1beta1"),
    ("servingruntimes", "v1alpha1"),
    ("clusterservingruntimes", "v1alpha1"),
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
        let programs = build::programs(scope)?;
        let kserve = build::module("github.com/kserve/kserve", KSERVE)?;
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
        fs::write(
            self.folder.join("server.ext"),
            "subjectAltName=IP:127.0.0.1\n",
        )?;
        fs::write(
            self.folder.join("admin.ext"),
            "extendedKeyUsage=clientAuth\n",
        )?;
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
        let (clients, peers, api) = (free_port()?, free_port()?, free_port()?);
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
        while !self.is_ready(api) {
            for server in &mut self.servers {
                if let Some(status) = server.try_wait()? {
                    bail!(
                        "a server of Kubernetes ended with {status}; its log is in {}",
                        self.folder.display()
                    );
                }
            }
            if start.elapsed() > PATIENCE {
                bail!(
                    "kube-apiserver does not answer; its log is in {}",
                    self.folder.display()
                );
            }
            sleep(Duration::from_millis(100));
        }
        fs::write(self.folder.join("port"), api.to_string())?;
        Ok(())
    }

    /// Whether it answers, and knows the roles and addresses that it has just stored: it decides by copies of them.
    fn is_ready(&self, api: u16) -> bool {
        let answers = |path: &str, headers: &[&str]| {
            let mut curl = self.curl(api, path);
            for header in headers {
                curl.args(["--header", header]);
            }
            succeeds(curl.arg("--fail"))
        };
        let as_anybody = [
            "Impersonate-User: anybody",
            "Impersonate-Group: system:authenticated",
        ];
        answers("readyz", &[])
            && answers("apis", &as_anybody)
            && answers("api/v1/namespaces/default/services/kubernetes", &[])
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
        for (kind, _) in DEFINITIONS {
            let name = format!("{kind}.serving.kserve.io");
            let file = self
                .kserve
                .join(format!("config/crd/full/serving.kserve.io_{kind}.yaml"));
            let path = format!(
                "apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}?fieldManager=test"
            );
            let mut curl = self.curl(api, &path);
            curl.args(["--fail-with-body", "--request", "PATCH"])
                .args(["--header", "Content-Type: application/apply-patch+yaml"])
                .arg("--data-binary")
                .arg(format!("@{}", file.display()));
            read(&mut curl)?;
        }
        let start = Instant::now();
        for (kind, version) in DEFINITIONS {
            let path = format!("apis/serving.kserve.io/{version}/{kind}");
            while !succeeds(self.curl(api, &path).arg("--fail")) {
                if start.elapsed() > PATIENCE {
                    bail!("kube-apiserver does not take up KServe's definition of {kind}");
                }
                sleep(Duration::from_millis(50));
            }
        }
        Ok(())
    }

    fn curl(&self, api: u16, path: &str) -> Command {
        let mut curl = command("curl");
        curl.current_dir(&self.folder)
            .args(["--silent", "--show-error", "--noproxy", "*"])
            .args([
                "--cacert",
                "ca.crt",
                "--cert",
                "admin.crt",
                "--key",
                "admin.key",
            ])
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
pub(crate) fn run(request: &Request) -> Result<Outcome> {
    let mut summary = Summary::default();
    // The tier of all Rust tests starts a server itself, and these are among them.
    if !request.runs_rust {
        // Nobody else asked for this tier, so whoever did wants the server built.
        let kube = match Kube::start(Scope::All) {
            Ok(kube) => kube,
            Err(why) => return Ok(Outcome::Skipped(format!("{why:#}"))),
        };
        summary += rust(&kube, request.scope)?;
    }
    match Environment::KServe.python() {
        Ok(python) => {
            let program = build_program("kfp-comp", "dev")?;
            match sdk::unittest(&python, "kserve", &[("KFP_COMP", &program)])? {
                Outcome::Ran(models) => summary += models,
                Outcome::Skipped(why) => summary += Summary::of_skipped_tier(why),
            }
        }
        Err(why) => summary += Summary::of_skipped_tier(format!("{why:#}")),
    }
    Ok(Outcome::Ran(summary))
}

/// The tests that speak to a server.
fn rust(kube: &Kube, scope: Scope) -> Result<Summary> {
    const PACKAGES: [&str; 3] = ["kfp-kube", "kfp-kserve", "deploy-kserve"];
    let program = [
        "--package",
        "kfp-comp",
        "--test",
        "it",
        "--",
        "deploy",
        "cluster::kube",
    ];
    let packages = PACKAGES.map(|package| ["--package", package]);
    let mut summary = Summary::default();
    for arguments in [packages.as_flattened(), &program] {
        let mut tests = cargo("test");
        tests.arg("--no-fail-fast").args(arguments);
        kube.name_to(&mut tests);
        if scope == Scope::All {
            tests.env("KFP_REQUIRE_TIERS", "1");
        }
        summary += test_summary::run(&mut tests)?;
    }
    Ok(summary)
}
