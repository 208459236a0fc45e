//! What is made of files that kfp compiled, that a real backend ran, and that are wrong.

mod arbitrary;
mod compiled;
mod launcher;
mod problems;
