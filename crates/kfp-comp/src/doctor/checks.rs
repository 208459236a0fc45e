//! What each task needs, and the command that installs it.
//!
//! Pure: computes advice from facts, so that one machine can test all others.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;
use serde::Serialize;

use kfp_workspace::Platform;

use super::{
    machine::Machine,
    project::Project,
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
    /// Another command that is enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) alternative: Option<String>,
}

/// Everything that components for these platforms may need on this machine.
pub(super) fn checks(
    machine: &Machine,
    platforms: &[Platform],
    project: Option<&Project>,
) -> Vec<Check> {
    let mut checks = building(machine);
    checks.extend(project.and_then(lock_file));
    for platform in platforms {
        checks.extend(platform_checks(machine, *platform, project));
    }
    checks.extend(TOOLS.iter().map(|tool| Check {
        purpose: tool.purpose,
        name: tool.name.into(),
        found: machine.first(tool.programs).map(str::to_owned),
        why: tool.why.into(),
        remedy: tool.packages.install(machine),
        alternative: None,
    }));
    checks.push(python(machine));
    checks.push(emulator(machine));
    checks
}

/// Whether `Cargo.lock` is up to date; nothing if that is unknown.
fn lock_file(project: &Project) -> Option<Check> {
    Some(Check {
        purpose: Purpose::Publishing,
        name: "Cargo.lock".into(),
        found: project.is_locked?.then(|| "up to date".to_owned()),
        why: "`publish` and the Dockerfiles build exactly what it lists, and it is missing or does not fit the manifests"
            .into(),
        remedy: "cargo update --workspace".into(),
        alternative: None,
    })
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
        alternative: None,
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
        alternative: None,
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
        alternative: None,
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

/// What compiles a static program for a platform, and the C code in it.
fn platform_checks(machine: &Machine, platform: Platform, project: Option<&Project>) -> Vec<Check> {
    let cpu = platform.cpu();
    let (musl, gnu) = (
        format!("{cpu}-unknown-linux-musl"),
        format!("{cpu}-unknown-linux-gnu"),
    );
    let is_native = machine.os == "linux" && machine.cpu == cpu;
    let gnu_gcc = format!("{cpu}-linux-gnu-gcc");
    let musl_gcc = format!("{cpu}-linux-musl-gcc");
    let mut compilers = vec![musl_gcc.as_str(), gnu_gcc.as_str()];
    if is_native {
        compilers.push("cc");
    }
    let gcc = machine.first(&compilers);
    let has_musl = machine.targets.contains(&musl);
    // zig compiles C code for every platform, but it cannot link a program with glibc.
    let zig = machine.first(&["zig", "python-zig"]).filter(|_| has_musl);
    // glibc is linked by the C compiler, musl by the toolchain's linker if it has one.
    let target = if has_musl && (machine.has_lld || gcc.is_some()) {
        Some(musl.clone())
    } else if machine.targets.contains(&gnu) && gcc.is_some() {
        Some(format!("{gnu}, static"))
    } else {
        None
    };
    let add_compiler = c_compiler(machine, platform, is_native);
    let add_target = if has_musl {
        add_compiler.clone()
    } else {
        rust_target(machine, platform, &musl, is_native)
    };
    let check = |name: &str, found: Option<String>, why: String, remedy: String| Check {
        purpose: Purpose::Publishing,
        name: format!("{platform} {name}"),
        found,
        why,
        remedy,
        alternative: None,
    };
    let c_code = project.and_then(|project| project.c_code.as_ref());
    let (needed, why) = match c_code {
        Some(components) if components.is_empty() => (false, String::new()),
        Some(components) => (true, needs_c(components)),
        None => (
            true,
            "only components whose dependencies contain C code need one".to_owned(),
        ),
    };
    let compiler = match gcc.or(zig) {
        Some(found) => Some(found.to_owned()),
        None if needed => None,
        None => Some("not needed: no component contains C code".to_owned()),
    };
    vec![
        check(
            "target",
            target,
            "programs for that platform are compiled on this machine".into(),
            add_target,
        ),
        Check {
            alternative: Some("pip install ziglang".into()),
            ..check("C compiler", compiler, why, add_compiler)
        },
    ]
}

/// `data-ingestion contains C code (ring)`, for each component.
fn needs_c(components: &BTreeMap<String, BTreeSet<String>>) -> String {
    let each = components.iter().map(|(component, crates)| {
        let crates: Vec<&str> = crates.iter().map(String::as_str).collect();
        format!("{component} contains C code ({})", crates.join(", "))
    });
    each.collect::<Vec<_>>().join("; ")
}

/// The command that installs the standard library of a target.
fn rust_target(machine: &Machine, platform: Platform, musl: &str, is_native: bool) -> String {
    let debian = platform.architecture();
    if machine.has("rustup") {
        format!("rustup target add {musl}")
    } else if machine.has("apt-get") && !is_native {
        format!(
            "dpkg --add-architecture {debian} && apt-get update && apt-get install libstd-rust-web-dev:{debian}"
        )
    } else {
        "https://rustup.rs, then run this again".into()
    }
}

/// The command that installs a C compiler for a platform.
fn c_compiler(machine: &Machine, platform: Platform, is_native: bool) -> String {
    let cpu = platform.cpu();
    if machine.os == "macos" {
        let cross = if cpu == "aarch64" {
            " --with-aarch64"
        } else {
            ""
        };
        return format!("brew install filosottile/musl-cross/musl-cross{cross}");
    }
    let packages = if is_native {
        "gcc".to_owned()
    } else {
        format!("gcc-{}-linux-gnu", cpu.replace('_', "-"))
    };
    Packages {
        apt: &packages,
        dnf: Some(&packages),
        brew: None,
        otherwise: "https://github.com/richfelker/musl-cross-make",
    }
    .install(machine)
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
            has_lld: true,
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
            &["rustup", "cc"],
            &["x86_64-unknown-linux-musl"],
        );
        let checks = checks(&laptop, &Platform::ALL, None);
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
            &machine("linux", "x86_64", &["apt-get", "cc"], &targets),
            &Platform::ALL,
            None,
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
                &["apt-get", "cc", "aarch64-linux-gnu-gcc"],
                &targets,
            ),
            &Platform::ALL,
            None,
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
            let checks = checks(&machine, &Platform::ALL, None);
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
        let checks = checks(&mac, &Platform::ALL, None);
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
            &["apt-get", "cc"],
            &["aarch64-unknown-linux-gnu"],
        );
        let checks = checks(&host, &Platform::ALL, None);
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
        let checks = checks(&old, &[], None);
        assert!(find(&checks, "rustc").found.is_none());
        assert_eq!(find(&checks, "rustc").remedy, "rustup update stable");
    }

    /// The arm64 compiler of a fresh machine, for a workspace with these components that contain C code.
    fn fresh(c_code: &[(&str, &str)], programs: &[&str]) -> Check {
        let targets = ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"];
        let project = Project {
            is_locked: Some(true),
            c_code: Some(
                c_code
                    .iter()
                    .map(|(component, name)| {
                        (
                            (*component).to_owned(),
                            BTreeSet::from([(*name).to_owned()]),
                        )
                    })
                    .collect(),
            ),
        };
        let mut checks = checks(
            &machine("linux", "x86_64", programs, &targets),
            &Platform::ALL,
            Some(&project),
        );
        let at = checks
            .iter()
            .position(|check| check.name == "linux/arm64 C compiler");
        checks.remove(at.unwrap())
    }

    #[test]
    fn a_cross_compiler_is_missing_only_where_a_component_contains_c_code() {
        let programs = ["rustup", "apt-get", "cc"];
        let check = fresh(&[], &programs);
        assert_eq!(
            check.found.as_deref(),
            Some("not needed: no component contains C code")
        );
        let check = fresh(&[("data-ingestion", "ring")], &programs);
        assert_eq!(check.found, None);
        assert_eq!(check.why, "data-ingestion contains C code (ring)");
        assert_eq!(check.remedy, "apt-get install gcc-aarch64-linux-gnu");
        assert_eq!(check.alternative.as_deref(), Some("pip install ziglang"));
    }

    #[test]
    fn a_stale_lock_file_is_found_before_anything_is_built() {
        let project = |is_locked| Project {
            is_locked,
            c_code: None,
        };
        let machine = machine("linux", "x86_64", &[], &[]);
        let found = |is_locked| {
            let checks = checks(&machine, &[], Some(&project(is_locked)));
            let check = checks.into_iter().find(|check| check.name == "Cargo.lock");
            check.map(|check| check.found.is_some())
        };
        assert_eq!(found(Some(true)), Some(true));
        assert_eq!(found(Some(false)), Some(false));
        assert_eq!(found(None), None);
    }

    #[test]
    fn musl_without_a_linker_is_not_enough() {
        let host = Machine {
            has_lld: false,
            ..machine(
                "linux",
                "x86_64",
                &["apt-get"],
                &["aarch64-unknown-linux-musl"],
            )
        };
        let checks = checks(&host, &Platform::ALL, None);
        let target = find(&checks, "linux/arm64 target");
        assert_eq!(
            (target.found.as_deref(), target.remedy.as_str()),
            (None, "apt-get install gcc-aarch64-linux-gnu")
        );
    }
}
