//! The components' images, built with BuildKit from their generated Dockerfiles, unchanged.
//!
//! Where the base image cannot be pulled, an engine of our own gets a stand-in of its name: Debian's slim system with this
//! machine's toolchain.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};

use crate::engine::{Engine, directory};
use crate::process::{command, find, read, run, succeeds};
use crate::{report, workspace};

/// Builds the image of every component, under the name its component.yaml gives it.
pub(crate) fn build(engine: &Engine) -> Result<()> {
    for name in workspace::COMPONENTS {
        let (image, dockerfile) = (image(name)?, dockerfile(name));
        provide(engine, &base(&dockerfile)?)?;
        report::status("Building", &format!("the image {image}"));
        let mut build = engine.docker("build");
        if engine.is_ours() {
            // It may have no network of its own to offer.
            build.arg("--network=host");
        }
        run(build
            .env("DOCKER_BUILDKIT", "1")
            .args(["--progress=plain", "--tag", &image, "--file"])
            .arg(dockerfile)
            .arg("."))?;
    }
    Ok(())
}

/// Makes an image of each static program, under its name and version 0.1.0.
pub(crate) fn import(engine: &Engine, programs: &[PathBuf]) -> Result<()> {
    for program in programs {
        let (Some(folder), Some(name)) = (program.parent(), program.file_name()) else {
            bail!("{}: not a file", program.display());
        };
        let name = name.to_string_lossy();
        pack(engine, folder, &name, &format!("{name}:0.1.0"), &[])?;
    }
    Ok(())
}

/// Makes an image of a file or folder below `folder`.
fn pack(engine: &Engine, folder: &Path, what: &str, image: &str, changes: &[&str]) -> Result<()> {
    let mut tar = command("tar");
    tar.args(["-cf", "-", "-C"]).arg(folder).arg(what);
    let mut tar = tar.stdout(Stdio::piped()).spawn().context("tar")?;
    let mut import = engine.docker("import");
    for change in changes {
        import.args(["--change", change]);
    }
    let archive = tar.stdout.take().expect("stdout is piped");
    let import = import.arg("-").arg(image).stdin(archive).output()?;
    if !tar.wait()?.success() || !import.status.success() {
        let said = String::from_utf8_lossy(&import.stderr);
        bail!("could not make the image {image}: {}", said.trim());
    }
    Ok(())
}

fn dockerfile(component: &str) -> PathBuf {
    workspace::root()
        .join("components")
        .join(component)
        .join("Dockerfile")
}

/// The image component.yaml names.
fn image(component: &str) -> Result<String> {
    let file = workspace::root()
        .join("components")
        .join(component)
        .join("component.yaml");
    let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let image = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("image: "));
    image
        .map(str::to_owned)
        .with_context(|| format!("{}: no image", file.display()))
}

/// The image a Dockerfile starts from.
fn base(dockerfile: &Path) -> Result<String> {
    let text = fs::read_to_string(dockerfile).with_context(|| dockerfile.display().to_string())?;
    let base = text
        .lines()
        .find_map(|line| line.strip_prefix("ARG RUST_IMAGE="));
    base.map(str::to_owned)
        .with_context(|| format!("{}: no ARG RUST_IMAGE", dockerfile.display()))
}

/// Sees to it that the engine has the base image: its own, a pulled one, or the stand-in.
fn provide(engine: &Engine, base: &str) -> Result<()> {
    let is_there = || succeeds(engine.docker("image").args(["inspect", base]));
    let stamp = directory().join("stand-in");
    let wanted = format!("{base}\n{}", read(command("rustc").arg("-vV"))?);
    let is_old = fs::read_to_string(&stamp).is_ok_and(|found| found != wanted);
    if is_there() && !(engine.is_ours() && is_old) {
        return Ok(());
    }
    report::status("Pulling", base);
    let pulled = read(engine.docker("pull").args(["--quiet", base]));
    match pulled {
        Ok(_) => {
            // What is pulled needs no renewal.
            let _none = fs::remove_file(&stamp);
            Ok(())
        }
        Err(_) if engine.is_ours() => {
            stand_in(engine, base)?;
            fs::write(&stamp, wanted).with_context(|| stamp.display().to_string())
        }
        Err(why) => Err(why),
    }
}

fn stand_in(engine: &Engine, base: &str) -> Result<()> {
    if find("debootstrap").is_none() && !Path::new("/usr/sbin/debootstrap").is_file() {
        bail!("{base} cannot be pulled, and debootstrap is not installed (.ci/setup installs it)");
    }
    report::status(
        "Making",
        &format!("{base} of Debian's slim system and this machine's toolchain"),
    );
    let sysroot = read(command("rustc").args(["--print", "sysroot"]))?;
    let root = directory().join("stand-in-root");
    if root.exists() {
        fs::remove_dir_all(&root)?;
    }
    let packages = "--include=ca-certificates,gcc,libc6-dev";
    let release = base.rsplit('-').next().unwrap_or_default();
    read(
        command("debootstrap")
            .args(["--variant=minbase", packages, release])
            .arg(&root),
    )
    .with_context(|| {
        format!(
            "debootstrap; its log is {}",
            root.join("debootstrap/debootstrap.log").display()
        )
    })?;
    let script = "\
        rm -rf \"$1\"/var/cache/apt/archives/*.deb \"$1\"/var/lib/apt/lists/*\n\
        test ! -s /etc/ssl/certs/ca-certificates.crt || cp /etc/ssl/certs/ca-certificates.crt \"$1\"/etc/ssl/certs/\n\
        cp \"$2\"/bin/rustc \"$2\"/bin/cargo \"$1\"/usr/local/bin/\n\
        cp -R \"$2\"/lib/. \"$1\"/usr/local/lib/\n";
    run(command("sh")
        .args(["-euc", script, "sh"])
        .arg(&root)
        .arg(sysroot.trim()))?;
    let environment = "ENV CARGO_HOME=/usr/local/cargo PATH=/usr/local/bin:/usr/bin:/bin";
    pack(engine, &root, ".", base, &[environment])?;
    Ok(fs::remove_dir_all(&root)?)
}
