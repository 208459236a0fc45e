//! train-eval on thirty stratified splits of the iris table, against scikit-learn on the same files.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::{Comparison, components, median, preprocess, scratch, script, take};
use crate::python::Environment;
use crate::workspace;

const SPLITS: usize = 30;

pub(super) fn measure() -> Result<Vec<Comparison>> {
    let python = Environment::Bench.python()?;
    let [_, splitter, program] = components()?;
    let folder = scratch("train")?;
    let table = workspace::root().join("pipelines/iris/iris.csv");
    let (mut ours, mut theirs, mut theirs_alone) = (Vec::new(), Vec::new(), Vec::new());
    let (mut our_accuracy, mut their_accuracy) = (Vec::new(), Vec::new());
    for seed in 0..SPLITS {
        take(&mut preprocess::split(
            &splitter, &table, "variety", &folder, seed,
        ))?;
        let mut train = Command::new(&program);
        for part in [
            "x_train",
            "x_test",
            "y_train",
            "y_test",
            "model",
            "metrics",
            "confusion_matrix",
        ] {
            train
                .arg(format!("--{}", part.replace('_', "-")))
                .arg(folder.join(part));
        }
        ours.push(take(&mut train)?.time.as_secs_f64() * 1e3);
        let metrics: Value = serde_json::from_str(&fs::read_to_string(folder.join("metrics"))?)?;
        our_accuracy.push(
            metrics["metrics"][0]["numberValue"]
                .as_f64()
                .context("no accuracy")?,
        );
        fs::remove_dir_all(folder.join("model"))?;

        let taken = take(Command::new(&python).arg(script("train.py")).arg(&folder))?;
        let said: Value = serde_json::from_str(&taken.stdout)?;
        theirs.push(taken.time.as_secs_f64() * 1e3);
        theirs_alone.push(said["seconds"].as_f64().context("no seconds")? * 1e3);
        their_accuracy.push(said["accuracy"].as_f64().context("no accuracy")?);
    }
    fs::remove_dir_all(&folder)?;
    let figure = |what, against, unit, ours, theirs| Comparison {
        what,
        against,
        unit,
        ours,
        theirs,
        runs: SPLITS,
    };
    #[expect(clippy::cast_precision_loss, reason = "thirty")]
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let ours = median(ours);
    Ok(vec![
        figure(
            "train-eval, iris: time",
            "scikit-learn",
            "ms",
            ours,
            median(theirs),
        ),
        figure(
            "train-eval, iris: time",
            "scikit-learn after its imports",
            "ms",
            ours,
            median(theirs_alone),
        ),
        figure(
            "train-eval, iris: mean accuracy",
            "scikit-learn",
            "",
            mean(&our_accuracy),
            mean(&their_accuracy),
        ),
    ])
}
