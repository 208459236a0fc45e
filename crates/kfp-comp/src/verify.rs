//! `kfp-comp verify`: checks that the components of this folder are unchanged, usable and available.

use std::path::Path;

use anyhow::{Context, Result};
use kfp_component_yaml::lint;
use kfp_registry::{Client, Index, Reference};
use serde_json::json;

use crate::{
    add,
    error::hinted_usage,
    exit::ExitCode,
    http::RegistryArgs,
    lock::{self, Lock, Locked},
    output::{Console, Style},
    search,
};

/// Check the components of this folder: hashes, both SDKs, images
///
/// Exits with 4 if a file differs from what was locked, if an SDK refuses it, or if its image is missing for a platform.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp verify
  kfp-comp verify --platform linux/arm64
  kfp-comp verify --offline --json")]
pub(crate) struct Args {
    /// Platform the image must support; may be repeated
    #[arg(long, value_name = "OS/ARCH", default_values_t = ["linux/amd64".to_owned(), "linux/arm64".to_owned()], value_parser = parse_platform)]
    platform: Vec<String>,
    /// Do not contact registries
    #[arg(long, conflicts_with = "platform")]
    offline: bool,
    #[command(flatten)]
    registries: RegistryArgs,
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
}

/// Reads a platform as image indexes name it: `linux/arm64`.
fn parse_platform(text: &str) -> Result<String, String> {
    match text.split_once('/') {
        Some((os, arch)) if !os.is_empty() && !arch.is_empty() && !arch.contains('/') => {
            match search::go_arch(arch) {
                Some(name) => Err(format!("images call it `{os}/{name}`")),
                None => Ok(text.to_owned()),
            }
        }
        _ => Err("write an operating system and an architecture, such as `linux/arm64`".into()),
    }
}

/// Runs the verb.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    let here = std::env::current_dir().context("could not tell the current directory")?;
    let lock = Lock::read(&here)?;
    if lock.components.is_empty() {
        return Err(hinted_usage(
            format!("nothing to verify: {} lists no component", lock::FILE),
            "run `kfp-comp add NAME` here first, or change to the folder of the pipeline",
        ));
    }
    let client = args.registries.client().build()?;
    let mut results = Vec::new();
    for locked in &lock.components {
        let mut problems = file_problems(locked, &here)?;
        if !args.offline {
            problems.extend(image_problems(
                &client,
                &locked.pinned().parse()?,
                &args.platform,
            )?);
        }
        let style = if problems.is_empty() {
            Style::Success
        } else {
            Style::Error
        };
        let word = if problems.is_empty() {
            "Verified"
        } else {
            "Wrong"
        };
        console.status(style, word, locked.name.as_str());
        for problem in &problems {
            console.say(&format!("             {problem}"));
        }
        results.push((locked, problems));
    }
    if args.json {
        let components: Vec<_> = results
            .iter()
            .map(|(locked, problems)| json!({ "name": locked.name, "problems": problems }))
            .collect();
        console.json(&json!({ "components": components }))?;
    }
    let is_clean = results.iter().all(|(_, problems)| problems.is_empty());
    Ok(if is_clean {
        ExitCode::Done
    } else {
        ExitCode::Found
    })
}

fn file_problems(locked: &Locked, here: &Path) -> Result<Vec<String>> {
    let Some(text) = locked.kept(here)? else {
        let there = here.join(locked.path()).exists();
        let problem = if there {
            "differs from what was locked"
        } else {
            "is missing"
        };
        return Ok(vec![format!(
            "`{}` {problem}; `kfp-comp add` restores it",
            locked.path()
        )]);
    };
    let report = lint::lint(&text);
    let verdicts = [("kfp 1.8", &report.kfp_1_8), ("kfp 2", &report.kfp_2)];
    // Pipeline IR is for kfp 2 alone.
    let skipped = usize::from(add::is_compiled(&text));
    Ok(verdicts
        .into_iter()
        .skip(skipped)
        .filter_map(|(sdk, verdict)| {
            Some(format!("{sdk} refuses it: {}", verdict.problem.as_ref()?))
        })
        .collect())
}

/// Checks that an image is in its registry for each of these platforms.
pub(crate) fn image_problems(
    client: &Client,
    image: &Reference,
    platforms: &[String],
) -> Result<Vec<String>> {
    let Some(fetched) = client.manifest(image)? else {
        return Ok(vec![format!("{image} does not exist")]);
    };
    // A single manifest does not name its platform; whoever pulls it finds out.
    let Ok(index) = serde_json::from_slice::<Index>(&fetched.bytes) else {
        return Ok(Vec::new());
    };
    let mut problems = Vec::new();
    for wanted in platforms {
        let found = index.manifests.iter().find(|manifest| {
            let platform = manifest.platform.as_ref();
            platform.is_some_and(|one| format!("{}/{}", one.os, one.architecture) == *wanted)
        });
        match found {
            None => problems.push(format!("{image} has no image for {wanted}")),
            Some(one)
                if client
                    .head_manifest(&image.with_digest(one.digest))?
                    .is_none() =>
            {
                problems.push(format!(
                    "{image} names an image for {wanted} that does not exist"
                ));
            }
            Some(_) => {}
        }
    }
    Ok(problems)
}
