//! A Docker engine for tests, whose commands must succeed.

use std::path::Path;

use kfp_test_registry::DockerEngine;

use super::run;

/// A running engine.
pub(crate) struct Docker(DockerEngine);

impl Docker {
    /// An engine that answers, or nothing, said loudly.
    pub(crate) fn start() -> Option<Self> {
        DockerEngine::start().map(Self)
    }

    /// Runs `docker` with `arguments`, which must succeed.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        run(&mut self.0.command(arguments))
    }

    /// Loads an archive.
    pub(crate) fn load(&self, file: &Path) -> String {
        self.run(&["load", "--input", super::text(file)])
    }
}
