//! What both SDKs will say of a file, before they do, and what else is wrong with it.

mod verdict;

pub use verdict::{Outcome, Verdict, verdicts};
