//! What to do about a file that is not YAML, or not a component at all: told from what the text looks like.

use kfp_pyyaml::{Tree, YamlError};

/// The help for a text that does not load, where its look says more than the rule.
pub(super) fn help(text: &str, documents: &Result<Vec<Tree>, YamlError>) -> Option<String> {
    if let Some(help) = not_a_component(text) {
        return Some(help.into());
    }
    match documents {
        Err(error) => not_yaml(text, error),
        Ok(documents) => match documents.as_slice() {
            [] => Some("the file is empty: write a component".into()),
            [only] => match only.class(only.root()) {
                "NoneType" => Some("the file is empty: write a component".into()),
                "list" => Some("write one component per file, without the `-` in front".into()),
                _ => None,
            },
            [first, second, ..] => {
                let (first_has, second_has) =
                    (first.get(first.root(), "implementation").is_some(), |key| {
                        second.get(second.root(), key).is_some()
                    });
                Some(match second.class(second.root()) {
                    "NoneType" => "remove the `---` at the end".into(),
                    _ if second_has("platforms")
                        && first.get(first.root(), "pipelineInfo").is_some() =>
                    {
                        "use it with kfp 2 only: it is a compiled pipeline with its platform spec".into()
                    }
                    _ if first_has && second_has("platforms") => {
                        "a platform spec belongs after compiled pipeline IR, not after a component.yaml".into()
                    }
                    _ => "write each component into a file of its own".into(),
                })
            }
        },
    }
}

fn not_a_component(text: &str) -> Option<&'static str> {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    let begins = |prefixes: &[&str]| {
        prefixes.iter().any(|prefix| {
            start
                .get(..prefix.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        })
    };
    if begins(&["<!doctype", "<html", "<?xml", "<head"]) {
        return Some("this is a web page: download the file itself, such as GitHub's `Raw` link");
    }
    if begins(&["version https://git-lfs"]) {
        return Some("this is a Git LFS pointer: run `git lfs pull`");
    }
    if begins(&[
        "404: Not Found",
        "404 page not found",
        "Not Found",
        "AccessDenied",
    ]) && start.len() < 200
    {
        return Some("this is a server's error message: check the URL");
    }
    if start
        .lines()
        .any(|line| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> "))
    {
        return Some("resolve the merge conflict");
    }
    if begins(&[
        "import ",
        "from kfp",
        "@dsl.",
        "@component",
        "#!/usr/bin/env python",
    ]) {
        return Some(
            "this is a Python program: compile it with `kfp dsl compile`, and use what that writes",
        );
    }
    if begins(&["PK\u{3}\u{4}"]) {
        return Some("this is a ZIP archive: unpack it, and use the component.yaml inside");
    }
    let nul = start.bytes().take(200).filter(|byte| *byte == 0).count();
    (nul > 4).then_some("save the file as UTF-8: it is UTF-16 without a byte order mark")
}

fn not_yaml(text: &str, error: &YamlError) -> Option<String> {
    let message = error.message.as_str();
    let at = error.position.line;
    let lines: Vec<&str> = text.lines().skip(at.saturating_sub(2)).take(2).collect();
    let (before, line) = match lines.as_slice() {
        [_] | [] if at <= 1 => ("", lines.first().copied().unwrap_or("")),
        [before, line] if at > 1 => (*before, *line),
        _ => ("", lines.first().copied().unwrap_or("")),
    };
    let near = |what: &str| line.contains(what) || before.contains(what);
    let has = |what: &str| message.contains(what);
    if error.class == "RecursionError" {
        return None;
    }
    let help = if near("{%") || near("{{") || near("<%") {
        "render the template first, or quote the text with the braces: `'{{…}}'`"
    } else if has("character '\\t'")
        || has("found '\\t'")
        || line.trim_start_matches(' ').starts_with('\t')
    {
        "indent and separate with spaces: a tab is not white space for PyYAML"
    } else if has("cannot start any token") {
        "quote text that begins with `@`, `` ` `` or `%`"
    } else if has("mapping values are not allowed") {
        "quote text that contains a colon followed by a space, or align the key with the keys above"
    } else if has("undefined alias") || has("scanning an alias") {
        "quote text that begins with `*`"
    } else if has("scanning an anchor") || has("duplicate anchor") {
        "quote text that begins with `&`, and give each anchor a name once"
    } else if has("could not determine a constructor")
        || has("undefined tag handle")
        || has("parsing a tag")
        || has("scanning a tag")
    {
        "remove the tag that begins with `!`, or quote the text: PyYAML's safe loader knows YAML's own tags only"
    } else if has("unacceptable character") {
        "remove the control character, or write it as an escape in double quotes: `\"\\e\"`"
    } else if has("escape") {
        "double the backslash, or use single quotes: in double quotes a backslash begins an escape"
    } else if has("end of stream") && has("quoted") {
        "close the quote"
    } else if has("unhashable") {
        "quote text that begins with `{` or `[`"
    } else if has("expected ',' or") {
        "close the bracket, and quote text that contains `[`, `{`, `?` or a comma"
    } else if has("expected <block end>") {
        "align the line with its siblings above, and put quotes around the whole text, not a part of it"
    } else if has("could not find expected ':'") {
        "write `key: value`; indent a text of several lines below its key, after `|`"
    } else if has("sequence entries") {
        "begin the list on a line of its own below the key"
    } else if has("block scalar") {
        "write `|` or `>` at the end of the key's line, and the text indented below"
    } else if error.class == "ValueError" {
        "quote the text: YAML takes it for a date or a number that does not exist"
    } else {
        return None;
    };
    Some(help.into())
}
