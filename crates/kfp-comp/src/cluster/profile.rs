//! `kfp-comp profile`: servers and logins by name.

use std::{
    io::{self, BufRead as _},
    path::PathBuf,
};

use anyhow::{Context, Result};
use serde_json::json;

use super::{
    kube::DEFAULT_NAMESPACE,
    login::Login,
    profiles::{Profile, Profiles},
};
use crate::{
    error::{Usage, hinted_usage},
    exit::ExitCode,
    output::{Console, Style, table},
};

/// Store which KFP servers there are, and how to log in
///
/// Profiles are kept in kfp-comp/profiles.toml below `$XDG_CONFIG_HOME` or ~/.config, readable by you only. Where a secret is
/// expected, `-` reads it from standard input, which keeps it out of the shell's history.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp profile set kind --endpoint http://localhost:8888
  kfp-comp profile set prod --endpoint https://kubeflow.example/pipeline --namespace ann --user ann@acme.example --password -
  kfp-comp profile set gke --endpoint https://kfp.example --token-command 'gcloud auth print-identity-token'
  kfp-comp profile set lab --kubeconfig
  kfp-comp profile use prod")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Store a profile, and use it from now on
    Set(Box<Set>),
    /// Use another profile from now on
    Use {
        /// Name of the profile
        name: String,
    },
    /// List the profiles
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print a profile without its secrets
    Show {
        /// Name of the profile [default: the one in use]
        name: Option<String>,
    },
    /// Delete a profile
    Delete {
        /// Name of the profile
        name: String,
    },
}

#[derive(Debug, clap::Args)]
struct Set {
    /// Name of the profile
    name: String,
    /// Address of the KFP API server
    #[arg(long, value_name = "URL", required_unless_present = "kubeconfig")]
    endpoint: Option<String>,
    /// Address of KFP's web interface, if it is another one
    #[arg(long, value_name = "URL")]
    ui: Option<String>,
    /// Namespace of runs and experiments, in multi-user mode
    #[arg(long, short, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// Experiment of runs that name none
    #[arg(long, short, value_name = "NAME")]
    experiment: Option<String>,
    /// PEM file of a client certificate
    #[arg(long, value_name = "FILE", requires = "client_key")]
    client_certificate: Option<PathBuf>,
    /// PEM file of its key
    #[arg(long, value_name = "FILE", requires = "client_certificate")]
    client_key: Option<PathBuf>,
    /// PEM file of a CA to trust for this server
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// Bearer token
    #[arg(long, value_name = "TOKEN", group = "login")]
    token: Option<String>,
    /// File with a bearer token, read again for each request
    #[arg(long, value_name = "FILE", group = "login")]
    token_file: Option<PathBuf>,
    /// Shell command that prints a bearer token
    #[arg(long, value_name = "COMMAND", group = "login")]
    token_command: Option<String>,
    /// Cookie of a browser's session, NAME=VALUE
    #[arg(long, value_name = "COOKIE", group = "login")]
    cookie: Option<String>,
    /// Header that names you, NAME: VALUE
    #[arg(long, value_name = "HEADER", group = "login")]
    header: Option<String>,
    /// User of Dex, as of Kubeflow's login form
    #[arg(long, value_name = "USER", group = "login")]
    user: Option<String>,
    /// Password of the user [default: `KFP_COMP_PASSWORD` in the environment, each time]
    #[arg(long, value_name = "PASSWORD", requires = "user")]
    password: Option<String>,
    /// Go through the Kubernetes API, with a kubeconfig's login [default: KUBECONFIG, ~/.kube/config]
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "", group = "login")]
    kubeconfig: Option<String>,
    /// Context of the kubeconfig [default: the current one]
    #[arg(long, value_name = "NAME", requires = "kubeconfig")]
    context: Option<String>,
    /// Namespace KFP itself runs in
    #[arg(
        long,
        value_name = "NAMESPACE",
        requires = "kubeconfig",
        default_value = DEFAULT_NAMESPACE
    )]
    kfp_namespace: String,
}

/// Runs the verb.
///
/// # Errors
/// If there is no such profile, or the file cannot be read or written.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    let mut profiles = Profiles::read()?;
    match &args.command {
        Command::Set(set) => {
            profiles.profiles.insert(set.name.clone(), set.profile()?);
            profiles.current = Some(set.name.clone());
            let path = profiles.write()?;
            console.status(
                Style::Success,
                "Stored",
                &format!("{} in {}", set.name, path.display()),
            );
            console.hint(&format!(
                "try it: `kfp-comp doctor --cluster --profile {}`",
                set.name
            ));
        }
        Command::Use { name } => {
            profiles.get(name)?;
            profiles.current = Some(name.clone());
            profiles.write()?;
            console.status(Style::Success, "Using", name);
        }
        Command::List { json } => list(&profiles, *json, console)?,
        Command::Show { name } => {
            let name = name.as_ref().or(profiles.current.as_ref());
            let name = name.ok_or_else(|| {
                let hint = "choose one: `kfp-comp profile use NAME`, of those that `kfp-comp profile list` prints";
                hinted_usage("no profile is in use", hint)
            })?;
            let rows = shown(profiles.get(name)?).into_iter();
            console.data(&table(rows.map(|(key, value)| vec![key.to_owned(), value])))?;
        }
        Command::Delete { name } => {
            profiles.get(name)?;
            profiles.profiles.remove(name);
            profiles.current = profiles.current.filter(|current| current != name);
            profiles.write()?;
            console.status(Style::Success, "Deleted", name);
        }
    }
    Ok(ExitCode::Done)
}

