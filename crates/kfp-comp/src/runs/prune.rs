//! `kfp-comp runs prune`: deletes runs, and what the cache has of them.

use std::{
    collections::BTreeSet,
    time::{Duration, SystemTime},
};

use anyhow::{Context, Result};
use kfp_pipeline::quantity;
use kfp_runner::{cache::Cache, runs::Keep};

use crate::{
    error::hinted_usage,
    exit::ExitCode,
    output::{Console, Style},
    workspace,
};

/// Options of the verb.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp runs prune --keep 10
  kfp-comp runs prune --older-than 30days --max-size 2GB --dry-run
  kfp-comp runs prune --keep 0 --cache")]
pub(super) struct Args {
    /// Keep at most the latest N
    #[arg(long, value_name = "N")]
    keep: Option<usize>,
    /// Delete those that began longer ago, such as `30days`
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    older_than: Option<Duration>,
    /// Keep as many of the latest as have no more than that together, such as `500MB`
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    max_size: Option<u64>,
    /// Delete from the cache what tasks of runs that are gone produced
    #[arg(long)]
    cache: bool,
    /// Say what would be deleted
    #[arg(long)]
    dry_run: bool,
}

/// Runs the verb.
///
/// # Errors
/// If no limit is given, or something cannot be deleted.
pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    let keep = Keep {
        count: args.keep,
        age: args.older_than,
        bytes: args.max_size,
    };
    if keep.count.is_none() && keep.age.is_none() && keep.bytes.is_none() && !args.cache {
        return Err(hinted_usage(
            "nothing says which runs to keep",
            "give `--keep N`, `--older-than TIME` or `--max-size SIZE`",
        ));
    }
    let runs = super::here()?;
    let listed = runs.list().context("could not read the runs")?;
    let surplus = runs
        .surplus(&keep, SystemTime::now())
        .context("could not read the runs")?;
    let mut kept: BTreeSet<String> = listed.into_iter().collect();
    for id in &surplus {
        let directory = runs.directory(id).display().to_string();
        if args.dry_run {
            console.status(Style::Info, "Would delete", &directory);
        } else if let Err(error) = runs.delete(id) {
            console.status(Style::Warning, "Keeping", &format!("{directory}: {error}"));
            continue;
        } else {
            console.status(Style::Info, "Deleted", &directory);
        }
        kept.remove(id);
    }
    if args.cache {
        let workspace = workspace::find()?;
        let root = super::kept(workspace.as_ref()).join("cache");
        let pruned = Cache::new(&root, false)
            .prune(&kept, args.dry_run)
            .with_context(|| format!("could not clean `{}`", root.display()))?;
        let verb = if args.dry_run {
            "Would delete"
        } else {
            "Deleted"
        };
        let text = format!(
            "from the cache: the outputs of {} tasks, {} files or directories, {} bytes",
            pruned.entries, pruned.objects, pruned.bytes
        );
        console.status(Style::Info, verb, &text);
    }
    Ok(ExitCode::Done)
}

/// `500MB`, `2 GiB`, `4096`.
fn parse_size(text: &str) -> Result<u64, String> {
    let bytes = quantity::bytes(text)
        .ok_or_else(|| format!("`{text}` is not a size; write 500MB or 2GiB"))?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a size is not negative, and one that is too large becomes the largest"
    )]
    Ok(bytes as u64)
}
