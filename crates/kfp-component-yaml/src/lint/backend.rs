//! What one KFP 2 backend does with a component's arguments.

use std::{fmt, str::FromStr};

use super::Finding;
use crate::ir::{self, Kind};
use crate::read::{
    Arg, ArgKind, Branch, ComponentFile, Condition, If, Input, PlaceholderKind, Spanned,
};
use crate::rules;

/// The release of a KFP 2 backend, 2.0 to 2.17: its driver and launcher.
///
/// ```
/// use kfp_component_yaml::lint::Backend;
/// let backend: Backend = "2.17.0".parse().unwrap();
/// assert!(backend > "2.16".parse().unwrap());
/// assert!("1.8".parse::<Backend>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Backend {
    minor: u32,
    patch: u32,
}

impl Backend {
    /// The last minor release whose behaviour is known.
    const LAST_MINOR: u32 = 17;
    /// The first that resolves `if` and the values of parameters in its driver; it forgets defaults.
    const DRIVER_RESOLVES: Self = Self {
        minor: 17,
        patch: 0,
    };
    /// The first that resolves placeholders in an image.
    const IMAGE_PLACEHOLDERS: Self = Self { minor: 4, patch: 0 };

    /// Whether defaults are forgotten while the driver resolves arguments.
    fn forgets_defaults(self) -> bool {
        self == Self::DRIVER_RESOLVES
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "2.{}.{}", self.minor, self.patch)
    }
}

/// A text that is not a known backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownBackend;

impl fmt::Display for UnknownBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the backends whose behaviour is known are 2.0 to 2.{}, such as `2.5` or `2.17.0`",
            Backend::LAST_MINOR
        )
    }
}

impl std::error::Error for UnknownBackend {}

impl FromStr for Backend {
    type Err = UnknownBackend;

    /// Reads `2.MINOR` or `2.MINOR.PATCH`; without a patch it is the first release of that minor.
    fn from_str(text: &str) -> Result<Self, UnknownBackend> {
        let numbers: Option<Vec<u32>> = text.split('.').map(|part| part.parse().ok()).collect();
        let (minor, patch) = match numbers.as_deref() {
            Some([2, minor]) => (*minor, 0),
            Some([2, minor, patch]) => (*minor, *patch),
            _ => return Err(UnknownBackend),
        };
        if minor > Self::LAST_MINOR {
            return Err(UnknownBackend);
        }
        Ok(Self { minor, patch })
    }
}

/// Looks at the command line with the eyes of one backend.
pub(super) struct Driver<'f, 'w> {
    pub(super) backend: Backend,
    pub(super) file: &'f ComponentFile,
    /// The program is passed the executor input, which holds every value that there is.
    pub(super) has_executor_input: bool,
    pub(super) findings: &'w mut Vec<Finding>,
}

impl Driver<'_, '_> {
    pub(super) fn args(&mut self, container: &crate::read::Container) {
        for arg in container.args() {
            self.arg(arg, &[]);
        }
        let image = &container.image;
        if image.value.contains("{{$.") && self.backend < Backend::IMAGE_PLACEHOLDERS {
            let reason = format!(
                "backend {} does not resolve placeholders in an image",
                self.backend
            );
            let finding = Finding::new(&rules::BACKEND_LITERAL, reason, image.start);
            self.findings
                .push(finding.with_help(
                    "name the image without a placeholder, or use backend 2.4 or later",
                ));
        }
    }

    fn arg(&mut self, arg: &Arg, guards: &[&str]) {
        match &arg.kind {
            ArgKind::Text(_) | ArgKind::ExecutorInput | ArgKind::OutputMetadata => {}
            ArgKind::Placeholder(kind, name) => self.placeholder(arg, *kind, name, guards),
            ArgKind::Concat(items) => {
                let reason = format!(
                    "backend {} passes the JSON of the concat to the program",
                    self.backend
                );
                self.say(&rules::BACKEND_CONCAT, reason, arg);
                for item in items {
                    self.arg(item, guards);
                }
            }
            ArgKind::If(choice) => self.choice(arg, choice, guards),
        }
    }

