//! The whole way of every component: compile, pack, push or write, pin.
//!
//! One component's failure is its own; the others go on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use kfp_component_yaml::label;
use kfp_registry::{Client, Digest, Reference};

use crate::build::{self, CargoConfig, Route, Toolchain};
use crate::component;
use crate::conflict;
use crate::error::{Context as _, Error, Result};
use crate::image::{Cache, ImageMetadata, Packed, Program};
use crate::new_release::new_release;
use crate::output::{layout, tarball};
use crate::pin::push_and_pin;
use crate::plan::{Destination, Entry, Planned, PublishOptions, Report, Status, plan, provenance};
use crate::progress::Progress;
use crate::push::{PushTarget, Pushed, push};
use crate::sbom;
use kfp_catalog::Catalog;
use kfp_workspace::ComponentCrate;
use kfp_workspace::Platform;
use kfp_workspace::Workspace;

/// What [`publish`] is asked to do.
pub(crate) struct PublishRequest<'a> {
    /// The components, by name.
    pub components: Vec<&'a ComponentCrate>,
    /// What their images are for.
    pub platforms: Vec<Platform>,
    /// Where they go and what they are called.
    pub options: PublishOptions,
    /// The compiler, by rustup's name.
    pub toolchain: Option<String>,
    /// How many uploads may run at once.
    pub jobs: usize,
    /// Whether to stop at the plan.
    pub dry_run: bool,
    /// Whether to leave out, with a warning, the platforms a component cannot be built for here.
    pub skip_unavailable: bool,
    /// Whether cargo is to say nothing but errors.
    pub quiet: bool,
    /// How registries are spoken to.
    pub client: kfp_registry::Builder,
}

/// Publishes what `request` names, or only plans it.
///
/// # Errors
/// If nothing can be published. A component's own failure is in its entry of the report.
pub(crate) fn publish(
    workspace: &Workspace,
    request: PublishRequest<'_>,
    progress: &Progress,
) -> Result<Report> {
    let toolchain = Toolchain::find(request.toolchain.as_deref())?;
    let config = CargoConfig::read(&workspace.root, &toolchain)?;
    let routes = request
        .platforms
        .iter()
        .map(|platform| Route::find(*platform, &toolchain))
        .collect::<Result<Vec<_>>>()?;
    let client = request
        .client
        .build()
        .context(|| "could not prepare the registry client")?;
    let run = Run {
        workspace,
        options: &request.options,
        toolchain,
        routes,
        jobs: request.jobs,
        quiet: request.quiet,
        remaps: component::remaps(workspace),
        config,
        client,
        cache: Cache::below(&workspace.target),
        progress,
    };

    let mut packed = Vec::new();
    let mut outside = BTreeSet::new();
    let mut report = Report {
        to: request.options.to.clone(),
        components: Vec::new(),
    };
    for component in request.components {
        let planned = plan(workspace, component, &request.options);
        if let Ok(planned) = &planned {
            outside.extend(planned.provenance.outside.iter().cloned());
        }
        let routes = run.routes(component, request.skip_unavailable)?;
        if routes.is_empty() {
            continue;
        }
        let mut entry = Entry::planned(component, &routes, planned.as_ref().ok());
        let result = match planned {
            Ok(mut planned) if !request.dry_run => run
                .component(&mut planned, &routes, &mut entry)
                .map(|image| packed.extend(image)),
            other => other.map(drop),
        };
        if let Err(error) = result {
            progress.error(&error.report());
            entry.status = Status::Failed;
            entry.error = Some(error.report());
        }
        report.components.push(entry);
    }
    if !outside.is_empty() {
        let outside: Vec<_> = outside
            .iter()
            .map(|path| format!("`{}`", path.display()))
            .collect();
        progress.warn(&format!(
            "images name no commit, because their programs are built from {} too, which this repository does not hold",
            outside.join(", ")
        ));
    }
    if let (Destination::Tarball(file), false) = (&request.options.to, packed.is_empty()) {
        tarball::write(file, &packed)?;
        progress.step("Wrote", &file.display().to_string());
    }
    Ok(report)
}

/// What all components share.
struct Run<'a> {
    workspace: &'a Workspace,
    options: &'a PublishOptions,
    toolchain: Toolchain,
    routes: Vec<Route>,
    jobs: usize,
    quiet: bool,
    /// Directories of this machine that must not show in programs.
    remaps: Vec<(PathBuf, String)>,
    config: CargoConfig,
    client: Client,
    cache: Cache,
    progress: &'a Progress,
}

