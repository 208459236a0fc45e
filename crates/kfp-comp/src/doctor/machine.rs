//! What is installed on this machine.
//!
//! Facts only; [`super::checks`] decides what they mean for a component.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use semver::Version;

/// What is installed on a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Machine {
    /// `linux`, `macos`, …
    pub(super) os: String,
    /// `x86_64`, `aarch64`, …
    pub(super) cpu: String,
    /// The programs of [`PROGRAMS`] that are on the `PATH`.
    pub(super) programs: BTreeSet<String>,
    /// The targets of [`TARGETS`] whose standard library is installed.
    pub(super) targets: BTreeSet<String>,
    /// Whether the toolchain includes a linker.
    pub(super) has_lld: bool,
    /// The compiler's version.
    pub(super) rustc: Option<Version>,
    /// Python's version, if it is 3 and can make virtual environments.
    pub(super) python: Option<String>,
}

/// The programs looked for.
pub(super) const PROGRAMS: &[&str] = &[
    "aarch64-linux-gnu-gcc",
    "aarch64-linux-musl-gcc",
    "apt-get",
    "brew",
    "buildah",
    "cargo",
    "cargo-clippy",
    "cc",
    "chromium",
    "chromium-browser",
    "dnf",
    "docker",
    "docker-registry",
    "google-chrome",
    "podman",
    "python-zig",
    "qemu-aarch64-static",
    "qemu-x86_64-static",
    "registry",
    "rustfmt",
    "rustup",
    "skopeo",
    "x86_64-linux-gnu-gcc",
    "x86_64-linux-musl-gcc",
    "zig",
];

/// The targets looked for.
pub(super) const TARGETS: &[&str] = &[
    "x86_64-unknown-linux-musl",
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-musl",
    "aarch64-unknown-linux-gnu",
];

impl Machine {
    /// Inspects this machine.
    pub(super) fn probe() -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let directories: Vec<PathBuf> = std::env::split_paths(&path).collect();
        let is_installed = |program: &&&str| {
            let file = format!("{program}{}", std::env::consts::EXE_SUFFIX);
            directories
                .iter()
                .any(|directory| directory.join(&file).is_file())
        };
        let has_library = |target: &&&str| {
            stdout_of("rustc", &["--print", "target-libdir", "--target", target])
                .is_some_and(|directory| PathBuf::from(directory).is_dir())
        };
        Self {
            os: std::env::consts::OS.to_owned(),
            cpu: std::env::consts::ARCH.to_owned(),
            programs: PROGRAMS
                .iter()
                .filter(is_installed)
                .map(ToString::to_string)
                .collect(),
            targets: TARGETS
                .iter()
                .filter(has_library)
                .map(ToString::to_string)
                .collect(),
            has_lld: has_lld(),
            rustc: stdout_of("rustc", &["--version"])
                .and_then(|text| Version::parse(text.split_whitespace().nth(1)?).ok()),
            python: stdout_of(
                "python3",
                &[
                    "-c",
                    "import ensurepip, venv, platform; print(platform.python_version())",
                ],
            ),
        }
    }

    /// Whether a program is installed.
    pub(super) fn has(&self, program: &str) -> bool {
        self.programs.contains(program)
    }

    /// The first of these programs that is installed.
    pub(super) fn first<'a>(&self, programs: &[&'a str]) -> Option<&'a str> {
        programs.iter().copied().find(|program| self.has(program))
    }
}

/// Whether `rust-lld` is part of the toolchain.
fn has_lld() -> bool {
    let libraries = stdout_of("rustc", &["--print", "target-libdir"]).map(PathBuf::from);
    libraries
        .as_deref()
        .and_then(Path::parent)
        .is_some_and(|target| {
            target
                .join(format!("bin/rust-lld{}", std::env::consts::EXE_SUFFIX))
                .is_file()
        })
}

/// What a program prints, if it is installed and succeeds.
fn stdout_of(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}
