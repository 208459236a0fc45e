//! Pipelines run to their end, with shell scripts as components.

mod flow;
mod support;
