//! What each task needs, and the command that installs it.
//!
//! Pure: computes advice from facts, so that one machine can test all others.

use semver::Version;
use serde::Serialize;

use kfp_workspace::Platform;

use super::{
    machine::Machine,
    tools::{Packages, Purpose, TOOLS},
};

/// The oldest compiler the crates build with.
const OLDEST_RUST: Version = Version::new(1, 89, 0);

/// One requirement, met or not.
#[derive(Debug, Serialize)]
pub(super) struct Check {
    /// What it is needed for.
    pub(super) purpose: Purpose,
    /// What it is.
    pub(super) name: String,
    /// What meets it, if anything does.
    pub(super) found: Option<String>,
    /// What needs it.
    pub(super) why: String,
    /// The command that installs it, or where to get it.
    pub(super) remedy: String,
}

/// Everything that components for these platforms may need on this machine.
pub(super) fn checks(machine: &Machine, platforms: &[Platform]) -> Vec<Check> {
    let mut checks = building(machine);
    for platform in platforms {
        checks.extend(platform_checks(machine, *platform));
    }
    checks.extend(TOOLS.iter().map(|tool| Check {
        purpose: tool.purpose,
        name: tool.name.into(),
        found: machine.first(tool.programs).map(str::to_owned),
        why: tool.why.into(),
        remedy: tool.packages.install(machine),
    }));
    checks.push(python(machine));
    checks.push(emulator(machine));
    checks
}

fn python(machine: &Machine) -> Check {
    let packages = Packages {
        apt: "python3 python3-venv",
        dnf: Some("python3"),
        brew: Some("python"),
        otherwise: "https://www.python.org",
    };
    Check {
        purpose: Purpose::Testing,
        name: "python3 with venv".into(),
        found: machine.python.clone(),
        why: "the KFP SDKs prove that each component.yaml loads and compiles".into(),
        remedy: packages.install(machine),
    }
}

fn emulator(machine: &Machine) -> Check {
    let foreign = if machine.cpu == "aarch64" {
        "x86_64"
    } else {
        "aarch64"
    };
    let program = format!("qemu-{foreign}-static");
    let packages = Packages {
        apt: "qemu-user-static",
        dnf: Some("qemu-user-static"),
        // Emulating single programs is Linux's.
        brew: None,
        otherwise: "run the tests on Linux",
    };
    Check {
        purpose: Purpose::Testing,
        name: format!("qemu for {foreign}"),
        found: machine.has(&program).then_some(program),
        why: "programs for the other platform are run once".into(),
        remedy: packages.install(machine),
    }
}

fn building(machine: &Machine) -> Vec<Check> {
    let rustc = machine
        .rustc
        .as_ref()
        .filter(|version| **version >= OLDEST_RUST);
    let check = |name: &str, found: Option<String>, why: &str, remedy: &str| Check {
        purpose: Purpose::Building,
        name: name.into(),
        found,
        why: why.into(),
        remedy: remedy.into(),
    };
    let component = |program: &str| machine.has(program).then(|| program.to_owned());
    let update = if machine.has("rustup") {
        "rustup update stable"
    } else {
        "https://rustup.rs"
    };
    let add = |name: &str, package: &str| {
        if machine.has("rustup") {
            format!("rustup component add {name}")
        } else {
            format!("apt-get install {package}")
        }
    };
    vec![
        check(
            "rustc",
            rustc.map(ToString::to_string),
            &format!("components need Rust {OLDEST_RUST} or newer"),
            update,
        ),
        check(
            "cargo",
            component("cargo"),
            "it builds and tests components",
            update,
        ),
        check(
            "rustfmt",
            component("rustfmt"),
            "`new` formats what it writes, CI checks it",
            &add("rustfmt", "rustfmt"),
        ),
        check(
            "clippy",
            component("cargo-clippy"),
            "CI runs it",
            &add("clippy", "rust-clippy"),
        ),
    ]
}

