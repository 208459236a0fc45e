//! Pipelines run to their end, with shell scripts as components.
#![cfg(unix)]
#![expect(
    clippy::needless_pass_by_value,
    reason = "`json!` is written where it is used"
)]

mod cache;
mod containers;
mod dialect;
mod flow;
mod hostile;
mod images;
mod kubernetes;
mod page;
mod report;
mod sdk;
mod stop;
mod support;
mod values;
