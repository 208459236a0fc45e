//! Files of kubeconfig, merged as kubectl merges them: of what has one name, the first counts.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kfp_http::Pem;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::cluster::{Cluster, Trust};
use crate::credentials::{Credentials, Token};
use crate::exec::Plugin;
use crate::{Error, Result, yaml};

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct File {
    #[serde(deserialize_with = "or_default")]
    current_context: String,
    #[serde(deserialize_with = "or_default")]
    clusters: Vec<Named<ClusterEntry>>,
    #[serde(deserialize_with = "or_default")]
    contexts: Vec<Named<Context>>,
    #[serde(deserialize_with = "or_default")]
    users: Vec<Named<User>>,
}

#[derive(Deserialize)]
struct Named<T> {
    name: String,
    #[serde(alias = "cluster", alias = "context", alias = "user", default = "none")]
    content: Option<T>,
    /// The file it stands in, to which its paths are relative.
    #[serde(skip)]
    file: PathBuf,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct ClusterEntry {
    #[serde(rename = "server")]
    address: String,
    certificate_authority: Option<PathBuf>,
    certificate_authority_data: Option<String>,
    insecure_skip_tls_verify: bool,
    proxy_url: Option<String>,
    tls_server_name: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Context {
    cluster: String,
    user: String,
    namespace: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct User {
    client_certificate: Option<PathBuf>,
    client_certificate_data: Option<String>,
    client_key: Option<PathBuf>,
    client_key_data: Option<String>,
    token: Option<String>,
    #[serde(rename = "tokenFile")]
    token_file: Option<PathBuf>,
    username: Option<String>,
    auth_provider: Option<Value>,
    exec: Option<Plugin>,
}

fn none<T>() -> Option<T> {
    None
}

/// kubectl writes `clusters: null` where there are none.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// The cluster of a context, the current one if none is named.
pub(crate) fn cluster(paths: &[PathBuf], context: Option<&str>) -> Result<Cluster> {
    let merged = merged(paths)?;
    let name = match context {
        Some(context) => context,
        None if merged.current_context.is_empty() => return Err(Error::NoContext),
        None => &merged.current_context,
    };
    let (context, file) = find(&merged.contexts, "context", name)?;
    let (server, server_file) = find(&merged.clusters, "cluster", &context.cluster)
        .map_err(|error| invalid(file, error.to_string()))?;
    let nobody = User::default();
    let (user, user_file) = if context.user.is_empty() {
        (&nobody, server_file)
    } else {
        find(&merged.users, "user", &context.user)
            .map_err(|error| invalid(file, error.to_string()))?
    };
    assembled(name, context, (server, server_file), (user, user_file))
}

fn assembled(
    name: &str,
    context: &Context,
    (server, server_file): (&ClusterEntry, &Path),
    (user, user_file): (&User, &Path),
) -> Result<Cluster> {
    let trust = if server.insecure_skip_tls_verify {
        Trust::Anybody
    } else {
        let ca = pem(
            server_file,
            "certificate-authority-data",
            server.certificate_authority_data.as_deref(),
            server.certificate_authority.as_deref(),
        )?;
        ca.map_or(Trust::Platform, Trust::Only)
    };
    let address = server.address.trim_end_matches('/');
    if !address.starts_with("https://") && !address.starts_with("http://") {
        let problem = format!(
            "the server of cluster `{}` is `{address}`, which is not a URL",
            context.cluster
        );
        return Err(invalid(server_file, problem));
    }
    if let Some(other) = &server.tls_server_name
        && !address.contains(other.as_str())
    {
        let problem = format!(
            "cluster `{}` has a tls-server-name, which is not supported",
            context.cluster
        );
        return Err(invalid(server_file, problem));
    }
    let exec = user
        .exec
        .as_ref()
        .map(|plugin| plugin.of(user_file, address));
    Ok(Cluster {
        server: address.to_owned(),
        namespace: context
            .namespace
            .clone()
            .unwrap_or_else(|| "default".to_owned()),
        found: format!("context `{name}`"),
        trust,
        ca_file: None,
        proxy: server.proxy_url.clone(),
        credentials: credentials(user, user_file, &context.user, exec)?.into(),
    })
}

fn credentials(user: &User, file: &Path, name: &str, exec: Option<Plugin>) -> Result<Credentials> {
    let certificate = pem(
        file,
        "client-certificate-data",
        user.client_certificate_data.as_deref(),
        user.client_certificate.as_deref(),
    )?;
    let key = pem(
        file,
        "client-key-data",
        user.client_key_data.as_deref(),
        user.client_key.as_deref(),
    )?;
    let refused = |what: &str| {
        let problem = format!("user `{name}` has {what}");
        Err(invalid(file, problem))
    };
    let identity = match (certificate, key) {
        (Some(certificate), Some(key)) => Some((certificate, key)),
        (None, None) => None,
        (Some(_), None) => return refused("a client certificate without its key"),
        (None, Some(_)) => return refused("a client key without its certificate"),
    };
    // The order of client-go: a token file before the token that it replaces.
    let token = if let Some(path) = &user.token_file {
        Token::File(beside(file, path))
    } else if let Some(token) = &user.token {
        Token::Fixed(token.clone())
    } else if let Some(plugin) = exec {
        Token::Exec(plugin)
    } else if user.auth_provider.is_some() {
        return refused("an auth-provider, which Kubernetes 1.26 removed: use an exec plugin");
    } else if user.username.is_some() {
        return refused("a password, which Kubernetes 1.19 removed: use a token");
    } else {
        Token::None
    };
    Ok(Credentials::new(identity, token))
}

/// What is written in the file, or the file that it names; data comes first, as for kubectl.
fn pem(file: &Path, key: &str, data: Option<&str>, path: Option<&Path>) -> Result<Option<Pem>> {
    if let Some(data) = data.filter(|data| !data.is_empty()) {
        let text = STANDARD
            .decode(data.split_whitespace().collect::<String>())
            .map_err(|_| invalid(file, format!("{key} is not base64")))?;
        let name = format!("{key} of {}", file.display());
        return Ok(Some(Pem::new(name, text)));
    }
    let path = path.filter(|path| !path.as_os_str().is_empty());
    Ok(path.map(|path| Pem::from(beside(file, path))))
}

/// A path of a kubeconfig, which is relative to the file.
pub(crate) fn beside(file: &Path, path: &Path) -> PathBuf {
    file.parent().unwrap_or(file).join(path)
}

fn merged(paths: &[PathBuf]) -> Result<File> {
    let mut merged = File::default();
    for path in paths {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            // As kubectl: a list may name files that do not exist.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && paths.len() > 1 => {
                continue;
            }
            Err(error) => return Err(invalid(path, error.to_string())),
        };
        let value = yaml::read(&text).map_err(|problem| invalid(path, problem))?;
        let read: Option<File> =
            serde_json::from_value(value).map_err(|error| invalid(path, error.to_string()))?;
        let Some(read) = read else { continue };
        if merged.current_context.is_empty() {
            merged.current_context = read.current_context;
        }
        merged.clusters.extend(placed(read.clusters, path));
        merged.contexts.extend(placed(read.contexts, path));
        merged.users.extend(placed(read.users, path));
    }
    Ok(merged)
}

fn placed<T>(entries: Vec<Named<T>>, file: &Path) -> impl Iterator<Item = Named<T>> {
    entries.into_iter().map(move |entry| Named {
        file: file.to_owned(),
        ..entry
    })
}

fn find<'a, T>(
    entries: &'a [Named<T>],
    kind: &'static str,
    name: &str,
) -> Result<(&'a T, &'a Path)> {
    entries
        .iter()
        .find(|entry| entry.name == name)
        .and_then(|entry| Some((entry.content.as_ref()?, entry.file.as_path())))
        .ok_or_else(|| Error::NotInKubeconfig {
            kind,
            name: name.to_owned(),
            known: entries.iter().map(|entry| entry.name.clone()).collect(),
        })
}

fn invalid(path: &Path, problem: String) -> Error {
    Error::Kubeconfig {
        path: path.to_owned(),
        problem,
    }
}