    fn choice(&mut self, arg: &Arg, choice: &If, guards: &[&str]) {
        let backend = self.backend;
        let branches = || {
            [Some(&choice.then), choice.otherwise.as_ref()]
                .into_iter()
                .flatten()
        };
        let nested = branches()
            .flat_map(Branch::args)
            .find(|item| matches!(item.kind, ArgKind::If(_) | ArgKind::Concat(_)));
        let has_output = branches()
            .flat_map(Branch::args)
            .any(|item| matches!(&item.kind, ArgKind::Placeholder(kind, _) if kind.is_output()));
        if backend < Backend::DRIVER_RESOLVES {
            if !self.has_executor_input {
                let reason =
                    format!("backend {backend} passes the JSON of the `if` to the program");
                self.say(&rules::BACKEND_IF, reason, arg);
            }
            return;
        }
        if let Some(nested) = nested {
            let reason = format!("the driver of backend {backend} fails on this inside an `if`");
            self.say(&rules::NESTED_IF, reason, nested);
            return;
        }
        let Condition::IsPresent(name) = &choice.condition else {
            return;
        };
        if backend.forgets_defaults() {
            let input = self.file.input(&name.value);
            let is_artifact = input.is_some_and(|input| {
                matches!(ir::kind(input.kind.as_ref()), Ok(Kind::Artifact(_)))
            });
            let reason = if has_output {
                Some(format!(
                    "backend {backend} passes the JSON of an `if` with an output in it to the program"
                ))
            } else if is_artifact {
                Some(format!(
                    "backend {backend} takes the artifact `{}` for absent even when it is given",
                    name.value
                ))
            } else if input.is_some_and(|input| input.default.is_some()) {
                Some(format!(
                    "backend {backend} takes `{}` for absent when its default is used",
                    name.value
                ))
            } else {
                None
            };
            if let Some(reason) = reason
                && !self.has_executor_input
            {
                self.say(&rules::BACKEND_IF, reason, arg);
            }
        }
        let mut inside = guards.to_vec();
        inside.push(&name.value);
        for item in choice.then.args() {
            self.arg(item, &inside);
        }
        for item in choice.otherwise.iter().flat_map(Branch::args) {
            self.arg(item, guards);
        }
    }

    fn placeholder(
        &mut self,
        arg: &Arg,
        kind: PlaceholderKind,
        name: &Spanned<String>,
        guards: &[&str],
    ) {
        let input = self.file.input(&name.value).filter(|_| !kind.is_output());
        let Some(input) = input.filter(|_| !guards.contains(&name.value.as_str())) else {
            return;
        };
        if !input.may_be_omitted() {
            return;
        }
        let is_artifact = matches!(ir::kind(input.kind.as_ref()), Ok(Kind::Artifact(_)));
        let backend = self.backend;
        if is_artifact || backend < Backend::DRIVER_RESOLVES {
            let is_filled_in = !is_artifact && has_value(input);
            if !is_filled_in && !self.has_executor_input {
                let reason = format!(
                    "backend {backend} passes a literal placeholder when `{}` is left out",
                    name.value
                );
                self.say(&rules::BACKEND_LITERAL, reason, arg);
            }
        } else if backend.forgets_defaults() || !has_value(input) {
            let reason = format!(
                "the driver of backend {backend} fails when `{}` is left out: parameter \"{}\" not found in \
                 executor input",
                name.value,
                ir::port_name(&name.value)
            );
            let help = format!(
                "pass the argument in every pipeline, or write `if: {{cond: {{isPresent: {name}}}, then: [--{name}, {{{key}: {name}}}]}}`",
                name = name.value,
                key = kind.key()
            );
            let finding = Finding::new(&rules::BACKEND_DEFAULT, reason, arg.position);
            self.findings.push(finding.with_help(help));
        }
    }

    fn say(&mut self, rule: &'static super::Rule, reason: String, arg: &Arg) {
        self.findings.push(Finding::new(rule, reason, arg.position));
    }
}

fn has_value(input: &Input) -> bool {
    input.default.is_some()
}
