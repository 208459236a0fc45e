//! Which cluster is meant.

use std::path::PathBuf;

use kfp_kube::{Client, Cluster};

use crate::{
    http,
    output::{Console, Style},
};

/// Options of every verb that speaks to a cluster, called as kubectl calls them.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Cluster")]
pub(super) struct ClusterArgs {
    /// Namespace [default: that of the context]
    #[arg(long, short = 'n', value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// Context of the kubeconfig [default: the current one]
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
    /// Read this kubeconfig [default: KUBECONFIG, ~/.kube/config, or the pod's service account]
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
}

impl ClusterArgs {
    /// The cluster's client, and the namespace that is meant.
    pub(super) fn connect(&self, console: &mut Console) -> kfp_kube::Result<(Client, String)> {
        let context = self.context.as_deref();
        let mut cluster = match &self.kubeconfig {
            Some(file) => Cluster::from_kubeconfig(std::slice::from_ref(file), context)?,
            None => Cluster::discover(context)?,
        };
        if let Some(file) = http::ca_file() {
            cluster = cluster.with_ca_file(file);
        }
        if cluster.is_insecure() {
            let text = format!(
                "nothing proves that {} is the cluster: the kubeconfig skips TLS verification",
                cluster.server()
            );
            console.status(Style::Warning, "Insecure", &text);
        }
        let namespace = self.namespace.clone();
        let namespace = namespace.unwrap_or_else(|| cluster.namespace().to_owned());
        console.detail(
            "Cluster",
            &format!(
                "{} ({}), namespace {namespace}",
                cluster.server(),
                cluster.found()
            ),
        );
        Ok((Client::new(cluster)?, namespace))
    }
}
