//! Which server a verb speaks to, and as whom.

use std::{env, path::PathBuf};

use anyhow::{Context, Result};
use kfp_client::{Auth, Client};
use kfp_http::{Network, is_loopback};

use super::{
    kept::is_of_cluster,
    kube::{self, Kube},
    login::Login,
    profiles::{Profile, Profiles},
    sdk,
};
use crate::{
    error::{Usage, hinted_usage},
    http,
};

/// The options of every verb that speaks to a cluster.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Cluster")]
pub(crate) struct ServerArgs {
    /// Address of the KFP API server, such as `https://kubeflow.example/pipeline`
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// Use a profile that `kfp-comp profile set` stored
    #[arg(long, value_name = "NAME", conflicts_with = "endpoint")]
    profile: Option<String>,
    /// Namespace of runs and experiments, in multi-user mode
    #[arg(long, short = 'n', value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// Bearer token; a profile or `--token-file` keeps it out of the list of processes
    #[arg(long, value_name = "TOKEN", conflicts_with = "token_file")]
    existing_token: Option<String>,
    /// File with a bearer token, read again for each request
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

/// A server, and what was settled about speaking to it.
pub(crate) struct Server {
    /// Speaks to the API server.
    pub(crate) client: Client,
    /// Namespace of runs and experiments; empty in single-user mode.
    pub(crate) namespace: String,
    /// The experiment of runs, unless another one is named.
    pub(crate) experiment: Option<String>,
    /// The address of the web interface, without a final slash.
    pub(crate) ui: String,
    /// Where all this was found.
    pub(crate) found: String,
    /// How it logs in, without secrets.
    pub(crate) login: String,
    /// The Kubernetes API, if it is reached through that.
    pub(crate) kube: Option<Kube>,
}

impl ServerArgs {
    /// Whether a cluster is asked for on the command line, for verbs that also know this machine.
    pub(crate) fn is_given(&self) -> bool {
        self.endpoint.is_some() || self.profile.is_some() || self.namespace.is_some()
    }

    /// The client for the server that is meant. Nothing is sent yet.
    ///
    /// # Errors
    /// If no server is named anywhere, or its login cannot be used.
    pub(crate) fn server(&self) -> Result<Server> {
        let (mut profile, found) = self.profile()?;
        if let Some(token) = &self.existing_token {
            profile.login = Some(Login::Token {
                token: token.clone(),
            });
        }
        if let Some(path) = &self.token_file {
            profile.login = Some(Login::TokenFile { path: path.clone() });
        }
        let context = sdk::Context::read()?;
        let namespace = self.namespace.clone().or(profile.namespace);
        profile.namespace = namespace.or(context.namespace);
        if profile.login.is_none() && may_hold_secrets(&profile) {
            profile.login = context.login;
        }
        connect(profile, found)
    }

    /// The server, if one of these runs is on a cluster.
    ///
    /// # Errors
    /// As [`ServerArgs::server`].
    pub(crate) fn server_of(&self, runs: &[String]) -> Result<Option<Server>> {
        let is_needed = runs.iter().any(|run| is_of_cluster(run));
        is_needed.then(|| self.server()).transpose()
    }

