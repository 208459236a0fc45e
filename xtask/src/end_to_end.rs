//! The tier with a real engine: the iris pipeline in kfp.local's Docker runner, in the images of our Dockerfiles.

use anyhow::Result;

use crate::engine::Engine;
use crate::test::{Outcome, Sdks};
use crate::{family, images, sdk};

/// Members of the family whose argument is left out.
const MEMBERS: [&str; 3] = [
    "family-string-optional",
    "family-f64-optional",
    "family-i64-optional",
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
    let family = family::build()?;
    images::import(&engine, &family::static_programs(&MEMBERS)?)?;
    let host = engine.host();
    let mut variables = vec![("KFP_FAMILY", family.as_path())];
    variables.extend(host.iter().map(|host| ("DOCKER_HOST", host.as_ref())));
    sdk::unittest(python, "engine", &variables)
}
