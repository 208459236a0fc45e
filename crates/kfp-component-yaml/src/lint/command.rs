//! The container: its image, and what of the declared ports reaches the command line in which way.

use std::collections::HashSet;

use super::Finding;
use crate::ir::{self, Kind};
use crate::read::{
    Arg, ArgKind, Branch, ComponentFile, Condition, Container, Input, PlaceholderKind, Spanned,
};

pub(super) fn check(file: &ComponentFile, container: &Container, findings: &mut Vec<Finding>) {
    image(&container.image, findings);
    let position = container.image.start;
    if container.command.as_ref().is_none_or(Vec::is_empty) {
        findings.push(Finding::new(
            "no-command",
            "the container has no command",
            position,
        ));
    }
    for (name, _) in &container.file_outputs {
        let reason = format!("kfp 2 ignores the fixed path of `{}`", name.value);
        findings.push(Finding::new("file-outputs", reason, name.start));
    }
    let mut walk = Walk {
        file,
        findings,
        used: HashSet::new(),
        has_everything: false,
        texts: Vec::new(),
    };
    for arg in container.args() {
        walk.arg(arg, &[]);
    }
    let Walk {
        used,
        has_everything,
        texts,
        ..
    } = walk;
    if let Some(position) = pip_install(&texts) {
        findings.push(Finding::new(
            "pip-install",
            "packages are installed at run time",
            position.position,
        ));
    }
    let fixed: HashSet<&str> = container
        .file_outputs
        .iter()
        .map(|(name, _)| name.value.as_str())
        .collect();
    for input in &file.inputs {
        if used.contains(&(false, input.name.value.as_str())) {
            secret(input, findings);
        } else if !has_everything {
            let reason = format!("input `{}` is never used", input.name.value);
            findings.push(Finding::new("unused-input", reason, input.name.start));
        }
    }
    for output in &file.outputs {
        let name = output.name.value.as_str();
        if !used.contains(&(true, name)) && !fixed.contains(name) && !has_everything {
            let reason = format!("the program is not told where to write output `{name}`");
            findings.push(Finding::new("unused-output", reason, output.name.start));
        }
    }
}

fn image(image: &Spanned<String>, findings: &mut Vec<Finding>) {
    let reference = image.value.trim();
    if reference.is_empty() {
        findings.push(Finding::new(
            "empty-image",
            "the image is empty",
            image.start,
        ));
        return;
    }
    if reference.contains("@sha256:") {
        return;
    }
    let last = reference.rsplit('/').next().unwrap_or(reference);
    match last.split_once(':').map(|(_, tag)| tag) {
        None => findings.push(Finding::new(
            "latest-image",
            format!("`{reference}` has no tag"),
            image.start,
        )),
        Some("latest") => {
            findings.push(Finding::new(
                "latest-image",
                format!("`{reference}` can change every day"),
                image.start,
            ));
        }
        Some(_) => {
            let reason = format!("`{reference}` is not pinned by digest");
            findings.push(Finding::new("unpinned-image", reason, image.start));
        }
    }
}

struct Walk<'f, 'w> {
    file: &'f ComponentFile,
    findings: &'w mut Vec<Finding>,
    /// Outputs and inputs named by placeholders.
    used: HashSet<(bool, &'f str)>,
    /// `executorInput` tells the program everything.
    has_everything: bool,
    texts: Vec<&'f Arg>,
}

impl<'f> Walk<'f, '_> {
    /// `guards` are the inputs that are present where the arg stands.
    fn arg(&mut self, arg: &'f Arg, guards: &[&str]) {
        match &arg.kind {
            ArgKind::Text(_) => self.texts.push(arg),
            ArgKind::OutputMetadata => {}
            ArgKind::ExecutorInput => self.has_everything = true,
            ArgKind::Placeholder(kind, name) => self.placeholder(arg, *kind, name, guards),
            ArgKind::Concat(items) => {
                let reason = "open-source backends pass concat on as literal JSON";
                self.findings
                    .push(Finding::new("concat", reason, arg.position));
                for item in items {
                    self.arg(item, guards);
                }
            }
            ArgKind::If(choice) => {
                let mut inside = guards.to_vec();
                if let Condition::IsPresent(name) | Condition::InputValue(name) = &choice.condition
                {
                    self.used.insert((false, &name.value));
                    inside.push(&name.value);
                }
                let branches = [
                    (Some(&choice.then), inside.as_slice()),
                    (choice.otherwise.as_ref(), guards),
                ];
                for (branch, guards) in branches {
                    for item in branch.into_iter().flat_map(Branch::args) {
                        if matches!(item.kind, ArgKind::If(_) | ArgKind::Concat(_)) {
                            let reason = "kfp 2 backends refuse this inside an `if`";
                            self.findings
                                .push(Finding::new("nested-if", reason, item.position));
                        }
                        self.arg(item, guards);
                    }
                }
            }
        }
    }

    fn placeholder(
        &mut self,
        arg: &Arg,
        kind: PlaceholderKind,
        name: &'f Spanned<String>,
        guards: &[&str],
    ) {
        self.used.insert((kind.is_output(), &name.value));
        if matches!(kind, PlaceholderKind::InputUri | PlaceholderKind::OutputUri) {
            let reason = format!(
                "kfp 1.8 passes the literal placeholder for {} of `{}`",
                kind.key(),
                name.value
            );
            self.findings
                .push(Finding::new("uri-in-kfp-1", reason, arg.position));
        }
        let is_bare = |input: &Input| input.optional && input.default.is_none();
        let input = self.file.input(&name.value).filter(|_| !kind.is_output());
        if input.is_some_and(is_bare) && !guards.contains(&name.value.as_str()) {
            let reason = format!(
                "the optional input `{}` is used outside an `if`",
                name.value
            );
            self.findings
                .push(Finding::new("optional-unguarded", reason, arg.position));
        }
    }
}

/// The text that begins or holds `pip install`, whether in one script or in two arguments.
fn pip_install<'f>(texts: &[&'f Arg]) -> Option<&'f Arg> {
    let text = |arg: &Arg| match &arg.kind {
        ArgKind::Text(text) => text.to_lowercase(),
        _ => String::new(),
    };
    let is_pip = |word: &str| {
        matches!(word, "pip" | "pip3") || word.ends_with("/pip") || word.ends_with("/pip3")
    };
    let mut last_was_pip = None;
    for arg in texts {
        for word in text(arg).split_whitespace() {
            let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '/');
            match last_was_pip {
                Some(start) if word == "install" => return Some(start),
                _ => last_was_pip = is_pip(word).then_some(*arg),
            }
        }
    }
    None
}

fn secret(input: &Input, findings: &mut Vec<Finding>) {
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
        findings.push(Finding::new("secret-parameter", reason, input.name.start));
    }
}
