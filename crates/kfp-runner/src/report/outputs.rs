//! Previews of what tasks produced: pages, texts, the first rows of tables.

use std::{collections::BTreeMap, fs::File, io::Read as _, path::Path};

use serde::Serialize;

use crate::record::{Artifact, Outputs};

/// No more than this is shown of a file.
const MAX_BYTES: u64 = 256 << 10;
const MAX_ROWS: usize = 10;

/// What is shown of an output artifact.
#[derive(Debug, Serialize)]
pub(super) struct Preview {
    name: String,
    /// `system.HTML`
    ty: String,
    /// Its path or URL.
    uri: String,
    size: String,
    sha256: String,
    metadata: Vec<(String, String)>,
    /// An HTML page, shown in a frame that may neither run scripts nor ask other hosts.
    page: Option<String>,
    /// Any other text.
    text: Option<String>,
    /// The first rows of a table.
    rows: Vec<Vec<String>>,
}

pub(super) fn previews(outputs: &BTreeMap<String, Outputs>) -> Vec<Preview> {
    let mut previews = Vec::new();
    for (task, outputs) in outputs {
        for (name, artifacts) in &outputs.artifacts {
            for artifact in artifacts {
                previews.push(preview(format!("{task} {name}"), artifact));
            }
        }
    }
    previews
}

fn preview(name: String, artifact: &Artifact) -> Preview {
    let known = &artifact.artifact;
    let (size, sha256) = match &artifact.content {
        Some(content) => {
            let files = content
                .files
                .map_or(String::new(), |files| format!(" in {files} files"));
            (
                format!("{} bytes{files}", content.bytes),
                content.sha256.clone(),
            )
        }
        None => (String::new(), String::new()),
    };
    let metadata = known
        .metadata
        .iter()
        .filter(|(_, value)| !value.is_object() && !value.is_array())
        .map(|(key, value)| (key.clone(), kfp_pipeline::value::text(value)))
        .collect();
    let mut preview = Preview {
        name,
        ty: known.ty.schema_title.clone(),
        uri: known.uri.clone(),
        size,
        sha256,
        metadata,
        page: None,
        text: None,
        rows: Vec::new(),
    };
    let is_file = artifact
        .content
        .as_ref()
        .is_some_and(|content| content.files.is_none());
    let text = known
        .path()
        .filter(|_| is_file)
        .and_then(|path| text(Path::new(path)));
    match (known.ty.schema_title.as_str(), text) {
        ("system.HTML", text) => preview.page = text,
        ("system.Markdown", text) => preview.text = text,
        ("system.Dataset", Some(text)) => preview.rows = rows(&text),
        _ => {}
    }
    preview
}

/// The beginning of a file, if it is text.
fn text(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    File::open(path)
        .ok()?
        .take(MAX_BYTES)
        .read_to_end(&mut bytes)
        .ok()?;
    if bytes.contains(&0) {
        return None;
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The first rows of comma-separated values; none if the text is not a table.
fn rows(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    let rows: Result<Vec<Vec<String>>, csv::Error> = reader
        .records()
        .take(MAX_ROWS + 1)
        .map(|record| Ok(record?.iter().map(str::to_owned).collect()))
        .collect();
    rows.unwrap_or_default()
}
