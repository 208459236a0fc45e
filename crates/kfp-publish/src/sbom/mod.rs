//! The SBOM of one program: every crate in it, with origin, licence and checksum, as a CycloneDX document.
//!
//! Its time is the source's, so the same program always has the same SBOM.

mod packages;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cargo_metadata::{DependencyKind, Package, PackageId};
use kfp_registry::{Descriptor, Digest, EMPTY_JSON, MEDIA_TYPE_EMPTY, Manifest};
use kfp_workspace::{ComponentCrate, Platform, Workspace};
use serde_json::{Value, json};

pub(crate) use self::packages::packages;
use self::packages::{Origin, checksums, purl, reference};
use crate::error::{Context as _, Result};

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

/// What is in the program of `component` for `target`, whose source is from `created`, in RFC 3339.
pub(crate) fn render(
    workspace: &Workspace,
    component: &ComponentCrate,
    platform: Platform,
    target: &str,
    created: &str,
) -> Result<Vec<u8>> {
    let root = &workspace.metadata[&component.id];
    let packages = packages(workspace, component, target)?;
    let checksums = checksums(&workspace.root)?;
    let references: BTreeMap<&PackageId, String> = packages
        .iter()
        .map(|package| (&package.id, reference(package, &workspace.root)))
        .collect();

    let entry = |package: &Package, kind: &str| {
        let source = package.source.as_ref().map_or("", |source| &source.repr);
        let key = [package.name.as_str(), &package.version.to_string(), source].map(str::to_owned);
        entry(package, kind, &workspace.root, checksums.get(&key))
    };
    let mut components: Vec<_> = packages
        .iter()
        .filter(|package| package.id != root.id)
        .map(|package| entry(package, "library"))
        .collect();
    components.sort_by_key(|component| component["bom-ref"].to_string());

    let mut subject = entry(root, "application");
    subject["properties"] = json!([
        {"name": "platform", "value": platform.to_string()},
        {"name": "target", "value": target},
    ]);
    let authors: Vec<_> = names(&root.authors)
        .map(|name| json!({"name": name}))
        .collect();
    let mut sbom = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": "",
        "version": 1,
        "metadata": {
            "timestamp": created,
            // Without its version: an upgrade alone must not change what is published.
            "tools": {"components": [{"type": "application", "name": "kfp-publish"}]},
            "component": subject,
            "supplier": subject["supplier"],
        },
        "components": components,
        "dependencies": dependencies(workspace, &references),
    });
    if !authors.is_empty() {
        sbom["metadata"]["authors"] = Value::Array(authors);
    }
    let failed = || format!("could not write the SBOM of `{}`", component.name);
    let content = serde_json::to_vec(&sbom).context(failed)?;
    sbom["serialNumber"] = Value::String(serial_number(&content));
    serde_json::to_vec(&sbom).context(failed)
}

/// Which of the packages needs which.
fn dependencies(workspace: &Workspace, references: &BTreeMap<&PackageId, String>) -> Vec<Value> {
    let nodes = workspace
        .metadata
        .resolve
        .iter()
        .flat_map(|resolve| &resolve.nodes);
    let mut dependencies: BTreeMap<&String, BTreeSet<&String>> = BTreeMap::new();
    for node in nodes {
        let Some(own) = references.get(&node.id) else {
            continue;
        };
        let is_linked = |kinds: &[cargo_metadata::DepKindInfo]| {
            kinds
                .iter()
                .any(|kind| kind.kind != DependencyKind::Development)
        };
        let on = node
            .deps
            .iter()
            .filter(|dependency| is_linked(&dependency.dep_kinds))
            .filter_map(|dependency| references.get(&dependency.pkg))
            .filter(|other| *other != own);
        dependencies.entry(own).or_default().extend(on);
    }
    dependencies
        .into_iter()
        .map(|(own, on)| json!({"ref": own, "dependsOn": on}))
        .collect()
}

