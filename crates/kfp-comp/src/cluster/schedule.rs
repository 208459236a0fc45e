//! `kfp-comp schedule`: runs that recur on a cluster.

use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use kfp_client::{
    Client, List, cron,
    model::{CronSchedule, Mode, NewRecurringRun, PeriodicSchedule, RecurringRun, Source, Trigger},
};
use serde_json::json;

use super::{
    action::Action,
    run_args::{Asked, RunArgs},
    server::{Server, ServerArgs},
    submit, up, watch,
};
use crate::{
    error::{Usage, hinted_usage},
    exit::ExitCode,
    output::{Console, Style, table},
};

/// Run a pipeline on a cluster again and again
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp schedule create iris.yaml --cron '0 5 * * *' --experiment iris -- --trees 50
  kfp-comp schedule create iris-pipeline --every 6h
  kfp-comp schedule list
  kfp-comp schedule pause nightly")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Create a schedule; a file is stored on the server first, if it changed
    Create(Box<Create>),
    /// List the schedules
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Let a schedule start no runs until it is resumed
    Pause(Named),
    /// Let a schedule start runs again
    Resume(Named),
    /// Delete a schedule; its runs stay
    Delete(Named),
}

#[derive(Debug, clap::Args)]
struct Named {
    /// Identifier or name of the schedule
    schedule: String,
    /// Print the request, and send nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, clap::Args)]
struct Create {
    #[command(flatten)]
    run: RunArgs,
    /// When: five fields, or six with seconds first; the time is UTC unless the server is configured otherwise
    #[arg(long, value_name = "CRON", required_unless_present = "every")]
    cron: Option<String>,
    /// How often, such as 6h
    #[arg(long, value_name = "TIME", value_parser = watch::duration, conflicts_with = "cron")]
    every: Option<Duration>,
    /// Name of the schedule [default: that of the pipeline]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// How many of its runs may run at a time
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=10))]
    max_concurrency: u8,
    /// Do not make up for runs that were missed
    #[arg(long)]
    no_catchup: bool,
    /// Create it paused
    #[arg(long)]
    paused: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs the verb.
///
/// # Errors
/// If something is wrong with what is asked for, or the server refuses or cannot be reached.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    let post = |verb, done, send| Action::post("recurringruns", verb, done, send);
    let (named, action) = match &args.command {
        Command::Create(create) => return create.run(console),
        Command::List { json, server } => return list(*json, &server.server()?, console),
        Command::Pause(one) => (
            one,
            post(":disable", "Paused", Client::disable_recurring_run),
        ),
        Command::Resume(one) => (
            one,
            post(":enable", "Resumed", Client::enable_recurring_run),
        ),
        Command::Delete(one) => {
            let action = Action::delete("recurringruns", Client::delete_recurring_run);
            (one, action)
        }
    };
    let server = named.server.server()?;
    let found = find(&server, &named.schedule)?;
    let id = &found.recurring_run_id;
    if named.dry_run {
        console.data(&action.request(&server.client, id))?;
        return Ok(ExitCode::Done);
    }
    (action.send)(&server.client, id)
        .with_context(|| format!("the schedule `{}` cannot be changed so", named.schedule))?;
    console.status(
        Style::Success,
        action.done,
        &format!("{} {id}", found.display_name),
    );
    Ok(ExitCode::Done)
}

/// The schedule of a name or identifier.
fn find(server: &Server, wanted: &str) -> Result<RecurringRun> {
    let mut named: Vec<RecurringRun> = all(server)?
        .into_iter()
        .filter(|one| one.recurring_run_id == wanted || one.display_name == wanted)
        .collect();
    if named.len() > 1 {
        let ids: Vec<&str> = named
            .iter()
            .map(|one| one.recurring_run_id.as_str())
            .collect();
        return Err(hinted_usage(
            format!("several schedules are called `{wanted}`"),
            format!("name one by its identifier: {}", ids.join(", ")),
        ));
    }
    named.pop().ok_or_else(|| {
        hinted_usage(
            format!("the server has no schedule `{wanted}`"),
            "`kfp-comp schedule list` lists them",
        )
    })
}

fn all(server: &Server) -> Result<Vec<RecurringRun>> {
    let list = List::all()
        .sort_by("created_at desc")
        .page_size(200)
        .namespace(&server.namespace);
    let all: Result<Vec<RecurringRun>, _> = server.client.recurring_runs(&list).collect();
    all.context("could not list the schedules")
}

fn list(as_json: bool, server: &Server, console: &mut Console) -> Result<ExitCode> {
    let all = all(server)?;
    if as_json {
        let all: Vec<_> = all
            .iter()
            .map(|one| {
                json!({
                    "schedule": one.recurring_run_id,
                    "name": one.display_name,
                    "status": one.status.to_ascii_lowercase(),
                    "when": when(one.trigger.as_ref()),
                    "experiment_id": one.experiment_id,
                    "max_concurrency": one.max_concurrency,
                })
            })
            .collect();
        console.json(&all)?;
    } else {
        let rows = all.into_iter().map(|one| {
            let when = when(one.trigger.as_ref());
            vec![
                one.recurring_run_id,
                one.display_name,
                one.status.to_ascii_lowercase(),
                when,
            ]
        });
        console.data(&table(rows))?;
    }
    Ok(ExitCode::Done)
}

