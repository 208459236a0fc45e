//! From start to exit: one value in, one file out, against kfp 2's Python executor with an equal function.

use std::fs;
use std::process::Command;

use anyhow::Result;
use serde_json::json;

use super::{Comparison, median, scratch, script, take};
use crate::python::Environment;
use crate::signature_matrix;

const RUNS: usize = 21;

pub(super) fn measure() -> Result<Vec<Comparison>> {
    let python = Environment::Kfp2.python()?;
    let program = signature_matrix::released("signature-string-required")?;
    let folder = scratch("startup")?;
    let input = |who: &str| {
        let copy = folder.join(who).join("copy");
        json!({
            "inputs": {"parameterValues": {"value": "hello"}},
            "outputs": {
                "artifacts": {"copy": {"artifacts": [{
                    "name": "copy", "uri": copy, "metadata": {},
                    "type": {"schemaTitle": "system.Artifact", "schemaVersion": "0.0.1"},
                }]}},
                "outputFile": folder.join(who).join("output.json"),
            },
        })
        .to_string()
    };
    let mut ours = Vec::new();
    let mut theirs = Vec::new();
    for who in ["ours", "theirs"] {
        fs::create_dir_all(folder.join(who))?;
    }
    for _ in 0..RUNS {
        let ours_now = take(Command::new(&program).args([
            "--value",
            "hello",
            "--executor-input",
            &input("ours"),
        ]))?;
        ours.push(ours_now.time.as_secs_f64() * 1e3);
        let theirs_now = take(
            Command::new(&python)
                .args(["-m", "kfp.dsl.executor_main", "--component_module_path"])
                .arg(script("probe.py"))
                .args([
                    "--executor_input",
                    &input("theirs"),
                    "--function_to_execute",
                    "probe",
                ]),
        )?;
        theirs.push(theirs_now.time.as_secs_f64() * 1e3);
    }
    let [ours_wrote, theirs_wrote] =
        ["ours", "theirs"].map(|who| fs::read_to_string(folder.join(who).join("copy")));
    let parse = |text: std::io::Result<String>| {
        anyhow::Ok(serde_json::from_str::<serde_json::Value>(&text?)?)
    };
    anyhow::ensure!(
        parse(ours_wrote)? == parse(theirs_wrote)?,
        "the two functions are not equal"
    );
    Ok(vec![Comparison {
        what: "start to exit",
        against: "the Python executor of kfp 2",
        unit: "ms",
        ours: median(ours),
        theirs: median(theirs),
        runs: RUNS,
    }])
}
