//! The files to write, as data: applied, printed or compared.
//!
//! The author's files are created once and then left alone; only generated files are updated. All or nothing.

mod apply;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use similar::TextDiff;

use kfp_workspace::{MARK, is_generated};

use crate::error::hinted;

/// Files to write below one directory.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    root: PathBuf,
    changes: Vec<Change>,
}

/// One file of a plan.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    /// Its path, relative to the plan's root.
    pub(crate) path: PathBuf,
    /// What happens to it.
    pub(crate) action: Action,
}

/// What happens to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// It does not exist.
    Create(String),
    /// It exists with another text.
    Update {
        /// The text it has.
        from: String,
        /// The text it gets.
        to: String,
    },
    /// It exists with this text.
    Keep,
    /// It exists and belongs to its author: it has no header or no markers, or is never generated.
    Leave,
}

impl Plan {
    /// An empty plan.
    pub(crate) fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            changes: Vec::new(),
        }
    }

    /// The directory that paths are relative to.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A file as messages name it: where it is from here, unless the plan is for the workspace, wherever that is.
    fn shown(&self, path: &Path) -> PathBuf {
        if self.root.is_absolute() {
            path.to_owned()
        } else {
            let path = self.root.join(path);
            path.strip_prefix(".").map(Path::to_owned).unwrap_or(path)
        }
    }

    /// Plans a file that must not exist.
    pub(crate) fn create(&mut self, path: impl Into<PathBuf>, text: String) -> Result<()> {
        let path = path.into();
        if self.root.join(&path).symlink_metadata().is_ok() {
            return Err(hinted(
                format!("`{}` already exists", self.shown(&path).display()),
                "nothing was written; choose another name or remove the file",
            ));
        }
        self.changes.push(Change {
            path,
            action: Action::Create(text),
        });
        Ok(())
    }

    /// Plans a file that is left alone if it exists.
    pub(crate) fn create_or_leave(&mut self, path: impl Into<PathBuf>, text: String) -> Result<()> {
        let path = path.into();
        let action = if self.read(&path)?.is_some() {
            Action::Leave
        } else {
            Action::Create(text)
        };
        self.changes.push(Change { path, action });
        Ok(())
    }

    /// Plans a new text for an existing file.
    pub(crate) fn update(&mut self, path: impl Into<PathBuf>, text: String) -> Result<()> {
        let path = path.into();
        let action = match self.read(&path)? {
            None => bail!("`{}` does not exist", self.shown(&path).display()),
            Some(old) => Action::replacing(old, text),
        };
        self.changes.push(Change { path, action });
        Ok(())
    }

    /// Plans a generated file: `text` begins with [`MARK`], and an existing file that does not is left alone.
    pub(crate) fn generate(&mut self, path: impl Into<PathBuf>, text: String) -> Result<()> {
        debug_assert!(text.starts_with(MARK), "a generated file has the header");
        let path = path.into();
        let action = match self.read(&path)? {
            None => Action::Create(text),
            Some(old) if !is_generated(&old) => Action::Leave,
            Some(old) => Action::replacing(old, text),
        };
        self.changes.push(Change { path, action });
        Ok(())
    }

    /// Plans the lines between two markers of a file that otherwise belongs to its author.
    pub(crate) fn generate_between(
        &mut self,
        path: impl Into<PathBuf>,
        markers: (&str, &str),
        text: &str,
    ) -> Result<()> {
        let path = path.into();
        let Some(old) = self.read(&path)? else {
            return Ok(());
        };
        let action = match old
            .split_once(markers.0)
            .and_then(|(head, rest)| Some((head, rest.split_once(markers.1)?.1)))
        {
            None => Action::Leave,
            Some((head, tail)) => {
                let new = format!("{head}{}\n{text}{}{tail}", markers.0, markers.1);
                Action::replacing(old, new)
            }
        };
        self.changes.push(Change { path, action });
        Ok(())
    }

    /// Adds another plan with the same root.
    pub(crate) fn extend(&mut self, other: Self) {
        debug_assert_eq!(self.root, other.root);
        self.changes.extend(other.changes);
    }

    /// Every file, in the order it was planned.
    pub(crate) fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Whether applying it changes nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.changes.iter().all(Change::is_kept)
    }

    /// The changes as one unified diff that `patch -p1` and `git apply` take.
    pub(crate) fn diff(&self) -> String {
        self.changes.iter().map(Change::diff).collect()
    }

    /// Writes everything or, if one file fails, nothing. Each file appears whole.
    pub(crate) fn apply(&self) -> Result<()> {
        apply::apply(&self.root, &self.changes)
    }

    fn read(&self, path: &Path) -> Result<Option<String>> {
        if let Some(planned) = self.changes.iter().find(|change| change.path == path) {
            bail!("`{}` is planned twice", planned.path.display());
        }
        match fs::read_to_string(self.root.join(path)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error)
                .with_context(|| format!("could not read `{}`", self.shown(path).display())),
        }
    }
}

