//! The container: its image, and how the declared inputs and outputs reach the command line.

use std::collections::HashSet;

use super::backend::{Backend, Driver};
use super::{Finding, secret, texts};
use crate::ir::{self, Kind};
use crate::read::{
    Arg, ArgKind, Branch, ComponentFile, Condition, Container, Input, PlaceholderKind, Spanned,
};
use crate::rules;

/// What the file's author writes, which is what a finding's help is in.
#[derive(Clone, Copy)]
pub(super) enum Language {
    ComponentYaml,
    /// Python, of which the file was compiled.
    Dsl,
}

impl Language {
    /// How to pass an input only where it is present.
    fn if_present(self, name: &str, kind: PlaceholderKind) -> String {
        let key = kind.key();
        match self {
            Self::ComponentYaml => {
                format!(
                    "write `if: {{cond: {{isPresent: {name}}}, then: [--{name}, {{{key}: {name}}}]}}`"
                )
            }
            Self::Dsl => {
                let attribute = match kind {
                    PlaceholderKind::InputPath => ".path",
                    PlaceholderKind::InputUri => ".uri",
                    _ => "",
                };
                format!(
                    "write `dsl.IfPresentPlaceholder(input_name='{name}', then=['--{name}', {name}{attribute}])`"
                )
            }
        }
    }
}

pub(super) fn check(
    file: &ComponentFile,
    container: &Container,
    language: Language,
    backend: Option<Backend>,
    findings: &mut Vec<Finding>,
) {
    image(&container.image, findings);
    let position = container.image.start;
    if container.command.as_ref().is_none_or(Vec::is_empty) {
        let reason = "the container has no command";
        findings.push(Finding::new(&rules::NO_COMMAND, reason, position));
    }
    for (name, _) in &container.file_outputs {
        let reason = format!("kfp 2 ignores the fixed path of `{}`", name.value);
        findings.push(Finding::new(&rules::FILE_OUTPUTS, reason, name.start));
    }
    let mut walk = Walk {
        file,
        findings,
        language,
        is_for_all: backend.is_none(),
        used: HashSet::new(),
        has_everything: false,
        texts: Vec::new(),
    };
    for arg in container.args() {
        walk.arg(arg, &[]);
    }
    let Walk {
        mut used,
        has_everything,
        texts,
        ..
    } = walk;
    if let Some(arg) = pip_install(&texts) {
        let reason = "packages are installed at run time";
        findings.push(Finding::new(&rules::PIP_INSTALL, reason, arg.position));
    }
    if let Some(backend) = backend {
        let mut driver = Driver {
            backend,
            file,
            has_executor_input: has_everything,
            findings,
        };
        driver.args(container);
    }
    used.extend(texts::check(file, container, findings));
    unused(file, container, &used, has_everything, findings);
}

/// Declared inputs and outputs that no argument names.
fn unused(
    file: &ComponentFile,
    container: &Container,
    used: &HashSet<(bool, &str)>,
    has_everything: bool,
    findings: &mut Vec<Finding>,
) {
    for input in &file.inputs {
        let name = input.name.value.as_str();
        if used.contains(&(false, name)) {
            secret::check(input, findings);
        } else if !has_everything {
            let finding = texts::mention(container, name).map_or_else(
                || never_used(input),
                |(written, position)| {
                    let reason =
                        format!("`{written}` is not a placeholder: KFP passes it on as text");
                    let help = format!(
                        "make the input an argument of its own: `- {{inputValue: {name}}}`; a script reads it as `$0` or `$1`"
                    );
                    Finding::new(&rules::LITERAL_PLACEHOLDER, reason, position).with_help(help)
                },
            );
            findings.push(finding);
        }
    }
    let fixed = |name: &str| {
        container
            .file_outputs
            .iter()
            .any(|(one, _)| one.value == name)
    };
    for output in &file.outputs {
        let name = output.name.value.as_str();
        if !used.contains(&(true, name)) && !fixed(name) && !has_everything {
            let reason = format!("the program is not told where to write output `{name}`");
            let help =
                format!("add `{{outputPath: {name}}}` to the arguments, or remove the output");
            let finding = Finding::new(&rules::UNUSED_OUTPUT, reason, output.name.start);
            findings.push(finding.with_help(help));
        }
    }
}

fn never_used(input: &Input) -> Finding {
    let name = &input.name.value;
    let key = match ir::kind(input.kind.as_ref()) {
        Ok(Kind::Artifact(_)) => "inputPath",
        _ => "inputValue",
    };
    let reason = format!("input `{name}` is never used");
    let help = format!("add `{{{key}: {name}}}` to the arguments, or remove the input");
    Finding::new(&rules::UNUSED_INPUT, reason, input.name.start).with_help(help)
}

fn image(image: &Spanned<String>, findings: &mut Vec<Finding>) {
    let reference = image.value.trim();
    if reference.is_empty() {
        findings.push(Finding::new(
            &rules::EMPTY_IMAGE,
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
            &rules::LATEST_IMAGE,
            format!("`{reference}` has no tag"),
            image.start,
        )),
        Some("latest") => {
            findings.push(Finding::new(
                &rules::LATEST_IMAGE,
                format!("`{reference}` can change every day"),
                image.start,
            ));
        }
        Some(_) => {
            let reason = format!("`{reference}` is not pinned by digest");
            findings.push(Finding::new(&rules::UNPINNED_IMAGE, reason, image.start));
        }
    }
}

struct Walk<'f, 'w> {
    file: &'f ComponentFile,
    findings: &'w mut Vec<Finding>,
    language: Language,
    /// No backend is named, so that what goes wrong on some of them is found.
    is_for_all: bool,
    /// The outputs (`true`) and inputs (`false`) that placeholders name.
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
                self.push_for_all(Finding::new(&rules::CONCAT, reason, arg.position));
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
                            self.push_for_all(Finding::new(
                                &rules::NESTED_IF,
                                reason,
                                item.position,
                            ));
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
                .push(Finding::new(&rules::URI_IN_KFP_1, reason, arg.position));
        }
        let input = self.file.input(&name.value).filter(|_| !kind.is_output());
        let Some(input) = input.filter(|_| !guards.contains(&name.value.as_str())) else {
            return;
        };
        let name = &name.value;
        let help = self.language.if_present(name, kind);
        let is_parameter = matches!(ir::kind(input.kind.as_ref()), Ok(Kind::Parameter(_)));
        if input.default.is_some() && is_parameter {
            let reason = format!(
                "backend 2.17.0 fails when `{name}` is left out: its driver forgets the default outside an `if`"
            );
            self.push_for_all(
                Finding::new(&rules::DEFAULT_UNGUARDED, reason, arg.position).with_help(format!(
                    "{help} and let the program know the default; or use another backend, and allow this code"
                )),
            );
        } else if input.optional && input.default.is_none() {
            let reason = format!("the optional input `{name}` is used outside an `if`");
            self.push_for_all(
                Finding::new(&rules::OPTIONAL_UNGUARDED, reason, arg.position).with_help(help),
            );
        }
    }

    /// Findings of what some backend does; where one is named, it is asked itself.
    fn push_for_all(&mut self, finding: Finding) {
        if self.is_for_all {
            self.findings.push(finding);
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
