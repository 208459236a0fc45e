//! Kubeconfigs, field by field, and how several are merged.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::{Error, Result};

/// A kubeconfig, or several merged.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(crate) struct Config {
    pub(crate) current_context: String,
    clusters: Vec<Named<ClusterEntry>>,
    users: Vec<Named<UserEntry>>,
    contexts: Vec<Named<ContextEntry>>,
}

/// A list item that has a name beside its content.
#[derive(Debug, Deserialize)]
struct Named<T> {
    name: String,
    #[serde(flatten)]
    entry: T,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ClusterEntry {
    cluster: Cluster,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct UserEntry {
    user: Option<User>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ContextEntry {
    context: Context,
}

/// Where an API server is, and how to know it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(crate) struct Cluster {
    pub(crate) server: String,
    pub(crate) certificate_authority: Option<PathBuf>,
    pub(crate) certificate_authority_data: Option<String>,
    tls_server_name: Option<String>,
    insecure_skip_tls_verify: bool,
    proxy_url: Option<String>,
}

/// How somebody logs in.
#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(crate) struct User {
    pub(crate) client_certificate: Option<PathBuf>,
    pub(crate) client_certificate_data: Option<String>,
    pub(crate) client_key: Option<PathBuf>,
    pub(crate) client_key_data: Option<String>,
    pub(crate) token: Option<String>,
    #[serde(rename = "tokenFile")]
    pub(crate) token_file: Option<PathBuf>,
    pub(crate) exec: Option<Exec>,
    username: Option<String>,
    auth_provider: Option<serde_json::Value>,
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("User { … }")
    }
}

/// A program that prints credentials.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Exec {
    pub(crate) api_version: String,
    pub(crate) command: String,
    pub(crate) args: Option<Vec<String>>,
    pub(crate) env: Option<Vec<Variable>>,
    pub(crate) install_hint: Option<String>,
    pub(crate) provide_cluster_info: bool,
}

/// A variable for the program.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// Which cluster, as whom, in which namespace.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Context {
    pub(crate) cluster: String,
    pub(crate) user: String,
    pub(crate) namespace: Option<String>,
}

impl Config {
    /// Reads one file, or those that the environment names.
    pub(crate) fn read(file: Option<&Path>) -> Result<Self> {
        let files = match file {
            Some(file) => vec![file.to_owned()],
            None => usual(),
        };
        let mut merged: Option<Self> = None;
        for file in &files {
            let text = match fs::read_to_string(file) {
                Ok(text) => text,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(source) => {
                    let path = file.clone();
                    return Err(Error::File { path, source });
                }
            };
            let one = Self::parse(&text, file)?;
            merged = Some(match merged {
                Some(first) => first.merged(one),
                None => one,
            });
        }
        merged.ok_or(Error::Missing(files))
    }

    /// Paths in a kubeconfig start at its folder.
    fn parse(text: &str, file: &Path) -> Result<Self> {
        let mut config: Self = serde_saphyr::from_str(text).map_err(|_| Error::Invalid {
            path: file.to_owned(),
            // The parser's message shows the line, which may hold a secret.
            reason: "it is not YAML of that form".to_owned(),
        })?;
        let folder = file.parent().unwrap_or(Path::new(""));
        let rooted = |path: &mut Option<PathBuf>| {
            if let Some(path) = path {
                *path = folder.join(&*path);
            }
        };
        for one in &mut config.clusters {
            rooted(&mut one.entry.cluster.certificate_authority);
        }
        for user in config
            .users
            .iter_mut()
            .filter_map(|one| one.entry.user.as_mut())
        {
            rooted(&mut user.client_certificate);
            rooted(&mut user.client_key);
            rooted(&mut user.token_file);
            if let Some(exec) = &mut user.exec
                && exec.command.contains('/')
            {
                exec.command = folder.join(&exec.command).to_string_lossy().into_owned();
            }
        }
        Ok(config)
    }

    /// What the first one says counts.
    fn merged(mut self, other: Self) -> Self {
        if self.current_context.is_empty() {
            self.current_context = other.current_context;
        }
        self.clusters.extend(other.clusters);
        self.users.extend(other.users);
        self.contexts.extend(other.contexts);
        self
    }

    /// The context of a name, or the current one.
    pub(crate) fn context(&self, name: Option<&str>) -> Result<&Context> {
        let name = name.unwrap_or(&self.current_context);
        if name.is_empty() {
            return Err(Error::NoContext(known(&self.contexts)));
        }
        Ok(&find("context", &self.contexts, name)?.context)
    }

