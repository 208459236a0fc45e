//! What one platform needs: a compiler for it, and a C compiler if a component contains C code.

use std::collections::{BTreeMap, BTreeSet};

use kfp_workspace::Platform;

use super::{
    checks::Check,
    machine::Machine,
    project::Project,
    tools::{Packages, Purpose},
};

/// What compiles a static program for a platform, and the C code in it.
pub(super) fn checks(
    machine: &Machine,
    platform: Platform,
    project: Option<&Project>,
) -> Vec<Check> {
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
    use crate::doctor::{
        checks::checks,
        testing::{find, machine},
    };

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
