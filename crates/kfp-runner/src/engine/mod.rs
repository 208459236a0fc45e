//! The engine: one thread decides what runs when, one thread for each running program waits for it.
//!
//! A run is a tree of nodes that grows as it goes: a graph's tasks when it is their turn, a loop's iterations when its
//! items are known. What follows from what follows KFP's backend, not kfp.local.

mod dialect;
mod flow;
mod import;
mod inputs;
mod job;
mod node;
mod outputs;
mod platform;
mod resources;
mod running;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fs, io,
    path::PathBuf,
    sync::{
        Arc,
        mpsc::{self, Receiver, Sender},
    },
    time::{Duration, Instant},
};

use kfp_pipeline::{Pipeline, command::Names, executor::Inputs};
use serde_json::{Map, Value};

use crate::{
    cache::{Answer, Cache},
    platform::ClusterObjects,
    program::Found,
    record::{Content, Event, Log, Outputs, Record, State},
    task::{Outcome, process},
};
pub use dialect::Dialect;
use node::{Kind, Node, NodeId};
pub use resources::Resources;
use running::{Running, Timer};

/// How a run is carried out.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many programs run at a time; at least 1.
    pub jobs: usize,
    /// What all programs that run at a time may ask for together.
    pub resources: Resources,
    /// Whether no task is started once one has failed.
    pub fail_fast: bool,
    /// How long an attempt at a task may take.
    pub task_timeout: Option<Duration>,
    /// How long the run may take.
    pub run_timeout: Option<Duration>,
    /// Whose rules are followed.
    pub dialect: Dialect,
    /// How long a program has between being asked to end and being killed.
    pub grace: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            jobs: std::thread::available_parallelism().map_or(1, usize::from),
            resources: Resources::of_machine(),
            fail_fast: false,
            task_timeout: None,
            run_timeout: None,
            dialect: Dialect::Backend,
            grace: Duration::from_secs(10),
        }
    }
}

/// What is to be run.
#[derive(Debug)]
pub struct Request<'a> {
    /// The pipeline, without errors.
    pub pipeline: &'a Pipeline,
    /// All its parameters, with defaults: see [`kfp_pipeline::parameters::complete`].
    pub parameters: Map<String, Value>,
    /// What runs each of its executors: see [`crate::program::resolve`].
    pub programs: &'a BTreeMap<String, Found>,
    /// How.
    pub options: Options,
    /// The run's own directory, which is there.
    pub directory: PathBuf,
    /// What placeholders for the run stand for.
    pub names: Names,
    /// Tasks that need not run, because an earlier run, or an earlier part of this one, did them, by path.
    pub done: BTreeMap<String, Outputs>,
    /// The run that did them, unless it is this one.
    pub done_in: Option<String>,
    /// The pipeline's own tasks that are looked at; none means all.
    pub selected: Option<BTreeSet<String>>,
    /// Where outputs of equal tasks are looked for and kept.
    pub cache: Option<Arc<Cache>>,
    /// What stands for a cluster's secrets and volumes.
    pub cluster_objects: ClusterObjects,
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Succeeded, failed or cancelled.
    pub state: State,
    /// The tasks that failed, by path.
    pub failed: Vec<String>,
    /// What the pipeline produced.
    pub outputs: Outputs,
}

/// Stops a run from another thread.
#[derive(Clone, Debug)]
pub struct Control(Sender<Message>);

impl Control {
    /// Stops running tasks and starts no more but exit handlers; the second time, those neither.
    pub fn interrupt(&self) {
        // A run that is over has nothing to stop.
        let _ = self.0.send(Message::Interrupt);
    }
}

/// What threads tell the engine.
#[derive(Debug)]
enum Message {
    Started {
        node: NodeId,
        argv: Vec<String>,
        how: &'static str,
        directory: PathBuf,
    },
    /// What the cache said about a task; after a hit it is done.
    Asked {
        node: NodeId,
        answer: Answer,
    },
    Done {
        node: NodeId,
        outcome: Outcome,
    },
    Interrupt,
}

/// What is to be looked at next.
#[derive(Debug)]
enum Step {
    /// All it waits for has ended.
    Consider(NodeId),
    /// It has ended.
    Settled(NodeId),
}

