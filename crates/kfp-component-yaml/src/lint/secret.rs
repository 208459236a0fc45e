//! Inputs that look like secrets.

use super::Finding;
use crate::ir::{self, Kind};
use crate::read::Input;
use crate::rules;

/// Finds an input that is passed by value and named like a secret, not like the name or place of one.
pub(super) fn check(input: &Input, findings: &mut Vec<Finding>) {
    let name = ir::port_name(&input.name.value);
    let words: Vec<&str> = name.split('_').collect();
    let secret = words.iter().any(|word| {
        matches!(
            *word,
            "password"
                | "passwd"
                | "pwd"
                | "secret"
                | "token"
                | "apikey"
                | "credential"
                | "credentials"
        )
    }) || words
        .windows(2)
        .any(|pair| matches!(pair, ["api" | "access" | "private" | "secret", "key"]));
    let names_it = matches!(
        words.last(),
        Some(&("name" | "path" | "file" | "uri" | "url" | "id" | "key" | "ref"))
    ) && !words.ends_with(&["api", "key"])
        && !words.ends_with(&["access", "key"])
        && !words.ends_with(&["private", "key"])
        && !words.ends_with(&["secret", "key"]);
    let by_value =
        matches!(ir::kind(input.kind.as_ref()), Ok(Kind::Parameter(_))) || input.kind.is_none();
    if secret && !names_it && by_value {
        let reason = format!(
            "`{}` looks like a secret and is passed as a parameter",
            input.name.value
        );
        findings.push(Finding::new(
            &rules::SECRET_PARAMETER,
            reason,
            input.name.start,
        ));
    }
}
