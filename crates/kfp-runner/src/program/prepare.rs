//! What has to be there before the first task starts.

use std::collections::BTreeMap;

use super::{Environment, Found, Program};

/// Something a program needs that is not there yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// An environment for a Python component.
    Environment(Environment),
    /// An image that the engine does not have.
    Pull,
}

/// Makes and fetches all that is needed, each once. `say` is told a verb and what it is about.
///
/// # Errors
/// The first thing that cannot be made or fetched.
pub fn prepare(
    programs: &mut BTreeMap<String, Found>,
    say: &mut dyn FnMut(&'static str, &str),
) -> Result<(), String> {
    for found in programs.values_mut() {
        match found.need.take() {
            None => {}
            // Another executor may have had the same.
            Some(Need::Environment(environment)) if environment.is_ready() => {}
            Some(Need::Environment(environment)) => {
                say("Installing", &environment.packages().join(", "));
                environment.make()?;
            }
            Some(Need::Pull) => {
                let Program::Container { engine, image, id } = &mut found.program else {
                    continue;
                };
                if engine.image_id(image).is_none() {
                    say("Pulling", image);
                    engine.pull(image)?;
                }
                *id = engine
                    .image_id(image)
                    .ok_or_else(|| format!("{} has no image `{image}`", engine.name()))?;
            }
        }
    }
    Ok(())
}
