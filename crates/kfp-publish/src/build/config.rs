//! What the workspace and the user's environment tell cargo and the C compilers.
//!
//! Cargo takes compiler flags from one source only, the environment before its configuration files, so flags of this
//! program's own must be appended to what cargo would have taken.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};
use std::str::FromStr as _;

use cargo_metadata::cargo_platform::{Cfg, Platform};
use serde_json::{Map, Value};

use super::toolchain::Toolchain;
use crate::error::{Context as _, Error, Result};

/// The variables of the environment and cargo's merged configuration files.
#[derive(Clone, Debug)]
pub(crate) struct CargoConfig {
    files: Value,
    variable: fn(&str) -> Option<OsString>,
}

impl CargoConfig {
    /// Asks cargo, which alone knows all the places of its configuration.
    pub(crate) fn read(root: &Path, toolchain: &Toolchain) -> Result<Self> {
        let failed = || "could not read cargo's configuration";
        let output = Command::new(&toolchain.cargo)
            .current_dir(root)
            .args(["-Zunstable-options", "config", "get", "--format=json"])
            // `cargo config get` is not stable yet; its output is used for what is stable.
            .env("RUSTC_BOOTSTRAP", "1")
            .stdin(Stdio::null())
            .output()
            .context(failed)?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(Error::new(failed()).because(said.trim().trim_start_matches("error: ")));
        }
        let files = serde_json::from_slice(&output.stdout).context(failed)?;
        Ok(Self {
            files,
            variable: |name| std::env::var_os(name),
        })
    }

    /// The flags that cargo would pass to the compiler for `target`, in the order of cargo's own documentation.
    pub(crate) fn rustflags(&self, target: &str, cfg: &[Cfg]) -> Vec<String> {
        if let Some(encoded) = self.variable("CARGO_ENCODED_RUSTFLAGS") {
            let flags = encoded.split('\u{1f}').filter(|flag| !flag.is_empty());
            return flags.map(str::to_owned).collect();
        }
        if let Some(flags) = self.variable("RUSTFLAGS") {
            return words(&flags);
        }
        let mut flags: Vec<_> = self
            .of_target(target, cfg)
            .flat_map(|table| list(&table["rustflags"]))
            .collect();
        flags.extend(
            self.target_variable(target, "RUSTFLAGS")
                .iter()
                .flat_map(|flags| words(flags)),
        );
        if flags.is_empty() {
            flags = list(&self.files["build"]["rustflags"]);
            let more = self.variable("CARGO_BUILD_RUSTFLAGS");
            flags.extend(more.iter().flat_map(|flags| words(flags)));
        }
        flags
    }

    /// Whether a linker is configured for `target`.
    pub(crate) fn has_linker(&self, target: &str, cfg: &[Cfg]) -> bool {
        self.target_variable(target, "LINKER").is_some()
            || self
                .of_target(target, cfg)
                .any(|table| table["linker"].is_string())
            || self
                .rustflags(target, cfg)
                .iter()
                .any(|flag| flag.trim_start_matches("-C").starts_with("linker="))
    }

    /// A variable that build scripts see: of the environment, else of `[env]`.
    pub(crate) fn build_variable(&self, name: &str) -> Option<String> {
        self.variable(name).or_else(|| {
            let value = &self.files["env"][name];
            value
                .as_str()
                .or_else(|| value["value"].as_str())
                .map(str::to_owned)
        })
    }

    fn variable(&self, name: &str) -> Option<String> {
        (self.variable)(name).map(|value| value.to_string_lossy().into_owned())
    }

    fn target_variable(&self, target: &str, key: &str) -> Option<String> {
        let target = target.to_uppercase().replace(['-', '.'], "_");
        self.variable(&format!("CARGO_TARGET_{target}_{key}"))
    }

    /// The tables `[target.TRIPLE]` and `[target.'cfg(…)']` that are for `target`.
    fn of_target<'a>(&'a self, target: &'a str, cfg: &'a [Cfg]) -> impl Iterator<Item = &'a Value> {
        let tables = self.files["target"]
            .as_object()
            .into_iter()
            .flat_map(Map::iter);
        tables.filter_map(move |(key, table)| {
            let platform = Platform::from_str(key).ok()?;
            platform.matches(target, cfg).then_some(table)
        })
    }
}

