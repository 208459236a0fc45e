//! What each task needs, and the command that installs it.
//!
//! Pure: computes advice from facts, so that one machine can test all others.

use semver::Version;
use serde::Serialize;

use kfp_workspace::Platform;

use super::{
    machine::Machine,
    platform,
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
        checks.extend(platform::checks(machine, *platform, project));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::testing::{find, machine};

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
}
