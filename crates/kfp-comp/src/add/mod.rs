//! `kfp-comp add`: copies a component from a catalog, an image or a file into this folder.
//!
//! Writes nothing until the file has been read, hashed and checked.

mod file;
mod image;

use std::{fmt::Write as _, path::Path};

use anyhow::{Context, Result, anyhow, bail};
use kfp_catalog::{MAX_COMPONENT_BYTES, sha256};
use kfp_component_yaml::{
    load::{self, Format},
    read,
};
use kfp_registry::Reference;
use serde_json::{Value, json};

use self::{file::from_file, image::from_image};
use crate::{
    catalog::{CatalogArgs, CatalogLocation, Catalogs, Selection},
    component_file::ComponentFile,
    error::{hinted, hinted_usage},
    exit::ExitCode,
    http::RegistryArgs,
    lock::{self, Lock, Locked},
    output::{Console, Style},
    plan::Plan,
};

/// Add a component to this folder, pinned and verified
///
/// Writes kfp-components/NAME/component.yaml and kfp-comp.lock, and prints the Python lines that load it in kfp 1.8 and
/// kfp 2. Without a name it restores the components in the lock file. Files that match the lock file need no network.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp add data-ingestion --catalog https://acme.github.io/components
  kfp-comp add train-eval@0.2.0
  kfp-comp add https://acme.example/train.ir.yaml
  kfp-comp add ghcr.io/acme/train-eval@sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824
  kfp-comp add")]
pub(crate) struct Args {
    /// A component, by default its latest version; an image by its digest; or a component.yaml or pipeline IR
    #[arg(value_name = "NAME[@VERSION]|IMAGE@DIGEST|FILE[#COMPONENT]")]
    what: Option<String>,
    /// Report what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Print the added components as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    catalogs: CatalogArgs,
    #[command(flatten)]
    registries: RegistryArgs,
}

/// Runs the verb.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    let here = std::env::current_dir().context("could not tell the current directory")?;
    let mut lock = Lock::read(&here)?;
    let added = match args.what.as_deref() {
        None => restore(&lock, &here, args)?,
        Some(image) if image.contains("@sha256:") => vec![from_image(image, &args.registries)?],
        Some(text) => vec![one(text, &lock, &here, args, console)?],
    };
    let mut plan = Plan::new(&here);
    for (locked, text) in &added {
        lock.set(locked.clone());
        lock::put(&mut plan, &locked.path(), text.clone())?;
    }
    lock::put(&mut plan, lock::FILE, lock.text()?)?;
    if !args.dry_run {
        plan.apply()?;
    }
    for (locked, _) in &added {
        let version = locked
            .version
            .as_ref()
            .map(|version| format!(" {version}"))
            .unwrap_or_default();
        let word = match (plan.is_empty(), args.dry_run) {
            (true, _) => "Fresh",
            (false, true) => "Would add",
            (false, false) => "Added",
        };
        console.status(
            Style::Success,
            word,
            &format!("{}{version} {}", locked.name, locked.pinned()),
        );
    }
    if args.json {
        let components: Vec<Value> = added
            .iter()
            .map(|(locked, text)| as_json(locked, text))
            .collect();
        console.json(&json!({ "components": components }))?;
    } else {
        for (locked, text) in &added {
            console.data(&python(locked, text))?;
        }
    }
    Ok(ExitCode::Done)
}

type Added = (Locked, String);

/// What `text` names: a file, or a component of a catalog unless it is locked and intact.
fn one(text: &str, lock: &Lock, here: &Path, args: &Args, console: &mut Console) -> Result<Added> {
    if let Some(file) = ComponentFile::named(text) {
        return from_file(&file);
    }
    let wanted: Selection = text.parse()?;
    match locked(lock, &wanted, here, args)? {
        Some(kept) => Ok(kept),
        None => from_catalog(&wanted, args, console),
    }
}

/// The locked component, if it is the wanted one and its file is intact.
fn locked(lock: &Lock, wanted: &Selection, here: &Path, args: &Args) -> Result<Option<Added>> {
    let Some(locked) = lock.get(&wanted.name) else {
        return Ok(None);
    };
    let is_wanted = wanted.version.is_some()
        && locked.version == wanted.version
        && args
            .catalogs
            .catalog
            .iter()
            .all(|catalog| locked.catalog.as_ref() == Some(catalog));
    if !is_wanted {
        return Ok(None);
    }
    Ok(locked.kept(here)?.map(|text| (locked.clone(), text)))
}

/// Every component of the lock file; a missing file is fetched again.
fn restore(lock: &Lock, here: &Path, args: &Args) -> Result<Vec<Added>> {
    if lock.components.is_empty() {
        return Err(hinted_usage(
            format!("name a component: {} lists none to restore", lock::FILE),
            "`kfp-comp search` lists the components of the configured catalogs",
        ));
    }
    lock.components
        .iter()
        .map(|locked| {
            let text = match locked.kept(here)? {
                Some(text) => text,
                None => fetch(locked, args)?,
            };
            Ok((locked.clone(), text))
        })
        .collect()
}