/// A way to a static program for a platform, and a compiler for its C parts.
fn platform_checks(machine: &Machine, platform: Platform) -> Vec<Check> {
    let (cpu, debian) = (platform.cpu(), platform.architecture());
    let (musl, gnu) = (
        format!("{cpu}-unknown-linux-musl"),
        format!("{cpu}-unknown-linux-gnu"),
    );
    let is_native = machine.os == "linux" && machine.cpu == cpu;
    let gnu_gcc = format!("{cpu}-linux-gnu-gcc");
    let musl_gcc = format!("{cpu}-linux-musl-gcc");
    let compiler = if is_native {
        machine.first(&["gcc", "clang"])
    } else {
        machine.first(&[gnu_gcc.as_str(), musl_gcc.as_str()])
    };
    // zig compiles C code for every platform, but with glibc's target it cannot link.
    let zig = machine
        .first(&["zig", "python-zig"])
        .filter(|_| machine.targets.contains(&musl));
    // glibc is linked by the C compiler; musl brings what it needs.
    let target = if machine.targets.contains(&musl) {
        Some(musl.clone())
    } else if machine.targets.contains(&gnu) && compiler.is_some() {
        Some(format!("{gnu}, static"))
    } else {
        None
    };
    let add_target = if machine.has("rustup") {
        format!("rustup target add {musl}")
    } else if machine.has("apt-get") && !is_native {
        format!(
            "dpkg --add-architecture {debian} && apt-get update && apt-get install libstd-rust-web-dev:{debian}"
        )
    } else {
        "https://rustup.rs, then run this again".into()
    };
    let dashed = cpu.replace('_', "-");
    let packages = if is_native {
        "gcc".to_owned()
    } else {
        format!("gcc-{dashed}-linux-gnu")
    };
    let add_compiler = if machine.os == "macos" {
        "brew install zig".to_owned()
    } else {
        let otherwise = "https://github.com/richfelker/musl-cross-make";
        Packages {
            apt: &packages,
            dnf: Some(&packages),
            brew: None,
            otherwise,
        }
        .install(machine)
    };
    let check = |name: &str, found: Option<String>, why: &str, remedy: String| Check {
        purpose: Purpose::Publishing,
        name: format!("{platform} {name}"),
        found,
        why: why.into(),
        remedy,
    };
    vec![
        check(
            "target",
            target,
            "programs for that platform are compiled here",
            add_target,
        ),
        check(
            "C compiler",
            compiler.or(zig).map(str::to_owned),
            "components with C parts, such as TLS, need one for that platform",
            add_compiler,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(os: &str, cpu: &str, programs: &[&str], targets: &[&str]) -> Machine {
        Machine {
            os: os.into(),
            cpu: cpu.into(),
            programs: programs.iter().map(ToString::to_string).collect(),
            targets: targets.iter().map(ToString::to_string).collect(),
            rustc: Some(Version::new(1, 95, 0)),
            python: None,
        }
    }

    fn find<'a>(checks: &'a [Check], name: &str) -> &'a Check {
        checks
            .iter()
            .find(|check| check.name == name)
            .unwrap_or_else(|| panic!("a check named {name}"))
    }

    #[test]
    fn rustup_adds_the_target_that_is_missing() {
        let laptop = machine(
            "linux",
            "x86_64",
            &["rustup", "gcc"],
            &["x86_64-unknown-linux-musl"],
        );
        let checks = checks(&laptop, &Platform::ALL);
        assert_eq!(
            find(&checks, "linux/amd64 target").found.as_deref(),
            Some("x86_64-unknown-linux-musl")
        );
        let arm = find(&checks, "linux/arm64 target");
        assert_eq!(
            (arm.found.as_deref(), arm.remedy.as_str()),
            (None, "rustup target add aarch64-unknown-linux-musl")
        );
    }

    #[test]
    fn a_static_glibc_serves_only_with_a_linker() {
        let targets = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"];
        let without = checks(
            &machine("linux", "x86_64", &["apt-get", "gcc"], &targets),
            &Platform::ALL,
        );
        assert!(find(&without, "linux/amd64 target").found.is_some());
        assert!(find(&without, "linux/arm64 target").found.is_none());
        assert_eq!(
            find(&without, "linux/arm64 C compiler").remedy,
            "apt-get install gcc-aarch64-linux-gnu"
        );
        let with = checks(
            &machine(
                "linux",
                "x86_64",
                &["apt-get", "gcc", "aarch64-linux-gnu-gcc"],
                &targets,
            ),
            &Platform::ALL,
        );
        assert_eq!(
            find(&with, "linux/arm64 target").found.as_deref(),
            Some("aarch64-unknown-linux-gnu, static")
        );
    }

    #[test]
    fn zig_compiles_c_code_beside_a_musl_target() {
        let compiler = |targets: &[&str]| {
            let machine = machine("macos", "aarch64", &["rustup", "python-zig"], targets);
            let checks = checks(&machine, &Platform::ALL);
            find(&checks, "linux/arm64 C compiler").found.clone()
        };
        assert_eq!(
            compiler(&["aarch64-unknown-linux-musl"]).as_deref(),
            Some("python-zig")
        );
        assert_eq!(compiler(&["aarch64-unknown-linux-gnu"]), None);
    }

    #[test]
    fn an_arm_mac_is_sent_to_homebrew() {
        let mac = machine("macos", "aarch64", &["brew", "rustup", "clang"], &[]);
        let checks = checks(&mac, &Platform::ALL);
        // The Mac's own compiler makes no Linux programs, for either processor.
        for platform in ["linux/amd64", "linux/arm64"] {
            let compiler = find(&checks, &format!("{platform} C compiler"));
            assert!(
                compiler.found.is_none() && compiler.remedy.starts_with("brew install"),
                "{compiler:?}"
            );
        }
        assert_eq!(find(&checks, "skopeo").remedy, "brew install skopeo");
    }

    #[test]
    fn an_arm_host_needs_the_other_cross_compiler_and_emulator() {
        let host = machine(
            "linux",
            "aarch64",
            &["apt-get", "gcc"],
            &["aarch64-unknown-linux-gnu"],
        );
        let checks = checks(&host, &Platform::ALL);
        assert!(find(&checks, "linux/arm64 target").found.is_some());
        assert_eq!(
            find(&checks, "linux/amd64 C compiler").remedy,
            "apt-get install gcc-x86-64-linux-gnu"
        );
        assert_eq!(
            find(&checks, "qemu for x86_64").remedy,
            "apt-get install qemu-user-static"
        );
    }

    #[test]
    fn an_old_compiler_is_missing() {
        let old = Machine {
            rustc: Some(Version::new(1, 70, 0)),
            ..machine("linux", "x86_64", &["rustup"], &[])
        };
        let checks = checks(&old, &[]);
        assert!(find(&checks, "rustc").found.is_none());
        assert_eq!(find(&checks, "rustc").remedy, "rustup update stable");
    }
}
