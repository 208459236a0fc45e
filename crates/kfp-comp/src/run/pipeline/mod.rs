//! `kfp-comp run PIPELINE`: a compiled pipeline, here, from native programs.

mod build;
mod cluster_objects;
mod earlier;
pub(crate) mod programs;
pub(crate) mod terminal;
mod watch;

use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result};
use kfp_pipeline::{PipelineSpec, Problem, parameters, rule};
use kfp_runner::{
    cache::Cache,
    engine::{Dialect, Engine, Options, Request, Resources, Summary},
    program::Choice,
    record::{Outputs, State},
    report::Local,
    runs::{Run, Runs},
    select::Part,
};
use serde_json::json;

use crate::{
    compile,
    error::hinted_usage,
    exit::ExitCode,
    http::RegistryArgs,
    interrupts::Listener,
    output::{Console, Style, shortened, table},
    pipeline::{flags, source},
    report, runs, workspace,
};

/// Options for pipelines.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Options for pipelines")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option that is given or not"
)]
pub(super) struct PipelineArgs {
    /// How many tasks run at a time [default: the number of CPUs]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// What runs an image here: a program, or `host` for the command as it is
    #[arg(long, value_name = "IMAGE=PATH", value_parser = programs::parse_choice)]
    native: Vec<(String, Choice)>,
    /// The Python that compiles pipelines and runs lightweight components
    #[arg(long, value_name = "PATH")]
    python: Option<PathBuf>,
    /// Run images in containers of podman, docker, or the client at a path, instead of unpacking them; `none` forbids
    /// containers [default: the first that answers, for images that nothing else runs]
    #[arg(long, value_name = "ENGINE")]
    engine: Option<String>,
    /// Pull and install nothing: use only what earlier runs left in the cache
    #[arg(long)]
    offline: bool,
    /// Refuse a component whose version is not the one the pipeline names
    #[arg(long)]
    locked: bool,
    #[command(flatten)]
    registries: RegistryArgs,
    /// Print what would run each executor, and why
    #[arg(long)]
    explain: bool,
    /// Run every task, whatever the cache has; what they produce is kept
    #[arg(long)]
    no_cache: bool,
    /// Take up a run where it stopped [default: the latest of this pipeline]
    #[arg(long, value_name = "RUN", num_args = 0..=1, default_missing_value = "latest")]
    resume: Option<String>,
    /// Run a task and what needs it; take the rest from the latest run
    #[arg(long, value_name = "TASK", group = "part", conflicts_with = "resume")]
    from: Option<String>,
    /// Run a task; take what it needs from the latest run
    #[arg(long, value_name = "TASK", group = "part", conflicts_with = "resume")]
    only: Option<String>,
    /// Run a task and what it needs
    #[arg(long, value_name = "TASK", group = "part", conflicts_with = "resume")]
    until: Option<String>,
    /// Print why a task ran, or did not, in the latest run
    #[arg(long, value_name = "TASK", conflicts_with_all = ["part", "resume", "explain"])]
    why: Option<String>,
    /// Run the pipeline again whenever it or a source of its components changes, until Ctrl-C
    #[arg(long, conflicts_with_all = ["resume", "why", "explain"])]
    watch: bool,
    /// Start nothing more once a task has failed
    #[arg(long)]
    fail_fast: bool,
    /// What tasks that run at a time may ask for together [default: the machine's memory]
    #[arg(long, value_name = "BYTES", value_parser = cluster_objects::parse_memory)]
    memory: Option<f64>,
    /// A value of a secret: NAME.KEY=VALUE, NAME.KEY=@FILE or NAME.KEY=env:VARIABLE; it is recorded nowhere, and `***` in
    /// logs
    #[arg(long, value_name = "NAME.KEY=VALUE", value_parser = cluster_objects::parse_value)]
    secret: Vec<cluster_objects::Value>,
    /// A value of a config map, in the same forms
    #[arg(long, value_name = "NAME.KEY=VALUE", value_parser = cluster_objects::parse_value)]
    config_map: Vec<cluster_objects::Value>,
    /// The directory that stands for a claim [default: one below target/kfp/volumes]
    #[arg(long, value_name = "CLAIM=DIR", value_parser = cluster_objects::parse_volume)]
    volume: Vec<(String, PathBuf)>,
    /// Follow kfp.local where it differs from a cluster: a condition that cannot be evaluated is false, a task after a
    /// skipped one runs, loops within loops give lists of lists, and exit tasks are told in kfp.local's keys
    #[arg(long, value_enum, value_name = "WHAT")]
    like: Option<Like>,
    /// How long a task may take
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    task_timeout: Option<Duration>,
    /// How long the run may take
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    run_timeout: Option<Duration>,
}