fn entry(package: &Package, kind: &str, root: &Path, checksum: Option<&String>) -> Value {
    let origin = Origin::of(package);
    let authors: Vec<_> = names(&package.authors).collect();
    let supplier = match &origin {
        _ if !authors.is_empty() => authors.join(", "),
        Origin::CratesIo => "crates.io".to_owned(),
        Origin::Registry(address) | Origin::Git(address, _) => address.clone(),
        Origin::Path => package.name.to_string(),
    };
    let mut entry = json!({
        "type": kind,
        "bom-ref": reference(package, root),
        "supplier": {"name": supplier},
        "name": package.name,
        "version": package.version.to_string(),
    });
    if !authors.is_empty() {
        entry["author"] = json!(authors.join(", "));
    }
    if let Some(license) = license(package) {
        entry["licenses"] = json!([license]);
    }
    if let Some(purl) = purl(package) {
        entry["purl"] = json!(purl);
    }
    if let Some(checksum) = checksum {
        entry["hashes"] = json!([{"alg": "SHA-256", "content": checksum}]);
    }
    let repository = match origin {
        Origin::Git(address, commit) => Some(format!("{address}#{commit}")),
        _ => package.repository.clone(),
    };
    if let Some(repository) = repository.filter(|address| is_iri(address)) {
        entry["externalReferences"] = json!([{"type": "vcs", "url": repository}]);
    }
    entry
}

/// The licence: as an expression only if it is one by SPDX's rules, else by its name.
fn license(package: &Package) -> Option<Value> {
    let Some(license) = &package.license else {
        let file = package.license_file.as_ref()?;
        return Some(json!({"license": {"name": format!("see {file}")}}));
    };
    // `MIT/Apache-2.0` is how crates wrote `OR` before SPDX.
    let expression = license
        .split('/')
        .map(str::trim)
        .collect::<Vec<_>>()
        .join(" OR ");
    Some(if spdx::Expression::parse(&expression).is_ok() {
        json!({"expression": expression})
    } else {
        json!({"license": {"name": license}})
    })
}

/// The authors without their addresses.
fn names(authors: &[String]) -> impl Iterator<Item = &str> {
    authors
        .iter()
        .map(|author| author.split('<').next().unwrap_or_default().trim())
        .filter(|name| !name.is_empty())
}

/// Whether a text can stand where CycloneDX wants an address.
fn is_iri(text: &str) -> bool {
    let is_odd = |c: char| c.is_whitespace() || c.is_control() || "<>\"{}|\\^`[]%".contains(c);
    text.contains("://") && !text.contains(is_odd) && text.matches('#').count() <= 1
}

/// A UUID that is the same for the same content.
fn serial_number(content: &[u8]) -> String {
    let hex = Digest::of(content).hex();
    format!(
        "urn:uuid:{}-{}-8{}-8{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..32]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(license: &Value) -> Package {
        serde_json::from_value(json!({
            "name": "x", "version": "1.0.0", "id": "x", "license": license, "dependencies": [], "targets": [],
            "features": {}, "manifest_path": "/x/Cargo.toml",
        }))
        .unwrap()
    }

    #[test]
    fn a_licence_is_an_expression_only_by_spdx() {
        for (license, expected) in [
            (
                json!("MIT/Apache-2.0"),
                Some(json!({"expression": "MIT OR Apache-2.0"})),
            ),
            (
                json!("(MIT OR ISC) AND Zlib"),
                Some(json!({"expression": "(MIT OR ISC) AND Zlib"})),
            ),
            (
                json!("Acme Proprietary"),
                Some(json!({"license": {"name": "Acme Proprietary"}})),
            ),
            (
                json!("MIT OR"),
                Some(json!({"license": {"name": "MIT OR"}})),
            ),
            (Value::Null, None),
        ] {
            assert_eq!(super::license(&package(&license)), expected, "{license}");
        }
    }

    #[test]
    fn a_serial_number_is_a_uuid_of_the_content() {
        assert_eq!(
            serial_number(b"hello"),
            "urn:uuid:2cf24dba-5fb0-830e-86e8-3b2ac5b9e29e"
        );
    }

    #[test]
    fn only_addresses_are_given_as_such() {
        assert!(is_iri("https://example.org/a#b"));
        for text in ["see the wiki", "https://a b", "https://a/%zz", "git@host:x"] {
            assert!(!is_iri(text), "{text}");
        }
    }
}
