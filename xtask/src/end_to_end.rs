//! The tier with a real engine: the iris pipeline in kfp.local's Docker runner, in the images of our Dockerfiles.

use anyhow::Result;

use crate::engine::Engine;
use crate::tier::{Outcome, Sdks};
use crate::{images, sdk, signature_matrix};

/// Components of the signature matrix whose argument is omitted.
const OMITTED: [&str; 3] = [
    "signature-string-optional",
    "signature-f64-optional",
    "signature-i64-optional",
];

/// Builds the images and runs the pipeline.
pub(crate) fn run(sdks: &Sdks) -> Result<Outcome> {
    let python = match &sdks.kfp2 {
        Ok(python) => python,
        Err(why) => return Ok(Outcome::Skipped(why.clone())),
    };
    let engine = match Engine::start() {
        Ok(engine) => engine,
        Err(why) => return Ok(Outcome::Skipped(format!("{why:#}"))),
    };
    images::build(&engine)?;
    let signatures = signature_matrix::build()?;
    images::import(&engine, &signature_matrix::static_programs(&OMITTED)?)?;
    let host = engine.host();
    let mut variables = vec![("KFP_SIGNATURES", signatures.as_path())];
    variables.extend(host.iter().map(|host| ("DOCKER_HOST", host.as_ref())));
    sdk::unittest(python, "engine", &variables)
}
