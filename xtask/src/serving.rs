//! The tier with other model servers: KServe's, MLServer and a real Triton answer the requests that ours does.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::process::{build, command, read};
use crate::python::Environment;
use crate::tier::Outcome;
use crate::{sdk, workspace};

/// Runs the tier, or says which server cannot be installed here.
pub(crate) fn run() -> Result<Outcome> {
    let mut pythons = Vec::new();
    for environment in [
        Environment::Triton,
        Environment::MlServer,
        Environment::KServe,
    ] {
        match environment.python() {
            Ok(python) => pythons.push(python),
            Err(error) => return Ok(Outcome::Skipped(format!("{error:#}"))),
        }
    }
    let (server, model) = (build("kfp-serve", "dev")?, iris()?);
    let variables: [(&str, &Path); 4] = [
        ("KFP_SERVE", &server),
        ("KFP_MODEL", &model),
        ("MLSERVER_PYTHON", &pythons[1]),
        ("KSERVE_PYTHON", &pythons[2]),
    ];
    sdk::unittest(&pythons[0], "serving", &variables)
}

/// The folder of a model that our components trained on the iris table.
pub(crate) fn iris() -> Result<PathBuf> {
    let folder = workspace::target().join("serving");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let path = |name: &str| folder.join(name);
    let parts = ["x_train", "x_test", "y_train", "y_test"];
    let step = |package: &str, arguments: &[(&str, PathBuf)]| {
        let mut step = command(&build(package, "dev")?.to_string_lossy());
        for (name, value) in arguments {
            step.arg(format!("--{}", name.replace('_', "-"))).arg(value);
        }
        read(&mut step)
    };
    let table = workspace::root().join("pipelines/iris/iris.csv");
    let mut split = vec![
        ("ingested_data", table),
        ("label_colname", PathBuf::from("variety")),
    ];
    split.extend(parts.map(|name| (name, path(name))));
    step("data-preprocess", &split)?;
    let more = ["model", "metrics", "confusion_matrix"];
    let train: Vec<_> = parts
        .into_iter()
        .chain(more)
        .map(|name| (name, path(name)))
        .collect();
    step("train-eval", &train)?;
    Ok(path("model"))
}
