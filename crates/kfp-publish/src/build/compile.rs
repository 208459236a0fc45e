//! One run of cargo: one component, one platform.
//!
//! What would make the same commit differ from machine to machine is set here. What the workspace and the user tell
//! cargo and the C compilers stays, and is named in the builder's label.

use std::ffi::OsString;
use std::fs;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::config::CargoConfig;
use super::diagnosis;
use super::route::{CCompiler, Linker, Route};
use super::toolchain::Toolchain;
use crate::error::{Context as _, Error, Result};
use crate::image::Program;

/// What to compile.
#[derive(Clone, Debug)]
pub(crate) struct Request<'a> {
    /// The component's name, which is also the program's.
    pub name: &'a str,
    /// The package, as cargo names it in full.
    pub package: &'a str,
    /// The profile it is compiled with.
    pub profile: &'static str,
    /// The workspace's folder.
    pub root: &'a Path,
    /// The folder cargo builds in.
    pub target: &'a Path,
    /// Directories of this machine that must not show in the program, each with what replaces it.
    pub remaps: &'a [(PathBuf, String)],
    /// What the workspace and the environment tell cargo.
    pub(crate) config: &'a CargoConfig,
    /// Whether cargo is to say nothing but errors.
    pub quiet: bool,
}

impl Request<'_> {
    /// The program, once it is compiled.
    fn program(&self, route: &Route) -> PathBuf {
        self.target
            .join(&route.target)
            .join(self.profile)
            .join(self.name)
    }

    /// The list of the files that the compilers read, once the program is compiled.
    pub(crate) fn dep_info(&self, route: &Route) -> PathBuf {
        self.program(route).with_extension("d")
    }
}

/// Compiles one program. Cargo's own messages go to stderr.
pub(crate) fn compile(
    request: &Request<'_>,
    route: &Route,
    toolchain: &Toolchain,
) -> Result<Program> {
    let configured = request.config.rustflags(&route.target)?;
    let mut flags: Vec<OsString> = configured.iter().map(Into::into).collect();
    flags.extend(own_flags(request, route, toolchain)?);
    let mut cargo = Command::new(&toolchain.cargo);
    cargo
        .current_dir(request.root)
        .args([
            "build",
            "--locked",
            "--profile",
            request.profile,
            "--target",
            &route.target,
        ])
        .args(["--package", request.package, "--bin", request.name])
        .arg("--target-dir")
        .arg(request.target)
        .env("RUSTC", &toolchain.rustc)
        // The one source of flags that beats all others: it holds those of the others too.
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}".as_ref()))
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
    let c = CSettings::of(request.config, route);
    cargo.envs(c.variables);

    let mut described = c.described;
    if !configured.is_empty() {
        described.push(format!("rustflags {}", configured.join(" ")));
    }

    let failed = || {
        format!(
            "could not compile `{}` for {}",
            request.name, route.platform
        )
    };
    if let Err(output) = run(&mut cargo, request.quiet).context(failed)? {
        let hint = diagnosis::hint(&output, request.name, route);
        return Err(Error::new(failed()).hint(hint));
    }
    let path = request.program(route);
    let bytes = fs::read(&path).context(|| format!("could not read `{}`", path.display()))?;
    Ok(Program {
        platform: route.platform,
        bytes,
        builder: [vec![route.builder(toolchain)?], described]
            .concat()
            .join("; "),
    })
}

/// Runs cargo; the end of what it said if it failed. Its output reaches stderr as if cargo wrote there itself.
fn run(cargo: &mut Command, quiet: bool) -> std::io::Result<std::result::Result<(), String>> {
    if std::io::stderr().is_terminal() && !quiet {
        let unset = |name| std::env::var_os(name).is_none();
        for (name, value) in [
            ("CARGO_TERM_COLOR", "always"),
            ("CARGO_TERM_PROGRESS_WHEN", "always"),
            ("CARGO_TERM_PROGRESS_WIDTH", "80"),
        ] {
            if unset(name) && unset("NO_COLOR") {
                cargo.env(name, value);
            }
        }
    }
    let mut child = cargo.stderr(Stdio::piped()).spawn()?;
    let output = child.stderr.take();
    let output = output.map(|output| diagnosis::forward(output, std::io::stderr()));
    let output = output.unwrap_or_default();
    Ok(if child.wait()?.success() {
        Ok(())
    } else {
        Err(output)
    })
}

