//! KFP behind the Kubernetes API, with a kubeconfig's login.

use std::{io, path::Path, sync::Arc};

use anyhow::{Context, Result};
use kfp_client::{Auth, TokenSource};
use kfp_kube::{Access, Tokens};

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
    pub(super) client: kfp_kube::Client,
    /// Where KFP itself runs.
    pub(super) kfp_namespace: String,
}

/// The route that a kubeconfig describes, to the KFP in a namespace.
///
/// # Errors
/// If the kubeconfig cannot be used.
pub(super) fn route(file: Option<&Path>, context: Option<&str>, kfp: &str) -> Result<Route> {
    let access = Access::from_kubeconfig(file, context).context("the kubeconfig cannot be used")?;
    let client = kfp_kube::Client::new(&access).context("the kubeconfig cannot be used")?;
    Ok(Route {
        endpoint: access.service(kfp, "ml-pipeline", "http"),
        ui: access.service(kfp, "ml-pipeline-ui", "http"),
        network: access.network,
        auth: Auth::TokenSource(Arc::new(OfKubeconfig(access.tokens))),
        kube: Kube {
            client,
            kfp_namespace: kfp.to_owned(),
        },
    })
}

struct OfKubeconfig(Arc<Tokens>);

impl TokenSource for OfKubeconfig {
    fn token(&self) -> io::Result<Option<String>> {
        self.0.token()
    }
}
