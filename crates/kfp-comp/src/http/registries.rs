//! How to reach registries, on the command line.

use kfp_registry::Client;

use super::CA_FILE;

/// The options of every verb that asks a registry.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct RegistryArgs {
    /// Use plain HTTP for this registry (loopback hosts do unless they speak TLS)
    #[arg(long, value_name = "HOST")]
    insecure_registry: Vec<String>,
    /// Use HTTPS for this registry, even on a loopback host
    #[arg(long, value_name = "HOST")]
    secure_registry: Vec<String>,
}

impl RegistryArgs {
    /// A client that reaches registries so.
    pub(crate) fn client(&self) -> kfp_registry::Builder {
        let mut builder = Client::builder();
        for host in &self.insecure_registry {
            builder = builder.insecure(host);
        }
        for host in &self.secure_registry {
            builder = builder.secure(host);
        }
        match CA_FILE.get() {
            Some(file) => builder.ca_file(file),
            None => builder,
        }
    }
}
