//! Random input for what reads other people's text.
//!
//! The seed is fixed, so that a failure repeats everywhere; proptest shrinks it to a small input. `PROPTEST_CASES` sets the
//! number of rounds and `PROPTEST_RNG_SEED` another seed.

mod executor_input;
mod model;
mod references;
mod signatures;
mod yaml;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

/// The configuration of every test: `rounds`, unless the environment says otherwise, from one seed.
fn rounds(rounds: u32) -> Config {
    let asked = Config::default();
    let is_set = |name| std::env::var_os(name).is_some();
    Config {
        cases: if is_set("PROPTEST_CASES") {
            asked.cases
        } else {
            rounds
        },
        rng_seed: if is_set("PROPTEST_RNG_SEED") {
            asked.rng_seed
        } else {
            RngSeed::Fixed(20_261_126)
        },
        failure_persistence: None,
        ..asked
    }
}

/// Text of pieces that mean something to a parser, and of any characters.
fn text_of(pieces: &'static [&'static str]) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => proptest::sample::select(pieces).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => "[a-z0-9_]{1,6}",
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}
