//! What tasks ask of the machine, so that no more run at a time than fit on it.

use std::fs;

use kfp_pipeline::{ContainerSpec, Executor};
use serde_json::Value;

use super::{Engine, NodeId};

/// CPUs and memory.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Resources {
    /// CPUs, in parts of one.
    pub cpus: f64,
    /// Bytes of memory.
    pub memory: f64,
}

impl Resources {
    /// What this machine has; infinite where it does not tell.
    pub fn of_machine() -> Self {
        let cpus = std::thread::available_parallelism();
        #[expect(clippy::cast_precision_loss, reason = "no machine has as many CPUs")]
        let cpus = cpus.map_or(f64::INFINITY, |cpus| cpus.get() as f64);
        let memory = fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
            let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
            Some(kib * 1024.0)
        });
        Self {
            cpus,
            memory: memory.unwrap_or(f64::INFINITY),
        }
    }

    /// What a container asks for: its requests, or where it has none, its limits.
    fn of(container: &ContainerSpec) -> Self {
        // KFP counts memory in GB.
        const GB: f64 = 1e9;
        let number = |names: [&str; 2]| {
            let mut values = names.iter().map(|name| &container.resources[*name]);
            values.find_map(Value::as_f64).unwrap_or_default()
        };
        Self {
            cpus: number(["cpuRequest", "cpuLimit"]),
            memory: number(["memoryRequest", "memoryLimit"]) * GB,
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            cpus: self.cpus + other.cpus,
            memory: self.memory + other.memory,
        }
    }

    fn fits_into(self, whole: Self) -> bool {
        self.cpus <= whole.cpus && self.memory <= whole.memory
    }
}

impl Engine<'_> {
    fn resources_of(&self, id: NodeId) -> Resources {
        match self.pipeline.spec.executor(self.nodes[id].component) {
            Some(Executor::Container(container)) => Resources::of(container),
            _ => Resources::default(),
        }
    }

    /// Whether a task fits beside those that run. One that asks for more than there is runs alone.
    pub(super) fn has_room_for(&self, id: NodeId) -> bool {
        let running = self.running.keys();
        let taken = running
            .map(|id| self.resources_of(*id))
            .fold(Resources::default(), Resources::plus);
        self.running.is_empty()
            || taken
                .plus(self.resources_of(id))
                .fits_into(self.options.resources)
    }
}
