//! The catalog of this repository's own components, published for real: its page, and the SDKs that load it.

#[path = "../../../../kfp-catalog/tests/it/load.rs"]
mod load;
mod page;
mod real;
#[path = "../../../../kfp-catalog/tests/it/serve.rs"]
mod serve;
