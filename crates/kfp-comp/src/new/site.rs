//! Where a new component goes: into the workspace, or into a directory of its own.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use kfp_component_spec::source;
use kfp_component_yaml::render;
use minijinja::{Value, context};

use crate::{
    error::hinted,
    generate, interface,
    name::ComponentName,
    plan::Plan,
    sdk::{self, Sdk},
    templates::Templates,
};
use kfp_workspace::{Mistakes, Settings, Workspace};

use super::{
    members::{Membership, RootManifest},
    rustfmt::rustfmt,
    scaffold::Scaffold,
};

/// The place of a component that is not there yet.
pub(crate) struct Site {
    /// The plan's root: the workspace's, or the current directory.
    root: PathBuf,
    /// The crate's directory, from there.
    pub(crate) dir: PathBuf,
    /// How it relates to the workspace.
    pub(crate) standing: Standing,
    /// The root manifest as it will be, if the crate inherits from it.
    manifest: Option<RootManifest>,
    settings: Settings,
    templates: Templates,
    /// The line of the manifest that names `kfp-component`.
    dependency: String,
}

/// How a new crate relates to a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is a member, and the root manifest says so now.
    Added,
    /// It is a member by a glob.
    Covered,
    /// The workspace excludes its directory.
    Excluded,
    /// There is no workspace.
    Alone,
}

impl Standing {
    pub(crate) fn is_own_workspace(self) -> bool {
        matches!(self, Self::Excluded | Self::Alone)
    }
}

/// What a member takes from `[workspace.package]`. Not the version: a published component has its own.
const INHERITED: &[&str] = &[
    "edition",
    "rust-version",
    "license",
    "authors",
    "repository",
];

impl Site {
    /// The place for a component of that name, seen from the current directory.
    pub(crate) fn find(name: &ComponentName, sdk: Option<&Sdk>) -> Result<Self> {
        match Workspace::find()? {
            Some(workspace) => Self::within(workspace, name, sdk),
            None => Self::alone(name, sdk),
        }
    }

    fn alone(name: &ComponentName, sdk: Option<&Sdk>) -> Result<Self> {
        let here = std::env::current_dir().context("could not tell the current directory")?;
        let Some(sdk) = sdk else {
            return Err(sdk::missing("a component outside a workspace"));
        };
        Ok(Self {
            dependency: format!(
                "kfp-component = {}",
                sdk.dependency(&here.join(name.as_str()))?
            ),
            root: here,
            dir: name.as_str().into(),
            standing: Standing::Alone,
            manifest: None,
            settings: Settings::default(),
            templates: Templates::built_in(),
        })
    }

