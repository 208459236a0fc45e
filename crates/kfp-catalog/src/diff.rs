//! What changed between two interfaces, and which version number that demands.
//!
//! Breaking is what may stop a pipeline that works: in kfp 1.8, in kfp 2, or in the program. A change of wording does not count.

use semver::{BuildMetadata, Prerelease, Version};

use crate::{Change, ChangeKind, Input, Interface, Kind, Output};

/// Every change from `old` to `new`, inputs first.
pub fn interface(old: &Interface, new: &Interface) -> Vec<Change> {
    let mut changes = Changes(Vec::new());
    for before in &old.inputs {
        match new.inputs.iter().find(|after| after.name == before.name) {
            Some(after) => changes.input(before, after),
            None => changes.breaking(
                ChangeKind::Removed,
                format!("input `{}` is gone", before.name),
            ),
        }
    }
    for after in &new.inputs {
        if !old.inputs.iter().any(|before| before.name == after.name) {
            let Input { name, ty, .. } = after;
            if after.optional {
                changes.compatible(
                    ChangeKind::Added,
                    format!("optional input `{name}` of type {ty}"),
                );
            } else {
                changes.breaking(
                    ChangeKind::Added,
                    format!("required input `{name}` of type {ty}"),
                );
            }
        }
    }
    for before in &old.outputs {
        match new.outputs.iter().find(|after| after.name == before.name) {
            Some(after) => changes.output(before, after),
            None => changes.breaking(
                ChangeKind::Removed,
                format!("output `{}` is gone", before.name),
            ),
        }
    }
    for after in &new.outputs {
        if !old.outputs.iter().any(|before| before.name == after.name) {
            let Output { name, ty, .. } = after;
            changes.compatible(ChangeKind::Added, format!("output `{name}` of type {ty}"));
        }
    }
    changes.order(old, new);
    changes.0
}

/// The lowest version that may follow `old` with these changes, by cargo's rule: before 1.0 the second number, and
/// before 0.1 the third, stands for what breaks.
pub fn next_version(old: &Version, changes: &[Change]) -> Version {
    let Version {
        major,
        minor,
        patch,
        ..
    } = *old;
    let breaking = changes.iter().any(|change| change.breaking);
    let (major, minor, patch) = match (major, minor) {
        // A pre-release promises nothing: what it becomes may differ in any way.
        _ if !old.pre.is_empty() => (major, minor, patch),
        (0, 0) => (0, 0, patch + 1),
        (0, _) if breaking => (0, minor + 1, 0),
        (0, _) => (0, minor, patch + 1),
        _ if breaking => (major + 1, 0, 0),
        _ if !changes.is_empty() => (major, minor + 1, 0),
        _ => (major, minor, patch + 1),
    };
    Version {
        major,
        minor,
        patch,
        pre: Prerelease::EMPTY,
        build: BuildMetadata::EMPTY,
    }
}

/// Whether `new` may follow `old` with these changes. A pre-release counts as the version it leads to.
pub fn may_follow(old: &Version, new: &Version, changes: &[Change]) -> bool {
    let target = Version {
        pre: Prerelease::EMPTY,
        build: BuildMetadata::EMPTY,
        ..new.clone()
    };
    new > old && target >= next_version(old, changes)
}

struct Changes(Vec<Change>);

impl Changes {
    fn breaking(&mut self, kind: ChangeKind, description: String) {
        self.0.push(Change {
            kind,
            description,
            breaking: true,
        });
    }

    fn compatible(&mut self, kind: ChangeKind, description: String) {
        self.0.push(Change {
            kind,
            description,
            breaking: false,
        });
    }

    fn changed(&mut self, breaking: bool, description: String) {
        self.0.push(Change {
            kind: ChangeKind::Changed,
            description,
            breaking,
        });
    }