/// A run in progress.
pub struct Engine<'a> {
    pipeline: &'a Pipeline,
    programs: &'a BTreeMap<String, Found>,
    options: Options,
    directory: PathBuf,
    names: Names,
    done: BTreeMap<String, Outputs>,
    done_in: Option<String>,
    selected: Option<BTreeSet<String>>,
    cache: Option<Arc<Cache>>,
    cluster_objects: ClusterObjects,
    nodes: Vec<Node<'a>>,
    steps: VecDeque<Step>,
    /// Tasks that could start, in the order they are started in.
    ready: BTreeMap<Vec<usize>, NodeId>,
    running: BTreeMap<NodeId, Running>,
    timers: Vec<Timer>,
    /// What is known about artifacts on this machine, by URI.
    contents: BTreeMap<String, Content>,
    /// Whether any program was started.
    has_started: bool,
    /// How often the run was interrupted.
    stops: u32,
    /// Whether a task failed, and no other is to be started for that.
    halted: bool,
    /// Whether the run took longer than it may.
    timed_out: bool,
    sender: Sender<Message>,
    receiver: Receiver<Message>,
    log: &'a mut Log,
    watch: &'a mut dyn FnMut(&Record),
}

impl<'a> Engine<'a> {
    /// Makes a run ready to go. Every event is written to the log and then shown to `watch`.
    pub fn new(
        request: Request<'a>,
        log: &'a mut Log,
        watch: &'a mut dyn FnMut(&Record),
    ) -> (Self, Control) {
        let (sender, receiver) = mpsc::channel();
        let control = Control(sender.clone());
        let parameters = request.parameters.into_iter().collect();
        let spec = &request.pipeline.spec;
        let name = &spec.pipeline_info.name;
        let mut root = Node::new(String::new(), Vec::new(), None, name, &spec.root, None);
        root.inputs = Inputs {
            parameters,
            ..Inputs::default()
        };
        let engine = Self {
            pipeline: request.pipeline,
            programs: request.programs,
            options: request.options,
            directory: request.directory,
            names: request.names,
            done: request.done,
            done_in: request.done_in,
            selected: request.selected,
            cache: request.cache,
            cluster_objects: request.cluster_objects,
            nodes: vec![root],
            steps: VecDeque::new(),
            ready: BTreeMap::new(),
            running: BTreeMap::new(),
            timers: Vec::new(),
            contents: BTreeMap::new(),
            has_started: false,
            stops: 0,
            halted: false,
            timed_out: false,
            sender,
            receiver,
            log,
            watch,
        };
        (engine, control)
    }

    /// Runs the pipeline to its end.
    ///
    /// # Errors
    /// If the record cannot be written. That tasks fail is not an error.
    pub fn run(mut self) -> io::Result<Summary> {
        let deadline = self
            .options
            .run_timeout
            .map(|timeout| Instant::now() + timeout);
        if has_workspace(self.pipeline) {
            fs::create_dir_all(&self.names.workspace)?;
        }
        self.open(0)?;
        loop {
            self.settle()?;
            self.start_ready();
            if self.nodes[0].state.is_some() && self.running.is_empty() {
                break;
            }
            let message = self.next_message(deadline);
            self.handle(message)?;
            self.watch_clocks(deadline)?;
        }
        self.finish()
    }

    fn finish(mut self) -> io::Result<Summary> {
        if self.has_started {
            // What left its process group, such as a daemon, does not outlive the run.
            process::kill_below(&self.directory);
        }
        let failed: Vec<String> = self
            .nodes
            .iter()
            .filter(|node| {
                node.state == Some(State::Failed) && matches!(node.kind, Kind::Leaf | Kind::Closed)
            })
            .map(|node| node.path.clone())
            .collect();
        let root = &self.nodes[0];
        let state = match root.state {
            Some(State::Cancelled) if self.timed_out => State::Failed,
            state => state.unwrap_or(State::Failed),
        };
        let summary = Summary {
            state,
            failed,
            outputs: root.outputs.clone(),
        };
        self.emit(Event::Finish {
            state: summary.state,
            failed: summary.failed.clone(),
            outputs: summary.outputs.clone(),
        })?;
        Ok(summary)
    }

    fn emit(&mut self, event: Event) -> io::Result<()> {
        let record = self.log.add(event)?;
        (self.watch)(&record);
        Ok(())
    }
}

/// Whether the pipeline asks for a directory that all its tasks share.
fn has_workspace(pipeline: &Pipeline) -> bool {
    let mut platforms = pipeline.platforms.platforms.values();
    platforms.any(|platform| platform.pipeline_config.contains_key("workspace"))
}
