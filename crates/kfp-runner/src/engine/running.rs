//! Starting tasks, waiting for them, trying them again, stopping them.

use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use kfp_pipeline::{EnvVar, Executor, RetryPolicy, Task, executor::Inputs};

use super::{
    Engine, Message, NodeId, flow,
    job::{Caching, Job, Work},
    resources,
};
use crate::{
    cache::Answer,
    layout,
    record::{Content, Event, State},
    task::{Attempt, Outcome, process::Stopper},
};

/// A task that runs.
#[derive(Debug)]
pub(super) struct Running {
    attempt: u32,
    stopper: Stopper,
    deadline: Option<Instant>,
    /// When it is killed, because it was asked to end.
    kill_at: Option<Instant>,
    /// How it ends when it was stopped, whatever its exit code.
    stopped: Option<(State, String)>,
}

/// A task that is going to be tried again.
#[derive(Debug)]
pub(super) struct Timer {
    node: NodeId,
    attempt: u32,
    at: Instant,
}

impl Engine<'_> {
    /// Starts as many ready tasks as may run.
    pub(super) fn start_ready(&mut self) {
        while self.running.len() < self.options.jobs.max(1) {
            let now = Instant::now();
            let due = self
                .timers
                .iter()
                .position(|timer| timer.at <= now && self.has_room_for(timer.node));
            let (node, attempt) = if let Some(index) = due {
                let timer = self.timers.swap_remove(index);
                (timer.node, timer.attempt)
            } else {
                let mut ready = self.ready.iter();
                let fitting = ready.find(|(_, node)| self.has_room_for(**node));
                let Some((order, node)) = fitting.map(|(order, node)| (order.clone(), *node))
                else {
                    return;
                };
                self.ready.remove(&order);
                (node, 1)
            };
            self.start(node, attempt);
        }
    }

    fn start(&mut self, id: NodeId, attempt: u32) {
        let stopper = Stopper::default();
        let deadline = self
            .options
            .task_timeout
            .map(|timeout| Instant::now() + timeout);
        self.running.insert(
            id,
            Running {
                attempt,
                stopper: stopper.clone(),
                deadline,
                kill_at: None,
                stopped: None,
            },
        );
        let work = self.work(id, attempt);
        let sender = self.sender.clone();
        let run = move || {
            let outcome = match work {
                Work::Settled(outcome) => Some(outcome),
                Work::Program(job) => job.run(id, &sender, &stopper),
            };
            if let Some(outcome) = outcome {
                // If the engine is gone, so is whoever wants to know.
                let _ = sender.send(Message::Done { node: id, outcome });
            }
        };
        if let Err(error) = thread::Builder::new().name(format!("task {id}")).spawn(run) {
            let outcome = Outcome::failed(format!("no thread to run it: {error}"));
            let _ = self.sender.send(Message::Done { node: id, outcome });
        }
    }

    fn work(&self, id: NodeId, attempt: u32) -> Work {
        let node = &self.nodes[id];
        let label = node.component.executor_label.as_deref().unwrap_or_default();
        let executors = &self.pipeline.spec.deployment_spec.executors;
        let container = match executors.get(label) {
            Some(Executor::Container(container)) => container,
            Some(Executor::Importer(importer)) => return Work::Settled(self.import(id, importer)),
            _ => return Work::Settled(Outcome::failed(format!("there is no executor `{label}`"))),
        };
        if let Some(outcome) = self.claim(id, &container.image) {
            return Work::Settled(outcome);
        }
        let Some(found) = self.programs.get(label) else {
            return Work::Settled(Outcome::failed(format!(
                "nothing runs the executor `{label}`"
            )));
        };
        let directory = self.free_directory(&node.path, attempt);
        let added = match self.added(id, label, &directory) {
            Ok(added) => added,
            Err(error) => return Work::Settled(Outcome::failed(error)),
        };
        let limits = match resources::limits(container, &node.inputs) {
            Ok(limits) => limits,
            Err(error) => return Work::Settled(Outcome::failed(error)),
        };
        let mut container = container.clone();
        for (name, value) in added.environment {
            container.env.push(EnvVar { name, value });
        }
        let attempt_made = Attempt {
            directory,
            container,
            program: found.program.clone(),
            inputs: node.inputs.clone(),
            outputs: node.component.output_definitions.clone(),
            names: self.names_of(id),
            environment: added.secrets,
            volumes: added.volumes,
            mounted: added.mounted,
            limits,
        };
        let cacheable =
            |task: &&Task| task.caching_options.enable_cache && !flow::runs_always(task);
        let caching = node.task.filter(cacheable).and_then(|task| {
            Some(Caching {
                cache: Arc::clone(self.cache.as_ref()?),
                author: task.caching_options.cache_key.clone(),
                name: format!("{}/{}", self.nodes[0].name, node.path),
                run: self.names.job_name.clone(),
                contents: self.contents_of(&node.inputs),
                is_first: attempt == 1,
                has_claim: added.has_claim,
            })
        });
        Work::Program(Box::new(Job {
            attempt: attempt_made,
            caching,
        }))
    }

    /// A directory for an attempt that no attempt has had, not even in an earlier part of the run.
    fn free_directory(&self, path: &str, attempt: u32) -> PathBuf {
        let task = self.directory.join(layout::task_directory(path));
        let mut number = attempt;
        loop {
            let directory = task.join(format!("attempt-{number}"));
            if !directory.exists() {
                return directory;
            }
            number += 1;
        }
    }

    fn contents_of(&self, inputs: &Inputs) -> BTreeMap<String, Content> {
        let artifacts = inputs.artifacts.values().flat_map(|list| &list.artifacts);
        artifacts
            .filter_map(|artifact| {
                let content = self.contents.get(&artifact.uri)?;
                Some((artifact.uri.clone(), content.clone()))
            })
            .collect()
    }

    /// The next message, or none if a clock runs out first.
    pub(super) fn next_message(&self, run_deadline: Option<Instant>) -> Option<Message> {
        let has_room = self.running.len() < self.options.jobs.max(1);
        let clocks = self.running.values().flat_map(|running| {
            let deadline = running.deadline.filter(|_| running.stopped.is_none());
            [deadline, running.kill_at]
        });
        let timers = self.timers.iter().map(|timer| {
            // For one that has no room, the end of a running task is waited for.
            (has_room && self.has_room_for(timer.node)).then_some(timer.at)
        });
        let next = clocks
            .chain(timers)
            .chain([run_deadline.filter(|_| self.stops == 0)])
            .flatten()
            .min();
        match next {
            None => self.receiver.recv().ok(),
            Some(at) => {
                let wait = at.saturating_duration_since(Instant::now());
                self.receiver.recv_timeout(wait).ok()
            }
        }
    }

    pub(super) fn handle(&mut self, message: Option<Message>) -> io::Result<()> {
        match message {
            None => Ok(()),
            Some(Message::Started {
                node,
                argv,
                how,
                directory,
            }) => {
                self.has_started = true;
                let attempt = self.running.get(&node).map_or(1, |running| running.attempt);
                let dir = directory
                    .strip_prefix(&self.directory)
                    .unwrap_or(&directory)
                    .to_owned();
                self.emit(Event::Start {
                    task: self.nodes[node].path.clone(),
                    attempt,
                    how: how.to_owned(),
                    argv,
                    dir,
                })
            }
            Some(Message::Asked { node, answer }) => self.asked(node, answer),
            Some(Message::Done { node, outcome }) => self.ended(node, outcome),
            Some(Message::Interrupt) => self.stop(),
        }
    }

    fn asked(&mut self, id: NodeId, answer: Answer) -> io::Result<()> {
        let task = self.nodes[id].path.clone();
        match answer {
            Answer::Miss { key, because } => self.emit(Event::Miss { task, key, because }),
            Answer::Hit {
                key,
                from_run,
                outputs,
            } => {
                self.running.remove(&id);
                self.emit(Event::Cached {
                    task,
                    key,
                    from_run,
                    outputs: outputs.clone(),
                })?;
                self.succeed(id, outputs, State::Cached)
            }
        }
    }

    /// Asks running tasks to end and lets no more start but exit handlers; the second time kills them, and those too.
    pub(super) fn stop(&mut self) -> io::Result<()> {
        self.stops += 1;
        let kill_at = Instant::now() + self.options.grace;
        let running: Vec<NodeId> = self.running.keys().copied().collect();
        for id in running {
            if self.may_run(id) {
                continue;
            }
            let Some(running) = self.running.get_mut(&id) else {
                continue;
            };
            running
                .stopped
                .get_or_insert_with(|| (State::Cancelled, "was stopped".to_owned()));
            running.kill_at.get_or_insert(kill_at);
            if self.stops > 1 {
                running.stopper.kill();
            } else {
                running.stopper.terminate();
            }
        }
        self.cancel_waiting()
    }

    /// Cancels what was ready or about to be tried again.
    pub(super) fn cancel_waiting(&mut self) -> io::Result<()> {
        let ready = self.ready.values().copied();
        let timers = self.timers.iter().map(|timer| timer.node);
        let waiting: Vec<NodeId> = ready
            .chain(timers)
            .filter(|node| !self.may_run(*node))
            .collect();
        self.ready.retain(|_, node| !waiting.contains(node));
        self.timers.retain(|timer| !waiting.contains(&timer.node));
        for node in waiting {
            let task = self.nodes[node].path.clone();
            self.emit(Event::Cancelled { task })?;
            self.end(node, State::Cancelled)?;
        }
        Ok(())
    }

    /// Stops tasks whose time is over, and kills those that do not stop.
    pub(super) fn watch_clocks(&mut self, run_deadline: Option<Instant>) -> io::Result<()> {
        let now = Instant::now();
        let timeout = self.options.task_timeout.unwrap_or_default();
        let grace = self.options.grace;
        for running in self.running.values_mut() {
            let is_over = running.deadline.is_some_and(|deadline| deadline <= now);
            if is_over && running.stopped.is_none() {
                let error = format!(
                    "was stopped after {} s, its time limit",
                    timeout.as_secs_f64()
                );
                running.stopped = Some((State::Failed, error));
                running.kill_at = Some(now + grace);
                running.stopper.terminate();
            }
            if running.kill_at.is_some_and(|at| at <= now) {
                running.kill_at = None;
                running.stopper.kill();
            }
        }
        if self.stops == 0 && run_deadline.is_some_and(|deadline| deadline <= now) {
            self.timed_out = true;
            return self.stop();
        }
        Ok(())
    }

    /// An attempt has ended: the task has, or it is tried again.
    fn ended(&mut self, id: NodeId, mut outcome: Outcome) -> io::Result<()> {
        let Some(running) = self.running.remove(&id) else {
            return Ok(());
        };
        if let Some((state, error)) = running.stopped
            && outcome.state != State::Succeeded
        {
            outcome.state = state;
            outcome.error = Some(error);
        }
        let task = self.nodes[id].path.clone();
        self.emit(Event::End {
            task: task.clone(),
            attempt: running.attempt,
            state: outcome.state,
            exit: outcome.exit,
            error: outcome.error.clone(),
            cpu_s: outcome.cpu_s,
            outputs: outcome.outputs.clone(),
            notes: outcome.notes,
        })?;
        if outcome.state == State::Succeeded {
            return self.succeed(id, outcome.outputs, State::Succeeded);
        }
        let retry = self.nodes[id]
            .task
            .and_then(|task| task.retry_policy.as_ref());
        if let Some(policy) = retry
            && outcome.state == State::Failed
            && self.may_run(id)
            && running.attempt <= policy.max_retry_count
        {
            let delay = backoff(policy, running.attempt);
            let attempt = running.attempt + 1;
            self.timers.push(Timer {
                node: id,
                attempt,
                at: Instant::now() + delay,
            });
            return self.emit(Event::Retry {
                task,
                attempt,
                of: policy.max_retry_count + 1,
                delay_s: delay.as_secs_f64(),
            });
        }
        self.nodes[id].error = outcome.error;
        self.end(id, outcome.state)
    }
}

