//! What the workspace and the user's environment tell cargo and the C compilers.
//!
//! Cargo takes compiler flags from one source only, the environment before its configuration files, so flags of this
//! program's own must be appended to what cargo would have taken.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cargo_config2::{Config, PathAndArgs, ResolveOptions};

use super::toolchain::Toolchain;
use crate::error::{Context as _, Result};

/// Cargo's merged configuration files, below the variables of the environment.
#[derive(Debug)]
pub(crate) struct CargoConfig {
    /// It caches what it has asked the compiler, and is therefore not shared between threads as it is.
    files: Mutex<Config>,
    environment: BTreeMap<OsString, OsString>,
}

impl CargoConfig {
    /// Reads what cargo would read in `root`.
    pub(crate) fn read(root: &Path, toolchain: &Toolchain) -> Result<Self> {
        let options = ResolveOptions::default().rustc(PathAndArgs::new(&toolchain.rustc));
        Self::with(root, options, std::env::vars_os().collect())
    }

    fn with(
        root: &Path,
        options: ResolveOptions,
        environment: BTreeMap<OsString, OsString>,
    ) -> Result<Self> {
        let options = options.env(environment.clone());
        let files = Config::load_with_options(root, options)
            .context(|| "could not read cargo's configuration")?;
        Ok(Self {
            files: Mutex::new(files),
            environment,
        })
    }

    fn files(&self) -> MutexGuard<'_, Config> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The flags that cargo would pass to the compiler for `target`.
    pub(crate) fn rustflags(&self, target: &str) -> Result<Vec<String>> {
        let flags = self
            .files()
            .rustflags(target)
            .context(|| format!("could not tell the compiler's flags for {target}"))?;
        Ok(flags.map_or_else(Vec::new, |flags| flags.flags))
    }

    /// Whether a linker is configured for `target`.
    pub(crate) fn has_linker(&self, target: &str) -> Result<bool> {
        let linker = self
            .files()
            .linker(target)
            .context(|| format!("could not tell the linker for {target}"))?;
        let is_linker = |flag: &String| flag.trim_start_matches("-C").starts_with("linker=");
        Ok(linker.is_some() || self.rustflags(target)?.iter().any(is_linker))
    }

    /// A variable that build scripts see: of the environment, else of `[env]`.
    pub(crate) fn build_variable(&self, name: &str) -> Option<String> {
        let of_files = || Some(self.files().env.get(name)?.value.clone());
        let of_environment = self.environment.get(OsStr::new(name)).cloned();
        let value = of_environment.or_else(of_files)?;
        Some(value.to_string_lossy().into_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const TARGET: &str = "x86_64-unknown-linux-gnu";

    /// The configuration of a directory with this file, in an environment of these variables only.
    fn config(file: &str, variables: &[(&str, &str)]) -> CargoConfig {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join(".cargo")).unwrap();
        fs::write(directory.path().join(".cargo/config.toml"), file).unwrap();
        // No file of this machine's user is read.
        let options = ResolveOptions::default().cargo_home(directory.path().join("home"));
        let path = std::env::var("PATH").unwrap();
        let variables = [("PATH", path.as_str())]
            .into_iter()
            .chain(variables.iter().copied());
        let environment = variables.map(|(name, value)| (name.into(), value.into()));
        CargoConfig::with(directory.path(), options, environment.collect()).unwrap()
    }

    fn flags(file: &str, variables: &[(&str, &str)]) -> Vec<String> {
        config(file, variables).rustflags(TARGET).unwrap()
    }

    #[test]
    fn flags_come_from_the_first_source_that_has_some_as_in_cargo() {
        let file = "
            [build]
            rustflags = ['--cfg', 'build']
            [target.x86_64-unknown-linux-gnu]
            rustflags = '--cfg triple'
            [target.'cfg(target_os = \"linux\")']
            rustflags = ['--cfg', 'linux']
            [target.'cfg(windows)']
            rustflags = ['--cfg', 'windows']
        ";
        let mut of_target = flags(file, &[]);
        of_target.sort();
        assert_eq!(of_target, ["--cfg", "--cfg", "linux", "triple"]);
        assert_eq!(flags(file, &[("RUSTFLAGS", "-Cx -Cy")]), ["-Cx", "-Cy"]);
        let encoded = [
            ("CARGO_ENCODED_RUSTFLAGS", "--cfg\u{1f}a=\"b c\""),
            ("RUSTFLAGS", "-Cx"),
        ];
        assert_eq!(flags(file, &encoded), ["--cfg", "a=\"b c\""]);
    }

    #[test]
    fn flags_of_the_build_serve_where_the_target_has_none() {
        let file = "
            [build]
            rustflags = ['--cfg', 'build']
            [target.'cfg(windows)']
            rustflags = '-Cx'
        ";
        assert_eq!(flags(file, &[]), ["--cfg", "build"]);
        let own = [("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS", "-Cz")];
        assert_eq!(flags("", &own), ["-Cz"]);
    }

    #[test]
    fn a_configured_linker_is_seen_however_it_is_configured() {
        let has = |file: &str, variables: &[(&str, &str)]| {
            config(file, variables).has_linker(TARGET).unwrap()
        };
        assert!(!has("", &[]));
        assert!(has(
            "[target.x86_64-unknown-linux-gnu]\nlinker = 'lld'",
            &[]
        ));
        assert!(has("[build]\nrustflags = ['-C', 'linker=lld']", &[]));
        let own = [("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER", "lld")];
        assert!(has("", &own));
    }

    #[test]
    fn build_scripts_see_the_environment_before_the_configuration() {
        let file = "[env]\nCFLAGS = '-O1'\nCC = { value = 'clang', force = true }";
        let config = config(file, &[("CFLAGS", "-O2")]);
        assert_eq!(config.build_variable("CFLAGS").as_deref(), Some("-O2"));
        assert_eq!(config.build_variable("CC").as_deref(), Some("clang"));
        assert_eq!(config.build_variable("CXX"), None);
    }
}
