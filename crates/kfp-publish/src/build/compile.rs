//! One run of cargo: one component, one platform.
//!
//! Everything that could make the same commit differ from machine to machine is set here and taken from nowhere else.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::route::{CCompiler, Linker, Route};
use super::toolchain::Toolchain;
use crate::error::{Context as _, Error, Result};
use crate::image::Program;

/// What to compile.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The component's name, which is also the program's.
    pub name: &'a str,
    /// The package, as cargo names it in full.
    pub package: &'a str,
    /// The workspace's folder.
    pub root: &'a Path,
    /// The folder cargo builds in.
    pub target: &'a Path,
    /// Folders whose place on this machine must not show in the program, and what stands for them.
    pub remaps: &'a [(PathBuf, String)],
    /// Whether cargo is to say nothing but errors.
    pub quiet: bool,
}

/// Compiles one program. Cargo's own messages go to stderr.
pub fn compile(request: &Request<'_>, route: &Route, toolchain: &Toolchain) -> Result<Program> {
    let mut cargo = Command::new(&toolchain.cargo);
    cargo
        .current_dir(request.root)
        .args([
            "build",
            "--locked",
            "--profile",
            "component",
            "--target",
            &route.target,
        ])
        .args(["--package", request.package, "--bin", request.name])
        .arg("--target-dir")
        .arg(request.target)
        .env("RUSTC", &toolchain.rustc)
        // Beats every other source of flags, the user's included.
        .env("CARGO_ENCODED_RUSTFLAGS", flags(request, route, toolchain))
        // The same for every component: build scripts watch it, and what they share would be built again for each.
        .env("SOURCE_DATE_EPOCH", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    // What a cargo around us says of its own crate. Build scripts watch these, so ring would be built again whenever
    // `cargo xtask publish` and a plain run take turns.
    let of_another = |name: &OsString| {
        let name = name.as_encoded_bytes();
        name.starts_with(b"CARGO_PKG_") || name.starts_with(b"CARGO_MANIFEST_")
    };
    for (name, _) in std::env::vars_os().filter(|(name, _)| of_another(name)) {
        cargo.env_remove(name);
    }
    if request.quiet {
        cargo.arg("--quiet");
    }
    // Ubuntu's compiler turns fortification on by itself, and musl lacks the functions it calls.
    let mut c_flags = "-U_FORTIFY_SOURCE".to_owned();
    let cc = match &route.cc {
        None => None,
        Some(CCompiler::Cc(path)) => Some(path.clone().into_os_string()),
        Some(CCompiler::Zig(program)) => {
            // The target's name in zig; of two targets the last one counts, and the crate `cc` adds rustc's before.
            let target = format!(" -target {}-linux-musl", route.platform.cpu());
            c_flags.push_str(&target);
            Some(format!("{program} cc").into())
        }
    };
    if let Some(cc) = cc {
        let target = route.target.replace('-', "_");
        cargo.env(format!("CC_{target}"), cc);
        cargo.env(format!("CFLAGS_{target}"), c_flags);
    }

    let failed = || {
        format!(
            "could not compile `{}` for {}",
            request.name, route.platform
        )
    };
    let status = cargo.status().context(failed)?;
    if !status.success() {
        let error = Error::new(failed());
        return Err(if route.cc.is_none() {
            error.hint("if a crate needs a C compiler for the target: `pip install ziglang`")
        } else {
            error.hint(format!(
                "mend what cargo reports above; `cargo check --package {}` is quicker",
                request.name
            ))
        });
    }
    let path = request
        .target
        .join(&route.target)
        .join("component")
        .join(request.name);
    let bytes = fs::read(&path).context(|| format!("could not read `{}`", path.display()))?;
    Ok(Program {
        platform: route.platform,
        bytes,
        builder: route.builder(toolchain)?,
    })
}

/// The compiler's flags, separated as cargo wants them.
fn flags(request: &Request<'_>, route: &Route, toolchain: &Toolchain) -> OsString {
    let mut flags: Vec<OsString> = vec!["-Ctarget-feature=+crt-static".into()];
    match &route.linker {
        Linker::RustLld => {
            flags.extend(["-Clinker=rust-lld".into(), "-Clinker-flavor=ld.lld".into()]);
        }
        Linker::Cc(cc) => {
            let mut flag = OsString::from("-Clinker=");
            flag.push(cc);
            flags.push(flag);
        }
    }
    let library = (
        toolchain.sysroot.join("lib/rustlib/src/rust"),
        format!("/rustc/{}", toolchain.commit),
    );
    // The last that fits wins, so the widest folder comes first.
    let own = [
        (request.root.to_owned(), "/src".to_owned()),
        (request.target.to_owned(), "/target".to_owned()),
    ];
    for (from, to) in own.iter().chain(request.remaps).chain([&library]) {
        let mut flag = OsString::from("--remap-path-prefix=");
        flag.push(from);
        flag.push("=");
        flag.push(to);
        flags.push(flag);
    }
    flags.join("\u{1f}".as_ref())
}
