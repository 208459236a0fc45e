//! Python argument names as kfp 1.8 makes them of input names.

use std::collections::{HashMap, HashSet};

use crate::ir::is_word;
use kfp_component_spec::PYTHON_KEYWORDS;

/// Lower case, words joined by single underscores, `n` before a digit.
pub(crate) fn python_name(name: &str) -> String {
    let lower = name.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c| c == '_' || !is_word(c))
        .filter(|word| !word.is_empty())
        .collect();
    let joined = words.join("_");
    if joined.starts_with(char::is_numeric) {
        format!("n{joined}")
    } else {
        joined
    }
}

/// Each name's Python name. The second of two equal ones gets a number; a name that needs no change keeps its form.
pub(super) fn python_names<'n>(
    names: impl Iterator<Item = &'n str> + Clone,
) -> HashMap<&'n str, String> {
    let mut table: HashMap<&str, String> = HashMap::new();
    let mut used: HashSet<String> = HashSet::new();
    for name in names.clone().filter(|name| python_name(name) == *name) {
        table.insert(name, name.to_owned());
        used.insert(name.to_owned());
    }
    let mut numbers: HashMap<String, u32> = HashMap::new();
    for name in names {
        if table.contains_key(name) {
            continue;
        }
        let base = python_name(name);
        let mut free = base.clone();
        while used.contains(&free) {
            let number = numbers.entry(base.clone()).or_insert(1);
            *number += 1;
            free = if base.is_empty() {
                format!("n{number}")
            } else {
                format!("{base}_{number}")
            };
        }
        used.insert(free.clone());
        table.insert(name, free);
    }
    table
}

/// Whether Python takes it as an argument's name.
pub(super) fn is_parameter_name(name: &str) -> bool {
    let mut chars = name.chars();
    let first = chars
        .next()
        .is_some_and(|c| c == '_' || unicode_ident::is_xid_start(c));
    first && chars.all(unicode_ident::is_xid_continue) && !PYTHON_KEYWORDS.contains(&name)
}

/// The two outputs that the user interface of KFP 1 draws, by their names: kfp 1.8 takes them out of a task's outputs.
pub(crate) fn is_drawn(name: &str) -> bool {
    let dashed: String = name
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    matches!(
        dashed.as_str(),
        "mlpipeline-ui-metadata" | "mlpipeline-metrics"
    )
}
