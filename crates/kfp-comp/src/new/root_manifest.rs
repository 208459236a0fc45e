//! Edits a root manifest without changing its comments, order or layout.
//!
//! Only what a new component needs is added; nothing is sorted, moved or reformatted.

use std::path::Path;

use anyhow::{Context, Result, bail};
use toml_edit::{Array, DocumentMut, Item, Table, TableLike, value};

use super::{target::Kind, toml_array};

/// The root manifest of a workspace.
#[derive(Debug)]
pub(super) struct RootManifest {
    document: DocumentMut,
}

/// How a new crate relates to a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Membership {
    /// A member that was added to the root manifest's list.
    Added,
    /// A member through a glob in that list.
    Covered,
    /// The workspace excludes its directory.
    Excluded,
    /// There is no workspace.
    Standalone,
}

impl Membership {
    /// Whether the crate is the root of its own workspace.
    pub(super) fn is_own_workspace(self) -> bool {
        matches!(self, Self::Excluded | Self::Standalone)
    }
}

impl RootManifest {
    /// Reads the text of a `Cargo.toml`; `None` if it has no `[workspace]`.
    pub(super) fn read(text: &str) -> Result<Option<Self>> {
        let document: DocumentMut = text.parse().context("it is not valid TOML")?;
        let is_workspace = document.get("workspace").is_some_and(Item::is_table_like);
        Ok(is_workspace.then_some(Self { document }))
    }

    /// The text of the file.
    pub(super) fn text(&self) -> String {
        self.document.to_string()
    }

    /// A setting below `[workspace]`: `["package", "edition"]`.
    pub(super) fn get(&self, path: &[&str]) -> Option<&Item> {
        path.iter()
            .try_fold(self.document.get("workspace")?, |item, key| item.get(*key))
    }

    /// Makes the crate at `path` (from the root, with `/`) a member.
    pub(super) fn add_member(&mut self, path: &str) -> Result<Membership> {
        let listed = |item: Option<&Item>| -> Vec<String> {
            let entries = item.and_then(Item::as_array).into_iter().flatten();
            entries
                .filter_map(|entry| {
                    Some(
                        entry
                            .as_str()?
                            .trim_end_matches('/')
                            .trim_start_matches("./")
                            .to_owned(),
                    )
                })
                .collect()
        };
        // Cargo applies `exclude` before the globs of `members`.
        if listed(self.get(&["exclude"]))
            .iter()
            .any(|out| Path::new(path).starts_with(out))
        {
            return Ok(Membership::Excluded);
        }
        if listed(self.get(&["members"]))
            .iter()
            .any(|member| matches_glob(member, path))
        {
            return Ok(Membership::Covered);
        }
        let workspace = self.workspace();
        let members = workspace.entry("members").or_insert(value(Array::new()));
        let Some(members) = members.as_array_mut() else {
            bail!("`workspace.members` is not a list")
        };
        toml_array::insert(members, path);
        Ok(Membership::Added)
    }

    /// Adds the profile that crates of a kind are built with, unless it exists. Returns whether it was added.
    pub(super) fn add_profile(&mut self, kind: Kind) -> bool {
        let profiles = self
            .document
            .entry("profile")
            .or_insert_with(implicit_table);
        let Some(profiles) = profiles.as_table_like_mut() else {
            return false;
        };
        if profiles.contains_key(kind.profile()) {
            return false;
        }
        profiles.insert(kind.profile(), profile(kind));
        true
    }

    fn workspace(&mut self) -> &mut dyn TableLike {
        self.document["workspace"]
            .as_table_like_mut()
            .expect("`read` saw a table")
    }
}

/// The profile of published images: prefers small programs over short builds.
fn profile(kind: Kind) -> Item {
    let mut profile = Table::new();
    profile.insert("inherits", value("release"));
    profile.insert("opt-level", value(3));
    profile.insert("lto", value("fat"));
    profile.insert("codegen-units", value(1));
    if kind == Kind::Component {
        profile.insert("panic", value("abort"));
    }
    profile.insert("strip", value("symbols"));
    profile.decor_mut().set_prefix(match kind {
        Kind::Component => {
            "\n# Used by `publish` and the Dockerfiles: prefers small programs over short builds.\n"
        }
        Kind::Predictor => {
            "\n# Used by the Dockerfiles of model servers, in which a panic is the failure of one request.\n"
        }
    });
    Item::Table(profile)
}