/// When a schedule starts runs, for people.
fn when(trigger: Option<&Trigger>) -> String {
    match trigger {
        Some(Trigger::CronSchedule(cron)) => cron.cron.clone(),
        Some(Trigger::PeriodicSchedule(periodic)) => {
            let seconds = u64::try_from(periodic.interval_second).unwrap_or_default();
            let every = humantime::format_duration(Duration::from_secs(seconds));
            format!("every {every}")
        }
        None => "never: it has no trigger".to_owned(),
    }
}

/// A time for people, without seconds if there are none: `2026-11-27 05:00`.
fn minute(time: SystemTime) -> String {
    let text = super::moment(time);
    text.strip_suffix(":00").map_or(text.clone(), str::to_owned)
}

impl Create {
    fn run(&self, console: &mut Console) -> Result<ExitCode> {
        let trigger = self.trigger(console)?;
        let Some(asked) = self.run.read(console)? else {
            return Ok(ExitCode::Done);
        };
        let Asked {
            submitted, server, ..
        } = &asked;
        let name = &submitted.pipeline.spec.pipeline_info.name;
        let mut new = NewRecurringRun {
            display_name: self.name.clone().unwrap_or_else(|| name.clone()),
            description: String::new(),
            experiment_id: String::new(),
            pipeline_version_reference: kfp_client::model::PipelineVersionReference::default(),
            runtime_config: asked.config.clone(),
            service_account: asked.service_account.clone(),
            trigger,
            mode: if self.paused {
                Mode::Disable
            } else {
                Mode::Enable
            },
            max_concurrency: self.max_concurrency,
            no_catchup: self.no_catchup,
        };
        if !self.run.may_send(&asked, "recurringruns", &new, console)? {
            return Ok(ExitCode::Done);
        }
        new.pipeline_version_reference = match (&submitted.source, &asked.file) {
            (Source::Version(reference), _) => reference.clone(),
            (Source::Spec(_), file) => {
                let path = file.as_deref().unwrap_or(std::path::Path::new(""));
                let plan = up::Plan::make(submitted, name, path, server)?;
                let stored = plan.carry_out(submitted, name, None, server)?;
                if stored.is_new {
                    console.status(Style::Success, "Uploaded", name);
                }
                stored.reference
            }
        };
        let experiment = asked.experiment.as_deref().unwrap_or("Default");
        new.experiment_id = submit::find_or_create(server, experiment)?.experiment_id;
        let created = server.client.create_recurring_run(&new);
        let created = created.context("the server did not accept the schedule")?;
        let text = format!("{}: {}", created.display_name, when(Some(&new.trigger)));
        console.status(Style::Success, "Scheduled", &text);
        if self.json {
            console.json(&json!({
                "schedule": created.recurring_run_id,
                "name": created.display_name,
                "page": server.page(&format!("recurringrun/details/{}", created.recurring_run_id)),
            }))?;
        } else {
            console.data(&created.recurring_run_id)?;
        }
        Ok(ExitCode::Done)
    }

    fn trigger(&self, console: &mut Console) -> Result<Trigger> {
        if let Some(every) = self.every {
            let interval_second = i64::try_from(every.as_secs())?;
            if interval_second == 0 {
                return Err(Usage("`--every` must be at least one second".to_owned()).into());
            }
            return Ok(Trigger::PeriodicSchedule(PeriodicSchedule {
                interval_second,
                ..PeriodicSchedule::default()
            }));
        }
        let given = self.cron.as_deref().unwrap_or_default();
        let cron =
            cron::six_fields(given).map_err(|error| Usage(format!("`--cron {given}`: {error}")))?;
        if cron != given.trim() {
            let text = format!("`{given}` is sent as `{cron}`: KFP wants seconds first");
            console.status(Style::Info, "Note", &text);
        }
        let wrong = |what: String| Usage(format!("`--cron {given}`: {what}"));
        let schedule = cron::Schedule::read(&cron).map_err(|error| wrong(error.to_string()))?;
        if let Some(schedule) = schedule {
            let times: Vec<String> = schedule
                .after(SystemTime::now())
                .take(5)
                .map(minute)
                .collect();
            if times.is_empty() {
                return Err(wrong("there is no such day".to_owned()).into());
            }
            console.status(Style::Info, "Next", &format!("{} UTC", times.join(", ")));
        }
        Ok(Trigger::CronSchedule(CronSchedule {
            cron,
            ..CronSchedule::default()
        }))
    }
}
