#![doc = include_str!("../README.md")]

mod access;
mod client;
mod config;
mod error;
mod exec;
mod tokens;

pub use access::Access;
pub use client::{Answer, Client};
pub use error::{Error, Result};
pub use tokens::Tokens;
