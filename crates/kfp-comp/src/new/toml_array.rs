//! Inserts into an array of a manifest, keeping comments and layout.

use toml_edit::{Array, Value};

/// Inserts in order if the array is sorted, otherwise at the end; each comment stays with its line.
pub(super) fn insert(list: &mut Array, entry: &str) {
    let names: Vec<String> = list
        .iter()
        .map(|value| value.as_str().unwrap_or_default().to_owned())
        .collect();
    let at = if names.is_sorted() {
        names.partition_point(|name| name.as_str() < entry)
    } else {
        names.len()
    };
    let prefix_of = |value: &Value| {
        value
            .decor()
            .prefix()
            .and_then(|raw| raw.as_str())
            .unwrap_or_default()
            .to_owned()
    };
    let suffix_of = |value: &Value| {
        value
            .decor()
            .suffix()
            .and_then(|raw| raw.as_str())
            .unwrap_or_default()
            .to_owned()
    };
    let indent = list.iter().find_map(|value| {
        prefix_of(value)
            .rsplit_once('\n')
            .map(|(_, indent)| format!("\n{indent}"))
    });

    let mut new = Value::from(entry);
    if at < list.len() {
        let next = list.get_mut(at).expect("it is within the list");
        let old = prefix_of(next);
        // A comment at the end of a line belongs to the entry before it, one on a separate line to the entry after it.
        if let (Some(end), Some(indent)) = (old.find('\n'), &indent) {
            new.decor_mut()
                .set_prefix(format!("{}{indent}", &old[..end]));
            next.decor_mut().set_prefix(&old[end..]);
        } else {
            new.decor_mut().set_prefix(old);
            next.decor_mut().set_prefix(" ");
        }
    } else {
        let mut tail = list.trailing().as_str().unwrap_or_default().to_owned();
        if let Some(last) = list
            .len()
            .checked_sub(1)
            .and_then(|last| list.get_mut(last))
        {
            tail = suffix_of(last) + &tail;
            last.decor_mut().set_suffix("");
        }
        match (tail.find('\n'), &indent) {
            (Some(end), Some(indent)) => {
                new.decor_mut()
                    .set_prefix(format!("{}{indent}", &tail[..end]));
                list.set_trailing(&tail[end..]);
                list.set_trailing_comma(true);
            }
            _ => new
                .decor_mut()
                .set_prefix(if list.is_empty() { "" } else { " " }),
        }
    }
    list.insert_formatted(at, new);
}
