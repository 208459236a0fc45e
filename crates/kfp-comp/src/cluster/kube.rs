//! KFP behind the Kubernetes API, with a kubeconfig's login.

use std::{io, path::Path, sync::Arc};

use anyhow::{Context, Result};
use kfp_client::{Auth, TokenSource};
use kfp_kube::{Client, Cluster};

/// Where KFP is usually installed.
pub(super) const DEFAULT_NAMESPACE: &str = "kubeflow";

/// How KFP is reached through the Kubernetes API.
pub(super) struct Route {
    pub(super) endpoint: String,
    pub(super) ui: String,
    pub(super) network: kfp_http::Network,
    pub(super) auth: Auth,
    pub(super) kube: Kube,
}

/// The Kubernetes API that a kubeconfig leads to.
pub(crate) struct Kube {
    pub(super) client: Arc<Client>,
    /// Where KFP itself runs.
    pub(super) kfp_namespace: String,
}

impl Kube {
    /// Where the pods of runs are: in the namespace of their user, or beside KFP.
    pub(super) fn namespace_of_runs<'a>(&'a self, of_user: &'a str) -> &'a str {
        if of_user.is_empty() {
            &self.kfp_namespace
        } else {
            of_user
        }
    }
}

/// The route that a kubeconfig describes, to the KFP in a namespace.
///
/// # Errors
/// If the kubeconfig cannot be used.
pub(super) fn route(file: Option<&Path>, context: Option<&str>, kfp: &str) -> Result<Route> {
    let unusable = "the kubeconfig cannot be used";
    let cluster = match file {
        Some(file) => Cluster::from_kubeconfig(&[file.to_owned()], context),
        None => Cluster::discover(context),
    };
    let cluster = cluster.context(unusable)?;
    Ok(Route {
        endpoint: cluster.service(kfp, "ml-pipeline", "http"),
        ui: cluster.service(kfp, "ml-pipeline-ui", "http"),
        network: cluster.network().context(unusable)?,
        auth: Auth::TokenSource(Arc::new(OfCluster(cluster.clone()))),
        kube: Kube {
            client: Arc::new(Client::new(cluster).context(unusable)?),
            kfp_namespace: kfp.to_owned(),
        },
    })
}

struct OfCluster(Cluster);

impl TokenSource for OfCluster {
    fn token(&self) -> io::Result<Option<String>> {
        self.0.token().map_err(io::Error::other)
    }
}
