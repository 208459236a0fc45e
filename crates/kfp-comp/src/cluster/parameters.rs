//! Parameters of a run: flags after `--`, over a file of them.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use kfp_pipeline::{PipelineSpec, parameters};
use serde_json::{Map, Value};

use crate::{
    error::{Usage, hinted_usage},
    pipeline::flags,
};

/// What the user gave, by name, in the types of the pipeline, after the checks of the API server.
///
/// # Errors
/// Everything that is wrong with it.
pub(super) fn read(
    spec: &PipelineSpec,
    file: Option<&Path>,
    tokens: &[String],
) -> Result<Map<String, Value>> {
    let mut given = match file {
        Some(path) => of_file(path)?,
        None => Map::new(),
    };
    given.extend(flags::parse(spec, tokens)?);
    // Defaults stay the server's: a run shows what was given.
    parameters::complete(spec, given.clone()).map_err(|errors| {
        let hint = "parameters follow `--`, as in `-- --trees 50`; `-- --help` lists them";
        hinted_usage(errors.join("\n"), hint)
    })?;
    Ok(given)
}

/// A mapping of names to values, as YAML or JSON.
fn of_file(path: &Path) -> Result<Map<String, Value>> {
    let text = fs::read_to_string(path)
        .map_err(|error| Usage(format!("could not read `{}`: {error}", path.display())))?;
    let documents = kfp_pipeline::documents(&text)
        .map_err(|problem| {
            Usage(format!(
                "{}:{}: {}",
                path.display(),
                problem.position,
                problem.message
            ))
        })
        .context("the parameters cannot be read")?;
    match documents.into_iter().next() {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(map)) => Ok(map),
        Some(_) => Err(Usage(format!(
            "`{}` must map names of parameters to values",
            path.display()
        ))
        .into()),
    }
}
