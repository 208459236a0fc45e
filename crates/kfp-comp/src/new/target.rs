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
use kfp_workspace::{COMPONENT_PROFILE, Mistakes, SERVER_PROFILE, Settings, Workspace};

use super::{
    root_manifest::{Membership, RootManifest},
    rustfmt::rustfmt,
    scaffold::{Scaffold, sentence},
};

/// What is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A component of pipelines.
    Component,
    /// A model server.
    Predictor,
}

impl Kind {
    /// The folder of a workspace for crates of this kind.
    fn folder(self) -> &'static str {
        match self {
            Self::Component => "components",
            Self::Predictor => "predictors",
        }
    }

    /// What messages call it.
    fn noun(self) -> &'static str {
        match self {
            Self::Component => "component",
            Self::Predictor => "model server",
        }
    }

    /// The library that such a crate depends on.
    fn library(self) -> &'static str {
        match self {
            Self::Component => "kfp-component",
            Self::Predictor => "kfp-serve",
        }
    }

    /// The profile that its image is built with.
    pub(crate) fn profile(self) -> &'static str {
        match self {
            Self::Component => COMPONENT_PROFILE,
            Self::Predictor => SERVER_PROFILE,
        }
    }
}

/// Where a crate is about to be created.
pub(crate) struct Target {
    kind: Kind,
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
    /// The line of the crate's manifest that names the library.
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
    /// Finds out where a crate of that name belongs, starting at the current directory.
    pub(crate) fn find(kind: Kind, name: &ComponentName, sdk: Option<&Sdk>) -> Result<Self> {
        match Workspace::find()? {
            Some(workspace) => Self::within(kind, workspace, name, sdk),
            None => Self::alone(kind, name, sdk),
        }
    }

    fn alone(kind: Kind, name: &ComponentName, sdk: Option<&Sdk>) -> Result<Self> {
        let here = std::env::current_dir().context("could not tell the current directory")?;
        let Some(sdk) = sdk else {
            return Err(sdk::missing(&format!(
                "a {} outside a workspace",
                kind.noun()
            )));
        };
        Ok(Self {
            kind,
            dependency: format!(
                "{} = {}",
                kind.library(),
                sdk.dependency(kind.library(), &here.join(name.as_str()))?
            ),
            root: here,
            dir: name.as_str().into(),
            membership: Membership::Standalone,
            manifest: None,
            settings: Settings::default(),
            templates: Templates::built_in(),
        })
    }

    fn within(
        kind: Kind,
        workspace: Workspace,
        name: &ComponentName,
        sdk: Option<&Sdk>,
    ) -> Result<Self> {
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
        let (folder, library) = (kind.folder(), kind.library());
        let dir = Path::new(folder).join(name.as_str());
        let membership = manifest.add_member(&format!("{folder}/{name}"))?;
        let inherits =
            manifest.get(&["dependencies", library]).is_some() && !membership.is_own_workspace();
        let dependency = match sdk {
            None if inherits => format!("{library}.workspace = true"),
            None => {
                return Err(sdk::missing(&format!(
                    "a workspace without `{library}` in `[workspace.dependencies]`"
                )));
            }
            Some(_) if inherits => {
                return Err(hinted(
                    format!("`[workspace.dependencies]` already names the source of `{library}`"),
                    "omit `--sdk`, or change the source there",
                ));
            }
            Some(sdk) => format!(
                "{library} = {}",
                sdk.dependency(library, &workspace.root.join(&dir))?
            ),
        };
        if !membership.is_own_workspace() {
            manifest.add_profile(kind);
        }
        Ok(Self {
            kind,
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
        let mut plan = self.empty_plan()?;
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
        self.plan_image(&mut plan, &package)?;
        Ok(plan)
    }

    /// Plans the crate of a model server, and the workspace's new member.
    pub(crate) fn plan_predictor(&self, name: &ComponentName) -> Result<Plan> {
        let mut plan = self.empty_plan()?;
        let package = self.package(name);
        let title = sentence(name.as_str());
        let values = context! {
            name => name.as_str(),
            quoted_title => toml_edit::Value::from(title.as_str()).to_string(),
            title,
            image => package.image.as_str(),
        };
        let values = self.values(values);
        for (file, template) in [
            ("Cargo.toml", "predictor/Cargo.toml.j2"),
            ("src/main.rs", "predictor/main.rs.j2"),
            ("README.md", "predictor/README.md.j2"),
            (
                "inferenceservice.yaml",
                "predictor/inferenceservice.yaml.j2",
            ),
        ] {
            let text = self.templates.render(template, values.clone())?;
            plan.create(self.dir.join(file), text)?;
        }
        self.plan_image(&mut plan, &package)?;
        Ok(plan)
    }

    /// A plan for a directory that holds nothing yet.
    fn empty_plan(&self) -> Result<Plan> {
        let holds_something = self
            .root
            .join(&self.dir)
            .read_dir()
            .is_ok_and(|mut entries| entries.next().is_some());
        if holds_something {
            return Err(hinted(
                format!("`{}` already exists", self.dir.display()),
                "choose another name",
            ));
        }
        Ok(Plan::new(&self.root))
    }

    /// Plans the Dockerfile and what stands beside it in a workspace of one crate, and the root manifest.
    fn plan_image(&self, plan: &mut Plan, package: &render::Package) -> Result<()> {
        // Relative to where the image is built: the workspace's root, or the crate itself.
        let dockerfile = if self.membership.is_own_workspace() {
            "Dockerfile".into()
        } else {
            self.dir.join("Dockerfile")
        };
        plan.create(
            self.dir.join("Dockerfile"),
            generate::dockerfile_text(
                &self.templates,
                package,
                &dockerfile,
                &self.settings.rust_image,
                self.kind,
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
        Ok(())
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
