//! Which target, linker and C compiler serve a platform on this tools.
//!
//! musl first: smaller programs, and `rustup target add` is all it takes. Then static glibc. Never a container, never emulation.

use std::path::{Path, PathBuf};

use super::toolchain::{self, Toolchain};
use crate::error::{Error, Result};
use kfp_workspace::Platform;

/// How programs for one platform are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// What it makes programs for.
    pub platform: Platform,
    /// The target triple.
    pub target: String,
    pub(super) linker: Linker,
    /// The C compiler for crates that have C code. Without one, those crates cannot be built.
    pub(super) cc: Option<CCompiler>,
}

/// What puts the program together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Linker {
    /// The linker of the Rust toolchain, with the C library of the musl target.
    RustLld,
    /// A C compiler, with the C library it knows.
    Cc(PathBuf),
}

/// What compiles the C code of dependencies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CCompiler {
    /// A compiler for the platform.
    Cc(PathBuf),
    /// `zig cc`, which compiles for every platform. The name it has on the search path.
    Zig(&'static str),
}

/// What zig is called, and what the Python package `ziglang` calls it.
const ZIG: [&str; 2] = ["zig", "python-zig"];

/// What this machine has, as far as [`choose`] asks.
struct Tools<'a> {
    host: &'a str,
    lld: bool,
    std: &'a dyn Fn(&str) -> bool,
    program: &'a dyn Fn(&str) -> Option<PathBuf>,
}

impl Route {
    /// The best way this machine has, or what to install.
    pub(crate) fn find(platform: Platform, toolchain: &Toolchain) -> Result<Self> {
        let tools = Tools {
            host: &toolchain.host,
            lld: toolchain.has_lld(),
            std: &|target| toolchain.has_std(target),
            program: &toolchain::on_path,
        };
        choose(platform, &tools)
    }

    /// Whether this machine runs programs for the platform.
    pub(super) fn is_native(&self) -> bool {
        cfg!(target_os = "linux") && self.platform == Platform::host()
    }

    /// Whether it can build crates that have C code.
    pub(crate) fn compiles_c(&self) -> bool {
        self.cc.is_some()
    }

    /// Says that a component cannot be built, because `package` has C code.
    pub(crate) fn needs_cc(&self, package: &str) -> Error {
        Error::new(format!(
            "`{package}` has C code, and there is no C compiler for {}",
            self.platform
        ))
        .hint(format!(
            "`{}` or `pip install ziglang`",
            install_cc(self.platform)
        ))
    }

    /// The route in a few words, for people.
    pub(crate) fn describe(&self) -> String {
        let linker = match &self.linker {
            Linker::RustLld => "rust-lld".to_owned(),
            Linker::Cc(cc) => name(cc),
        };
        let zig = match &self.cc {
            Some(CCompiler::Zig(_)) => " and zig for C code",
            _ => "",
        };
        format!("{} with {linker}{zig}", self.target)
    }

    /// The compilers in full: equal source and equal builder give equal programs.
    pub(super) fn builder(&self, toolchain: &Toolchain) -> Result<String> {
        let linker = match &self.linker {
            Linker::RustLld => "rust-lld",
            Linker::Cc(_) => "cc",
        };
        let cc = match &self.cc {
            None => "no cc".to_owned(),
            Some(CCompiler::Cc(path)) => format!("cc {}", toolchain::compiler_version(path)?),
            Some(CCompiler::Zig(program)) => format!("cc {}", toolchain::zig_version(program)?),
        };
        let Toolchain { version, .. } = toolchain;
        Ok(format!("{version}; {}; linker {linker}; {cc}", self.target))
    }
}

fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

fn choose(platform: Platform, tools: &Tools<'_>) -> Result<Route> {
    let cpu = platform.cpu();
    let musl = format!("{cpu}-unknown-linux-musl");
    let gnu = format!("{cpu}-unknown-linux-gnu");
    let own_cc = || {
        let native = tools.host.starts_with(cpu) && tools.host.contains("-linux-");
        native.then(|| (tools.program)("cc")).flatten()
    };
    let gnu_cc = || (tools.program)(&format!("{cpu}-linux-gnu-gcc")).or_else(own_cc);

    if (tools.std)(&musl) {
        let cc = (tools.program)(&format!("{cpu}-linux-musl-gcc")).or_else(gnu_cc);
        let linker = match &cc {
            _ if tools.lld => Linker::RustLld,
            Some(cc) => Linker::Cc(cc.clone()),
            None => return Err(no_compiler(platform, &musl)),
        };
        let zig = || ZIG.into_iter().find(|zig| (tools.program)(zig).is_some());
        return Ok(Route {
            platform,
            target: musl,
            linker,
            cc: cc.map(CCompiler::Cc).or_else(|| zig().map(CCompiler::Zig)),
        });
    }
    if (tools.std)(&gnu) {
        let cc = gnu_cc().ok_or_else(|| no_compiler(platform, &gnu))?;
        return Ok(Route {
            platform,
            target: gnu,
            linker: Linker::Cc(cc.clone()),
            cc: Some(CCompiler::Cc(cc)),
        });
    }
    Err(Error::new(format!(
        "the Rust standard library for {platform} is not installed ({musl} or {gnu})"
    ))
    .hint(format!(
        "rustup target add {musl}\n      \
         and, for crates with C code, `{}` or `pip install ziglang`\n      \
         or name a toolchain that has it: `--toolchain NAME` or KFP_TOOLCHAIN=NAME",
        install_cc(platform)
    )))
}

