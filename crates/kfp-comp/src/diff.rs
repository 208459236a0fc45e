//! `kfp-comp diff`: what changed between two interfaces, and the version number that the change requires.

use std::path::Path;

use anyhow::{Context, Result, bail};
use kfp_catalog::{ChangeKind, Interface, diff};
use kfp_component_yaml::read;
use semver::Version;
use serde_json::json;

use crate::{
    catalog::{CatalogArgs, Catalogs, Selection},
    exit::ExitCode,
    fetch::Source,
    output::{Console, Style},
};

/// Compare two component interfaces
///
/// Exits with 4 if a pipeline that works with OLD may stop working with NEW: an input or output was removed, an input
/// became required, a type changed, or fewer values are allowed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp diff train-eval@0.1.0 train-eval@0.2.0 --catalog catalog
  kfp-comp diff old/component.yaml new/component.yaml")]
pub(crate) struct Args {
    /// A component.yaml, its URL, or NAME[@VERSION] in a catalog
    old: String,
    /// A component.yaml, its URL, or NAME[@VERSION] in a catalog
    new: String,
    /// Print the changes as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    catalogs: CatalogArgs,
}

/// One side of the comparison.
struct Side {
    interface: Interface,
    version: Option<Version>,
    /// Whether choices and ranges are known.
    is_whole: bool,
}

/// Runs the verb.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    let (mut old, mut new) = (side(&args.old, args)?, side(&args.new, args)?);
    if old.is_whole != new.is_whole {
        // A component.yaml does not record choices and ranges, so their absence on one side is not a change.
        for side in [&mut old, &mut new] {
            for input in &mut side.interface.inputs {
                input.choices.clear();
                (input.minimum, input.maximum, input.exclusive_maximum) = (None, None, None);
            }
        }
    }
    let changes = diff::interface(&old.interface, &new.interface);
    let is_breaking = changes.iter().any(|change| change.breaking);
    let needed = old
        .version
        .as_ref()
        .map(|version| diff::next_version(version, &changes));
    if args.json {
        console.json(
            &json!({ "breaking": is_breaking, "changes": changes, "next_version": needed }),
        )?;
    } else {
        for change in &changes {
            let word = match change.kind {
                ChangeKind::Added => "added",
                ChangeKind::Removed => "removed",
                ChangeKind::Changed => "changed",
            };
            let mark = if change.breaking { "breaking" } else { "fine" };
            console.data(&format!("{mark:<8}  {word:<7}  {}", change.description))?;
        }
        if changes.is_empty() {
            console.status(Style::Success, "Same", "the interfaces do not differ");
        }
        if let Some(needed) = needed {
            console.status(
                Style::Info,
                "Version",
                &format!("the next version must be {needed} or higher"),
            );
        }
    }
    Ok(if is_breaking {
        ExitCode::Found
    } else {
        ExitCode::Done
    })
}

fn side(text: &str, args: &Args) -> Result<Side> {
    let source = if text.starts_with("http://") || text.starts_with("https://") {
        Some(Source::Url(text.to_owned()))
    } else if Path::new(text).is_file() || text.contains('/') {
        Some(Source::File(text.into()))
    } else {
        None
    };
    let Some(source) = source else {
        let wanted: Selection = text.parse()?;
        let found = Catalogs::of(&args.catalogs)?.component(&wanted.name)?;
        let release = found.release(wanted.version.as_ref())?;
        return Ok(Side {
            interface: release.interface.clone(),
            version: Some(release.version.clone()),
            is_whole: true,
        });
    };
    let bytes = source.read()?;
    let text = String::from_utf8(bytes).with_context(|| format!("`{source}` is not text"))?;
    let file = match read::read(&text) {
        Ok(file) => file,
        Err(problems) => bail!("`{source}` is not a component.yaml: {}", problems[0]),
    };
    Ok(Side {
        interface: Interface::of(&file),
        version: file
            .annotation("version")
            .and_then(|version| version.parse().ok()),
        is_whole: false,
    })
}
