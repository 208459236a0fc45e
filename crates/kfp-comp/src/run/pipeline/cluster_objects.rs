//! What stands here for a cluster's secrets, config maps and volumes.

use std::{collections::BTreeMap, env, fs, path::PathBuf};

use anyhow::{Context, Result};
use kfp_pipeline::{Pipeline, quantity};
use kfp_runner::platform::{ClusterObjects, Missing};

use super::PipelineArgs;
use crate::error::{Usage, hinted_usage};

/// A value of a secret or config map.
#[derive(Clone)]
pub(super) struct Value {
    /// The name and the key, either of which may hold dots.
    path: String,
    text: String,
}

/// Without the value, which may be secret.
impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.path)
    }
}

/// Reads `NAME.KEY=VALUE`, `NAME.KEY=@FILE` or `NAME.KEY=env:VARIABLE`.
pub(super) fn parse_value(text: &str) -> Result<Value, String> {
    const FORMS: &str = "it must be NAME.KEY=VALUE, NAME.KEY=@FILE or NAME.KEY=env:VARIABLE";
    let (path, value) = text.split_once('=').ok_or(FORMS)?;
    if !path.trim_matches('.').contains('.') {
        return Err(FORMS.into());
    }
    let text = if let Some(file) = value.strip_prefix('@') {
        let text = fs::read_to_string(file).map_err(|error| format!("`{file}`: {error}"))?;
        // Editors end files with a line break, which is not meant.
        text.strip_suffix('\n').map_or(text.clone(), str::to_owned)
    } else if let Some(variable) = value.strip_prefix("env:") {
        env::var(variable).map_err(|_| format!("the variable `{variable}` is not set"))?
    } else {
        value.to_owned()
    };
    Ok(Value {
        path: path.to_owned(),
        text,
    })
}

/// Reads `CLAIM=DIR`.
pub(super) fn parse_volume(text: &str) -> Result<(String, PathBuf), String> {
    let (claim, directory) = text
        .split_once('=')
        .filter(|(claim, _)| !claim.is_empty())
        .ok_or("it must be CLAIM=DIR")?;
    let path = fs::canonicalize(directory).map_err(|error| format!("`{directory}`: {error}"))?;
    if !path.is_dir() {
        return Err(format!("`{directory}` is not a directory"));
    }
    Ok((claim.to_owned(), path))
}

/// Reads an amount of memory: `4GiB`, `512M`, `2.5GB`.
pub(super) fn parse_memory(text: &str) -> Result<f64, String> {
    quantity::bytes(text)
        .ok_or_else(|| format!("`{text}` is not an amount of memory; write 4GiB or 512MB"))
}

/// The secrets, config maps and volumes of the command line, if they are all that the pipeline needs.
///
/// # Errors
/// What is missing and can be foretold.
pub(super) fn find(
    pipeline: &Pipeline,
    args: &PipelineArgs,
    volumes: PathBuf,
) -> Result<ClusterObjects> {
    let objects = ClusterObjects {
        secrets: by_name(&args.secret),
        config_maps: by_name(&args.config_map),
        volumes: args.volume.iter().cloned().collect(),
        volumes_root: std::path::absolute(volumes)
            .context("could not tell the current directory")?,
    };
    let missing = objects.missing(pipeline).map_err(Usage)?;
    if missing.is_empty() {
        return Ok(objects);
    }
    let messages: Vec<String> = missing.iter().map(Missing::to_string).collect();
    let options: Vec<String> = missing.iter().map(option).collect();
    Err(hinted_usage(
        messages.join(", "),
        format!(
            "give the values from files, or from variables by `env:VARIABLE` in place of `@FILE`: `{}`",
            options.join(" ")
        ),
    ))
}

/// The option that gives what is missing.
fn option(Missing { kind, name, key }: &Missing) -> String {
    let option = if *kind == "secret" {
        "--secret"
    } else {
        "--config-map"
    };
    let key = key.as_deref().unwrap_or("KEY");
    format!("{option} {name}.{key}=@FILE")
}

/// Each value under every name and key that its path may stand for: `my.login.token` for the key `login.token` of `my`, and
/// for `token` of `my.login`.
fn by_name(values: &[Value]) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut all: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for Value { path, text } in values {
        for (at, _) in path.match_indices('.') {
            let keys = all.entry(path[..at].to_owned()).or_default();
            keys.insert(path[at + 1..].to_owned(), text.clone());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_never_shown_when_it_is_debugged() {
        let value = parse_value("login.tls.crt=hunter2").unwrap();
        assert_eq!(
            by_name(std::slice::from_ref(&value))["login"]["tls.crt"],
            "hunter2"
        );
        assert_eq!(format!("{value:?}"), "login.tls.crt");
        for wrong in [
            "login",
            "login=x",
            ".a=x",
            "a.=x",
            "a.b=@/there/is/none",
            "a.b=env:KFP_THERE_IS_NONE",
        ] {
            assert!(parse_value(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_name_may_hold_dots_as_a_key_may() {
        let all = by_name(&[parse_value("my.login.token=x").unwrap()]);
        assert_eq!(all["my"]["login.token"], "x");
        assert_eq!(all["my.login"]["token"], "x");
    }
}
