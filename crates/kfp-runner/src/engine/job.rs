//! What a thread does for a task.

use std::{
    collections::BTreeMap,
    sync::{Arc, mpsc::Sender},
};

use super::{Message, NodeId};
use crate::{
    cache::{Answer, Cache},
    record::{Content, State},
    task::{Attempt, Outcome, process::Stopper},
};

/// What a thread does for a task.
#[derive(Debug)]
pub(super) enum Work {
    /// Runs a program, unless the cache has its outputs.
    Program(Box<Job>),
    /// Nothing: it is known what comes of it.
    Settled(Outcome),
}

/// A program to run, unless the cache has its outputs.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) attempt: Attempt,
    pub(super) caching: Option<Caching>,
}

/// How a task uses the cache.
#[derive(Debug)]
pub(super) struct Caching {
    pub(super) cache: Arc<Cache>,
    /// The pipeline author's own key.
    pub(super) author: String,
    /// What the task is called from run to run.
    pub(super) name: String,
    /// The run's name.
    pub(super) run: String,
    /// What is in its inputs, by URI.
    pub(super) contents: BTreeMap<String, Content>,
    /// Whether the cache is asked: it was before an attempt that failed.
    pub(super) is_first: bool,
    /// It reads and writes what other tasks and runs do, so that equal inputs do not make equal outputs.
    pub(super) has_claim: bool,
}

impl Job {
    /// What came of it; nothing if the cache had the outputs, which was said then.
    pub(super) fn run(
        &self,
        node: NodeId,
        sender: &Sender<Message>,
        stopper: &Stopper,
    ) -> Option<Outcome> {
        let attempt = &self.attempt;
        let mut key = None;
        if let Some(caching) = &self.caching {
            let parts = match caching
                .cache
                .parts(attempt, &caching.contents, &caching.author)
            {
                Ok(parts) => parts,
                Err(error) => return Some(Outcome::failed(error)),
            };
            if caching.is_first {
                let answer = if caching.has_claim {
                    Answer::Miss {
                        key: parts.key(),
                        because: "it has the volume of a claim, whose files are not compared"
                            .to_owned(),
                    }
                } else {
                    caching.cache.find(&parts, &caching.name, attempt)
                };
                let is_hit = matches!(answer, Answer::Hit { .. });
                let _ = sender.send(Message::Asked { node, answer });
                if is_hit {
                    return None;
                }
            }
            // What is kept would also be found once the pipeline gives it no claim any more.
            key = (!caching.has_claim).then_some((caching, parts));
        }
        let prepared = match attempt.prepare() {
            Ok(prepared) => prepared,
            Err(error) => return Some(Outcome::failed(error)),
        };
        let _ = sender.send(Message::Started {
            node,
            argv: prepared.argv.clone(),
            how: attempt.program.how(),
            directory: attempt.directory.clone(),
        });
        let mut outcome = prepared.run(stopper);
        if let (Some((caching, parts)), State::Succeeded) = (key, outcome.state) {
            let kept = caching
                .cache
                .keep(&parts, &caching.name, &caching.run, &outcome.outputs);
            if let Err(error) = kept {
                outcome.notes.push(format!(
                    "its outputs could not be kept in the cache: {error}"
                ));
            }
        }
        Some(outcome)
    }
}
