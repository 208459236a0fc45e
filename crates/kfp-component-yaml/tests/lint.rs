//! Reading, linting and compiling component.yaml, against the recorded verdicts of the real SDKs and on our own cases.
#[path = "lint/cases.rs"]
mod cases;
#[path = "lint/corners.rs"]
mod corners;
#[path = "lint/corpus.rs"]
mod corpus;
#[path = "lint/fuzz.rs"]
mod fuzz;
#[path = "lint/help.rs"]
mod help;
#[path = "lint/ir.rs"]
mod ir;
#[path = "lint/load.rs"]
mod load;
#[path = "lint/reader.rs"]
mod reader;
#[path = "lint/rules.rs"]
mod rules;
#[path = "lint/sdk.rs"]
mod sdk;
#[path = "lint/shared.rs"]
mod shared;
#[path = "lint/vectors.rs"]
mod vectors;