    /// A cluster by its name, unless it has settings that must not be ignored.
    pub(crate) fn cluster(&self, name: &str) -> Result<&Cluster> {
        let cluster = &find("cluster", &self.clusters, name)?.cluster;
        let unsupported = [
            (cluster.tls_server_name.is_some(), "tls-server-name"),
            (cluster.insecure_skip_tls_verify, "insecure-skip-tls-verify"),
            (cluster.proxy_url.is_some(), "proxy-url"),
        ];
        refuse(&unsupported)?;
        Ok(cluster)
    }

    /// A user by name, unless it logs in as nobody does any more.
    pub(crate) fn user(&self, name: &str) -> Result<User> {
        let user = find("user", &self.users, name)?.user.clone();
        let user = user.unwrap_or_default();
        refuse(&[
            (user.username.is_some(), "username"),
            (user.auth_provider.is_some(), "auth-provider"),
        ])?;
        Ok(user)
    }
}

fn refuse(settings: &[(bool, &'static str)]) -> Result<()> {
    match settings.iter().find(|(is_set, _)| *is_set) {
        Some((_, name)) => Err(Error::Unsupported(name)),
        None => Ok(()),
    }
}

fn find<'a, T>(kind: &'static str, all: &'a [Named<T>], name: &str) -> Result<&'a T> {
    let found = all.iter().find(|one| one.name == name);
    found.map(|one| &one.entry).ok_or_else(|| Error::Unknown {
        kind,
        name: name.to_owned(),
        known: known(all),
    })
}

fn known<T>(all: &[Named<T>]) -> String {
    let names: BTreeMap<&str, ()> = all.iter().map(|one| (one.name.as_str(), ())).collect();
    let names: Vec<&str> = names.into_keys().collect();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

/// The files that `kubectl` reads.
fn usual() -> Vec<PathBuf> {
    if let Some(list) = env::var_os("KUBECONFIG").filter(|list| !list.is_empty()) {
        return env::split_paths(&list)
            .filter(|path| !path.as_os_str().is_empty())
            .collect();
    }
    let home = env::var_os("HOME").unwrap_or_default();
    vec![PathBuf::from(home).join(".kube/config")]
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "
apiVersion: v1
kind: Config
current-context: a
clusters: [{name: c, cluster: {server: 'https://one', certificate-authority: ca.crt}}]
users: [{name: u, user: {tokenFile: token}}]
contexts: [{name: a, context: {cluster: c, user: u, namespace: n}}]
";

    fn parse(text: &str) -> Config {
        Config::parse(text, Path::new("/k/config")).unwrap()
    }

    #[test]
    fn paths_start_at_the_file() {
        let config = parse(ONE);
        let context = config.context(None).unwrap();
        let cluster = config.cluster(&context.cluster).unwrap();
        assert_eq!(
            cluster.certificate_authority.as_deref(),
            Some(Path::new("/k/ca.crt"))
        );
        let user = config.user(&context.user).unwrap();
        assert_eq!(user.token_file.as_deref(), Some(Path::new("/k/token")));
    }

    #[test]
    fn of_several_files_the_first_one_counts() {
        let two = "clusters: [{name: c, cluster: {server: 'https://two'}}, {name: d, cluster: {server: 'https://d'}}]\ncurrent-context: b";
        let merged = parse(ONE).merged(parse(two));
        assert_eq!(merged.current_context, "a");
        assert_eq!(merged.cluster("c").unwrap().server, "https://one");
        assert_eq!(merged.cluster("d").unwrap().server, "https://d");
    }

    #[test]
    fn settings_that_cannot_be_followed_are_refused() {
        for setting in [
            "insecure-skip-tls-verify: true",
            "tls-server-name: x",
            "proxy-url: 'http://p'",
        ] {
            let config = parse(&format!(
                "clusters: [{{name: c, cluster: {{server: 'https://s', {setting}}}}}]"
            ));
            let error = config.cluster("c").unwrap_err().to_string();
            assert!(
                error.contains(setting.split(':').next().unwrap()),
                "{error}"
            );
        }
    }

    #[test]
    fn a_name_that_is_not_there_is_answered_with_those_that_are() {
        let error = parse(ONE).context(Some("b")).unwrap_err().to_string();
        assert_eq!(error, "the kubeconfig has no context `b`; there are a");
        let error = parse("users: [{name: u}]")
            .context(None)
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "the kubeconfig has no current context; there are none"
        );
    }

    #[test]
    fn what_is_no_kubeconfig_is_not_repeated() {
        let error = Config::parse("users: s3cret", Path::new("k")).unwrap_err();
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
    }
}
