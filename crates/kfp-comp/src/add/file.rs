//! Reads a component from a component.yaml or from pipeline IR, by path or URL.

use anyhow::{Context, Result};
use kfp_catalog::{Name, sha256};
use kfp_component_yaml::{ir, load::Format};

use super::{Added, image_of};
use crate::{component_file::ComponentFile, error::hinted, lock::Locked};

/// The component in a file. One of several components in pipeline IR becomes a file with that component only.
pub(super) fn from_file(file: &ComponentFile) -> Result<Added> {
    if let Some(image) = file.looks_like_an_image() {
        return Err(hinted(
            format!("`{image}` is not a file"),
            format!(
                "an image is added by its digest: `{}` prints what to add",
                print_digest(&image)
            ),
        ));
    }
    let (loaded, text) = file.read()?;
    let text = if loaded.format == Format::Pipeline && file.names_component() {
        ir::compile(&loaded.file)
            .map_err(|refusal| refusal.problem)
            .with_context(|| format!("kfp 2 cannot compile `{file}`"))?
            .to_yaml()
    } else {
        text
    };
    let image =
        image_of(&loaded.file).with_context(|| format!("the image of `{file}` cannot be used"))?;
    let digest = *image.digest().ok_or_else(|| {
        let written = loaded
            .file
            .container()
            .map_or("", |container| &container.image.value);
        hinted(
            format!("the image `{written}` of `{file}` is not pinned by digest"),
            format!(
                "a tag can change: `{}` prints the image to write instead",
                print_digest(written)
            ),
        )
    })?;
    let title = loaded.file.name.as_ref().map_or("", |name| &name.value);
    let name: Name = ir::component_name(title)
        .parse()
        .with_context(|| format!("the name in `{file}` cannot be used"))?;
    let locked = Locked {
        name,
        version: loaded
            .file
            .annotation("version")
            .and_then(|version| version.parse().ok()),
        catalog: None,
        url: file.to_string(),
        sha256: sha256(text.as_bytes()),
        image: image.without_version().to_string(),
        digest: digest.to_string().parse()?,
    };
    Ok((locked, text))
}

/// The command that prints an image with its digest.
fn print_digest(image: &str) -> String {
    format!("skopeo inspect --format '{{{{.Name}}}}@{{{{.Digest}}}}' docker://{image}")
}
