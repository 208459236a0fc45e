//! The client against a real API server, and kubeconfigs as users have them.

mod api;
#[cfg(unix)]
mod login;
mod support;
