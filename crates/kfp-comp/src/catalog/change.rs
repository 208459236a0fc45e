//! `kfp-comp catalog yank` and `deprecate`: advice on releases that are there to stay.
//!
//! No file of a release is touched; refuses a successor that does not exist or leads back.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use kfp_catalog::{ComponentIndex, Contents, Index, Member, Name, Release, release_path};

use super::{CatalogLocation, Selection};
use crate::{
    error::hinted,
    exit::ExitCode,
    lock,
    output::{Console, Style},
    plan::Plan,
};

/// Withdraw a version: existing users keep it, but search and add no longer offer it
#[derive(Debug, clap::Args)]
pub(super) struct Yank {
    /// The version
    #[arg(value_name = "NAME@VERSION")]
    what: Selection,
    #[command(flatten)]
    common: Common,
}

/// Advise against a component or a version; it can still be added
#[derive(Debug, clap::Args)]
pub(super) struct Deprecate {
    /// The component, or one version of it
    #[arg(value_name = "NAME[@VERSION]")]
    what: Selection,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
struct Common {
    /// Why
    #[arg(long)]
    reason: Option<String>,
    /// What to use instead
    #[arg(long, value_name = "NAME[@VERSION]")]
    superseded_by: Option<Selection>,
    /// Take it back
    #[arg(long)]
    undo: bool,
    /// The catalog's folder
    #[arg(long, value_name = "DIR", default_value = "catalog")]
    catalog: PathBuf,
    /// Say what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn yank(args: &Yank, console: &mut Console) -> Result<ExitCode> {
    if args.what.version.is_none() {
        return Err(crate::error::Usage(format!(
            "name the version to withdraw: {}@VERSION",
            args.what
        ))
        .into());
    }
    let Common { reason, undo, .. } = &args.common;
    apply(&args.what, &args.common, console, &|release| {
        release.yanked = !undo;
        release.advisory = reason.clone().filter(|_| !undo);
    })
}

pub(super) fn deprecate(args: &Deprecate, console: &mut Console) -> Result<ExitCode> {
    let Common {
        reason,
        superseded_by,
        undo,
        ..
    } = &args.common;
    let reason = reason.clone().unwrap_or_else(|| match superseded_by {
        Some(successor) => format!("{successor} takes its place"),
        None => "it is not looked after any more".to_owned(),
    });
    apply(&args.what, &args.common, console, &|release| {
        release.deprecated = (!undo).then(|| reason.clone());
    })
}

fn apply(
    what: &Selection,
    common: &Common,
    console: &mut Console,
    edit: &dyn Fn(&mut Release),
) -> Result<ExitCode> {
    let mut contents = read(&common.catalog)?;
    let successor = common.superseded_by.as_ref();
    if let Some(successor) = successor {
        check_successor(&contents, what, successor)?;
    }
    let index = member(&mut contents, &what.name)?;
    let mut changed = 0;
    for release in &mut index.versions {
        if what
            .version
            .as_ref()
            .is_none_or(|version| release.version == *version)
        {
            edit(release);
            release.superseded_by = successor.filter(|_| !common.undo).map(ToString::to_string);
            changed += 1;
        }
    }
    if changed == 0 {
        let versions: Vec<String> = index
            .versions
            .iter()
            .map(|one| one.version.to_string())
            .collect();
        return Err(hinted(
            format!("`{}` has no such version: {what}", what.name),
            format!("it has {}", versions.join(", ")),
        ));
    }
    let plan = derived(&contents, &common.catalog)?;
    if common.dry_run {
        console.data(&plan.diff())?;
        return Ok(ExitCode::Done);
    }
    plan.apply()?;
    let word = if plan.is_empty() { "Fresh" } else { "Changed" };
    console.status(
        Style::Success,
        word,
        &format!("{what} in {}", common.catalog.display()),
    );
    Ok(ExitCode::Done)
}

/// What has to be written so that a catalog's folder says what `contents` does.
pub(super) fn derived(contents: &Contents, folder: &Path) -> Result<Plan> {
    let mut plan = Plan::new(folder);
    for file in contents.files() {
        let path = folder.join(&file.path);
        let is_same = || std::fs::read_to_string(&path).is_ok_and(|text| text == file.text);
        // What the RegistryClient reads says nothing of advice, and may not be here at all.
        if !file.path.starts_with("registry/") && !is_same() {
            lock::put(&mut plan, &file.path, file.text)?;
        }
    }
    Ok(plan)
}

/// Everything a catalog's folder says.
pub(super) fn read(folder: &Path) -> Result<Contents> {
    let location = CatalogLocation::Folder(folder.to_owned());
    let Index {
        title,
        url,
        components,
        ..
    } = location.index()?;
    let mut members = Vec::new();
    for summary in components {
        let index = location.component(&summary.name)?.with_context(|| {
            format!(
                "`{folder}` names `{}` and does not have it",
                summary.name,
                folder = folder.display()
            )
        })?;
        let readme = match index.latest() {
            Some(latest) => location.text(&format!(
                "{}/README.md",
                release_path(&index.name, &latest.version)
            ))?,
            None => None,
        };
        members.push(Member { index, readme });
    }
    Ok(Contents {
        title,
        url,
        members,
    })
}

fn member<'a>(contents: &'a mut Contents, name: &Name) -> Result<&'a mut ComponentIndex> {
    let found = contents
        .members
        .iter_mut()
        .find(|member| member.index.name == *name);
    found
        .map(|member| &mut member.index)
        .with_context(|| format!("the catalog has no component named `{name}`"))
}

/// A successor exists, and following successors from there never comes back.
fn check_successor(contents: &Contents, what: &Selection, successor: &Selection) -> Result<()> {
    let mut next = Some(successor.clone());
    let mut seen = Vec::new();
    while let Some(one) = next {
        let member = contents
            .members
            .iter()
            .find(|member| member.index.name == one.name);
        let Some(member) = member else {
            bail!("`{one}` cannot take its place: the catalog does not have it");
        };
        let release = match &one.version {
            Some(version) => member.index.release(version),
            None => member.index.latest(),
        };
        let Some(release) = release else {
            bail!("`{one}` cannot take its place: there is no such version");
        };
        let is_itself = one.name == what.name
            && what
                .version
                .as_ref()
                .is_none_or(|version| *version == release.version);
        if is_itself || seen.contains(&one.to_string()) {
            bail!(
                "`{successor}` cannot take its place: it leads back to `{}`",
                one.name
            );
        }
        seen.push(one.to_string());
        next = match &release.superseded_by {
            Some(text) => Some(text.parse()?),
            None => None,
        };
    }
    Ok(())
}
