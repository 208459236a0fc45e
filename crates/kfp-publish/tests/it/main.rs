//! What publishing does, seen from outside: one program of tests, since linking each file alone takes longer than running it.

mod again;
mod build;
mod catalog;
mod command;
mod cross;
mod faults;
mod interrupted;
mod layouts;
mod registry;
#[cfg(unix)]
mod reproducible;
mod revision;
mod sbom;
mod servers;
mod support;
mod tools;