    fn input(&mut self, before: &Input, after: &Input) {
        let name = &before.name;
        if (before.kind, &before.ty) != (after.kind, &after.ty) {
            // Every artifact fits an input of any artifact, in both SDKs.
            let widened = before.kind == Kind::Artifact && after.ty == "Artifact";
            self.changed(
                !widened,
                format!("input `{name}` was {} and is {}", before.ty, after.ty),
            );
        }
        match (before.optional, after.optional) {
            (true, false) => self.changed(true, format!("input `{name}` is required now")),
            (false, true) => self.changed(false, format!("input `{name}` may be left out now")),
            (true, true) if before.default != after.default => self.changed(
                false,
                format!(
                    "input `{name}` is {} instead of {} when left out",
                    shown(after.default.as_deref()),
                    shown(before.default.as_deref())
                ),
            ),
            _ => {}
        }
        self.choices(before, after);
        self.range(before, after);
    }

    fn choices(&mut self, before: &Input, after: &Input) {
        let name = &before.name;
        let missing = |from: &[String], of: &[String]| -> Vec<String> {
            let missing = of.iter().filter(|choice| !from.contains(choice));
            missing.map(|choice| format!("`{choice}`")).collect()
        };
        match (before.choices.is_empty(), after.choices.is_empty()) {
            (true, true) => {}
            (true, false) => self.changed(
                true,
                format!("input `{name}` takes only {} now", after.choices.join(", ")),
            ),
            (false, true) => self.changed(false, format!("input `{name}` takes any value now")),
            (false, false) => {
                let gone = missing(&after.choices, &before.choices);
                let added = missing(&before.choices, &after.choices);
                if !gone.is_empty() {
                    self.changed(
                        true,
                        format!("input `{name}` does not take {} any more", gone.join(", ")),
                    );
                }
                if !added.is_empty() {
                    self.changed(
                        false,
                        format!("input `{name}` takes {} too", added.join(", ")),
                    );
                }
            }
        }
    }

    fn range(&mut self, before: &Input, after: &Input) {
        let (old, new) = (Bounds::of(before), Bounds::of(after));
        if old != new {
            let narrowed = new.low > old.low || new.high < old.high;
            self.changed(
                narrowed,
                format!(
                    "input `{}` takes {} numbers now",
                    before.name,
                    if narrowed { "fewer" } else { "more" }
                ),
            );
        }
    }

    fn output(&mut self, before: &Output, after: &Output) {
        if (before.kind, &before.ty) != (after.kind, &after.ty) {
            self.changed(
                true,
                format!(
                    "output `{}` was {} and is {}",
                    before.name, before.ty, after.ty
                ),
            );
        }
    }

    /// kfp 1.8 takes arguments by position: required inputs in order, then the others.
    fn order(&mut self, old: &Interface, new: &Interface) {
        let positions = |interface: &Interface| -> Vec<String> {
            let (required, omittable): (Vec<_>, Vec<_>) =
                interface.inputs.iter().partition(|input| !input.optional);
            let names = required.into_iter().chain(omittable);
            names.map(|input| input.name.clone()).collect()
        };
        let (old, new) = (positions(old), positions(new));
        let kept: Vec<&String> = new.iter().filter(|name| old.contains(name)).collect();
        let had: Vec<&String> = old.iter().filter(|name| new.contains(name)).collect();
        if kept != had {
            self.changed(
                false,
                "inputs stand in another order, which kfp 1.8 notices in calls by position".into(),
            );
        }
    }
}

fn shown(default: Option<&str>) -> String {
    default.map_or_else(|| "nothing".to_owned(), |default| format!("`{default}`"))
}

/// An interval of numbers; an open end is infinite, and an excluded one is infinitesimally lower.
#[derive(PartialEq)]
struct Bounds {
    low: f64,
    high: (f64, bool),
}

