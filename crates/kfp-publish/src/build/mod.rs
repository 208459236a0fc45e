//! From a crate to a static program for one platform, cross-compiled on this machine.
//!
//! Runs cargo and reads what it made; installs nothing, but says what to install.

mod compile;
mod route;
mod toolchain;

pub use self::compile::{Request, compile};
pub use self::route::Route;
pub use self::toolchain::Toolchain;
