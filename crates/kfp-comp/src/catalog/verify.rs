//! `kfp-comp catalog verify`: is what a catalog offers still what was published, usable in both SDKs and there?
//!
//! Records when that was found, and with which SDKs; touches no file of a release, and records nothing for what is wrong.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::SystemTime,
};

use anyhow::Result;
use kfp_catalog::{ComponentIndex, Contents, Name, Release};
use semver::VersionReq;
use serde_json::json;

use super::{
    CatalogLocation, change,
    sdk::{self, Verdict},
};
use crate::{
    error::{Usage, hinted},
    exit::ExitCode,
    http::RegistryArgs,
    output::{Console, Style},
    verify::image_problems,
};

/// Check the latest version of every component: hash, both SDKs, image; and record it
///
/// Sets `last_verified` and `compat.tested` in the catalog's index, which its page and `kfp-comp show` tell. Exits with 4 if a
/// file is not what was published, an SDK refuses it, or its image is missing for a platform; nothing is recorded for those.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only these components
    #[arg(value_name = "NAME")]
    names: Vec<Name>,
    /// A Python that has kfp; repeat it for kfp 1.8 and kfp 2
    #[arg(long, value_name = "PYTHON", required = true)]
    python: Vec<PathBuf>,
    /// The catalog's folder
    #[arg(long, value_name = "DIR", default_value = "catalog")]
    catalog: PathBuf,
    #[command(flatten)]
    registries: RegistryArgs,
    /// Check, and record nothing
    #[arg(long)]
    dry_run: bool,
    /// Print what was found as JSON
    #[arg(long)]
    json: bool,
}

/// A component's latest version, and what is wrong with it.
struct Checked {
    name: Name,
    version: semver::Version,
    tested: Vec<String>,
    problems: Vec<String>,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    let mut contents = change::read(&args.catalog)?;
    let offered = offered(&contents, &args.names)?;
    let location = CatalogLocation::Folder(args.catalog.clone());
    let mut texts = BTreeMap::new();
    let mut broken = BTreeMap::new();
    for (index, release) in &offered {
        match location.file(&release.component) {
            Ok(text) => drop(texts.insert(index.name.as_str(), text)),
            Err(error) => drop(broken.insert(index.name.as_str(), format!("{error:#}"))),
        }
    }
    let files = texts
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    let verdicts = args
        .python
        .iter()
        .map(|python| sdk::ask(python, &files))
        .collect::<Result<Vec<_>>>()?;
    let client = args.registries.client().build()?;

    let mut results = Vec::new();
    for (index, release) in &offered {
        let mut problems: Vec<String> = broken.remove(index.name.as_str()).into_iter().collect();
        let mut tested = Vec::new();
        for verdict in claimed(release, &verdicts)? {
            match verdict.problems.get(index.name.as_str()) {
                Some(problem) => {
                    problems.push(format!("kfp {} refuses it: {problem}", verdict.version));
                }
                None => tested.push(verdict.version.to_string()),
            }
        }
        let platforms: Vec<String> = release
            .image
            .platforms
            .iter()
            .map(|one| format!("{}/{}", one.os, one.arch))
            .collect();
        let image = release.image.pinned().parse();
        match image
            .map_err(anyhow::Error::from)
            .and_then(|image| image_problems(&client, &image, &platforms))
        {
            Ok(found) => problems.extend(found),
            // One registry that is down says nothing of the others' components.
            Err(error) => problems.push(format!("its image could not be checked: {error:#}")),
        }
        results.push(Checked {
            name: index.name.clone(),
            version: release.version.clone(),
            tested,
            problems,
        });
    }
    report(&results, args.json, console)?;
    if !args.dry_run {
        record(&mut contents, &results, &args.catalog)?;
    }
    let is_clean = results.iter().all(|one| one.problems.is_empty());
    Ok(if is_clean {
        ExitCode::Done
    } else {
        ExitCode::Found
    })
}

/// The latest versions that are not withdrawn, of these components or of all.
fn offered<'a>(
    contents: &'a Contents,
    names: &[Name],
) -> Result<Vec<(&'a ComponentIndex, &'a Release)>> {
    let indexes = || contents.members.iter().map(|member| &member.index);
    if let Some(unknown) = names
        .iter()
        .find(|name| indexes().all(|index| index.name != **name))
    {
        return Err(hinted(
            format!("the catalog has no component named `{unknown}`"),
            "`kfp-comp search` lists what there is",
        ));
    }
    Ok(indexes()
        .filter(|index| names.is_empty() || names.contains(&index.name))
        .filter_map(|index| Some((index, index.latest()?)))
        .filter(|(_, release)| !release.yanked)
        .collect())
}

/// The verdicts of the SDKs a release is for: one for each range of versions it names.
fn claimed<'a>(release: &Release, verdicts: &'a [Verdict]) -> Result<Vec<&'a Verdict>> {
    let mut found = Vec::new();
    for range in &release.compat.kfp_sdk {
        let wanted = VersionReq::parse(range)?;
        let fitting = verdicts
            .iter()
            .filter(|verdict| wanted.matches(&verdict.version));
        let before = found.len();
        found.extend(fitting);
        if found.len() == before {
            return Err(Usage(format!(
                "no `--python` has kfp {range}, which components of the catalog are for"
            ))
            .into());
        }
    }
    Ok(found)
}

fn report(results: &[Checked], as_json: bool, console: &mut Console) -> Result<()> {
    for one in results {
        let text = format!("{} {}", one.name, one.version);
        if one.problems.is_empty() {
            let tested = one.tested.join(" and ");
            console.status(
                Style::Success,
                "Verified",
                &format!("{text} with kfp {tested}"),
            );
        } else {
            console.status(Style::Error, "Wrong", &text);
        }
        for problem in &one.problems {
            console.say(&format!("             {problem}"));
        }
    }
    if as_json {
        let components: Vec<_> = results
            .iter()
            .map(|one| {
                json!({
                    "name": one.name,
                    "version": one.version,
                    "tested": one.tested,
                    "problems": one.problems,
                })
            })
            .collect();
        console.json(&json!({ "components": components }))?;
    }
    Ok(())
}

fn record(contents: &mut Contents, results: &[Checked], folder: &Path) -> Result<()> {
    let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    for one in results.iter().filter(|one| one.problems.is_empty()) {
        let releases = contents
            .members
            .iter_mut()
            .filter(|member| member.index.name == one.name)
            .flat_map(|member| &mut member.index.versions)
            .filter(|release| release.version == one.version);
        for release in releases {
            release.last_verified = Some(now.clone());
            release.compat.tested.clone_from(&one.tested);
        }
    }
    change::derived(contents, folder)?.apply()
}