/// What a run is compared with.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Like {
    /// kfp.local of kfp 2.17
    KfpLocal,
}

/// Runs the pipeline of a file.
pub(super) fn run(
    path: &Path,
    args: &PipelineArgs,
    common: &super::Args,
    console: &mut Console,
) -> Result<ExitCode> {
    if args.watch {
        return watch::run(path, args, common, console);
    }
    once(path, args, common, &mut BTreeSet::new(), console)
}

/// Runs it once, and tells which components of the workspace it uses.
fn once(
    path: &Path,
    args: &PipelineArgs,
    common: &super::Args,
    used: &mut BTreeSet<String>,
    console: &mut Console,
) -> Result<ExitCode> {
    let text = source::text(path, args.python.as_deref(), console)?;
    let is_run = |problem: &Problem| {
        // kfp.local takes such a condition for false.
        args.dialect() == Dialect::KfpLocal && problem.rule == &rule::NOT_CEL
    };
    let pipeline = source::checked_but(path, &text, is_run, console)?.without_positions();
    source::note_not_applied(&pipeline, console);
    if let ["--help" | "-h"] = common.inputs.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        console.data(&flags::help(&pipeline.spec))?;
        return Ok(ExitCode::Done);
    }
    let workspace = workspace::find()?;
    let kept = runs::kept(workspace.as_ref());
    let runs = Runs::new(kept.join("runs"));
    if let Some(task) = &args.why {
        console.data(&earlier::why(&runs, &pipeline, task)?)?;
        return Ok(ExitCode::Done);
    }
    let given = flags::parse(&pipeline.spec, &common.inputs)?;
    let sources = programs::sources(workspace.as_ref(), args, common.release)?;
    let mut programs = programs::find(&pipeline.spec, &sources, console)?;
    *used = programs
        .values()
        .filter_map(|found| found.component.clone())
        .collect();
    if args.explain {
        console.data(&table(programs::explanation(&programs)))?;
        return Ok(ExitCode::Done);
    }
    let platform = cluster_objects::find(&pipeline, args, kept.join("volumes"))?;
    let earlier = earlier::find(&runs, &pipeline, &text, args, &given)?;
    let given = earlier.parameters.clone().unwrap_or(given);
    let parameters = parameters::complete(&pipeline.spec, given).map_err(|errors| {
        hinted_usage(
            errors.join("\n"),
            format!(
                "parameters follow `--`; `kfp-comp run {} -- --help` lists them",
                path.display()
            ),
        )
    })?;
    if args.locked {
        programs::require_locked(&programs)?;
    }
    let notes: BTreeSet<&str> = programs
        .values()
        .flat_map(|found| [found.difference.as_deref(), found.note.as_deref()])
        .flatten()
        .collect();
    for note in notes {
        console.status(Style::Warning, "Note", note);
    }
    programs::make_ready(&mut programs, console)?;
    if let Some(workspace) = &workspace {
        build::build(workspace, &programs, common.release, console)?;
    }
    let options = args.options();
    let tool = concat!("kfp-comp ", env!("CARGO_PKG_VERSION"));
    let run = match &earlier.resumed {
        Some(id) => runs.resume(id),
        None => runs.create(&pipeline, &text, &parameters, options.jobs, tool),
    };
    let mut run = run.context("could not write the directory of the run")?;
    if earlier.resumed.is_some() {
        programs::end_left_behind(&programs, &run);
    }
    let request = Request {
        pipeline: &pipeline,
        parameters,
        programs: &programs,
        options,
        directory: run.directory.clone(),
        names: run.names.clone(),
        done: earlier.done,
        done_in: earlier.run.filter(|_| earlier.resumed.is_none()),
        selected: earlier.selected,
        cache: Some(Arc::new(Cache::new(kept.join("cache"), args.no_cache))),
        cluster_objects: platform,
    };
    let (summary, printed) = carry_out(request, &mut run, common.json, console)?;
    tell(&summary, &run, pipeline.spec, common.json, console)?;
    match summary.state {
        State::Succeeded => printed
            .map(|()| ExitCode::Done)
            .context("could not print the events"),
        State::Cancelled => Ok(ExitCode::Interrupted),
        _ => Ok(ExitCode::Failed),
    }
}

