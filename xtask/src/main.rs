//! Tasks of this repository: `cargo xtask ci|test|demo|bench|publish`.

fn main() {}