fn implicit_table() -> Item {
    let mut table = Table::new();
    table.set_implicit(true);
    Item::Table(table)
}

/// Whether cargo would find `path` through `pattern`.
fn matches_glob(pattern: &str, path: &str) -> bool {
    let options = glob::MatchOptions {
        require_literal_separator: true,
        ..glob::MatchOptions::new()
    };
    pattern == path
        || glob::Pattern::new(pattern).is_ok_and(|pattern| pattern.matches_with(path, options))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_member(text: &str, path: &str) -> (Membership, String) {
        let mut manifest = RootManifest::read(text).unwrap().unwrap();
        (manifest.add_member(path).unwrap(), manifest.text())
    }

    #[test]
    fn a_path_that_a_glob_covers_is_not_added() {
        for members in [
            r#"["components/*"]"#,
            r#"["components/*/"]"#,
            r#"["components/a"]"#,
            r#"["./*/a"]"#,
        ] {
            let text = format!("[workspace]\nmembers = {members}\n");
            assert_eq!(
                with_member(&text, "components/a"),
                (Membership::Covered, text)
            );
        }
        assert_eq!(
            with_member("[workspace]\nmembers = [\"*\"]\n", "components/a").0,
            Membership::Added
        );
    }

    #[test]
    fn an_excluded_directory_is_left_out() {
        let text = "[workspace]\nmembers = [\"components/*\"]\nexclude = [\"components/a\"]\n";
        assert_eq!(
            with_member(text, "components/a"),
            (Membership::Excluded, text.to_owned())
        );
        assert_eq!(with_member(text, "components/b").0, Membership::Covered);
    }

    #[test]
    fn a_sorted_list_stays_sorted_and_an_unsorted_one_grows_at_its_end() {
        for (before, after) in [
            (r#"["a", "x"]"#, r#"["a", "b", "x"]"#),
            (r#"["x", "a"]"#, r#"["x", "a", "b"]"#),
            (r#"["x"]"#, r#"["b", "x"]"#),
            ("[]", r#"["b"]"#),
        ] {
            let (_, text) = with_member(&format!("[workspace]\nmembers = {before}\n"), "b");
            assert_eq!(text, format!("[workspace]\nmembers = {after}\n"));
        }
    }

    #[test]
    fn comments_stay_with_their_lines() {
        let before = "# top\n[workspace] # here\nmembers = [\n    \"a\", # first\n    # the last\n    \"x\", # second\n    # end\n]\n# more\nresolver = \"3\"\n";
        let (_, text) = with_member(before, "b");
        assert_eq!(
            text,
            before.replace("    # the last\n", "    \"b\",\n    # the last\n")
        );
        let (_, text) = with_member(before, "y");
        assert_eq!(text, before.replace("# second\n", "# second\n    \"y\",\n"));
    }

    #[test]
    fn a_list_without_a_trailing_comma_and_a_missing_list_grow_too() {
        let (_, text) = with_member("[workspace]\nmembers = [\n  \"a\",\n  \"b\" # b\n]\n", "c");
        assert_eq!(
            text,
            "[workspace]\nmembers = [\n  \"a\",\n  \"b\", # b\n  \"c\",\n]\n"
        );
        let (_, text) = with_member("workspace = { members = [\"a\"] }\n", "c");
        assert_eq!(text, "workspace = { members = [\"a\", \"c\"] }\n");
        let (_, text) = with_member("[workspace]\nresolver = \"3\"\n", "c");
        assert_eq!(text, "[workspace]\nresolver = \"3\"\nmembers = [\"c\"]\n");
    }

    #[test]
    fn the_profile_is_added_once() {
        let mut manifest = RootManifest::read("[workspace]\nmembers = []\n")
            .unwrap()
            .unwrap();
        assert!(manifest.add_profile(Kind::Component));
        assert!(
            manifest
                .text()
                .contains("[profile.component]\ninherits = \"release\""),
            "{}",
            manifest.text()
        );
        assert!(!manifest.add_profile(Kind::Component));
        assert!(manifest.add_profile(Kind::Predictor));
        assert!(manifest.text().contains("[profile.server]"));
    }

    #[test]
    fn a_package_is_not_a_workspace() {
        assert!(
            RootManifest::read("[package]\nname = \"x\"\n")
                .unwrap()
                .is_none()
        );
    }
}