impl PipelineArgs {
    fn options(&self) -> Options {
        let usual = Options::default();
        Options {
            jobs: self.jobs.map_or(usual.jobs, usize::from),
            resources: Resources {
                memory: self.memory.unwrap_or(usual.resources.memory),
                ..usual.resources
            },
            fail_fast: self.fail_fast,
            task_timeout: self.task_timeout,
            run_timeout: self.run_timeout,
            dialect: self.dialect(),
            ..usual
        }
    }

    fn dialect(&self) -> Dialect {
        match self.like {
            Some(Like::KfpLocal) => Dialect::KfpLocal,
            None => Dialect::Backend,
        }
    }

    /// The part of the pipeline that is wanted, if not all of it.
    fn part(&self) -> Option<Part> {
        let from = self.from.clone().map(Part::From);
        let only = self.only.clone().map(Part::Only);
        let until = self.until.clone().map(Part::Until);
        from.or(only).or(until)
    }
}

/// Runs it. Whether its events could be printed decides nothing about the run: `| head` may have closed the pipe.
fn carry_out(
    request: Request<'_>,
    run: &mut Run,
    as_json: bool,
    console: &mut Console,
) -> Result<(Summary, io::Result<()>)> {
    let mut terminal = terminal::Terminal::new(&run.directory, as_json);
    terminal.show(&run.start, console);
    let mut watch = |record: &_| terminal.show(record, console);
    let (engine, control) = Engine::new(request, &mut run.log, &mut watch);
    let listener = Listener::new(move || control.interrupt())?;
    let summary = engine
        .run()
        .context("could not write the record of the run");
    drop(listener);
    Ok((summary?, terminal.finish()))
}

/// Writes the outputs into the run's directory and prints them.
fn tell(
    summary: &Summary,
    run: &Run,
    pipeline: PipelineSpec,
    as_json: bool,
    console: &mut Console,
) -> Result<()> {
    let document = json!({
        "run": run.id,
        "state": summary.state,
        "failed": summary.failed,
        "directory": run.directory,
        "report": run.directory.join(kfp_runner::report::FILE),
        "outputs": summary.outputs,
    });
    let path = run.directory.join("outputs.json");
    compile::write(&path, &serde_json::to_string_pretty(&document)?)
        .with_context(|| format!("could not write `{}`", path.display()))?;
    let local = Local::of(&run.directory, &run.directory, Some(pipeline));
    let local = local.context("could not read the record of the run")?;
    let report = report::write_runs(&[local], &run.directory.join(kfp_runner::report::FILE))?;
    console.detail("Report", &report.display().to_string());
    if !as_json {
        let here = std::env::current_dir().unwrap_or_default();
        console.data(&table(rows(&summary.outputs, &here)))?;
    }
    Ok(())
}

/// The outputs for people: values, and artifacts with what is known about them.
pub(crate) fn rows(outputs: &Outputs, from: &Path) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for (name, value) in &outputs.parameters {
        let value = kfp_pipeline::value::text(value);
        rows.push(vec![name.clone(), shortened(&value)]);
    }
    for (name, artifacts) in &outputs.artifacts {
        for artifact in artifacts {
            let uri = Path::new(&artifact.artifact.uri);
            let shown = uri.strip_prefix(from).unwrap_or(uri);
            rows.push(vec![name.clone(), shown.display().to_string()]);
            for (key, value) in &artifact.artifact.metadata {
                let value = kfp_pipeline::value::text(value);
                rows.push(vec![format!("  {key}"), shortened(&value)]);
            }
        }
    }
    rows
}