/// Flags as configuration files write them: a list, or one string.
fn list(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => words(text),
        Value::Array(items) => items
            .iter()
            .filter_map(|item| Some(item.as_str()?.to_owned()))
            .collect(),
        _ => Vec::new(),
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TARGET: &str = "x86_64-unknown-linux-musl";

    fn config(files: Value, variable: fn(&str) -> Option<OsString>) -> CargoConfig {
        CargoConfig { files, variable }
    }

    fn flags(files: Value, variable: fn(&str) -> Option<OsString>) -> Vec<String> {
        let cfg = [Cfg::from_str("target_os=\"linux\"").unwrap()];
        config(files, variable).rustflags(TARGET, &cfg)
    }

    #[test]
    fn flags_come_from_the_first_source_that_has_some_as_in_cargo() {
        let files = || {
            json!({
                "build": {"rustflags": ["--cfg", "build"]},
                "target": {
                    TARGET: {"rustflags": "--cfg triple"},
                    "cfg(target_os = \"linux\")": {"rustflags": ["--cfg", "linux"]},
                    "cfg(windows)": {"rustflags": ["--cfg", "windows"]},
                },
            })
        };
        let mut of_target = flags(files(), |_| None);
        of_target.sort();
        assert_eq!(of_target, ["--cfg", "--cfg", "linux", "triple"]);
        let of_variable = flags(files(), |name| {
            (name == "RUSTFLAGS").then(|| "-Cx -Cy".into())
        });
        assert_eq!(of_variable, ["-Cx", "-Cy"]);
        let encoded = flags(files(), |name| match name {
            "CARGO_ENCODED_RUSTFLAGS" => Some("--cfg\u{1f}a=\"b c\"".into()),
            "RUSTFLAGS" => Some("-Cx".into()),
            _ => None,
        });
        assert_eq!(encoded, ["--cfg", "a=\"b c\""]);
        let empty = flags(files(), |name| (name == "RUSTFLAGS").then(OsString::new));
        assert!(empty.is_empty());
    }

    #[test]
    fn flags_of_the_build_serve_where_the_target_has_none() {
        let files = json!({"build": {"rustflags": ["--cfg", "build"]}, "target": {"cfg(windows)": {"rustflags": "-Cx"}}});
        let more = flags(files, |name| {
            (name == "CARGO_BUILD_RUSTFLAGS").then(|| "-Cy".into())
        });
        assert_eq!(more, ["--cfg", "build", "-Cy"]);
        let own = flags(json!({}), |name| {
            (name == "CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_RUSTFLAGS").then(|| "-Cz".into())
        });
        assert_eq!(own, ["-Cz"]);
    }

    #[test]
    fn a_configured_linker_is_seen_however_it_is_configured() {
        let none: fn(&str) -> Option<OsString> = |_| None;
        let has = |files, variable| config(files, variable).has_linker(TARGET, &[]);
        assert!(!has(json!({}), none));
        assert!(has(json!({"target": {TARGET: {"linker": "lld"}}}), none));
        assert!(has(
            json!({"build": {"rustflags": ["-C", "linker=lld"]}}),
            none
        ));
        assert!(has(json!({}), |name| {
            (name == "CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_LINKER").then(|| "lld".into())
        }));
    }

    #[test]
    fn build_scripts_see_the_environment_before_the_configuration() {
        let files = json!({"env": {"CFLAGS": "-O1", "CC": {"value": "clang", "force": true}}});
        let config = config(files, |name| (name == "CFLAGS").then(|| "-O2".into()));
        assert_eq!(config.build_variable("CFLAGS").as_deref(), Some("-O2"));
        assert_eq!(config.build_variable("CC").as_deref(), Some("clang"));
        assert_eq!(config.build_variable("CXX"), None);
    }
}
