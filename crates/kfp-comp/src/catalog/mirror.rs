//! `kfp-comp catalog mirror`: the images of a catalog into another registry, and a catalog that names them there.
//!
//! Images keep their digests; a component.yaml changes in its image's name and nowhere else. Entries come last.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use kfp_catalog::{
    Contents, File, FileRef, Member, Name, PAGE, Release, aliases, hosting_files, release_path,
    sha256,
};
use kfp_component_yaml::{ir, label, load};
use kfp_registry::Reference;

use super::{CatalogArgs, Catalogs, NamedCatalog, copy::Copier};
use crate::{
    error::hinted,
    exit::ExitCode,
    http::RegistryArgs,
    lock,
    output::{Console, Style},
    plan::Plan,
};

/// Copy a catalog's images to another registry, and write a catalog that uses them
///
/// For networks that reach no other registry. Withdrawn versions are left out.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The registry and path to copy to, such as `registry.intern/kfp`
    #[arg(long, value_name = "REGISTRY")]
    to: String,
    /// Only these components
    #[arg(long, value_name = "NAME")]
    only: Vec<Name>,
    /// The folder to write the catalog to
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    #[command(flatten)]
    registries: RegistryArgs,
    /// Say what would be copied, and neither copy nor write anything
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    catalogs: CatalogArgs,
}

pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    let catalogs = Catalogs::of(&args.catalogs)?;
    let [catalog] = catalogs.0.as_slice() else {
        return Err(crate::error::Usage(
            "name the one catalog to mirror: `--catalog DIR|URL`".to_owned(),
        )
        .into());
    };
    let target: Reference = args.to.parse().map_err(|error| {
        hinted(
            format!("`--to {}` is not a registry: {error}", args.to),
            "name the registry and a path in it, without a scheme: `--to registry.example/kfp`",
        )
    })?;
    let client = args.registries.client().for_push().build()?;

    let index = catalog.location.index()?;
    let mut contents = Contents {
        title: index.title.clone(),
        url: None,
        members: Vec::new(),
    };
    let mut files = Vec::new();
    for summary in index
        .components
        .iter()
        .filter(|one| args.only.is_empty() || args.only.contains(&one.name))
    {
        let mut component = catalog
            .location
            .component(&summary.name)?
            .with_context(|| {
                format!("`{}` has no component `{}`", catalog.location, summary.name)
            })?;
        component.versions.retain(|release| !release.yanked);
        let repository = target.join(component.name.as_str())?;
        for release in &mut component.versions {
            let source: Reference = release.image.pinned().parse()?;
            if args.dry_run {
                console.status(
                    Style::Info,
                    "Would copy",
                    &format!("{source} to {repository}"),
                );
                continue;
            }
            let digest = *source.digest().context("the catalog pins it by digest")?;
            let mut copier = Copier {
                client: &client,
                source: source.without_version(),
                target: repository.clone(),
                warn: &mut |text| console.status(Style::Warning, "Warning", &text),
            };
            copier
                .image(digest)
                .with_context(|| format!("could not copy {source} to {repository}"))?;
            let tag = kfp_workspace::version_tag(&release.version.to_string());
            let tagged = repository.with_tag(&tag)?;
            let fetched = client.stored_manifest(&repository.with_digest(digest))?;
            let fetched = fetched.with_context(|| format!("could not read {tagged} back"))?;
            client.put_manifest(&tagged, &fetched.media_type, &fetched.bytes)?;
            console.status(
                Style::Success,
                "Copied",
                &format!("{source} to {repository}"),
            );
            files.extend(rewrite(catalog, &component.name, release, &repository)?);
        }
        if component.versions.is_empty() {
            continue;
        }
        let latest = component
            .latest()
            .context("it has a version")?
            .version
            .clone();
        let readme = catalog.location.text(&format!(
            "{}/README.md",
            release_path(&component.name, &latest)
        ))?;
        contents.members.push(Member {
            index: component,
            readme,
        });
    }
    if args.dry_run {
        return Ok(ExitCode::Done);
    }
    for path in PAGE {
        if let Some(text) = catalog.location.text(path)? {
            files.push(File {
                path: path.to_owned(),
                text,
            });
        }
    }
    files.extend(contents.files());
    let is_new = |file: &File| !args.folder.join(&file.path).exists();
    files.extend(hosting_files().into_iter().filter(is_new));
    write(&args.folder, files)?;
    console.status(Style::Success, "Wrote", &args.folder.display().to_string());
    Ok(ExitCode::Done)
}

/// The release's files with its image at its new location, and its record to match.
fn rewrite(
    catalog: &NamedCatalog,
    name: &Name,
    release: &mut Release,
    repository: &Reference,
) -> Result<Vec<File>> {
    let folder = release_path(name, &release.version);
    release.image.repository = repository.to_string();
    let image = release.image.pinned();
    let mut files = Vec::new();
    let mut move_file = |reference: &mut FileRef| -> Result<String> {
        let text = catalog.location.file(reference)?;
        let text =
            label::with_image(&text, &image).with_context(|| format!("`{}`", reference.url))?;
        reference.sha256 = sha256(text.as_bytes());
        reference.bytes = text.len() as u64;
        files.push(File {
            path: reference.url.to_string(),
            text: text.clone(),
        });
        Ok(text)
    };
    let text = move_file(&mut release.component)?;
    if let Some(plain) = &mut release.component_v1 {
        move_file(plain)?;
    }
    let file = load::load(&text, None)
        .with_context(|| format!("`{}`", release.component.url))?
        .file;
    if let Ok(pipeline) = ir::compile(&file) {
        files.push(File {
            path: format!("{folder}/component.ir.yaml"),
            text: pipeline.to_yaml(),
        });
    }
    let bills = release.sboms.iter().map(|bill| bill.url.to_string());
    let others = ["README.md", "schema.json"].map(|name| format!("{folder}/{name}"));
    for path in bills.chain(others) {
        if let Some(text) = catalog.location.text(&path)? {
            files.push(File { path, text });
        }
    }
    files.extend(aliases(name, release, &text));
    Ok(files)
}

fn write(folder: &Path, files: Vec<File>) -> Result<()> {
    let mut plan = Plan::new(folder);
    for file in files {
        if !(cfg!(windows) && file.path.contains(':')) {
            lock::put(&mut plan, &file.path, file.text)?;
        }
    }
    plan.apply()
}
