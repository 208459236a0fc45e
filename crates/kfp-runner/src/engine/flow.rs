//! What follows from what: triggers, conditions, loops, and how graphs end.

use std::{collections::BTreeMap, io};

use kfp_pipeline::{
    IteratorItems, Task, TriggerStrategy, command::Names, condition, executor::Inputs,
};
use serde_json::Value;

use super::{
    Engine, Step, inputs,
    node::{self, Kind, Node, NodeId},
};
use crate::{
    record::{Event, Outputs, State},
    task::digest,
};

impl Engine<'_> {
    /// Follows all that follows from what has happened.
    pub(super) fn settle(&mut self) -> io::Result<()> {
        while let Some(step) = self.steps.pop_front() {
            match step {
                Step::Consider(node) => self.consider(node)?,
                Step::Settled(node) => self.settled(node)?,
            }
        }
        Ok(())
    }

    /// Makes a node with inputs what it is: a loop, a graph, or a task that waits for its turn.
    pub(super) fn open(&mut self, id: NodeId) -> io::Result<()> {
        let node = &self.nodes[id];
        let iterator = node.task.and_then(|task| task.parameter_iterator.as_ref());
        if iterator.is_some() && !node.is_iteration {
            return self.open_loop(id);
        }
        let Some(dag) = &node.component.dag else {
            self.nodes[id].kind = Kind::Leaf;
            let task = self.nodes[id].path.clone();
            if let Some(outputs) = self.done.remove(&task) {
                if let Some(from_run) = self.done_in.clone() {
                    self.emit(Event::Cached {
                        task,
                        key: String::new(),
                        from_run,
                        outputs: outputs.clone(),
                    })?;
                }
                return self.succeed(id, outputs, State::Cached);
            }
            self.ready.insert(self.nodes[id].order.clone(), id);
            let after = self.waited_for(id);
            return self.emit(Event::Ready { task, after });
        };
        let (path, order) = (node.path.clone(), node.order.clone());
        let names = match dag.order() {
            Ok(names) => names,
            Err(cycle) => {
                let error = format!("the tasks {} wait for each other", cycle.join(", "));
                return self.fail(id, error);
            }
        };
        let mut children: BTreeMap<&str, NodeId> = BTreeMap::new();
        for (index, name) in names.into_iter().enumerate() {
            let (name, task) = dag
                .tasks
                .get_key_value(name)
                .expect("the order is one of the graph's tasks");
            let components = &self.pipeline.spec.components;
            let Some(component) = components.get(&task.component_ref.name) else {
                let error = format!("there is no component `{}`", task.component_ref.name);
                return self.fail(id, error);
            };
            let child = self.nodes.len();
            let order = [&order[..], &[index]].concat();
            let path = node::path(&path, name);
            let mut node = Node::new(path, order, Some(id), name, component, Some(task));
            // The order of a graph has every task after those it waits for.
            for dependency in task.dependencies() {
                if let Some(dependency) = children.get(dependency) {
                    self.nodes[*dependency].dependents.push(child);
                    node.waiting += 1;
                }
            }
            if node.waiting == 0 {
                self.steps.push_back(Step::Consider(child));
            }
            self.nodes.push(node);
            children.insert(name.as_str(), child);
        }
        let open = children.len();
        self.nodes[id].kind = Kind::Graph { children, open };
        if open == 0 {
            self.close_graph(id)?;
        }
        Ok(())
    }

    /// What a task waited for, or if that is nothing, what the graph or loop it is in did.
    fn waited_for(&self, id: NodeId) -> Vec<String> {
        let mut next = Some(id);
        while let Some(id) = next {
            let node = &self.nodes[id];
            if let (Some(task), Some(graph), false) = (node.task, node.parent, node.is_iteration) {
                let after = self.paths(graph, task, |_| true);
                if !after.is_empty() {
                    return after;
                }
            }
            next = node.parent;
        }
        Vec::new()
    }

    /// Decides about a task whose dependencies have all ended.
    fn consider(&mut self, id: NodeId) -> io::Result<()> {
        let node = &self.nodes[id];
        let (Some(task), Some(graph)) = (node.task, node.parent) else {
            return Ok(());
        };
        let path = node.path.clone();
        if graph == 0
            && self
                .selected
                .as_ref()
                .is_some_and(|selected| !selected.contains(node.name))
        {
            let why = "it is not selected".to_owned();
            self.emit(Event::Skipped { task: path, why })?;
            return self.end(id, State::Skipped);
        }
        if !self.may_run(id) {
            self.emit(Event::Cancelled { task: path })?;
            return self.end(id, State::Cancelled);
        }
        if !runs_always(task) {
            let dialect = self.options.dialect;
            let because = self.paths(graph, task, |node| {
                let is_skipped = node.state == Some(State::Skipped);
                !(node.is_success() || is_skipped && dialect.runs_after_skipped())
            });
            if !because.is_empty() {
                let because = because.into_iter().collect();
                self.emit(Event::Omitted {
                    task: path,
                    because,
                })?;
                return self.end(id, State::Omitted);
            }
        }
        let names = self.names_of(id);
        let inputs = match self.inputs(graph, task, self.nodes[id].component, &names) {
            Ok(inputs) => inputs,
            Err(error) => return self.fail(id, error),
        };
        let condition = &task.trigger_policy.condition;
        if !condition.is_empty() {
            let holds = match condition::holds(condition, &inputs) {
                Ok(holds) => holds,
                Err(_) if self.options.dialect.undecidable_is_false() => false,
                Err(error) => {
                    return self.fail(id, format!("the condition `{condition}`: {error}"));
                }
            };
            if !holds {
                let why = format!("its condition is false: {condition}");
                self.emit(Event::Skipped { task: path, why })?;
                return self.end(id, State::Skipped);
            }
        }
        self.nodes[id].inputs = inputs;
        self.open(id)
    }

    /// The paths of those tasks a task waits for that are such.
    fn paths(
        &self,
        graph: NodeId,
        task: &Task,
        is_such: impl Fn(&Node<'_>) -> bool,
    ) -> Vec<String> {
        let Kind::Graph { children, .. } = &self.nodes[graph].kind else {
            return Vec::new();
        };
        task.dependencies()
            .into_iter()
            .filter_map(|name| children.get(name))
            .map(|child| &self.nodes[*child])
            .filter(|node| is_such(node))
            .map(|node| node.path.clone())
            .collect()
    }

    pub(super) fn names_of(&self, id: NodeId) -> Names {
        let node = &self.nodes[id];
        // Digits, as the backend's, and the same whenever the run is repeated.
        let hash = digest::of_bytes(format!("{}/{}", self.names.job_uuid, node.path));
        let number = u64::from_str_radix(&hash[..8], 16).unwrap_or_default();
        Names {
            task_name: node.name.to_owned(),
            task_uuid: number.to_string(),
            ..self.names.clone()
        }
    }

    fn open_loop(&mut self, id: NodeId) -> io::Result<()> {
        let node = &self.nodes[id];
        let Some((task, iterator)) = node
            .task
            .and_then(|task| Some((task, task.parameter_iterator.as_ref()?)))
        else {
            return Ok(());
        };
        let value = match &iterator.items {
            IteratorItems::Raw(text) => serde_json::from_str(text).ok(),
            IteratorItems::InputParameter(name) => node.inputs.parameters.get(name).cloned(),
        };
        let items = match value {
            Some(Value::Array(items)) => items,
            // A list may come as JSON text, for the backend too.
            Some(Value::String(text)) => match serde_json::from_str(&text) {
                Ok(Value::Array(items)) => items,
                _ => {
                    return self.fail(
                        id,
                        format!("the items of the loop are {text:?}, not a list"),
                    );
                }
            },
            other => {
                let value = other.unwrap_or_default();
                return self.fail(id, format!("the items of the loop are {value}, not a list"));
            }
        };
        let limit = match task.iterator_policy.parallelism_limit {
            0 => usize::MAX,
            limit => limit as usize,
        };
        let items: Vec<Value> = items
            .into_iter()
            .map(kfp_pipeline::value::normalized)
            .collect();
        let open = items.len();
        self.nodes[id].kind = Kind::Loop {
            items,
            iterations: Vec::new(),
            open,
            limit,
        };
        if open == 0 {
            return self.close_loop(id);
        }
        self.open_iterations(id)
    }

    /// Opens as many iterations as the loop's limit allows.
    fn open_iterations(&mut self, id: NodeId) -> io::Result<()> {
        loop {
            let node = &self.nodes[id];
            let Kind::Loop {
                items,
                iterations,
                open,
                limit,
            } = &node.kind
            else {
                return Ok(());
            };
            let index = iterations.len();
            let opened = open - (items.len() - index);
            if index == items.len() || opened >= *limit {
                return Ok(());
            }
            let Some(task) = node.task else {
                return Ok(());
            };
            let Some(iterator) = &task.parameter_iterator else {
                return Ok(());
            };
            let list = match &iterator.items {
                IteratorItems::Raw(_) => None,
                IteratorItems::InputParameter(name) => Some(name.as_str()),
            };
            let item = items[index].clone();
            let inputs = inputs::of_iteration(
                &node.inputs,
                list,
                &iterator.item_input,
                item,
                node.component,
            );
            let path = format!("{}[{index}]", node.path);
            let order = [&node.order[..], &[index]].concat();
            let (name, component) = (node.name, node.component);
            let mut iteration = Node::new(path, order, Some(id), name, component, Some(task));
            iteration.is_iteration = true;
            let child = self.nodes.len();
            self.nodes.push(iteration);
            if let Kind::Loop { iterations, .. } = &mut self.nodes[id].kind {
                iterations.push(child);
            }
            if !self.may_run(child) {
                let task = self.nodes[child].path.clone();
                self.emit(Event::Cancelled { task })?;
                self.end(child, State::Cancelled)?;
                continue;
            }
            match inputs {
                Ok(inputs) => {
                    self.nodes[child].inputs = inputs;
                    self.open(child)?;
                }
                Err(error) => self.fail(child, error)?,
            }
        }
    }

    /// A node failed without a program having been run for it.
    pub(super) fn fail(&mut self, id: NodeId, error: String) -> io::Result<()> {
        self.emit(Event::Group {
            task: self.nodes[id].path.clone(),
            state: State::Failed,
            error: Some(error.clone()),
        })?;
        self.nodes[id].error = Some(error);
        self.end(id, State::Failed)
    }

    pub(super) fn succeed(&mut self, id: NodeId, outputs: Outputs, state: State) -> io::Result<()> {
        for artifact in outputs.artifacts.values().flatten() {
            if let Some(content) = &artifact.content {
                let uri = artifact.artifact.uri.clone();
                self.contents.insert(uri, content.clone());
            }
        }
        self.nodes[id].outputs = outputs;
        self.end(id, state)
    }

    /// Notes how a node ended; what follows from it comes later, so that long chains need no deep stack.
    pub(super) fn end(&mut self, id: NodeId, state: State) -> io::Result<()> {
        let node = &mut self.nodes[id];
        node.state = Some(state);
        // From here on, others look only at what it produced.
        node.inputs = Inputs::default();
        self.steps.push_back(Step::Settled(id));
        if state == State::Failed && self.options.fail_fast && !self.halted {
            self.halted = true;
            self.cancel_waiting()?;
        }
        Ok(())
    }

    /// Whether a task may be started: nothing was stopped, or it is an exit handler or in one.
    pub(super) fn may_run(&self, id: NodeId) -> bool {
        if self.stops == 0 && !self.halted {
            return true;
        }
        let mut next = Some(id);
        let is_exit = std::iter::from_fn(|| {
            let node = &self.nodes[next?];
            next = node.parent;
            Some(node)
        })
        .any(|node| node.task.is_some_and(runs_always));
        is_exit && self.stops < 2
    }

    /// Tells the tasks that wait for it, and the graph or loop it is in.
    fn settled(&mut self, id: NodeId) -> io::Result<()> {
        let Some(parent) = self.nodes[id].parent else {
            return Ok(());
        };
        match &mut self.nodes[parent].kind {
            Kind::Graph { open, .. } => {
                *open -= 1;
                let is_over = *open == 0;
                for dependent in std::mem::take(&mut self.nodes[id].dependents) {
                    let node = &mut self.nodes[dependent];
                    node.waiting -= 1;
                    if node.waiting == 0 {
                        self.steps.push_back(Step::Consider(dependent));
                    }
                }
                if is_over {
                    self.close_graph(parent)?;
                }
                Ok(())
            }
            Kind::Loop { open, .. } => {
                *open -= 1;
                if *open == 0 {
                    self.close_loop(parent)
                } else {
                    self.open_iterations(parent)
                }
            }
            Kind::Leaf | Kind::Closed => Ok(()),
        }
    }

    fn close_graph(&mut self, id: NodeId) -> io::Result<()> {
        let children: Vec<NodeId> = match &self.nodes[id].kind {
            Kind::Graph { children, .. } => children.values().copied().collect(),
            _ => Vec::new(),
        };
        let outputs = self.graph_outputs(id);
        self.close(id, &children, outputs)
    }

    fn close_loop(&mut self, id: NodeId) -> io::Result<()> {
        let iterations = match &self.nodes[id].kind {
            Kind::Loop { iterations, .. } => iterations.clone(),
            _ => Vec::new(),
        };
        let outputs = self.loop_outputs(id);
        self.close(id, &iterations, outputs)
    }

    /// Ends a graph or loop: failed if anything in it failed, cancelled if anything was, else succeeded.
    fn close(&mut self, id: NodeId, children: &[NodeId], outputs: Outputs) -> io::Result<()> {
        let with = |state| {
            let mut nodes = children.iter().map(|child| &self.nodes[*child]);
            nodes.find(|node| node.state == Some(state))
        };
        let (state, error) = if let Some(failed) = with(State::Failed) {
            let error = match &failed.error {
                Some(error) => format!("{}: {error}", failed.path),
                None => format!("{} failed", failed.path),
            };
            (State::Failed, Some(error))
        } else if with(State::Cancelled).is_some() {
            (State::Cancelled, None)
        } else {
            (State::Succeeded, None)
        };
        self.nodes[id].outputs = outputs;
        self.nodes[id].error = error;
        if id != 0 {
            let task = self.nodes[id].path.clone();
            self.emit(Event::Group {
                task,
                state,
                error: None,
            })?;
        }
        self.end(id, state)
    }
}

/// Whether a task runs however the tasks ended that it waits for.
pub(super) fn runs_always(task: &Task) -> bool {
    task.trigger_policy.strategy == TriggerStrategy::AllUpstreamTasksCompleted
}