fn no_compiler(platform: Platform, target: &str) -> Error {
    Error::new(format!(
        "no linker for {platform}: {target} needs `{}-linux-gnu-gcc`",
        platform.cpu()
    ))
    .hint(install_cc(platform))
}

/// Installs Debian's C cross compiler.
pub(super) fn install_cc(platform: Platform) -> String {
    format!(
        "apt-get install -y gcc-{}-linux-gnu",
        platform.cpu().replace('_', "-")
    )
}

/// Installs Debian's C++ cross compiler.
pub(super) fn install_cxx(platform: Platform) -> String {
    install_cc(platform).replace("gcc-", "g++-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(
        platform: Platform,
        host: &str,
        lld: bool,
        std: &[&str],
        programs: &[&str],
    ) -> Result<Route> {
        let tools = Tools {
            host,
            lld,
            std: &|target| std.contains(&target),
            program: &|name| {
                programs
                    .contains(&name)
                    .then(|| PathBuf::from("/bin").join(name))
            },
        };
        choose(platform, &tools)
    }

    const LINUX: &str = "x86_64-unknown-linux-gnu";
    const MAC: &str = "aarch64-apple-darwin";
    const MUSL: &str = "aarch64-unknown-linux-musl";
    const GNU: &str = "aarch64-unknown-linux-gnu";

    #[test]
    fn musl_wins_over_glibc_and_is_linked_by_the_toolchain_itself() {
        let route = route(
            Platform::LinuxArm64,
            LINUX,
            true,
            &[MUSL, GNU],
            &["aarch64-linux-gnu-gcc"],
        )
        .unwrap();
        assert_eq!(route.target, MUSL);
        assert_eq!(route.linker, Linker::RustLld);
        assert_eq!(
            route.cc,
            Some(CCompiler::Cc("/bin/aarch64-linux-gnu-gcc".into()))
        );
    }

    #[test]
    fn pure_rust_needs_no_c_compiler() {
        let route = route(Platform::LinuxArm64, MAC, true, &[MUSL], &["cc"]).unwrap();
        assert_eq!((route.linker, route.cc), (Linker::RustLld, None));
    }

    #[test]
    fn zig_compiles_c_where_no_c_compiler_fits() {
        let route = route(
            Platform::LinuxArm64,
            MAC,
            true,
            &[MUSL],
            &["cc", "python-zig"],
        )
        .unwrap();
        assert_eq!(route.linker, Linker::RustLld);
        assert_eq!(route.cc, Some(CCompiler::Zig("python-zig")));
        assert_eq!(
            route.describe(),
            "aarch64-unknown-linux-musl with rust-lld and zig for C code"
        );
    }

    #[test]
    fn without_musl_static_glibc_is_linked_by_the_cross_compiler() {
        let route = route(
            Platform::LinuxArm64,
            LINUX,
            true,
            &[GNU],
            &["cc", "aarch64-linux-gnu-gcc"],
        )
        .unwrap();
        assert_eq!(route.target, GNU);
        assert_eq!(
            route.linker,
            Linker::Cc("/bin/aarch64-linux-gnu-gcc".into())
        );
    }

    #[test]
    fn the_hosts_own_compiler_serves_its_own_platform_only() {
        let native = route(
            Platform::LinuxAmd64,
            LINUX,
            false,
            &["x86_64-unknown-linux-gnu"],
            &["cc"],
        )
        .unwrap();
        assert_eq!(native.linker, Linker::Cc("/bin/cc".into()));
        let error = route(Platform::LinuxArm64, LINUX, false, &[GNU], &["cc"]).unwrap_err();
        assert_eq!(
            error.report(),
            "error: no linker for linux/arm64: aarch64-unknown-linux-gnu needs `aarch64-linux-gnu-gcc`\n\
             hint: apt-get install -y gcc-aarch64-linux-gnu"
        );
    }

    #[test]
    fn what_is_missing_is_named_with_the_command_that_installs_it() {
        let report = route(Platform::LinuxAmd64, MAC, true, &[], &["cc"])
            .unwrap_err()
            .report();
        assert!(
            report.contains("hint: rustup target add x86_64-unknown-linux-musl\n"),
            "{report}"
        );
        assert!(
            report.contains("apt-get install -y gcc-x86-64-linux-gnu"),
            "{report}"
        );
        assert!(report.contains("--toolchain NAME"), "{report}");
    }
}
