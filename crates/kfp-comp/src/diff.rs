//! `kfp-comp diff`: what changed between two interfaces, and the version number that the change requires.

use anyhow::Result;
use kfp_catalog::{ChangeKind, Interface, diff};
use kfp_component_yaml::{ir, load::Format};
use semver::Version;
use serde_json::json;

use crate::{
    catalog::{CatalogArgs, Catalogs, Selection},
    component_file::ComponentFile,
    exit::ExitCode,
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
  kfp-comp diff old/component.yaml new/component.yaml
  kfp-comp diff component.yaml 'pipeline.yaml#train'")]
pub(crate) struct Args {
    /// FILE[#COMPONENT], a component.yaml or pipeline IR by path or URL; or NAME[@VERSION] in a catalog
    old: String,
    /// The same for the other side
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
    /// Whether choices and ranges are recorded.
    has_ranges: bool,
    /// Whether kfp 2 has compiled it, which changes names.
    is_compiled: bool,
}

/// Runs the verb.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    let (mut old, mut new) = (side(&args.old, args)?, side(&args.new, args)?);
    if old.has_ranges != new.has_ranges {
        // A component.yaml does not record choices and ranges, so their absence on one side is not a change.
        for side in [&mut old, &mut new] {
            for input in &mut side.interface.inputs {
                input.choices.clear();
                (input.minimum, input.maximum, input.exclusive_maximum) = (None, None, None);
            }
        }
    }
    if old.is_compiled != new.is_compiled {
        // Only one side has the names that kfp 2 gives on loading: `Training Data` is `training_data` there.
        for side in [&mut old, &mut new] {
            let interface = &mut side.interface;
            let inputs = interface.inputs.iter_mut().map(|input| &mut input.name);
            let outputs = interface.outputs.iter_mut().map(|output| &mut output.name);
            for name in inputs.chain(outputs) {
                *name = ir::port_name(name);
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
    let Some(file) = ComponentFile::named(text) else {
        let wanted: Selection = text.parse()?;
        let found = Catalogs::of(&args.catalogs)?.component(&wanted.name)?;
        let release = found.release(wanted.version.as_ref())?;
        return Ok(Side {
            interface: release.interface.clone(),
            version: Some(release.version.clone()),
            has_ranges: true,
            is_compiled: false,
        });
    };
    let (loaded, _) = file.read()?;
    Ok(Side {
        interface: Interface::of(&loaded.file),
        version: loaded
            .file
            .annotation("version")
            .and_then(|version| version.parse().ok()),
        has_ranges: false,
        is_compiled: loaded.format == Format::Pipeline,
    })
}
