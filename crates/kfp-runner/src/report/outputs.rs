//! Previews of what tasks produced: pages, texts, pictures, the first rows of tables.

use std::path::Path;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use kfp_pipeline::value::shortened;
use pulldown_cmark::{Options, Parser, html};
use serde::Serialize;

use super::{
    budget::Budget,
    series::{self, Series},
    source::Contents,
    task::TaskView,
    text::{self, grouped},
};
use crate::record::Artifact;

/// No more than this is shown of a file.
const MAX_BYTES: u64 = 256 << 10;
const MAX_ROWS: usize = 10;
/// How much of a cell and of a value is shown.
const WIDTH: usize = 200;

/// What is shown of an output artifact.
#[derive(Debug, Serialize)]
pub(super) struct Preview {
    pub(super) name: String,
    /// `system.HTML`
    ty: String,
    /// Its path or URL.
    uri: String,
    size: String,
    sha256: String,
    metadata: Vec<(String, String)>,
    link: Option<String>,
    content: Shown,
    /// Why nothing is shown, though it could be.
    note: Option<&'static str>,
    /// What is drawn of a table.
    #[serde(skip)]
    pub(super) series: Option<Series>,
}

/// The content, as far as it is shown.
#[derive(Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "content")]
pub(super) enum Shown {
    /// Not at all.
    #[default]
    Nothing,
    /// An HTML page, for a frame that may neither run scripts nor ask other hosts.
    Page(String),
    /// Text as it is.
    Text(String),
    /// The first rows of a table.
    Table(Vec<Vec<String>>),
    /// A picture, as a `data:` URL.
    Picture(String),
}

impl Shown {
    fn len(&self) -> usize {
        const CELL: usize = 10;
        match self {
            Self::Nothing => 0,
            Self::Page(text) | Self::Text(text) => text::escaped_len(text),
            Self::Table(rows) => {
                let cells = rows.iter().flatten();
                cells.map(|cell| text::escaped_len(cell) + CELL).sum()
            }
            Self::Picture(url) => url.len(),
        }
    }
}

impl Preview {
    /// The rows of a table.
    pub(super) fn table(&self) -> Option<&[Vec<String>]> {
        match &self.content {
            Shown::Table(rows) => Some(rows),
            _ => None,
        }
    }
}

/// The previews of all artifacts, as far as there is room.
pub(super) fn previews(
    tasks: &[TaskView],
    contents: &dyn Contents,
    budget: &mut Budget,
) -> Vec<Preview> {
    let mut previews = Vec::new();
    for task in tasks {
        for (output, artifacts) in &task.outputs.artifacts {
            for artifact in artifacts {
                let mut preview = about(format!("{} {output}", task.path), artifact, contents);
                // What is known about an artifact is about as much again as the words around it.
                let head = 2 * text::escaped_len(&preview.uri) + 300;
                if !budget.take(head) {
                    return previews;
                }
                let content = content(artifact, contents, &mut preview.series);
                if budget.take(content.len()) {
                    preview.content = content;
                } else {
                    preview.note = Some("its content is not shown, for size");
                }
                previews.push(preview);
            }
        }
    }
    previews
}

fn about(name: String, artifact: &Artifact, contents: &dyn Contents) -> Preview {
    let known = &artifact.artifact;
    let (size, sha256) = match &artifact.content {
        Some(content) => {
            let files = match content.files {
                Some(1) => " in 1 file".to_owned(),
                Some(files) => format!(" in {} files", grouped(files)),
                None => String::new(),
            };
            let size = format!("{} bytes{files}", grouped(content.bytes));
            (size, content.sha256.clone())
        }
        None => (String::new(), String::new()),
    };
    let metadata = known
        .metadata
        .iter()
        .filter(|(_, value)| !value.is_object() && !value.is_array())
        .map(|(key, value)| {
            let value = shortened(&kfp_pipeline::value::text(value), WIDTH);
            (key.clone(), value)
        })
        .collect();
    Preview {
        name,
        ty: known.ty.schema_title.clone(),
        uri: known.uri.clone(),
        size,
        sha256,
        metadata,
        link: known.path().and_then(|path| contents.link(Path::new(path))),
        content: Shown::Nothing,
        note: None,
        series: None,
    }
}

fn content(artifact: &Artifact, contents: &dyn Contents, drawn: &mut Option<Series>) -> Shown {
    let Some(bytes) = contents.file(artifact, MAX_BYTES) else {
        return Shown::Nothing;
    };
    if let Some(ty) = picture(&bytes) {
        // A part of a picture is none.
        let is_whole = (bytes.len() as u64) < MAX_BYTES;
        return if is_whole {
            Shown::Picture(format!("data:{ty};base64,{}", STANDARD.encode(bytes)))
        } else {
            Shown::Nothing
        };
    }
    if bytes.contains(&0) {
        return Shown::Nothing;
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    match artifact.artifact.ty.schema_title.as_str() {
        "system.HTML" => Shown::Page(text),
        "system.Markdown" => Shown::Page(page(&text)),
        "system.Dataset" => {
            *drawn = series::read(&text, &artifact.artifact.metadata);
            match rows(&text) {
                rows if rows.is_empty() => Shown::Nothing,
                rows => Shown::Table(rows),
            }
        }
        _ if text.trim().is_empty() => Shown::Nothing,
        _ => Shown::Text(beginning(&text)),
    }
}

/// The type of a picture that every browser shows, by its first bytes.
fn picture(bytes: &[u8]) -> Option<&'static str> {
    // Sound and films are RIFF as well.
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Some("image/webp");
    }
    let starts: [(&[u8], &str); 3] = [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF8", "image/gif"),
    ];
    let found = starts.iter().find(|(start, _)| bytes.starts_with(start));
    found.map(|(_, ty)| *ty)
}

/// Markdown as a page of its own.
fn page(markdown: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut page = "<!doctype html><style>body{font:15px/1.5 system-ui,sans-serif}td,th{border:1px solid #ccc;padding:.2rem .5rem}\
                    table{border-collapse:collapse}</style>\n"
        .to_owned();
    html::push_html(&mut page, Parser::new_ext(markdown, options));
    page
}

/// The first lines of a text.
fn beginning(text: &str) -> String {
    let lines: Vec<String> = text
        .lines()
        .take(MAX_ROWS)
        .map(|line| shortened(line, WIDTH))
        .collect();
    let more = if text.lines().nth(MAX_ROWS).is_some() {
        "\n…"
    } else {
        ""
    };
    text::printed(&lines.join("\n")) + more
}

/// The first rows of comma-separated values; none if the text is not a table.
fn rows(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    let rows: Result<Vec<Vec<String>>, csv::Error> = reader
        .records()
        .take(MAX_ROWS + 1)
        .map(|record| {
            let cells = record?;
            Ok(cells.iter().map(|cell| shortened(cell, WIDTH)).collect())
        })
        .collect();
    rows.unwrap_or_default()
}
