//! The compiler in use: the workspace's own, or another by name.
//!
//! Cargo stays the one that runs this program, since a linked toolchain may have none.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Context as _, Error, Result};

/// A Rust compiler and the cargo that drives it.
#[derive(Clone, Debug)]
pub(crate) struct Toolchain {
    pub(super) cargo: OsString,
    pub(super) rustc: PathBuf,
    pub(super) sysroot: PathBuf,
    /// The triple of this machine.
    pub(super) host: String,
    /// The commit the compiler was built from.
    pub(super) commit: String,
    /// One line that tells this compiler and cargo from others.
    pub(super) version: String,
}

impl Toolchain {
    /// The toolchain called `name` as rustup lists it, or the one this workspace uses.
    pub(crate) fn find(name: Option<&str>) -> Result<Self> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let rustc = match name {
            None => std::env::var_os("RUSTC").map_or_else(|| "rustc".into(), PathBuf::from),
            Some(name) => run("rustup", ["which", "--toolchain", name, "rustc"])
                .map_err(|error| {
                    Error::new(format!("no toolchain is called `{name}`"))
                        .because(error)
                        .hint("`rustup toolchain list` names them")
                })?
                .into(),
        };
        let about = run(&rustc, ["-vV"])?;
        let field = |key: &str| {
            about
                .lines()
                .find_map(|line| line.strip_prefix(key))
                .unwrap_or_default()
                .to_owned()
        };
        let cargo_version = run(&cargo, ["-V"])?;
        Ok(Self {
            sysroot: run(&rustc, ["--print", "sysroot"])?.into(),
            host: field("host: "),
            commit: field("commit-hash: "),
            version: format!(
                "{}; {cargo_version}",
                about.lines().next().unwrap_or_default()
            ),
            cargo,
            rustc,
        })
    }

    /// Whether the standard library for `target` is installed.
    pub(super) fn has_std(&self, target: &str) -> bool {
        let Ok(files) = self
            .sysroot
            .join("lib/rustlib")
            .join(target)
            .join("lib")
            .read_dir()
        else {
            return false;
        };
        files
            .flatten()
            .any(|file| file.file_name().as_encoded_bytes().starts_with(b"libstd-"))
    }

    /// Whether the toolchain brings its own linker.
    pub(super) fn has_lld(&self) -> bool {
        self.sysroot
            .join("lib/rustlib")
            .join(&self.host)
            .join("bin/rust-lld")
            .is_file()
    }
}

/// The first line a compiler says about itself, without the name it was called by: `(Debian 12.2.0-14) 12.2.0`.
pub(super) fn compiler_version(program: &Path) -> Result<String> {
    let text = run(program, ["--version"])?;
    let line = text.lines().next().unwrap_or_default();
    Ok(line
        .find('(')
        .map_or(line, |start| &line[start..])
        .to_owned())
}

/// The version of zig, which decides that of its C compiler: `zig 0.15.2`.
pub(super) fn zig_version(program: &str) -> Result<String> {
    Ok(format!("zig {}", run(program, ["version"])?))
}

/// The program's path, if it is on the search path.
pub(super) fn on_path(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

fn run<const N: usize>(program: impl AsRef<OsStr>, arguments: [&str; N]) -> Result<String> {
    let program = program.as_ref();
    let command = format!("{} {}", program.to_string_lossy(), arguments.join(" "));
    let output = Command::new(program)
        .args(arguments)
        .output()
        .context(|| format!("could not run `{command}`"))?;
    if !output.status.success() {
        // Below an empty line, rustup adds a backtrace where RUST_BACKTRACE asks for one.
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.split("\n\n").next().unwrap_or_default();
        return Err(Error::new(format!("`{command}` failed"))
            .because(said.trim().trim_start_matches("error: ")));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