/// Fetches the file that was locked.
fn fetch(locked: &Locked, args: &Args) -> Result<String> {
    let text = if locked.catalog.is_none() && locked.url.contains("@sha256:") {
        from_image(&locked.url, &args.registries)?.1
    } else if locked.catalog.is_none() {
        from_file(&ComponentFile::parse(&locked.url))?.1
    } else {
        let timeout = std::time::Duration::from_secs(args.catalogs.timeout);
        let (folder, file) = locked
            .url
            .rsplit_once('/')
            .with_context(|| format!("`{}` in {} is not a path or URL", locked.url, lock::FILE))?;
        let location = CatalogLocation::parse(folder, Path::new(""), timeout)?;
        location
            .text(file)?
            .filter(|text| text.len() as u64 <= MAX_COMPONENT_BYTES)
            .ok_or_else(|| anyhow!("`{}` no longer exists", locked.url))?
    };
    if sha256(text.as_bytes()) != locked.sha256 {
        return Err(anyhow!(
            "its sha256 is {}, but {} says {}",
            sha256(text.as_bytes()),
            lock::FILE,
            locked.sha256
        )
        .context(format!("`{}` is not the file that was locked", locked.url)));
    }
    Ok(text)
}

fn from_catalog(wanted: &Selection, args: &Args, console: &mut Console) -> Result<Added> {
    let found = Catalogs::of(&args.catalogs)?.component(&wanted.name)?;
    let release = found.release(wanted.version.as_ref())?;
    let this = format!("`{}` {}", wanted.name, release.version);
    if release.yanked {
        let instead = release.superseded_by.as_deref();
        let reason = release
            .advisory
            .clone()
            .unwrap_or_else(|| "the catalog gives no reason".to_owned());
        let hint = match (
            instead,
            found.index.latest().filter(|latest| !latest.yanked),
        ) {
            (Some(instead), _) => format!("`kfp-comp add {instead}`"),
            (None, Some(latest)) => format!("`kfp-comp add {}@{}`", wanted.name, latest.version),
            (None, None) => {
                "every version is withdrawn; look for another component with `kfp-comp search`"
                    .to_owned()
            }
        };
        return Err(hinted(format!("{this} is withdrawn: {reason}"), hint));
    }
    if let Some(reason) = &release.deprecated {
        console.status(Style::Warning, "Deprecated", &format!("{this}: {reason}"));
    }
    let location = &found.catalog.location;
    let url = location.locate(release.component.url.as_str());
    let text = location.file(&release.component)?;
    let image = usable(&text).with_context(|| format!("`{url}` cannot be used"))?;
    if image.to_string() != release.image.pinned() {
        bail!(
            "`{url}` runs {image}, but the index says {}",
            release.image.pinned()
        );
    }
    let locked = Locked {
        name: wanted.name.clone(),
        version: Some(release.version.clone()),
        catalog: Some(found.catalog.location.to_string()),
        url,
        sha256: release.component.sha256.clone(),
        image: release.image.repository.clone(),
        digest: release.image.digest.clone(),
    };
    Ok((locked, text))
}

/// The pinned image of a component.yaml or of pipeline IR that an SDK can load.
fn usable(text: &str) -> Result<Reference> {
    let image = image_of(&load::load(text, None)?.file)?;
    if image.digest().is_none() {
        bail!("its image `{image}` is not pinned by digest");
    }
    Ok(image)
}

fn image_of(file: &read::ComponentFile) -> Result<Reference> {
    let container = file.container().context("it has no container")?;
    Ok(container.image.value.parse()?)
}

/// Whether only kfp 2 can load the file.
pub(crate) fn is_compiled(text: &str) -> bool {
    load::load(text, None).is_ok_and(|loaded| loaded.format == Format::Pipeline)
}

fn as_json(locked: &Locked, text: &str) -> Value {
    let mut value = json!(locked);
    value["file"] = json!(locked.path());
    value["python"] = json!(python(locked, text));
    value
}

/// The lines that load it, the same in each SDK that can.
fn python(locked: &Locked, text: &str) -> String {
    let name = locked.name.as_str().replace('-', "_");
    let sdks = if is_compiled(text) {
        "kfp 2"
    } else {
        "kfp 1.8 and kfp 2"
    };
    let mut text = format!(
        "from kfp import components  # {sdks}\n\n{name} = components.load_component_from_file(\"{}\")\n",
        locked.path()
    );
    if locked.url.starts_with("http") && !locked.url.contains('#') {
        let _ = writeln!(
            text,
            "# or: components.load_component_from_url(\"{}\")",
            locked.url
        );
    }
    text
}
