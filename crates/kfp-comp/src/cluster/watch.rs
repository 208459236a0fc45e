//! `kfp-comp watch`: a run on a cluster, as it goes on.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use kfp_client::{model::Run, watch::Change};
use kfp_pipeline::PipelineSpec;
use kfp_runner::record::{Event, Record, State};

use super::{
    diagnosis, events, kept,
    pods::{Pods, Trouble},
    server::{Server, ServerArgs},
    show::Show,
};
use crate::{
    exit::ExitCode,
    interrupts::Interrupts,
    output::{Console, Style},
    report,
};

/// Show a run on a cluster as it goes on
///
/// Ends when the run ends, with 0 if it succeeded, 1 if it failed, 3 if somebody stopped it and 124 if `--timeout` is
/// over. The run does not depend on being watched.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp watch 4194e839-20a4-44f5-b474-1eb98d8fbde8
  kfp-comp watch 4194e839-20a4-44f5-b474-1eb98d8fbde8 --timeout 30m --json")]
pub(crate) struct Args {
    /// Identifier of the run
    #[arg(value_name = "RUN")]
    run: String,
    #[command(flatten)]
    watch: WatchArgs,
    /// Print every event as JSON, one per line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerArgs,
}

/// How a run is watched.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct WatchArgs {
    /// How long to wait for the run, which goes on without being watched
    #[arg(long, short, value_name = "TIME", value_parser = duration)]
    timeout: Option<Duration>,
    /// How often to ask the server
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = interval)]
    poll: Duration,
    /// What Ctrl-C does to the run
    #[arg(long, value_enum, value_name = "WHAT", default_value = "detach")]
    on_interrupt: OnInterrupt,
}

/// What Ctrl-C does to a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum OnInterrupt {
    /// Nothing: it goes on
    Detach,
    /// Asks the server to stop it
    Terminate,
}

/// `90`, which are seconds as for the official client, or `10m`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string()),
        Err(_) => humantime::parse_duration(text).map_err(|error| error.to_string()),
    }
}

/// How often a server can be asked.
fn interval(text: &str) -> Result<Duration, String> {
    const SHORTEST: Duration = Duration::from_millis(10);
    const LONGEST: Duration = Duration::from_secs(60 * 60);
    let interval = duration(text)?;
    if (SHORTEST..=LONGEST).contains(&interval) {
        Ok(interval)
    } else {
        Err("it must be between 10ms and 1h".to_owned())
    }
}

/// Runs the verb.
///
/// # Errors
/// If there is no such run, or the server cannot be reached.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    let server = args.server.server()?;
    let run = kept::run(&server, &args.run)?;
    let pipeline = kept::pipeline_of(&server, &run)?;
    let text = format!("{} run {}", pipeline.spec.pipeline_info.name, run.run_id);
    console.status(Style::Info, "Watching", &text);
    follow(
        &server,
        Begin::Known(run),
        &pipeline.spec,
        &args.watch,
        args.json,
        console,
    )
}

/// What is known of a run when it begins to be watched.
pub(super) enum Begin {
    /// How it is now.
    Known(Run),
    /// How it had ended before it was asked to run again.
    Retried(Run),
}