impl Run<'_> {
    /// The routes that can build a component; warns of the others, unless a failure is wanted.
    fn routes(&self, component: &ComponentCrate, skip_unavailable: bool) -> Result<Vec<Route>> {
        let mut routes = self.routes.clone();
        if !skip_unavailable {
            return Ok(routes);
        }
        for route in self.routes.iter().filter(|route| !route.compiles_c()) {
            if let Some(package) = component::c_code(self.workspace, component, &route.target)? {
                let error = route.needs_cc(&package.name);
                self.progress.warn(&format!(
                    "{} {} is left out: {error}\nhint: {}",
                    component.name,
                    route.platform,
                    error.next_step().unwrap_or_default()
                ));
                routes.retain(|other| other.platform != route.platform);
            }
        }
        Ok(routes)
    }

    /// One component; gives back what a tarball still has to take up.
    fn component(
        &self,
        planned: &mut Planned<'_>,
        routes: &[Route],
        entry: &mut Entry,
    ) -> Result<Option<Packed>> {
        let component = planned.component;
        let interface = if component.is_server {
            None
        } else {
            Some(component::interface(self.workspace, component)?)
        };
        let mut programs = Vec::new();
        for route in routes {
            programs.push(self.compile(planned, route)?);
            let dep_info = self.request(planned).dep_info(route);
            planned.sources.add_compiled(&dep_info);
        }
        // Once more, now that it is known which files the compilers read.
        planned.provenance = provenance(component, &planned.sources, self.options)?;
        entry.revision.clone_from(&planned.provenance.revision);
        entry.created = planned.provenance.created();
        let metadata = self.metadata(planned, interface.clone())?;
        let packed = Packed::new(&metadata, &programs, &self.cache)?;
        for (platform, image) in entry.platforms.iter_mut().zip(&packed.images) {
            platform.digest = Some(image.manifest.digest());
            platform.size = Some(image.compressed_size());
        }

        entry.reference = Some(format!("{}@{}", entry.image, packed.digest()));
        entry.status = Status::Published;
        match (&self.options.to, &planned.repository) {
            (Destination::OciLayout(folder), _) => {
                layout::add(folder, &packed, &self.sboms(planned))?;
                self.progress.step(
                    "Wrote",
                    &format!("{} to {}", component.name, folder.display()),
                );
            }
            (Destination::Registry { .. }, Some(repository)) => {
                let (status, digest) =
                    self.release(planned, &packed, interface.as_deref(), repository)?;
                entry.status = status;
                entry.reference = Some(repository.with_digest(digest).to_string());
            }
            _ => return Ok(Some(packed)),
        }
        Ok(None)
    }

    fn metadata(&self, planned: &Planned<'_>, interface: Option<String>) -> Result<ImageMetadata> {
        let component = planned.component;
        let description = match &interface {
            Some(interface) => label::description(interface)
                .context(|| format!("could not read `{}`", component.name))?,
            None => self.workspace.metadata[&component.id].description.clone(),
        };
        let created = planned.provenance.created();
        let mut annotations =
            component::annotations(component, &self.workspace.settings, description.as_deref());
        annotations.insert(
            "org.opencontainers.image.created".to_owned(),
            created.clone(),
        );
        if let Some(revision) = &planned.provenance.revision {
            annotations.insert(
                "org.opencontainers.image.revision".to_owned(),
                revision.clone(),
            );
        }
        Ok(ImageMetadata {
            name: component.name.clone(),
            version: component.version.clone(),
            created,
            annotations,
            interface,
        })
    }

    fn compile(&self, planned: &Planned<'_>, route: &Route) -> Result<Program> {
        let name = &planned.component.name;
        self.progress.step(
            "Building",
            &format!("{name} {}, {}", route.platform, route.describe()),
        );
        build::compile(&self.request(planned), route, &self.toolchain)
    }

    fn request<'b>(&'b self, planned: &Planned<'b>) -> build::Request<'b> {
        build::Request {
            name: &planned.component.name,
            package: &planned.component.id.repr,
            profile: planned.component.profile(),
            root: &self.workspace.root,
            target: &self.workspace.target,
            remaps: &self.remaps,
            config: &self.config,
            quiet: self.quiet,
        }
    }

    /// Makes the component's SBOMs, each once.
    fn sboms<'a>(
        &'a self,
        planned: &'a Planned<'_>,
    ) -> impl Fn(Platform) -> Result<Option<Vec<u8>>> + Sync + 'a {
        let made = Mutex::new(BTreeMap::new());
        move |platform| {
            if !self.options.sbom {
                return Ok(None);
            }
            let lock = || made.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(sbom) = lock().get(&platform) {
                return Ok(Some(Vec::clone(sbom)));
            }
            let route = self.routes.iter().find(|route| route.platform == platform);
            let route =
                route.ok_or_else(|| Error::new(format!("no program was made for {platform}")))?;
            let sbom = sbom::render(
                self.workspace,
                planned.component,
                platform,
                &route.target,
                &planned.provenance.created(),
            )?;
            lock().insert(platform, sbom.clone());
            Ok(Some(sbom))
        }
    }

    /// Pushes and pins; gives the digest that stands for the version.
    fn release(
        &self,
        planned: &Planned<'_>,
        packed: &Packed,
        interface: Option<&str>,
        repository: &Reference,
    ) -> Result<(Status, Digest)> {
        let component = planned.component;
        let to = PushTarget {
            repository: repository.clone(),
            version: component.tag(),
            tags: planned.tags.clone(),
            jobs: self.jobs,
        };
        let unchanged = |digest: Digest| {
            let pinned = repository.with_digest(digest);
            self.progress
                .step("Unchanged", &format!("{} {pinned}", component.name));
            Ok((Status::Unchanged, digest))
        };
        let Some(interface) = interface else {
            let (sboms, listener) = (self.sboms(planned), self.progress.pushing(packed));
            return match push(&self.client, packed, &to, &sboms, &listener) {
                Ok(Pushed::Unchanged) => unchanged(packed.digest()),
                Ok(Pushed::Published) => Ok((Status::Published, packed.digest())),
                Err(error) => match self.same_program(packed, &to) {
                    Some(digest) => unchanged(digest),
                    None => Err(error),
                },
            };
        };
        match self.push_and_pin(planned, packed, interface, &to) {
            Ok((Pushed::Unchanged, _)) => unchanged(packed.digest()),
            Ok((Pushed::Published, path)) => {
                self.progress.step("Pinned", &path.display().to_string());
                Ok((Status::Published, packed.digest()))
            }
            Err(error) => match self.published_before(planned, packed, &to) {
                Some(digest) => unchanged(digest),
                None => Err(error),
            },
        }
    }

    fn push_and_pin(
        &self,
        planned: &Planned<'_>,
        packed: &Packed,
        interface: &str,
        to: &PushTarget,
    ) -> Result<(Pushed, PathBuf)> {
        let revision = planned.provenance.revision.as_deref();
        let release = new_release(
            self.workspace,
            planned.component,
            interface,
            packed,
            &to.repository,
            revision,
        )?;
        let catalog = Catalog::at(&self.options.catalog);
        let pending = catalog.begin(release)?;
        let path = pending.path();
        let (sboms, listener) = (self.sboms(planned), self.progress.pushing(packed));
        let pushed = push_and_pin(&self.client, packed, to, pending, &sboms, &listener)?;
        Ok((pushed, path))
    }

    /// The digest of the version in the registry, if its programs are these.
    fn same_program(&self, packed: &Packed, to: &PushTarget) -> Option<Digest> {
        let tagged = to.repository.with_tag(&to.version).ok()?;
        conflict::same_program(&self.client, packed, &tagged)
    }

    /// The digest that the catalog pins, if it is this program's of an earlier commit.
    fn published_before(
        &self,
        planned: &Planned<'_>,
        packed: &Packed,
        to: &PushTarget,
    ) -> Option<Digest> {
        let component = planned.component;
        let index = Catalog::at(&self.options.catalog)
            .component(&component.name.parse().ok()?)
            .ok()??;
        let pinned = index
            .release(&component.version.parse().ok()?)?
            .image
            .pinned();
        let published = self.same_program(packed, to)?;
        (pinned == to.repository.with_digest(published).to_string()).then_some(published)
    }
}

/// The platforms this machine cannot build for, each with the reason.
pub fn unavailable_platforms(toolchain: Option<&str>) -> Result<BTreeMap<Platform, Error>> {
    let toolchain = Toolchain::find(toolchain)?;
    let routes = Platform::ALL.map(|platform| (platform, Route::find(platform, &toolchain)));
    Ok(routes
        .into_iter()
        .filter_map(|(platform, route)| Some((platform, route.err()?)))
        .collect())
}

/// The folder below `target` that images go to where no registry is named.
pub(crate) fn default_layout(workspace: &Workspace) -> PathBuf {
    workspace.target.join("oci")
}
