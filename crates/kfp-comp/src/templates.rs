//! The templates: built in, or replaced by one of the same name in the workspace's `templates/`.
//!
//! An undefined name in a template is an error, not an empty string.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, syntax::SyntaxConfig};

macro_rules! built_in {
    ($($name:literal,)*) => {
        /// Every template by name, which is its path below `templates/`.
        const BUILT_IN: &[(&str, &str)] = &[$(($name, include_str!(concat!("../templates/", $name)))),*];
    };
}

built_in! {
    "component/Cargo.toml.j2",
    "component/Dockerfile.j2",
    "component/README.md.j2",
    "component/main.rs.j2",
    "predictor/Cargo.toml.j2",
    "predictor/README.md.j2",
    "predictor/inferenceservice.yaml.j2",
    "predictor/main.rs.j2",
    "workspace/Cargo.toml.j2",
    "workspace/README.md.j2",
    "workspace/ci.yml.j2",
    "workspace/components.md.j2",
    "workspace/config.toml.j2",
    "workspace/dockerignore.j2",
    "workspace/gitignore.j2",
    "workspace/templates.md.j2",
    "workspace/xtask.rs.j2",
    "workspace/xtask.toml.j2",
}

/// Where templates are looked for.
#[derive(Debug)]
pub(crate) struct Templates {
    /// The workspace's templates, if there is a workspace.
    directory: Option<PathBuf>,
}

impl Templates {
    /// The built-in ones only.
    pub(crate) fn built_in() -> Self {
        Self { directory: None }
    }

    /// The workspace's templates, then the built-in ones.
    pub(crate) fn of_workspace(root: &Path) -> Self {
        Self {
            directory: Some(root.join("templates")),
        }
    }

    /// The names of all templates.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// The templates this workspace replaces.
    pub(crate) fn replaced(&self) -> Vec<PathBuf> {
        let paths = Self::names().filter_map(|name| self.path(name));
        paths.filter(|path| path.is_file()).collect()
    }

    /// Fills in a template.
    pub(crate) fn render(&self, name: &str, values: Value) -> Result<String> {
        let text = self.text(name)?;
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        // A line that holds only a tag renders to nothing.
        environment.set_syntax(
            SyntaxConfig::builder()
                .trim_blocks(true)
                .lstrip_blocks(true)
                .keep_trailing_newline(true)
                .build()?,
        );
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment
            .render_named_str(name, &text, values)
            .with_context(|| format!("template `{name}` failed"))
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        Some(self.directory.as_ref()?.join(name))
    }

    fn text(&self, name: &str) -> Result<String> {
        if let Some(path) = self.path(name) {
            match fs::read_to_string(&path) {
                Ok(text) => return Ok(text),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    return Err(error)
                        .with_context(|| format!("could not read `{}`", path.display()));
                }
            }
        }
        let built_in = BUILT_IN.iter().find(|(built_in, _)| *built_in == name);
        Ok(built_in
            .unwrap_or_else(|| panic!("a built-in template named {name}"))
            .1
            .to_owned())
    }
}

#[cfg(test)]
mod tests {
    use minijinja::context;

    use super::*;

    #[test]
    fn an_undefined_name_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        fs::create_dir_all(root.join("templates/component")).unwrap();
        fs::write(
            root.join("templates/component/Dockerfile.j2"),
            "FROM {{ no_such_name }}\n",
        )
        .unwrap();
        let templates = Templates::of_workspace(root);
        assert!(
            templates
                .render("component/Dockerfile.j2", context! {})
                .is_err()
        );
        assert_eq!(
            templates.replaced(),
            [root.join("templates/component/Dockerfile.j2")]
        );
    }

    #[test]
    fn a_workspaces_template_replaces_the_built_in_one() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        fs::create_dir_all(root.join("templates/component")).unwrap();
        fs::write(
            root.join("templates/component/Dockerfile.j2"),
            "FROM <{{ base }}>\n",
        )
        .unwrap();
        let values = context! { base => "scratch & more" };
        let text = Templates::of_workspace(root)
            .render("component/Dockerfile.j2", values)
            .unwrap();
        assert_eq!(text, "FROM <scratch & more>\n");
    }
}