/// Shows a run until it ends, and gives the exit code that says how.
///
/// # Errors
/// If the server cannot be reached for long, or the run is deleted.
pub(super) fn follow(
    server: &Server,
    begin: Begin,
    spec: &PipelineSpec,
    args: &WatchArgs,
    as_json: bool,
    console: &mut Console,
) -> Result<ExitCode> {
    let interrupts = Interrupts::new()?;
    let (mut run, before) = match begin {
        Begin::Known(run) => (run, None),
        Begin::Retried(before) => (before.clone(), Some(before)),
    };
    let id = run.run_id.clone();
    let start = Instant::now();
    let mut show = Show::new(server, spec, &id, as_json)?;
    // Far less often than KFP's server.
    let mut pods = Pods::of(server, &id, args.poll * 5);
    let mut watch = server.client.watch(&id).interval(args.poll, args.poll * 5);
    let mut is_stale = before.is_some();
    if let Some(before) = &before {
        show.leave_out(before);
        watch = watch.after_retry(before);
    }
    let mut is_stopping = false;
    let mut is_lost = false;
    loop {
        if !is_stale {
            show.news(&run, console)?;
            if run.state.is_final() {
                if let Some(pods) = &mut pods
                    && events::state(&run) == State::Failed
                {
                    say(pods.last_news(&run.tasks()), console);
                }
                return finish(show, &run, as_json, console);
            }
        }
        if let Some(pods) = &mut pods {
            say(pods.news(&run.tasks()), console);
        }
        let left = args
            .timeout
            .map(|timeout| timeout.saturating_sub(start.elapsed()));
        if left.is_some_and(|left| left.is_zero()) {
            let state = run.state.name().to_ascii_lowercase();
            console.status(
                Style::Warning,
                "Timed out",
                &format!("run {id} is {state} and goes on"),
            );
            console.hint(&again(&id));
            return Ok(ExitCode::TimedOut);
        }
        if interrupts.within(left.map_or(watch.pause(), |left| left.min(watch.pause()))) {
            if args.on_interrupt == OnInterrupt::Detach || is_stopping {
                console.status(Style::Warning, "Detached", &format!("run {id} goes on"));
                console.hint(&again(&id));
                return Ok(ExitCode::Interrupted);
            }
            is_stopping = true;
            if let Err(error) = super::runs::stop(server, &id) {
                run = kept::run(server, &id)?;
                if run.state.is_final() && !is_stale {
                    continue;
                }
                return Err(error);
            }
            let text = format!("run {id}; Ctrl-C again stops watching only");
            console.status(Style::Warning, "Stopping", &text);
        }
        match watch.poll() {
            Ok(Some(Change::Run(next))) => {
                run = *next;
                is_stale = false;
                reconnected(&mut is_lost, console);
            }
            Ok(Some(Change::Back)) => reconnected(&mut is_lost, console),
            Ok(Some(Change::Lost(error))) => {
                is_lost = true;
                let why =
                    diagnosis::of(&error).map_or_else(|| error.to_string(), |found| found.what);
                console.status(
                    Style::Warning,
                    "Lost",
                    &format!("the connection: {why}; trying again"),
                );
            }
            Ok(None) => {}
            Err(error) if error.api().is_some_and(|error| error.status == 404) => {
                bail!("run {id} was deleted while it was watched");
            }
            Err(error) => {
                console.hint(&format!("the run goes on; {}", again(&id)));
                return Err(error.into());
            }
        }
    }
}

/// Says what keeps pods from running, or has ended them.
fn say(troubles: Vec<Trouble>, console: &mut Console) {
    for trouble in troubles {
        let text = format!("{}: {}", trouble.whose, trouble.what);
        console.status(Style::Warning, "Pod", &text);
        console.hint(&trouble.hint);
    }
}

fn reconnected(is_lost: &mut bool, console: &mut Console) {
    if std::mem::take(is_lost) {
        console.status(Style::Info, "Connected", "again");
    }
}

fn again(id: &str) -> String {
    format!("watch it again: `kfp-comp watch {id}`")
}

/// Says how the run ended, with its outputs.
fn finish(show: Show<'_>, run: &Run, as_json: bool, console: &mut Console) -> Result<ExitCode> {
    let id = &run.run_id;
    let page = show.server.page(&format!("runs/details/{id}"));
    let (directory, records) = show.end(run, console)?;
    let state = events::state(run);
    let Some(Record {
        event: Event::Finish { outputs, .. },
        ..
    }) = records.last()
    else {
        bail!("run {id} has not ended");
    };
    if !as_json {
        console.data(&crate::output::table(crate::run::pipeline::rows(
            outputs, &directory,
        )))?;
    }
    let report = report::write(&[&directory], &directory.join(kfp_runner::report::FILE))?;
    console.detail("Report", &report.display().to_string());
    console.detail("Page", &page);
    if let Some(error) = run.error.as_ref().filter(|error| !error.message.is_empty()) {
        console.failure(
            &format!("run {id} failed"),
            [error.message.clone()].into_iter(),
        );
    }
    Ok(match state {
        State::Succeeded => ExitCode::Done,
        State::Cancelled => ExitCode::Cancelled,
        _ => {
            console.hint(&format!("everything its tasks printed: `kfp-comp logs {id}`; once more: `kfp-comp runs retry {id} --watch`"));
            ExitCode::Failed
        }
    })
}
