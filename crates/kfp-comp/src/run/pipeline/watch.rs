//! `--watch`: the pipeline again whenever something it is made of changes.
//!
//! The files it is made of are known one by one: the pipeline itself, and what cargo says the components' programs were
//! built from (what a Python pipeline imports is not known). So the times of these files are looked at, which works on
//! every file system and is not disturbed by what editors and builds write beside them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, SystemTime},
};

use anyhow::{Context, Result};
use kfp_workspace::ComponentCrate;
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator::Signals,
};

use super::{PipelineArgs, build, once};
use crate::{
    error::Usage,
    exit::ExitCode,
    output::{Console, Style},
    run::Args,
    workspace,
};

/// How often files are looked at.
const PAUSE: Duration = Duration::from_millis(150);

/// Time of the last change and size of each file; none if it is not there.
type Seen = BTreeMap<PathBuf, Option<(SystemTime, u64)>>;

/// Runs the pipeline until Ctrl-C. What is wrong with a source is shown, and the next change is waited for.
pub(super) fn run(
    path: &Path,
    args: &PipelineArgs,
    common: &Args,
    console: &mut Console,
) -> Result<ExitCode> {
    let mut signals = Signals::new([SIGINT, SIGTERM]).context("could not listen to signals")?;
    let mut has_run = false;
    let mut used = BTreeSet::new();
    loop {
        // Taken before the run, so that a change during it is one too.
        let mut before = look(&sources(path, &used, common.release));
        match once(path, args, common, &mut used, console) {
            Ok(ExitCode::Interrupted) => return Ok(ExitCode::Interrupted),
            Ok(_) => has_run = true,
            // The command line does not get better by waiting.
            Err(error) if !has_run && error.is::<Usage>() => return Err(error),
            Err(error) => console.error(&error),
        }
        // The first build tells more sources.
        for (file, stamp) in look(&sources(path, &used, common.release)) {
            before.entry(file).or_insert(stamp);
        }
        console.status(Style::Info, "Watching", &format!("{} files", before.len()));
        loop {
            if signals.pending().next().is_some() {
                return Ok(ExitCode::Interrupted);
            }
            thread::sleep(PAUSE);
            let files = before.keys().cloned().collect();
            if let Some(changed) = changed(&before, &files) {
                let shown = changed.file_name().unwrap_or(changed.as_os_str());
                console.status(Style::Info, "Changed", &shown.display().to_string());
                break;
            }
        }
    }
}

/// The first file that differs, once nothing changes any more: editors write in several steps.
fn changed(before: &Seen, files: &BTreeSet<PathBuf>) -> Option<PathBuf> {
    let mut now = look(files);
    let first = before
        .iter()
        .find(|(file, stamp)| now.get(*file) != Some(*stamp))?;
    loop {
        thread::sleep(PAUSE);
        let next = look(files);
        if next == now {
            return Some(first.0.clone());
        }
        now = next;
    }
}

fn look(files: &BTreeSet<PathBuf>) -> Seen {
    files
        .iter()
        .map(|file| {
            let metadata = fs::metadata(file).ok();
            let stamp =
                metadata.and_then(|metadata| Some((metadata.modified().ok()?, metadata.len())));
            (file.clone(), stamp)
        })
        .collect()
}

/// The pipeline, and the sources and manifests of the components it uses; of all before that is known.
fn sources(path: &Path, used: &BTreeSet<String>, release: bool) -> BTreeSet<PathBuf> {
    let mut files = BTreeSet::from([path.to_owned()]);
    // A manifest that cannot be read is told when the pipeline is run.
    if let Ok(Some(workspace)) = workspace::find() {
        let is_used = |one: &&ComponentCrate| used.is_empty() || used.contains(&one.name);
        for component in workspace.components.iter().filter(is_used) {
            files.extend(build::manifests(&workspace, component));
            files.insert(workspace.root.join(&component.source));
            files.extend(build::sources(&workspace, component, release));
        }
    }
    files
}