    fn within(workspace: Workspace, name: &ComponentName, sdk: Option<&Sdk>) -> Result<Self> {
        let path = workspace.root.join("Cargo.toml");
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("could not read `{}`", path.display()))?;
        let manifest = RootManifest::read(&text)
            .with_context(|| format!("could not read `{}`", path.display()))?;
        let Some(mut manifest) = manifest else {
            return Err(hinted(
                format!("`{}` is a package, not a workspace", path.display()),
                "add `[workspace]` to it, or go to another directory",
            ));
        };
        if workspace
            .members
            .iter()
            .any(|member| member == name.as_str())
        {
            return Err(hinted(
                format!("this workspace has a package named `{name}` already"),
                "choose another name",
            ));
        }
        let dir = Path::new("components").join(name.as_str());
        let standing = match manifest.add_member(&format!("components/{name}"))? {
            Membership::Added => Standing::Added,
            Membership::Covered => Standing::Covered,
            Membership::Excluded => Standing::Excluded,
        };
        let inherits = manifest.get(&["dependencies", "kfp-component"]).is_some()
            && !standing.is_own_workspace();
        let dependency = match sdk {
            None if inherits => "kfp-component.workspace = true".to_owned(),
            None => {
                return Err(sdk::missing(
                    "a workspace without `kfp-component` in `[workspace.dependencies]`",
                ));
            }
            Some(_) if inherits => {
                return Err(hinted(
                    "`[workspace.dependencies]` says where `kfp-component` comes from",
                    "leave out `--sdk`, or change it there",
                ));
            }
            Some(sdk) => format!(
                "kfp-component = {}",
                sdk.dependency(&workspace.root.join(&dir))?
            ),
        };
        if !standing.is_own_workspace() {
            manifest.add_component_profile();
        }
        Ok(Self {
            templates: Templates::of_workspace(&workspace.root),
            root: workspace.root,
            dir,
            standing,
            manifest: (!standing.is_own_workspace()).then_some(manifest),
            settings: workspace.settings,
            dependency,
        })
    }

    /// What stays undone while the SDK is outside of what is built.
    pub(crate) fn sdk_warning(&self, sdk: Option<&Sdk>) -> Result<Option<&'static str>> {
        let root = if self.standing.is_own_workspace() {
            self.root.join(&self.dir)
        } else {
            self.root.clone()
        };
        sdk.map_or(Ok(None), |sdk| sdk.warning(&root))
    }

    /// Everything to write: the crate, what is generated from it, and the workspace's new member.
    pub(crate) fn plan(&self, scaffold: &Scaffold) -> Result<Plan> {
        let mut plan = Plan::new(&self.root);
        if self
            .root
            .join(&self.dir)
            .read_dir()
            .is_ok_and(|mut entries| entries.next().is_some())
        {
            return Err(hinted(
                format!("`{}` is there already", self.dir.display()),
                "choose another name",
            ));
        }
        let values = scaffold.values();
        let main = rustfmt(
            &self.root,
            self.templates
                .render("component/main.rs.j2", values.clone())?,
        );
        let component = source::component(&main).map_err(|mistakes| {
            let path = Path::new("component/main.rs.j2");
            kfp_workspace::Error::from(Mistakes(
                mistakes
                    .into_iter()
                    .map(|mistake| (path.to_owned(), mistake))
                    .collect(),
            ))
        })?;
        let package = self.package(&scaffold.name);
        let interface = interface::markdown(&component);
        let readme = context! { interface, ..values.clone() };
        // Seen from where the image is built: the workspace's root, or the crate itself.
        let dockerfile = if self.standing.is_own_workspace() {
            "Dockerfile".into()
        } else {
            self.dir.join("Dockerfile")
        };

        plan.create(
            self.dir.join("Cargo.toml"),
            self.templates
                .render("component/Cargo.toml.j2", self.values(values))?,
        )?;
        plan.create(self.dir.join("src/main.rs"), main)?;
        plan.create(
            self.dir.join("README.md"),
            self.templates.render("component/README.md.j2", readme)?,
        )?;
        for (name, text) in Scaffold::samples(&component) {
            plan.create(self.dir.join("samples").join(name), text)?;
        }
        plan.create(
            self.dir.join("component.yaml"),
            render::render(&component, &package),
        )?;
        plan.create(
            self.dir.join("Dockerfile"),
            generate::dockerfile_text(
                &self.templates,
                &package,
                &dockerfile,
                &self.settings.rust_image,
            )?,
        )?;
        if self.standing.is_own_workspace() {
            plan.create(
                self.dir.join(".gitignore"),
                self.templates
                    .render("workspace/gitignore.j2", context! {})?,
            )?;
            plan.create(
                self.dir.join(".dockerignore"),
                self.templates
                    .render("workspace/dockerignore.j2", context! {})?,
            )?;
        }
        if let Some(manifest) = &self.manifest {
            plan.update("Cargo.toml", manifest.text())?;
        }
        Ok(plan)
    }

    /// What the crate's manifest is filled in with, besides the component's own values.
    fn values(&self, scaffold: Value) -> Value {
        let workspace = |key: &str| self.workspace_package(key).is_some();
        let mut package: Vec<String> = INHERITED
            .iter()
            .filter(|key| workspace(key))
            .map(|key| format!("{key}.workspace = true"))
            .collect();
        if !workspace("edition") {
            package.insert(0, "edition = \"2024\"".into());
        }
        context! {
            package,
            lints => self.manifest.as_ref().is_some_and(|manifest| manifest.get(&["lints"]).is_some()),
            dependency => self.dependency.as_str(),
            alone => self.standing.is_own_workspace(),
            ..scaffold
        }
    }

    /// What cargo will say about the package, so that what is generated is fresh from the start.
    fn package(&self, name: &ComponentName) -> render::Package {
        let text = |key| {
            self.workspace_package(key)
                .and_then(|item| item.as_str())
                .map(str::to_owned)
        };
        let authors = self
            .workspace_package("authors")
            .and_then(|item| item.as_array());
        render::Package {
            name: name.to_string(),
            version: "0.1.0".into(),
            authors: authors
                .into_iter()
                .flatten()
                .filter_map(|author| Some(author.as_str()?.to_owned()))
                .collect(),
            license: text("license"),
            source: text("repository"),
            image: self.settings.image(name.as_str(), "0.1.0"),
            annotations: self.settings.annotations.clone(),
        }
    }

    fn workspace_package(&self, key: &str) -> Option<&toml_edit::Item> {
        self.manifest.as_ref()?.get(&["package", key])
    }
}
