//! The record of a run, which the display, resuming and the report are made from.

mod event;
mod log;

pub use event::{Artifact, Content, Event, Outputs, Record, RunStart, State};
pub use log::{FILE, Log, read};
