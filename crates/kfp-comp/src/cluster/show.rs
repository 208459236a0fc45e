//! A run of a cluster on the terminal, by the display of runs on this machine.

use std::{collections::BTreeSet, path::PathBuf, time::SystemTime};

use anyhow::{Context, Result};
use kfp_client::{
    Error,
    model::Run,
    outputs::{TaskOutputs, TaskState},
};
use kfp_pipeline::PipelineSpec;
use kfp_runner::record::{Event, Record, State};

use super::{diagnosis, events::Snapshot, kept, logs, server::Server};
use crate::{
    output::{Console, Style},
    run::pipeline::terminal::Terminal,
};

/// A run that is shown.
pub(super) struct Show<'a> {
    pub(super) server: &'a Server,
    spec: &'a PipelineSpec,
    directory: PathBuf,
    terminal: Terminal,
    /// What has been shown.
    shown: BTreeSet<(bool, String)>,
    /// When the run had ended, if it was retried: what failed by then runs again.
    retried: Option<SystemTime>,
}

impl<'a> Show<'a> {
    pub(super) fn new(
        server: &'a Server,
        spec: &'a PipelineSpec,
        id: &str,
        as_json: bool,
    ) -> Result<Self> {
        let directory = kept::directory(id)?;
        Ok(Self {
            server,
            spec,
            terminal: Terminal::new(&directory, as_json),
            directory,
            shown: BTreeSet::new(),
            retried: None,
        })
    }

    /// Does not show how tasks failed before the run was retried.
    pub(super) fn leave_out(&mut self, before: &Run) {
        self.retried = before.finished_at;
    }

    /// Shows what has happened since the last time.
    pub(super) fn news(&mut self, run: &Run, console: &mut Console) -> Result<()> {
        let mut tasks = run.tasks();
        // The server shows them for a while longer.
        tasks.retain(|task| {
            task.state != TaskState::Failed
                || self.retried.is_none_or(|retried| task.end > Some(retried))
        });
        let snapshot = Snapshot {
            run,
            spec: self.spec,
            tasks: &tasks,
        };
        for record in &snapshot.records() {
            // The end waits for the outputs.
            if !matches!(record.event, Event::Finish { .. }) {
                self.show(record, run, &tasks, console)?;
            }
        }
        Ok(())
    }

    /// Shows the end, writes the run down and gives its directory and its record.
    pub(super) fn end(
        mut self,
        run: &Run,
        console: &mut Console,
    ) -> Result<(PathBuf, Vec<Record>)> {
        let (tasks, missing) = kept::tasks(self.server, run);
        let snapshot = Snapshot {
            run,
            spec: self.spec,
            tasks: &tasks,
        };
        let records = snapshot.records();
        for record in &records {
            self.show(record, run, &tasks, console)?;
        }
        kept::write(&self.directory, &records)?;
        self.say(missing, console);
        self.terminal
            .finish()
            .context("could not print the events")?;
        Ok((self.directory, records))
    }

    /// Writes the run down without showing it, and gives its directory.
    pub(super) fn write(self, run: &Run, console: &mut Console) -> Result<PathBuf> {
        let (tasks, missing) = kept::tasks(self.server, run);
        for task in tasks.iter().filter(|task| task.state == TaskState::Failed) {
            self.keep_log(run, task)?;
        }
        let snapshot = Snapshot {
            run,
            spec: self.spec,
            tasks: &tasks,
        };
        kept::write(&self.directory, &snapshot.records())?;
        self.say(missing, console);
        Ok(self.directory)
    }

    /// Says why there are no outputs.
    fn say(&self, missing: Option<Error>, console: &mut Console) {
        if let Some(error) = missing {
            let why = diagnosis::of_metadata(&error, self.server);
            let text = format!("no outputs or metrics: {}", why.what);
            console.status(Style::Warning, "Note", &text);
            console.hint(&why.hint);
            console.detail("Cause", &error.to_string());
        }
    }

    /// Writes what a task printed to where the display and the report look for it.
    fn keep_log(&self, run: &Run, task: &TaskOutputs) -> Result<()> {
        if task.pod.is_empty() {
            return Ok(());
        }
        match logs::read(self.server, &run.run_id, task) {
            Ok(log) => kept::write_log(&self.directory, &task.task, &logs::of_program(&log)),
            // Why there is no log matters less than that the task failed.
            Err(_) => Ok(()),
        }
    }

    fn show(
        &mut self,
        record: &Record,
        run: &Run,
        tasks: &[TaskOutputs],
        console: &mut Console,
    ) -> Result<()> {
        let (is_start, task) = match &record.event {
            Event::Start { task, .. } => (true, task.as_str()),
            Event::End { task, .. }
            | Event::Cached { task, .. }
            | Event::Skipped { task, .. }
            | Event::Cancelled { task } => (false, task.as_str()),
            Event::Finish { .. } => (false, ""),
            _ => return Ok(()),
        };
        if !self.shown.insert((is_start, task.to_owned())) {
            return Ok(());
        }
        if let Event::End {
            state: State::Failed,
            ..
        } = &record.event
            && let Some(task) = tasks.iter().find(|one| one.task == task)
        {
            self.keep_log(run, task)?;
        }
        self.terminal.show(record, console);
        Ok(())
    }
}
