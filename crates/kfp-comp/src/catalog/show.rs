//! `kfp-comp show` for a component of a catalog.

use std::fmt::Write;

use anyhow::Result;
use kfp_catalog::Release;
use serde_json::json;

use super::{CatalogArgs, Catalogs, FoundComponent, Selection, age};
use crate::{
    exit::ExitCode,
    interface,
    output::{Console, printable, table},
};

pub(crate) fn run(
    what: &str,
    as_json: bool,
    catalogs: &CatalogArgs,
    console: &mut Console,
) -> Result<ExitCode> {
    let wanted: Selection = what.parse()?;
    let found = Catalogs::of(catalogs)?.component(&wanted.name)?;
    let release = found.release(wanted.version.as_ref())?;
    if as_json {
        let mut value = json!(release);
        value["name"] = json!(found.index.name);
        value["description"] = json!(found.index.summary);
        value["catalog"] = json!(found.catalog.name);
        value["url"] = json!(
            found
                .catalog
                .location
                .locate(release.component.url.as_str())
        );
        value["versions"] = found
            .index
            .versions
            .iter()
            .map(|one| json!(one.version))
            .collect();
        console.json(&value)?;
    } else {
        console.data(&printable(&text(&found, release)))?;
    }
    Ok(ExitCode::Done)
}

fn text(found: &FoundComponent, release: &Release) -> String {
    let index = &found.index;
    let mut text = format!("{} {}\n", index.name, release.version);
    if !index.summary.is_empty() {
        let _ = writeln!(text, "{}", index.summary);
    }
    if release.yanked {
        let _ = writeln!(
            text,
            "\nWithdrawn: {}",
            release.advisory.as_deref().unwrap_or("no reason given")
        );
    }
    if let Some(reason) = &release.deprecated {
        let _ = writeln!(text, "\nDeprecated: {reason}");
    }
    if let Some(instead) = &release.superseded_by {
        let _ = writeln!(text, "Instead: {instead}");
    }
    let sizes: Vec<String> = release
        .image
        .platforms
        .iter()
        .map(|one| format!("{}/{} {} kB", one.os, one.arch, one.bytes.div_ceil(1000)))
        .collect();
    let versions: Vec<String> = index
        .versions
        .iter()
        .rev()
        .map(|one| one.version.to_string())
        .collect();
    let rows = [
        (
            "URL",
            found
                .catalog
                .location
                .locate(release.component.url.as_str()),
        ),
        ("SHA-256", release.component.sha256.to_string()),
        ("Image", release.image.pinned()),
        ("Platforms", sizes.join(", ")),
        ("Licence", release.license.clone().unwrap_or_default()),
        (
            "Source",
            release
                .source
                .as_ref()
                .map(|source| source.git.clone())
                .unwrap_or_default(),
        ),
        ("KFP SDK", release.compat.kfp_sdk.join(" or ")),
        ("Released", release.released.clone()),
        ("Verified", verified(release)),
        ("Versions", versions.join(", ")),
    ];
    let rows = rows.into_iter().filter(|(_, value)| !value.is_empty());
    let _ = write!(
        text,
        "\n{}",
        table(rows.map(|(key, value)| vec![format!("{key}:"), value]))
    );
    text + &interface::tables(&release.interface)
}

/// When a release was verified, with which SDKs, and whether that was too long ago.
fn verified(release: &Release) -> String {
    let mut text = release
        .last_verified
        .clone()
        .unwrap_or_else(|| "never".to_owned());
    if !release.compat.tested.is_empty() {
        let _ = write!(text, ", with kfp {}", release.compat.tested.join(" and "));
    }
    if let Some(note) = age::note(release.last_verified.as_deref(), &release.released) {
        let _ = write!(text, " ({note})");
    }
    text
}
