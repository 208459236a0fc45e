//! What tasks ask of the machine, so that no more run at a time than fit on it.

use std::{borrow::Cow, fs};

use kfp_pipeline::{
    ContainerSpec, Executor, executor::Inputs, placeholder::Placeholder, quantity, value,
};

use super::{Engine, NodeId};
use crate::program::Limits;

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
    fn of(container: &ContainerSpec, inputs: &Inputs) -> Self {
        let amount = |amount: &Amount, what| amount.of(what, container, inputs).ok().flatten();
        let asked = |kind| amount(kind, "Request").or_else(|| amount(kind, "Limit"));
        Self {
            cpus: asked(&CPUS).unwrap_or_default(),
            memory: asked(&MEMORY).unwrap_or_default(),
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

/// CPU or memory in a container's resources.
struct Amount {
    /// `resourceCpuLimit` is a quantity, or the placeholder of an input that is one; since kfp 2.9.
    quantity: &'static str,
    /// `cpuLimit` is a number; of all releases.
    number: &'static str,
    read: fn(&str) -> Option<f64>,
    /// What the number counts.
    unit: f64,
}

const CPUS: Amount = Amount {
    quantity: "resourceCpu",
    number: "cpu",
    read: quantity::cpus,
    unit: 1.0,
};
const MEMORY: Amount = Amount {
    quantity: "resourceMemory",
    number: "memory",
    read: quantity::bytes,
    unit: 1e9,
};

impl Amount {
    /// The request or limit, if there is one.
    fn of(
        &self,
        what: &str,
        container: &ContainerSpec,
        inputs: &Inputs,
    ) -> Result<Option<f64>, String> {
        let resources = &container.resources;
        let amount = match resources[format!("{}{what}", self.quantity)].as_str() {
            Some(text) => {
                let text = filled_in(text, inputs);
                let amount = (self.read)(&text);
                Some(amount.ok_or_else(|| {
                    format!("its {}{what} is `{text}`, not a quantity", self.number)
                })?)
            }
            None => resources[format!("{}{what}", self.number)]
                .as_f64()
                .map(|number| number * self.unit),
        };
        Ok(amount.filter(|amount| *amount > 0.0))
    }
}

/// A text, or the value of the input it is a placeholder of.
fn filled_in<'a>(text: &'a str, inputs: &Inputs) -> Cow<'a, str> {
    match Placeholder::parse(text) {
        Some(Placeholder::InputParameter(name)) => inputs
            .parameters
            .get(name)
            .map_or(text.into(), |value| value::text(value).into()),
        _ => text.into(),
    }
}

/// What a container may use.
///
/// # Errors
/// If that is not a quantity.
pub(super) fn limits(container: &ContainerSpec, inputs: &Inputs) -> Result<Limits, String> {
    Ok(Limits {
        cpus: CPUS.of("Limit", container, inputs)?,
        memory: MEMORY.of("Limit", container, inputs)?,
    })
}

impl Engine<'_> {
    fn resources_of(&self, id: NodeId) -> Resources {
        match self.pipeline.spec.executor(self.nodes[id].component) {
            Some(Executor::Container(container)) => {
                Resources::of(container, &self.nodes[id].inputs)
            }
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