/// The user's C settings that a build script would find, or the route's compilers where there are none.
struct CSettings {
    variables: Vec<(String, OsString)>,
    /// The user's, for the builder's label.
    described: Vec<String>,
}

impl CSettings {
    fn of(config: &CargoConfig, route: &Route) -> Self {
        let mut settings = Self {
            variables: Vec::new(),
            described: Vec::new(),
        };
        // Ubuntu's compiler turns fortification on by itself, and musl lacks the functions it calls.
        let mut own_flags = "-U_FORTIFY_SOURCE".to_owned();
        let compilers: [(&str, Option<OsString>); 2] = match &route.cc {
            None => return settings,
            Some(CCompiler::Cc(cc)) => {
                let cxx = Some(cxx(cc)).filter(|cxx| cxx.is_file());
                [("CC", Some(cc.into())), ("CXX", cxx.map(Into::into))]
            }
            Some(CCompiler::Zig(program)) => {
                // The target's name in zig; of two targets the last one counts, and the crate `cc` adds rustc's before.
                own_flags = format!("{own_flags} -target {}-linux-musl", route.platform.cpu());
                let command = |mode| Some(format!("{program} {mode}").into());
                [("CC", command("cc")), ("CXX", command("c++"))]
            }
        };
        let underscored = route.target.replace('-', "_");
        for (variable, compiler) in compilers {
            if let Some((_, value)) = find(config, variable, route) {
                settings.described.push(format!("{variable} {value}"));
            } else if let Some(compiler) = compiler {
                let name = format!("{variable}_{underscored}");
                settings.variables.push((name, compiler));
            }
        }
        for variable in ["CFLAGS", "CXXFLAGS"] {
            let mut name = format!("{variable}_{underscored}");
            let mut flags = own_flags.clone();
            if let Some((own, value)) = find(config, variable, route) {
                settings.described.push(format!("{variable} {value}"));
                flags = format!("{value} {flags}");
                if own.ends_with(&route.target) {
                    name = own;
                }
            }
            settings.variables.push((name, flags.into()));
        }
        settings
    }
}

/// The variable that a build script would find for the route's target, by the rules of the `cc` crate.
fn find(config: &CargoConfig, variable: &str, route: &Route) -> Option<(String, String)> {
    let underscored = route.target.replace('-', "_");
    let mut names = vec![
        format!("{variable}_{}", route.target),
        format!("{variable}_{underscored}"),
        format!("TARGET_{variable}"),
    ];
    // A compiler without a target is the host's; flags are for all.
    if variable.ends_with("FLAGS") || route.is_native() {
        names.push(variable.to_owned());
    }
    names
        .into_iter()
        .find_map(|name| Some((name.clone(), config.build_variable(&name)?)))
}

/// The C++ compiler beside a C compiler.
fn cxx(cc: &Path) -> PathBuf {
    let name = cc.file_name().unwrap_or_default().to_string_lossy();
    cc.with_file_name(match name.strip_suffix("gcc") {
        Some(prefix) => format!("{prefix}g++"),
        None => name.replace("cc", "c++"),
    })
}

/// The flags without which a program could not run in an image, or would differ from machine to machine.
fn own_flags(request: &Request<'_>, route: &Route, toolchain: &Toolchain) -> Result<Vec<OsString>> {
    let mut flags: Vec<OsString> = vec!["-Ctarget-feature=+crt-static".into()];
    match &route.linker {
        _ if request.config.has_linker(&route.target)? => {}
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
    Ok(flags)
}
