//! What a component produced: files, values, metrics and metadata.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use kfp_component_spec::{ArtifactType, Component, Kind};
use serde::Serialize;
use serde_json::{Map, Value};

use super::protocol::EXECUTOR_OUTPUT;
use crate::output::{shortened, table};

/// One output after the run.
#[derive(Debug, Serialize)]
pub(super) struct ProducedOutput {
    /// The output's name.
    pub(super) name: String,
    /// Its KFP type; none for `mlpipeline_ui_metadata`.
    #[serde(rename = "type")]
    pub(super) ty: Option<&'static str>,
    /// The path it was written to.
    pub(super) path: PathBuf,
    /// Its size, and the number of files if it is a directory. Absent if there is no file.
    #[serde(flatten)]
    pub(super) size: Option<Size>,
    /// The value of an output parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<String>,
    /// The metrics, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) metrics: Vec<Metric>,
    /// The metadata that the component recorded for KFP 2.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub(super) metadata: Map<String, Value>,
}

/// The size of a file or directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Size {
    /// Bytes in all files.
    pub(super) bytes: u64,
    /// Files, if it is a directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) files: Option<u64>,
}

/// A scalar metric.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Metric {
    /// Its name.
    pub(super) name: String,
    /// Its value: 0.93.
    pub(super) value: f64,
    /// Whether it is displayed as a percentage.
    pub(super) percentage: bool,
}

/// Collects the outputs that exist.
pub(super) fn collect(component: &Component, directory: &Path) -> Vec<ProducedOutput> {
    let answer = read_json(&directory.join(EXECUTOR_OUTPUT)).unwrap_or_default();
    component
        .outputs()
        .map(|output| {
            let path = directory.join(&output.name);
            let metrics = match output.kind {
                Kind::OutputArtifact(ArtifactType::Metrics) => metrics(&path),
                _ => Vec::new(),
            };
            let value = match output.kind {
                Kind::OutputParameter(_) => fs::read_to_string(&path).ok(),
                _ => None,
            };
            let metadata = &answer["artifacts"][&output.name]["artifacts"][0]["metadata"];
            ProducedOutput {
                name: output.name.clone(),
                ty: output.type_name(),
                size: size(&path).ok(),
                path,
                value,
                metrics,
                metadata: metadata.as_object().cloned().unwrap_or_default(),
            }
        })
        .filter(|produced| produced.size.is_some() || !produced.metadata.is_empty())
        .collect()
}

/// The outputs as a table: one line per output, with its metrics and metadata below.
pub(super) fn text(outputs: &[ProducedOutput], from: &Path) -> String {
    let mut rows = Vec::new();
    for output in outputs {
        let path = output
            .path
            .strip_prefix(from)
            .unwrap_or(&output.path)
            .display()
            .to_string();
        let size = output
            .size
            .map_or_else(|| "metadata only".to_owned(), human);
        rows.push(vec![
            output.name.clone(),
            output.value.as_deref().map_or(path, shortened),
            size,
        ]);
        for metric in &output.metrics {
            let shown = if metric.percentage {
                format!("{:.2} %", metric.value * 100.0)
            } else {
                metric.value.to_string()
            };
            rows.push(vec![format!("  {}", metric.name), shown]);
        }
        for (key, value) in &output.metadata {
            if !output.metrics.iter().any(|metric| metric.name == *key) {
                rows.push(vec![format!("  {key}"), shortened(&value.to_string())]);
            }
        }
    }
    table(rows)
}

/// Reads the file from which KFP 1 draws scalar metrics; it is written under both protocols.
fn metrics(path: &Path) -> Vec<Metric> {
    let file = read_json(path).unwrap_or_default();
    let entries = file["metrics"].as_array().into_iter().flatten();
    entries
        .filter_map(|entry| {
            Some(Metric {
                name: entry["name"].as_str()?.to_owned(),
                value: entry["numberValue"].as_f64()?,
                percentage: entry["format"] == "PERCENTAGE",
            })
        })
        .collect()
}

fn read_json(path: &Path) -> Option<Value> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// The size of a file, or of everything below a directory. Symbolic links are not followed.
fn size(path: &Path) -> io::Result<Size> {
    fn add(path: &Path, size: &mut Size) -> io::Result<()> {
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                add(&entry.path(), size)?;
            } else {
                size.bytes += entry.metadata()?.len();
                size.files = size.files.map(|files| files + 1);
            }
        }
        Ok(())
    }
    let metadata = fs::metadata(path)?;
    if !metadata.is_dir() {
        return Ok(Size {
            bytes: metadata.len(),
            files: None,
        });
    }
    let mut size = Size {
        bytes: 0,
        files: Some(0),
    };
    add(path, &mut size)?;
    Ok(size)
}

#[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
fn human(size: Size) -> String {
    let bytes = match size.bytes {
        bytes @ 0..1_000 => format!("{bytes} B"),
        bytes @ 1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        bytes @ 1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        bytes => format!("{:.1} GB", bytes as f64 / 1e9),
    };
    match size.files {
        None => bytes,
        Some(1) => format!("{bytes} in 1 file"),
        Some(files) => format!("{bytes} in {files} files"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_counts_its_files() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("deep")).unwrap();
        fs::write(directory.path().join("deep/a"), "12345").unwrap();
        fs::write(directory.path().join("b"), "1").unwrap();
        let size = size(directory.path()).unwrap();
        assert_eq!(
            size,
            Size {
                bytes: 6,
                files: Some(2)
            }
        );
        assert_eq!(human(size), "6 B in 2 files");
        assert_eq!(
            human(Size {
                bytes: 1_500_000,
                files: None
            }),
            "1.5 MB"
        );
    }

    #[test]
    fn a_share_is_shown_in_per_cent() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("metrics");
        fs::write(
            &path,
            r#"{"metrics": [{"name": "accuracy", "numberValue": 0.93, "format": "PERCENTAGE"}]}"#,
        )
        .unwrap();
        let output = ProducedOutput {
            name: "metrics".into(),
            ty: Some("Metrics"),
            size: size(&path).ok(),
            metrics: metrics(&path),
            path,
            value: None,
            metadata: Map::new(),
        };
        assert_eq!(
            text(&[output], directory.path()),
            "metrics     metrics  80 B\n  accuracy  93.00 %\n"
        );
    }
}
