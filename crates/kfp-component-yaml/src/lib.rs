//! component.yaml, the file that names a Kubeflow Pipelines component, as kfp 1.8 and kfp 2 treat it.
//!
//! - [`render`](mod@render) writes it from a signature, in the dialect both SDKs and `kfp.local` read the same way.
//! - [`read`](mod@read) reads anybody's, with a position on everything.
//! - [`load`](mod@load) reads the component of a component.yaml or of pipeline IR.
//! - [`lint`](mod@lint) says what each SDK does with it, and why.
//! - [`ir`] compiles it to KFP 2's pipeline IR, as `kfp component build` would.
//! - [`label`] replaces its image, and carries it on an image.
//!
//! Text in, data out: no files, no environment, no clock.

pub mod document;
pub mod ir;
mod kfp1;
pub mod label;
pub mod lint;
pub mod load;
mod python;
pub mod read;
pub mod render;
mod rules;
mod suggest;
