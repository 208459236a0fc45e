//! The bill of materials of one program: every crate in it, with licence and checksum, as CycloneDX.
//!
//! Holds no time and no serial number, so the same program always has the same bill.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use cargo_metadata::{DependencyKind, Package};
use kfp_registry::{Descriptor, EMPTY_JSON, MEDIA_TYPE_EMPTY, Manifest};
use serde_json::{Value, json};

use crate::error::{Context as _, Error, Result};
use kfp_workspace::ComponentCrate;
use kfp_workspace::Platform;
use kfp_workspace::Workspace;

/// CycloneDX's media type.
pub const MEDIA_TYPE: &str = "application/vnd.cyclonedx+json";

/// Makes the SBOM of a platform's program, a CycloneDX document; `None` if SBOMs are not wanted.
pub type Sboms<'a> = dyn Fn(Platform) -> Result<Option<Vec<u8>>> + Sync + 'a;

/// The configuration that the manifests of all SBOMs share.
pub(crate) fn configuration() -> Descriptor {
    Descriptor::of(MEDIA_TYPE_EMPTY, EMPTY_JSON)
}

/// The manifest that makes `sbom` a referrer of an image.
pub(crate) fn manifest(sbom: Descriptor) -> Manifest {
    let mut manifest = Manifest::new(configuration(), vec![sbom]);
    manifest.artifact_type = Some(MEDIA_TYPE.to_owned());
    manifest
}

/// What is in the program of `component` for `target`.
pub fn render(
    workspace: &Workspace,
    component: &ComponentCrate,
    platform: Platform,
    target: &str,
) -> Result<Vec<u8>> {
    let root = &workspace.metadata[&component.id];
    let packages = packages(workspace, component, target)?;
    let checksums = checksums(&workspace.root)?;
    let names: BTreeMap<_, _> = packages
        .iter()
        .map(|package| (&package.id, purl(package)))
        .collect();

    let nodes = workspace
        .metadata
        .resolve
        .iter()
        .flat_map(|resolve| &resolve.nodes);
    let mut dependencies: Vec<_> = nodes
        .filter_map(|node| {
            let linked = node.deps.iter().filter(|dependency| {
                dependency
                    .dep_kinds
                    .iter()
                    .any(|kind| kind.kind != DependencyKind::Development)
            });
            let on: BTreeSet<_> = linked
                .filter_map(|dependency| names.get(&dependency.pkg))
                .collect();
            Some(json!({"ref": names.get(&node.id)?, "dependsOn": on}))
        })
        .collect();
    dependencies.sort_by_key(|dependency| dependency["ref"].to_string());

    let mut components: Vec<_> = packages
        .iter()
        .filter(|package| package.id != root.id)
        .map(|package| entry(package, "library", checksums.get(&key(package))))
        .collect();
    components.sort_by_key(|component| component["purl"].to_string());

    let mut subject = entry(root, "application", None);
    subject["properties"] = json!([
        {"name": "platform", "value": platform.to_string()},
        {"name": "target", "value": target},
    ]);
    let bill = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": subject},
        "components": components,
        "dependencies": dependencies,
    });
    serde_json::to_vec(&bill).context(|| {
        format!(
            "could not write the bill of materials of `{}`",
            component.name
        )
    })
}

fn entry(package: &Package, kind: &str, checksum: Option<&String>) -> Value {
    let mut entry = json!({
        "type": kind,
        "bom-ref": purl(package),
        "name": package.name,
        "version": package.version.to_string(),
        "purl": purl(package),
    });
    if let Some(license) = &package.license {
        // `MIT/Apache-2.0` is how crates wrote `OR` before SPDX.
        entry["licenses"] = json!([{"expression": license.replace('/', " OR ")}]);
    } else if let Some(file) = &package.license_file {
        entry["licenses"] = json!([{"license": {"name": format!("see {file}")}}]);
    }
    if let Some(checksum) = checksum {
        entry["hashes"] = json!([{"alg": "SHA-256", "content": checksum}]);
    }
    if let Some(repository) = &package.repository {
        entry["externalReferences"] = json!([{"type": "vcs", "url": repository}]);
    }
    entry
}

fn purl(package: &Package) -> String {
    format!(
        "pkg:cargo/{}@{}",
        package.name,
        package.version.to_string().replace('+', "%2B")
    )
}

fn key(package: &Package) -> (String, String) {
    (package.name.to_string(), package.version.to_string())
}

/// The packages of this component's own build. Cargo's metadata would add those that other members ask for.
pub(crate) fn packages<'a>(
    workspace: &'a Workspace,
    component: &'a ComponentCrate,
    target: &str,
) -> Result<Vec<&'a Package>> {
    let failed = || format!("could not list the crates of `{}`", component.name);
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(&workspace.root)
        .args([
            "tree",
            "--locked",
            "--package",
            &component.id.repr,
            "--target",
            target,
        ])
        .args([
            "--edges",
            "normal,build",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ])
        .output()
        .context(failed)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Error::new(failed()).because(said.trim().trim_start_matches("error: ")));
    }
    // A line is `name v1.2.3` and, for some, a path or a remark.
    let listed: BTreeSet<_> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            Some((
                words.next()?.to_owned(),
                words.next()?.strip_prefix('v')?.to_owned(),
            ))
        })
        .collect();
    Ok(workspace
        .metadata
        .packages
        .iter()
        .filter(|package| listed.contains(&key(package)))
        .collect())
}

/// What Cargo.lock knows of each registry crate's archive.
fn checksums(root: &Path) -> Result<BTreeMap<(String, String), String>> {
    let path = root.join("Cargo.lock");
    let failed = || format!("could not read `{}`", path.display());
    let lock: toml_edit::DocumentMut = fs::read_to_string(&path)
        .context(failed)?
        .parse()
        .context(failed)?;
    let packages = lock
        .get("package")
        .and_then(|item| item.as_array_of_tables());
    let text = |table: &toml_edit::Table, key: &str| Some(table.get(key)?.as_str()?.to_owned());
    Ok(packages
        .into_iter()
        .flatten()
        .filter_map(|table| {
            Some((
                (text(table, "name")?, text(table, "version")?),
                text(table, "checksum")?,
            ))
        })
        .collect())
}
