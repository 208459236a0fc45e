//! The summary of an SBOM that the catalog's page shows.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{FileRef, Sbom};

/// The number of libraries in a CycloneDX document, and of each licence among them.
pub(super) fn summarise(arch: &str, file: &FileRef, text: &str) -> Sbom {
    let sbom: Value = serde_json::from_str(text).unwrap_or_default();
    let components = sbom["components"].as_array().map_or(&[][..], Vec::as_slice);
    let mut licenses = BTreeMap::new();
    for component in components {
        let license = &component["licenses"][0];
        let name = license["expression"]
            .as_str()
            .or_else(|| license["license"]["id"].as_str())
            .or_else(|| license["license"]["name"].as_str())
            .unwrap_or("unknown");
        *licenses.entry(name.to_owned()).or_insert(0) += 1;
    }
    Sbom {
        arch: arch.to_owned(),
        url: file.url.clone(),
        crates: components.len(),
        licenses,
    }
}