    /// The profile that is named, or one made of what is known otherwise, and where it was found.
    fn profile(&self) -> Result<(Profile, String)> {
        if let Some(endpoint) = &self.endpoint {
            let profile = Profile {
                endpoint: Some(endpoint.clone()),
                ..Profile::default()
            };
            return Ok((profile, "--endpoint".to_owned()));
        }
        // The web interface belongs to the server of the environment; another server's login is not sent to it.
        let of_environment = |endpoint: String| Profile {
            endpoint: Some(endpoint),
            ui: set(sdk::UI_ENDPOINT),
            ..Profile::default()
        };
        let profiles = Profiles::read()?;
        let named = self.profile.clone().or_else(|| set("KFP_COMP_PROFILE"));
        if let Some(name) = named {
            let profile = profiles.get(&name)?.clone();
            return Ok((profile, format!("profile `{name}`")));
        }
        if let Some(endpoint) = set(sdk::ENDPOINT) {
            return Ok((of_environment(endpoint), sdk::ENDPOINT.to_owned()));
        }
        if let Some(name) = &profiles.current {
            let profile = profiles.get(name)?.clone();
            return Ok((profile, format!("profile `{name}`")));
        }
        if let Some(endpoint) = sdk::in_cluster() {
            let profile = Profile {
                login: Some(Login::TokenFile {
                    path: sdk::token_path(),
                }),
                ..of_environment(endpoint)
            };
            return Ok((profile, "the service account of this pod".to_owned()));
        }
        Err(hinted_usage(
            "no KFP server is named",
            "name one: `--endpoint http://localhost:8888`, or store it: `kfp-comp profile set NAME --endpoint URL`",
        ))
    }
}

/// The client for a profile.
fn connect(profile: Profile, found: String) -> Result<Server> {
    let ui = profile.ui.map(|ui| with_scheme(&ui));
    let login = profile
        .login
        .as_ref()
        .map_or_else(|| "none".to_owned(), ToString::to_string);
    let (endpoint, usual_ui, mut network, auth, kube) = match (profile.login, profile.endpoint) {
        (
            Some(Login::Kubeconfig {
                file,
                context,
                kfp_namespace,
            }),
            _,
        ) => {
            let route = kube::route(file.as_deref(), context.as_deref(), &kfp_namespace)?;
            (
                route.endpoint,
                route.ui,
                route.network,
                route.auth,
                Some(route.kube),
            )
        }
        (login, Some(endpoint)) => {
            let endpoint = with_scheme(&endpoint);
            let auth = login.map_or(Ok(Auth::None), Login::auth)?;
            (endpoint.clone(), endpoint, Network::from_env(), auth, None)
        }
        (_, None) => return Err(Usage(format!("{found} names no endpoint")).into()),
    };
    for file in http::ca_file().into_iter().chain(profile.ca_file) {
        network = network.with_ca_file(file);
    }
    if let (Some(certificate), Some(key)) = (profile.client_certificate, profile.client_key) {
        network = network.with_client_certificate(certificate, key);
    }
    let ui = ui.unwrap_or(usual_ui);
    let client = Client::builder(&endpoint)
        .ui_endpoint(&ui)
        .auth(auth)
        .network(network)
        .max_attempts(3)
        .build()
        .with_context(|| format!("the server of {found} cannot be used"))?;
    Ok(Server {
        ui,
        client,
        namespace: profile.namespace.unwrap_or_default(),
        experiment: profile.experiment,
        found,
        login,
        kube,
    })
}

impl Server {
    /// The address of a page of the web interface.
    pub(crate) fn page(&self, path: &str) -> String {
        format!("{}/#/{path}", self.ui.trim_end_matches('/'))
    }
}

/// An address without a scheme is one of https, as for the official client, unless it is this machine's.
fn with_scheme(endpoint: &str) -> String {
    let has_scheme = endpoint.contains("://");
    let endpoint = endpoint.trim().trim_end_matches('/');
    if has_scheme {
        return endpoint.to_owned();
    }
    let scheme = if is_of_this_machine(endpoint) {
        "http"
    } else {
        "https"
    };
    format!("{scheme}://{endpoint}")
}

/// Whether an address, with a scheme or without, leads to this machine.
pub(super) fn is_of_this_machine(address: &str) -> bool {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    is_loopback(rest.split('/').next().unwrap_or_default())
}

/// Whether a login that was stored for no server in particular may be sent there: to both of its addresses.
fn may_hold_secrets(profile: &Profile) -> bool {
    let is_private = |address: &String| {
        let address = with_scheme(address);
        address.starts_with("https://") || is_of_this_machine(&address)
    };
    profile.endpoint.as_ref().is_some_and(is_private) && profile.ui.as_ref().is_none_or(is_private)
}

/// A variable that is set to something.
pub(super) fn set(variable: &str) -> Option<String> {
    env::var(variable).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_a_scheme_is_https_except_on_this_machine() {
        assert_eq!(
            with_scheme("kfp.example/pipeline/"),
            "https://kfp.example/pipeline"
        );
        assert_eq!(with_scheme("localhost:8888"), "http://localhost:8888");
        assert_eq!(with_scheme("http://kfp.example"), "http://kfp.example");
        assert_eq!(with_scheme("http://"), "http:");
    }

    #[test]
    fn a_login_without_a_server_is_not_sent_in_the_clear() {
        for (endpoint, ui, may) in [
            ("kfp.example", None, true),
            ("127.0.0.1:8888", Some("https://ui.example"), true),
            ("http://kfp.example", None, false),
            ("https://kfp.example", Some("http://kfp.example"), false),
        ] {
            let profile = Profile {
                endpoint: Some(endpoint.to_owned()),
                ui: ui.map(str::to_owned),
                ..Profile::default()
            };
            assert_eq!(may_hold_secrets(&profile), may, "{endpoint} {ui:?}");
        }
    }
}
