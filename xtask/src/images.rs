//! The components' images, built from their generated Dockerfiles, unchanged.
//!
//! With BuildKit where the engine has it; else with buildah, on a base image of the Dockerfile's name made of Debian's slim
//! system and this machine's toolchain, and loaded into the engine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::engine::{Engine, directory};
use crate::process::{command, find, read, run};
use crate::{report, workspace};

/// Builds the image of every component, under the name its component.yaml gives it.
pub(crate) fn build(engine: &Engine) -> Result<()> {
    let build = if engine.has_buildkit() {
        with_buildkit
    } else {
        with_buildah
    };
    for name in workspace::COMPONENTS {
        let image = image(name)?;
        report::status("Building", &format!("the image {image}"));
        build(engine, &dockerfile(name), &image)?;
    }
    Ok(())
}

/// Makes an image of each static program, under its name and version 0.1.0.
pub(crate) fn import(engine: &Engine, programs: &[PathBuf]) -> Result<()> {
    for program in programs {
        let (Some(folder), Some(name)) = (program.parent(), program.file_name()) else {
            bail!("{}: not a file", program.display());
        };
        let archive = directory().join("image.tar");
        read(
            command("tar")
                .arg("-cf")
                .arg(&archive)
                .arg("-C")
                .arg(folder)
                .arg(name),
        )?;
        let image = format!("{}:0.1.0", name.to_string_lossy());
        read(engine.docker("import").arg(&archive).arg(image))?;
        fs::remove_file(&archive)?;
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

fn with_buildkit(engine: &Engine, dockerfile: &Path, image: &str) -> Result<()> {
    let mut build = engine.docker("buildx");
    run(build
        .args([
            "build",
            "--load",
            "--progress=plain",
            "--tag",
            image,
            "--file",
        ])
        .arg(dockerfile)
        .arg("."))
}

fn with_buildah(engine: &Engine, dockerfile: &Path, image: &str) -> Result<()> {
    for program in ["buildah", "debootstrap"] {
        if find(program).is_none() && !Path::new("/usr/sbin").join(program).is_file() {
            bail!(
                "the engine has no BuildKit, and {program} is not installed (.ci/setup installs it)"
            );
        }
    }
    stand_in(&base(dockerfile)?)?;
    let local = format!("localhost/{image}");
    run(buildah("bud")
        .args([
            "--layers",
            "--pull-never",
            "--isolation=chroot",
            "--network=host",
            "--tag",
            &local,
            "--file",
        ])
        .arg(dockerfile)
        .arg("."))?;
    let archive = directory().join("image.tar");
    let _old = fs::remove_file(&archive);
    read(
        buildah("push")
            .args(["--quiet", &local])
            .arg(format!("docker-archive:{}:{image}", archive.display())),
    )?;
    read(engine.docker("load").arg("--input").arg(&archive))?;
    Ok(fs::remove_file(&archive)?)
}

/// buildah with all it keeps below the target directory.
fn buildah(verb: &str) -> Command {
    let mut buildah = command("buildah");
    let state = directory().join("buildah");
    let temporary = state.join("tmp");
    // What cannot be made, buildah says itself.
    let _made = fs::create_dir_all(&temporary);
    buildah
        .env("TMPDIR", temporary)
        .arg("--root")
        .arg(state.join("root"))
        .arg("--runroot")
        .arg(state.join("run"))
        .arg(verb);
    buildah
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

/// Makes the base image of that name, if this toolchain's is not there yet.
fn stand_in(base: &str) -> Result<()> {
    let release = base.rsplit('-').next().unwrap_or_default();
    let sysroot = read(command("rustc").args(["--print", "sysroot"]))?;
    let wanted = format!("{base}\n{}", read(command("rustc").arg("-vV"))?);
    let stamp = directory().join("stand-in");
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    report::status(
        "Making",
        &format!("{base} of Debian's slim system and this machine's toolchain"),
    );
    let root = directory().join("stand-in-root");
    if root.exists() {
        fs::remove_dir_all(&root)?;
    }
    let packages = "--include=ca-certificates,gcc,libc6-dev";
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
    let recipe = directory().join("stand-in.Dockerfile");
    fs::write(
        &recipe,
        "FROM scratch\nCOPY . /\nENV CARGO_HOME=/usr/local/cargo PATH=/usr/local/bin:/usr/bin:/bin\n",
    )?;
    read(
        buildah("bud")
            .arg("--tag")
            .arg(format!("localhost/{base}"))
            .arg("--file")
            .arg(&recipe)
            .arg(&root),
    )?;
    fs::remove_dir_all(&root)?;
    fs::write(&stamp, wanted).with_context(|| stamp.display().to_string())
}
