//! etcd and kube-apiserver, built once from Go modules, and kept outside the repository.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::process::{command, find, read};
use crate::tier::Scope;
use crate::{report, workspace};

const KUBERNETES: &str = "1.34.4";
const ETCD: &str = "3.6.13";

/// The folder of both programs. Their versions are part of its name.
pub(super) fn programs(scope: Scope) -> Result<PathBuf> {
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
    needs_go()?;
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
    read(&mut go(
        &source,
        &format!("get go.etcd.io/etcd/server/v3@v{ETCD}"),
    ))?;
    build(&source, &folder.join("etcd"), ".", "-s -w")
}

/// Kubernetes' own go.mod names its parts `v0.0.0` and takes them from its repository. Here they are the published modules.
fn build_kubernetes(folder: &Path) -> Result<()> {
    let source = source("kubernetes")?;
    let downloaded = go(
        &source,
        &format!("mod download -json k8s.io/kubernetes@v{KUBERNETES}"),
    );
    let downloaded: serde_json::Value = serde_json::from_str(&read(&mut { downloaded })?)?;
    let original = downloaded["GoMod"].as_str().context("go names no go.mod")?;
    let minor = KUBERNETES.split_once('.').map_or("", |(_, rest)| rest);
    let mut own = String::new();
    let mut is_replaced = false;
    for line in fs::read_to_string(original)?.lines() {
        let part = line
            .trim_end()
            .strip_suffix(" v0.0.0")
            .filter(|part| part.contains("k8s.io/"));
        match line {
            _ if line.starts_with("module ") => own.push_str("module test/kubernetes"),
            _ if line.starts_with("replace (") => is_replaced = true,
            ")" if is_replaced => is_replaced = false,
            _ if is_replaced || line.starts_with("replace ") => {}
            _ => match part {
                Some(part) => own.push_str(&[part, " v0.", minor].concat()),
                None => own.push_str(line),
            },
        }
        own.push('\n');
    }
    own.push_str(&["\nrequire k8s.io/kubernetes v", KUBERNETES, "\n"].concat());
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
    report::status(
        "Building",
        &format!("{} (minutes, once)", program.display()),
    );
    let unfinished = program.with_extension("new");
    let mut build = go(source, "build -trimpath -ldflags");
    build.arg(flags).arg("-o").arg(&unfinished).arg(package);
    read(&mut build)?;
    fs::rename(&unfinished, program)?;
    Ok(())
}

/// The folder of a module's sources in Go's own cache.
pub(super) fn module(path: &str, version: &str) -> Result<PathBuf> {
    needs_go()?;
    let mut download = go(
        workspace::root(),
        &format!("mod download -json {path}@v{version}"),
    );
    let downloaded: serde_json::Value = serde_json::from_str(&read(&mut download)?)?;
    let folder = downloaded["Dir"].as_str();
    folder
        .map(PathBuf::from)
        .with_context(|| format!("go has no folder of {path}"))
}

/// Go builds kube-apiserver and fetches KServe's definitions. From 1.21 on it fetches the newer Go that they want by itself.
fn needs_go() -> Result<()> {
    const OLDEST: u32 = 21;
    if find("go").is_none() {
        bail!("go is not installed; 1.{OLDEST} or newer is needed");
    }
    let version = read(command("go").arg("version"))?;
    let minor = version.split_once(" go1.").map_or("", |(_, rest)| rest);
    let minor: String = minor.chars().take_while(char::is_ascii_digit).collect();
    if minor.parse::<u32>().is_ok_and(|minor| minor < OLDEST) {
        bail!("go 1.{minor} is installed; 1.{OLDEST} or newer is needed");
    }
    Ok(())
}

fn go(folder: &Path, arguments: &str) -> Command {
    let mut go = command("go");
    go.current_dir(folder)
        .args(arguments.split(' '))
        .env("CGO_ENABLED", "0")
        .env("GOFLAGS", "-mod=mod -buildvcs=false");
    go
}
