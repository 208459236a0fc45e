//! From a crate to a static program for one platform, cross-compiled on this machine.
//!
//! Runs cargo and reads what it made; installs nothing, but says what to install.

mod compile;
mod config;
mod diagnosis;
mod route;
mod toolchain;

pub(crate) use self::compile::{Request, compile};
pub(crate) use self::config::CargoConfig;
pub(crate) use self::route::Route;
pub(crate) use self::toolchain::Toolchain;
