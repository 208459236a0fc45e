//! A component in a file: a component.yaml or pipeline IR, named by its path or URL.
//!
//! Pipeline IR is what kfp 2 compiles components to. Where it contains several, `FILE#COMPONENT` names one.

use std::{fmt, path::Path};

use anyhow::{Context, Result};
use kfp_component_yaml::load::{self, LoadError, Loaded};

use kfp_registry::Reference;

use crate::{error::hinted, fetch::Source};

/// Where a component is: a file, and the component's name if the file contains several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ComponentFile {
    source: Source,
    component: Option<String>,
}

impl fmt::Display for ComponentFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.component {
            Some(component) => write!(f, "{}#{component}", self.source),
            None => self.source.fmt(f),
        }
    }
}

impl ComponentFile {
    /// The file that `text` names, unless it has the form of a component's name.
    pub(crate) fn named(text: &str) -> Option<Self> {
        let (file, component) = match text.rsplit_once('#') {
            Some((file, component)) if !Path::new(text).exists() => (file, Some(component)),
            _ => (text, None),
        };
        let extension = Path::new(file).extension();
        let is_file = file.contains(['/', '\\'])
            || extension
                .is_some_and(|end| ["yaml", "yml", "json"].iter().any(|known| end == *known))
            || Path::new(file).is_file();
        is_file.then(|| Self::at(file, component))
    }

    /// The file that `text` names, whatever its form.
    pub(crate) fn parse(text: &str) -> Self {
        Self::named(text).unwrap_or_else(|| Self::at(text, None))
    }

    fn at(file: &str, component: Option<&str>) -> Self {
        let is_url = ["http://", "https://", "gs://"]
            .iter()
            .any(|scheme| file.starts_with(scheme));
        let path = Path::new(file);
        let inside = path.join("component.yaml");
        Self {
            source: if is_url {
                Source::Url(file.to_owned())
            } else if path.is_dir() && inside.is_file() {
                Source::File(inside)
            } else {
                Source::File(path.to_owned())
            },
            component: component.map(str::to_owned),
        }
    }

    /// Whether one of several components is named.
    pub(crate) fn names_component(&self) -> bool {
        self.component.is_some()
    }

    /// What was typed, if it is not a file but has the form of an image's name: `ghcr.io/acme/word-count:0.1.0`.
    pub(crate) fn looks_like_an_image(&self) -> Option<String> {
        match &self.source {
            Source::File(path) if !path.exists() => {
                let text = path.to_str()?;
                let (host, _) = text.split_once('/')?;
                (host.contains(['.', ':'])
                    && !text.starts_with('.')
                    && text.parse::<Reference>().is_ok())
                .then(|| text.to_owned())
            }
            _ => None,
        }
    }

    /// The component and the text of its file.
    pub(crate) fn read(&self) -> Result<(Loaded, String)> {
        let text = String::from_utf8(self.source.read()?)
            .with_context(|| format!("`{}` is not UTF-8 text", self.source))?;
        if text.trim_start().starts_with('<') {
            return Err(hinted(
                format!("`{}` is a web page, not a component", self.source),
                match raw_url(&self.source.to_string()) {
                    Some(url) => format!("the file itself is at `{url}`"),
                    None => "name the address of the file itself, not of a page that shows it"
                        .to_owned(),
                },
            ));
        }
        if self.source.is_python() {
            let file = &self.source;
            return Err(hinted(
                format!("`{file}` is a Python file, not a component"),
                format!("compile it first: `kfp dsl compile --py {file} --output pipeline.yaml`"),
            ));
        }
        let loaded = load::load(&text, self.component.as_deref())
            .map_err(|error| explain(&self.source.to_string(), error))?;
        Ok((loaded, text))
    }
}

/// The error as a message that names the file, and a hint that names what to type.
fn explain(source: &str, error: LoadError) -> anyhow::Error {
    let help = error.help();
    match error {
        LoadError::Problems(problems) => hinted(
            match problems.first() {
                Some(first) => format!("`{source}` is not a component: {first}"),
                None => format!("`{source}` is not a component"),
            },
            format!("run `kfp-comp lint {source}` for every problem and its fix"),
        ),
        LoadError::Choose { wanted, components } => {
            let message = match (wanted, components.len()) {
                (Some(wanted), _) => format!("`{source}` has no component `{wanted}`"),
                (None, 0) => {
                    format!(
                        "`{source}` is a compiled pipeline without a component that runs a container"
                    )
                }
                (None, count) => {
                    format!("`{source}` is a compiled pipeline with {count} components")
                }
            };
            if components.is_empty() {
                return hinted(message, help);
            }
            let names = components.join("`, `");
            hinted(
                message,
                format!("name one of `{names}`, as in `{source}#{}`", components[0]),
            )
        }
        LoadError::Foreign(kind) => hinted(format!("`{source}` is {kind}, not a component"), help),
        other => hinted(format!("`{source}` is not a component: {other}"), help),
    }
}

/// The address of the file that a page of GitHub or GitLab shows.
fn raw_url(url: &str) -> Option<String> {
    if let Some((project, file)) = url.split_once("/-/blob/") {
        return Some(format!("{project}/-/raw/{file}"));
    }
    let path = url.strip_prefix("https://github.com/")?;
    let (repository, file) = path.split_once("/blob/")?;
    Some(format!(
        "https://raw.githubusercontent.com/{repository}/{file}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_urls_and_yaml_files_are_files_and_names_are_not() {
        for text in [
            "component.yaml",
            "old.yml#train",
            "https://acme.example/c",
            "./component",
            "pipeline.json",
        ] {
            let file = ComponentFile::named(text).unwrap();
            assert_eq!(file.to_string(), text);
        }
        for text in ["word-count", "word-count@1.2.0"] {
            assert_eq!(ComponentFile::named(text), None);
        }
    }

    #[test]
    fn a_page_that_shows_a_file_leads_to_the_file() {
        for (page, file) in [
            (
                "https://github.com/acme/kfp/blob/main/a/component.yaml",
                Some("https://raw.githubusercontent.com/acme/kfp/main/a/component.yaml"),
            ),
            (
                "https://gitlab.example/acme/kfp/-/blob/main/component.yaml",
                Some("https://gitlab.example/acme/kfp/-/raw/main/component.yaml"),
            ),
            ("https://acme.example/component", None),
        ] {
            assert_eq!(raw_url(page).as_deref(), file);
        }
    }
}
