//! `kfp-comp outdated`: which components of this folder have a newer version or were withdrawn.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result};
use kfp_catalog::{ComponentIndex, Release, diff};
use serde_json::{Value, json};

use crate::{
    catalog::CatalogLocation,
    exit::ExitCode,
    lock::{self, Lock, Locked},
    output::{Console, Style, printable, table},
};

/// List the components of this folder that have newer versions
///
/// Reads the catalog that each component came from. Exits with 4 if one is outdated, withdrawn or deprecated.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp outdated
  kfp-comp outdated --json")]
pub(crate) struct Args {
    /// Print the components as JSON
    #[arg(long)]
    json: bool,
    /// Seconds to wait for a server
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = clap::value_parser!(u64).range(1..))]
    timeout: u64,
}

/// Runs the verb.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    let here = std::env::current_dir().context("could not tell the current directory")?;
    let mut found = Vec::new();
    let lock = Lock::read(&here)?;
    for locked in &lock.components {
        let Some(catalog) = &locked.catalog else {
            continue;
        };
        let location =
            CatalogLocation::parse(catalog, Path::new(""), Duration::from_secs(args.timeout))?;
        let index = location
            .component(&locked.name)?
            .with_context(|| format!("`{catalog}` no longer has `{}`", locked.name))?;
        found.extend(advice(locked, &index));
    }
    let code = if found.is_empty() {
        ExitCode::Done
    } else {
        ExitCode::Found
    };
    if args.json {
        console.json(&json!({ "components": found }))?;
        return Ok(code);
    }
    if found.is_empty() {
        let text = if lock.components.is_empty() {
            format!("{} lists no component", lock::FILE)
        } else {
            "nothing is newer, withdrawn or deprecated".to_owned()
        };
        console.status(Style::Success, "Fresh", &text);
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = table(found.iter().map(|one| {
        vec![
            text(&one["name"]),
            format!("{} -> {}", text(&one["version"]), text(&one["latest"])),
            text(&one["note"]),
        ]
    }));
    console.data(&printable(&rows))?;
    Ok(code)
}

fn advice(locked: &Locked, index: &ComponentIndex) -> Option<Value> {
    let latest = index.latest()?;
    let own: Option<&Release> = index.release(locked.version.as_ref()?);
    let is_newer = locked
        .version
        .as_ref()
        .is_some_and(|version| latest.version > *version)
        && !latest.yanked;
    let changes = own
        .map(|own| diff::interface(&own.interface, &latest.interface))
        .unwrap_or_default();
    let note = match own {
        Some(Release {
            yanked: true,
            advisory,
            ..
        }) => {
            format!(
                "withdrawn: {}",
                advisory.as_deref().unwrap_or("no reason given")
            )
        }
        Some(Release {
            deprecated: Some(reason),
            ..
        }) => format!("deprecated: {reason}"),
        _ if !is_newer => return None,
        _ if changes.iter().any(|change| change.breaking) => {
            format!(
                "breaking; see `kfp-comp diff {0}@{1} {0}@{2}`",
                locked.name, own?.version, latest.version
            )
        }
        _ => "compatible".to_owned(),
    };
    Some(json!({
        "name": locked.name,
        "version": locked.version,
        "latest": latest.version,
        "note": note,
        "changes": changes,
    }))
}
