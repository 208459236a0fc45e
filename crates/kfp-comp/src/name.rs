//! The name of a component.
//!
//! A [`ComponentName`] is accepted by cargo, KFP and the catalog.

use std::{fmt, str::FromStr};

use kfp_workspace::reserved_by;

/// A component's name in kebab-case: `data-ingestion`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ComponentName(String);

/// Rust's keywords, strict and reserved.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// File names that Windows reserves for devices.
const DEVICES: &[&str] = &[
    "aux", "con", "nul", "prn", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8",
    "com9", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// KFP's limit for a component's name.
const MAX_LENGTH: usize = 128;

impl ComponentName {
    /// The name as written: `data-ingestion`.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the function: `data_ingestion`.
    pub(crate) fn function(&self) -> String {
        self.0.replace('-', "_")
    }
}

impl fmt::Display for ComponentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ComponentName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match refusal(text) {
            None => Ok(Self(text.to_owned())),
            Some(reason) => Err(reason),
        }
    }
}

/// Whether Rust needs `r#` to use the word as an identifier.
pub(crate) fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

/// Why a program of that name cannot be started from an image.
pub(crate) fn path_conflict(name: &str) -> Option<String> {
    reserved_by(name).map(|owner| format!("`/{name}` in a container is taken by {owner}"))
}

/// Why `name` cannot be a component's name.
fn refusal(name: &str) -> Option<String> {
    if let Some(reason) = path_conflict(name) {
        return Some(format!("the name `{name}` cannot be used: {reason}"));
    }
    let reason = match name {
        "" => "it is empty",
        _ if KEYWORDS.contains(&name) => "it is a Rust keyword",
        _ if DEVICES.contains(&name) => "it is a reserved Windows filename",
        "test" => "it conflicts with Rust's built-in test library",
        "core" | "std" | "alloc" | "proc-macro" => "it is part of Rust's standard library",
        "deps" | "examples" | "build" | "incremental" => {
            "it conflicts with cargo's build directory names"
        }
        "components" | "packages" | "sha256" | "elyra" => "it is one of the catalog's folders",
        "main" | "input" | "output" => {
            "it is the name of a function every component's program or test uses"
        }
        "kfp-component" => "it is the library the component depends on",
        _ if name.len() > MAX_LENGTH => "it is longer than the 128 characters KFP allows",
        _ if is_kebab_case(name) => return None,
        _ => {
            let kebab = kebab_case(name);
            let is_better = !kebab.is_empty() && kebab != name && refusal(&kebab).is_none();
            let instead = if is_better {
                format!("; write `{kebab}`")
            } else {
                String::new()
            };
            return Some(format!(
                "a component's name starts with a letter and has only lower-case letters, digits and single hyphens{instead}"
            ));
        }
    };
    Some(format!("the name `{name}` cannot be used: {reason}"))
}

fn is_kebab_case(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.split('-').all(|word| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        })
}

/// The nearest valid name: `Data_Ingestion` → `data-ingestion`.
fn kebab_case(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let words = lower
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kebab_case_is_a_name() {
        for name in ["a", "data-ingestion", "train-eval2", "x86-things"] {
            assert_eq!(name.parse::<ComponentName>().unwrap().as_str(), name);
        }
    }

    #[test]
    fn the_function_is_the_name_in_snake_case() {
        assert_eq!(
            "data-ingestion"
                .parse::<ComponentName>()
                .unwrap()
                .function(),
            "data_ingestion"
        );
    }

    #[test]
    fn cargos_refusals_come_with_cargos_reasons() {
        for (name, reason) in [
            ("match", "Rust keyword"),
            ("gen", "Rust keyword"),
            ("test", "built-in test library"),
            ("core", "standard library"),
            ("deps", "build directory names"),
            ("con", "reserved Windows filename"),
            ("3d", "starts with a letter"),
            ("tmp", "taken by the image's own directory"),
            ("kfp-launcher", "taken by KFP"),
            ("mainctrfs", "taken by Argo"),
        ] {
            let refused = name.parse::<ComponentName>().unwrap_err();
            assert!(refused.contains(reason), "{name}: {refused}");
        }
    }

    #[test]
    fn the_catalogs_folders_are_not_names() {
        for name in ["components", "packages", "sha256", "elyra"] {
            assert!(
                name.parse::<ComponentName>()
                    .unwrap_err()
                    .contains("catalog"),
                "{name}"
            );
        }
    }

    #[test]
    fn another_spelling_is_answered_with_the_right_one() {
        for name in [
            "Data_Ingestion",
            "data--ingestion",
            "-data-ingestion",
            "data ingestion",
            "data/ingestion",
        ] {
            assert!(
                name.parse::<ComponentName>()
                    .unwrap_err()
                    .contains("`data-ingestion`"),
                "{name}"
            );
        }
        for name in ["", "größe/../x", "..", "-", &"a".repeat(129)] {
            assert!(name.parse::<ComponentName>().is_err(), "{name}");
        }
    }
}
