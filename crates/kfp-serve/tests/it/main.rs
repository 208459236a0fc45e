//! The program `kfp-serve`, as KServe and people start it.

mod binary;
mod limits;
mod page;
mod program;
mod refused;
mod slow;
mod support;
mod v1;
mod v2;