impl Action {
    fn replacing(from: String, to: String) -> Self {
        // A checkout with Windows line endings is not stale.
        if from.replace("\r\n", "\n") == to.replace("\r\n", "\n") {
            Self::Keep
        } else {
            Self::Update { from, to }
        }
    }
}

impl Change {
    /// Whether the file stays as it is.
    pub(crate) fn is_kept(&self) -> bool {
        matches!(self.action, Action::Keep | Action::Leave)
    }

    /// The file's name without its directories.
    pub(crate) fn file_name(&self) -> String {
        self.path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    }

    /// The change as a unified diff; empty if there is none.
    pub(crate) fn diff(&self) -> String {
        let path = self.path.display();
        let (from, from_path, to) = match &self.action {
            Action::Create(text) => ("", "/dev/null".to_owned(), text),
            Action::Update { from, to } => (from.as_str(), format!("a/{path}"), to),
            Action::Keep | Action::Leave => return String::new(),
        };
        TextDiff::from_lines(from, to)
            .unified_diff()
            .header(&from_path, &format!("b/{path}"))
            .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(directory: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn one_file_that_cannot_be_written_takes_back_all_others() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        fs::write(root.join("old"), "old").unwrap();
        let mut plan = Plan::new(root);
        plan.update("old", "new".into()).unwrap();
        plan.create("deep/er/first", "1".into()).unwrap();
        plan.create("second", "2".into()).unwrap();
        // Another process is faster.
        fs::write(root.join("second"), "theirs").unwrap();

        let error = plan.apply().unwrap_err();
        assert!(error.to_string().contains("second"), "{error}");
        assert_eq!(files(root), ["old", "second"]);
        assert_eq!(fs::read_to_string(root.join("old")).unwrap(), "old");
        assert_eq!(fs::read_to_string(root.join("second")).unwrap(), "theirs");
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_found_before_anything_is_written() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        fs::write(root.join("file"), "").unwrap();
        let mut plan = Plan::new(root);
        plan.create("a/b", "1".into()).unwrap();
        plan.create("file/c", "2".into()).unwrap();
        assert!(plan.apply().is_err());
        assert_eq!(files(root), ["file"]);
    }

    #[test]
    fn windows_line_endings_are_not_stale() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("x"), format!("{MARK}\r\nsame\r\n")).unwrap();
        let mut plan = Plan::new(directory.path());
        plan.generate("x", format!("{MARK}\nsame\n")).unwrap();
        assert!(plan.is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn modes_are_everybodys_and_links_stay_links() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        fs::write(root.join("real"), "old").unwrap();
        fs::set_permissions(root.join("real"), fs::Permissions::from_mode(0o640)).unwrap();
        symlink("real", root.join("link")).unwrap();
        let mut plan = Plan::new(root);
        plan.update("link", "new".into()).unwrap();
        plan.create("fresh", String::new()).unwrap();
        plan.apply().unwrap();

        let mode = |name: &str| fs::metadata(root.join(name)).unwrap().permissions().mode() & 0o777;
        fs::write(root.join("ordinary"), "").unwrap();
        assert_eq!(mode("fresh"), mode("ordinary"));
        assert_eq!(mode("real"), 0o640);
        assert!(root.join("link").is_symlink());
        assert_eq!(fs::read_to_string(root.join("real")).unwrap(), "new");
    }
}
