//! Where images go without a registry: a directory or one file.

pub mod layout;
pub mod tarball;