/// When the record can no longer be written, say because the disk is full, the run ends at once, and so do its programs.
impl Drop for Engine<'_> {
    fn drop(&mut self) {
        for running in self.running.values() {
            running.stopper.kill();
        }
    }
}

/// How long to wait after an attempt, from 1.
fn backoff(policy: &RetryPolicy, attempt: u32) -> Duration {
    const LONGEST: Duration = Duration::from_secs(3600);
    let factor = if policy.backoff_factor > 0.0 {
        policy.backoff_factor
    } else {
        2.0
    };
    let first = policy.backoff_duration.unwrap_or_default().as_secs_f64();
    let longest = policy
        .backoff_max_duration
        .filter(|duration| !duration.is_zero())
        .unwrap_or(LONGEST);
    let exponent = i32::try_from(attempt - 1).unwrap_or(i32::MAX);
    Duration::try_from_secs_f64(first * factor.powi(exponent))
        .map_or(longest, |wait| wait.min(longest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wait_is_longer_by_the_factor_up_to_the_limit() {
        let policy = RetryPolicy {
            max_retry_count: 5,
            backoff_duration: Some(Duration::from_secs(10)),
            backoff_factor: 3.0,
            backoff_max_duration: Some(Duration::from_secs(100)),
        };
        let waits: Vec<u64> = (1..=4)
            .map(|attempt| backoff(&policy, attempt).as_secs())
            .collect();
        assert_eq!(waits, [10, 30, 90, 100]);
        assert_eq!(backoff(&RetryPolicy::default(), 3), Duration::ZERO);
    }
}