fn list(profiles: &Profiles, as_json: bool, console: &mut Console) -> Result<()> {
    let is_current = |name: &String| profiles.current.as_ref() == Some(name);
    if as_json {
        let all: Vec<_> = profiles
            .profiles
            .iter()
            .map(|(name, one)| {
                json!({
                    "name": name,
                    "current": is_current(name),
                    "endpoint": one.endpoint,
                    "namespace": one.namespace,
                    "login": one.login.as_ref().map(ToString::to_string),
                })
            })
            .collect();
        console.json(&all)?;
        return Ok(());
    }
    let rows = profiles.profiles.iter().map(|(name, one)| {
        vec![
            if is_current(name) { "*" } else { "" }.to_owned(),
            name.clone(),
            one.endpoint.clone().unwrap_or_default(),
            one.login
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
        ]
    });
    console.data(&table(rows))?;
    Ok(())
}

/// What is in a profile, without secrets.
fn shown(profile: &Profile) -> Vec<(&'static str, String)> {
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let rows = [
        ("endpoint", profile.endpoint.clone()),
        ("ui", profile.ui.clone()),
        ("namespace", profile.namespace.clone()),
        ("experiment", profile.experiment.clone()),
        ("ca-file", path(&profile.ca_file)),
        ("client-certificate", path(&profile.client_certificate)),
        ("client-key", path(&profile.client_key)),
        ("login", profile.login.as_ref().map(ToString::to_string)),
    ];
    rows.into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
        .collect()
}

impl Set {
    fn profile(&self) -> Result<Profile> {
        let absolute = |path: &Option<PathBuf>| {
            let absolute = |path: &PathBuf| {
                path.canonicalize()
                    .map_err(|error| Usage(format!("`{}`: {error}", path.display())))
            };
            path.as_ref().map(absolute).transpose()
        };
        Ok(Profile {
            endpoint: self.endpoint.clone(),
            ui: self.ui.clone(),
            namespace: self.namespace.clone(),
            experiment: self.experiment.clone(),
            ca_file: absolute(&self.trust)?,
            client_certificate: absolute(&self.client_certificate)?,
            client_key: absolute(&self.client_key)?,
            login: self.login(absolute)?,
        })
    }

    fn login(
        &self,
        absolute: impl Fn(&Option<PathBuf>) -> Result<Option<PathBuf>, Usage>,
    ) -> Result<Option<Login>> {
        if let Some(token) = &self.token {
            let token = secret(token)?;
            return Ok(Some(Login::Token { token }));
        }
        if let Some(path) = absolute(&self.token_file)? {
            return Ok(Some(Login::TokenFile { path }));
        }
        if let Some(command) = self.token_command.clone() {
            return Ok(Some(Login::TokenCommand { command }));
        }
        if let Some(cookie) = &self.cookie {
            let cookie = secret(cookie)?;
            if !cookie.contains('=') {
                return Err(Usage("a cookie is NAME=VALUE".to_owned()).into());
            }
            return Ok(Some(Login::Cookie { cookie }));
        }
        if let Some(header) = &self.header {
            let header = secret(header)?;
            let Some((name, value)) = header.split_once(':') else {
                return Err(hinted_usage(
                    "a header is NAME: VALUE",
                    "--header 'kubeflow-userid: ann@acme.example'",
                ));
            };
            let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
            return Ok(Some(Login::Header { name, value }));
        }
        if let Some(user) = self.user.clone() {
            let password = self.password.as_deref().map(secret).transpose()?;
            return Ok(Some(Login::Dex { user, password }));
        }
        if let Some(file) = &self.kubeconfig {
            let named = Some(PathBuf::from(file)).filter(|_| !file.is_empty());
            return Ok(Some(Login::Kubeconfig {
                file: absolute(&named)?,
                context: self.context.clone(),
                kfp_namespace: self.kfp_namespace.clone(),
            }));
        }
        Ok(None)
    }
}

/// A secret, read from standard input for `-`.
fn secret(given: &str) -> Result<String> {
    if given != "-" {
        return Ok(given.to_owned());
    }
    let mut line = String::new();
    io::stdin()
        .lock()
        .read_line(&mut line)
        .context("could not read the secret from standard input")?;
    let line = line.trim_end_matches(['\n', '\r']);
    if line.is_empty() {
        return Err(Usage("standard input holds no secret".to_owned()).into());
    }
    Ok(line.to_owned())
}
