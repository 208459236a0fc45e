//! What a component says about itself.

use super::Finding;
use crate::ir;
use crate::read::ComponentFile;
use crate::rules;

pub(super) fn check(file: &ComponentFile, findings: &mut Vec<Finding>) {
    let position = file.position;
    let text = |text: Option<&String>| text.is_some_and(|text| !text.trim().is_empty());
    if !text(file.name.as_ref().map(|name| &name.value)) {
        findings.push(Finding::new(
            &rules::NO_NAME,
            "the component has no name",
            position,
        ));
    }
    let position = file.name.as_ref().map_or(position, |name| name.start);
    if !text(
        file.description
            .as_ref()
            .map(|description| &description.value),
    ) {
        findings.push(Finding::new(
            &rules::NO_DESCRIPTION,
            "the component has no description",
            position,
        ));
    }
    if let Some(description) = &file.description
        && !ir::is_readable_in_comment(&description.value)
    {
        let reason = "kfp 2.17 writes the description's control characters into a comment: nobody can read the file, \
                      kfp included";
        findings.push(
            Finding::new(&rules::UNREADABLE_COMMENT, reason, description.start)
                .with_help("remove the control characters from the description"),
        );
    }
    let annotated = |keys: &[&str]| {
        let pairs = file.annotations.iter().chain(&file.labels);
        pairs.into_iter().any(|(key, value)| {
            let key = key
                .value
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_lowercase();
            keys.contains(&key.as_str()) && !value.value.is_empty()
        })
    };
    let wanted: [(_, &[&str], _); 3] = [
        (
            &rules::NO_AUTHOR,
            &["author", "authors", "maintainer"],
            "no annotation names an author",
        ),
        (
            &rules::NO_VERSION,
            &["version"],
            "no annotation names a version",
        ),
        (
            &rules::NO_LICENCE,
            &["license", "licence", "licenses"],
            "no annotation names a licence",
        ),
    ];
    for (code, keys, reason) in wanted {
        if !annotated(keys) {
            findings.push(Finding::new(code, reason, position));
        }
    }
}
