//! Machines for tests.

use semver::Version;

use super::{checks::Check, machine::Machine};

/// A machine with a current Rust toolchain.
pub(super) fn machine(os: &str, cpu: &str, programs: &[&str], targets: &[&str]) -> Machine {
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

/// The check of a name.
pub(super) fn find<'a>(checks: &'a [Check], name: &str) -> &'a Check {
    checks
        .iter()
        .find(|check| check.name == name)
        .unwrap_or_else(|| panic!("a check named {name}"))
}