impl Bounds {
    fn of(input: &Input) -> Self {
        let number = |number: &Option<serde_json::Number>| {
            number.as_ref().and_then(serde_json::Number::as_f64)
        };
        Self {
            low: number(&input.minimum).unwrap_or(f64::NEG_INFINITY),
            high: match number(&input.exclusive_maximum) {
                Some(high) => (high, false),
                None => (number(&input.maximum).unwrap_or(f64::INFINITY), true),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kfp_component_spec::source;
    use kfp_component_yaml::{read, render};

    /// The interface of a component with these arguments.
    fn of(arguments: &str) -> Interface {
        let function = format!("#[component]\nfn it({arguments}) -> Result<()> {{}}");
        let component = source::component(&function).unwrap();
        let package = render::Package {
            name: "it".to_owned(),
            ..render::Package::default()
        };
        let file = read::read(&render::render(&component, &package).unwrap()).unwrap();
        Interface::of(&file).refined(&component)
    }

    /// Whether what worked may stop working, or nothing if nothing changed.
    fn is_breaking(old: &str, new: &str) -> Option<bool> {
        let changes = interface(&of(old), &of(new));
        (!changes.is_empty()).then(|| changes.iter().any(|change| change.breaking))
    }

    #[test]
    fn what_a_caller_relies_on_cannot_go() {
        for (old, new) in [
            ("a: String", ""),
            ("a: String", "b: String"),
            ("a: String", "a: i64"),
            ("a: String", "a: String, b: String"),
            ("a: Option<String>", "a: String"),
            ("a: Input<Artifact>", "a: Input<Dataset>"),
            ("a: Output<Dataset>", "a: Output<Model>"),
            ("a: Output<Dataset>", "a: Output<Artifact>"),
            ("a: Output<i64>", ""),
            ("a: i64", "#[arg(range = 1..)] a: i64"),
            (
                "#[arg(range = 1..=9)] a: i64",
                "#[arg(range = 1..9)] a: i64",
            ),
        ] {
            assert_eq!(is_breaking(old, new), Some(true), "{old} -> {new}");
        }
    }

    #[test]
    fn more_of_everything_breaks_nothing() {
        for (old, new) in [
            ("a: String", "a: Option<String>"),
            ("a: String", "a: String, b: Option<String>"),
            (
                "a: String",
                "a: String, #[arg(default = 1)] b: i64, c: Output<i64>",
            ),
            ("#[arg(default = 1)] a: i64", "#[arg(default = 2)] a: i64"),
            ("a: Input<Dataset>", "a: Input<Artifact>"),
            ("#[arg(range = 1..9)] a: i64", "#[arg(range = 0..9)] a: i64"),
            ("a: String, b: String", "b: String, a: String"),
        ] {
            assert_eq!(is_breaking(old, new), Some(false), "{old} -> {new}");
        }
    }

    #[test]
    fn wording_is_no_change() {
        assert_eq!(
            is_breaking("/// One.\na: String", "/// Another.\na: String"),
            None
        );
    }

    #[test]
    fn numbers_follow_cargos_rule() {
        let change = |breaking| Change {
            kind: ChangeKind::Changed,
            description: String::new(),
            breaking,
        };
        let (same, more, less) = (vec![], vec![change(false)], vec![change(true)]);
        for (old, changes, next) in [
            ("1.2.3", &same, "1.2.4"),
            ("1.2.3", &more, "1.3.0"),
            ("1.2.3", &less, "2.0.0"),
            ("0.2.3", &same, "0.2.4"),
            ("0.2.3", &more, "0.2.4"),
            ("0.2.3", &less, "0.3.0"),
            ("0.0.3", &less, "0.0.4"),
            ("2.0.0-rc.1", &less, "2.0.0"),
        ] {
            let old: Version = old.parse().unwrap();
            assert_eq!(next_version(&old, changes).to_string(), next, "{old}");
        }
    }

    #[test]
    fn a_lower_number_never_follows_and_a_pre_release_counts_as_what_it_leads_to() {
        let may = |old: &str, new: &str, breaking: bool| {
            let changes = [Change {
                kind: ChangeKind::Removed,
                description: String::new(),
                breaking,
            }];
            may_follow(&old.parse().unwrap(), &new.parse().unwrap(), &changes)
        };
        assert!(may("1.2.3", "2.0.0-rc.1", true));
        assert!(may("2.0.0-rc.1", "2.0.0-rc.2", true));
        assert!(!may("1.2.3", "1.3.0", true));
        assert!(!may("1.2.3", "1.2.4", false));
        assert!(!may("1.2.3", "1.2.2", false));
    }
}
