//! Where a new component is created: in the workspace, or as a standalone crate.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use kfp_component_spec::source;
use kfp_component_yaml::render;
use minijinja::{Value, context};
use toml_edit::DocumentMut;

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
    root_manifest::{Membership, RootManifest},
    rustfmt::rustfmt,
    scaffold::Scaffold,
};

/// Where a component is about to be created.
pub(crate) struct Target {
    /// The plan's root: the workspace's root or the current directory.
    root: PathBuf,
    /// The crate's directory, relative to `root`.
    pub(crate) dir: PathBuf,
    /// How it relates to the workspace.
    pub(crate) membership: Membership,
    /// The edited root manifest, if the crate inherits from it.
    manifest: Option<RootManifest>,
    settings: Settings,
    templates: Templates,
    /// The line of the crate's manifest that names `kfp-component`.
    dependency: String,
}

/// The keys that a member inherits from `[workspace.package]`. Not the version: components are published separately.
const INHERITED: &[&str] = &[
    "edition",
    "rust-version",
    "license",
    "authors",
    "repository",
];

impl Target {
    /// Finds out where a component of that name belongs, starting at the current directory.
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
            membership: Membership::Standalone,
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
                "add `[workspace]` to it, or change to another directory",
            ));
        };
        if workspace
            .members
            .iter()
            .any(|member| member == name.as_str())
        {
            return Err(hinted(
                format!("this workspace already has a package named `{name}`"),
                "choose another name",
            ));
        }
        let dir = Path::new("components").join(name.as_str());
        let membership = manifest.add_member(&format!("components/{name}"))?;
        let inherits = manifest.get(&["dependencies", "kfp-component"]).is_some()
            && !membership.is_own_workspace();
        let dependency = match sdk {
            None if inherits => "kfp-component.workspace = true".to_owned(),
            None => {
                return Err(sdk::missing(
                    "a workspace without `kfp-component` in `[workspace.dependencies]`",
                ));
            }
            Some(_) if inherits => {
                return Err(hinted(
                    "`[workspace.dependencies]` already names the source of `kfp-component`",
                    "omit `--sdk`, or change the source there",
                ));
            }
            Some(sdk) => format!(
                "kfp-component = {}",
                sdk.dependency(&workspace.root.join(&dir))?
            ),
        };
        if !membership.is_own_workspace() {
            manifest.add_component_profile();
        }
        Ok(Self {
            templates: Templates::of_workspace(&workspace.root),
            root: workspace.root,
            dir,
            membership,
            manifest: (!membership.is_own_workspace()).then_some(manifest),
            settings: workspace.settings,
            dependency,
        })
    }

    /// How `kfp-comp` is started there: by the workspace's alias, if it has one.
    pub(crate) fn command(&self) -> String {
        let config = std::fs::read_to_string(self.root.join(".cargo/config.toml"));
        let config = config
            .ok()
            .and_then(|text| text.parse::<DocumentMut>().ok());
        let has_alias = config.is_some_and(|config| {
            let alias = config.get("alias").and_then(|table| table.get("comp"));
            alias.is_some()
        });
        if has_alias && !self.membership.is_own_workspace() {
            "cargo comp".to_owned()
        } else {
            "kfp-comp".to_owned()
        }
    }

    /// A warning if the SDK is outside the directory that images are built from.
    pub(crate) fn sdk_warning(&self, sdk: Option<&Sdk>) -> Result<Option<&'static str>> {
        let root = if self.membership.is_own_workspace() {
            self.root.join(&self.dir)
        } else {
            self.root.clone()
        };
        sdk.map_or(Ok(None), |sdk| sdk.warning(&root))
    }

    /// Plans the crate, its generated files and the workspace's new member.
    pub(crate) fn plan(&self, scaffold: &Scaffold) -> Result<Plan> {
        let mut plan = Plan::new(&self.root);
        if self
            .root
            .join(&self.dir)
            .read_dir()
            .is_ok_and(|mut entries| entries.next().is_some())
        {
            return Err(hinted(
                format!("`{}` already exists", self.dir.display()),
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
        let readme = context! { interface, command => self.command(), ..values.clone() };
        // Relative to where the image is built: the workspace's root, or the crate itself.
        let dockerfile = if self.membership.is_own_workspace() {
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
            render::render(&component, &package)?,
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
        if self.membership.is_own_workspace() {
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

    /// The values of the template `Cargo.toml`.
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
            alone => self.membership.is_own_workspace(),
            ..scaffold
        }
    }

    /// The package as cargo will report it, so that the generated files are fresh from the start.
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
