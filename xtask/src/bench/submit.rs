//! From a command to an accepted run: `kfp-comp submit` against `kfp run create`, on the same server.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use super::{Comparison, median, scratch, take};
use crate::process::build;
use crate::python::Environment;
use crate::workspace;

const RUNS: usize = 9;

pub(super) fn measure() -> Result<Vec<Comparison>> {
    let python = Environment::Kfp2.python()?;
    let kfp = python.with_file_name("kfp");
    let program = build("kfp-comp", "release")?;
    let double = build("kfp-test-cluster", "dev")?.with_file_name("cluster-double");
    let mut server = Command::new(double)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("could not start the server")?;
    let mut endpoint = String::new();
    let stdout = server.stdout.take().context("the server has no output")?;
    BufReader::new(stdout).read_line(&mut endpoint)?;
    let endpoint = endpoint.trim();
    // The official client reads its configuration from the home directory.
    let home = scratch("submit")?;
    let pipeline = workspace::root().join("pipelines/iris/iris.yaml");
    let url = "https://example.org/iris.csv";
    let mut ours = Vec::new();
    let mut theirs = Vec::new();
    for _ in 0..RUNS {
        let ours_now = take(
            Command::new(&program)
                .args([
                    "submit",
                    "--quiet",
                    "--no-image-check",
                    "--experiment",
                    "bench",
                ])
                .args(["--endpoint", endpoint])
                .arg(&pipeline)
                .args(["--", "--url", url])
                .current_dir(&home)
                .env("HOME", &home),
        )?;
        ours.push(ours_now.time.as_secs_f64() * 1e3);
        let theirs_now = take(
            Command::new(&kfp)
                .args(["--endpoint", endpoint, "run", "create"])
                .args([
                    "--experiment-name",
                    "bench",
                    "--run-name",
                    "bench",
                    "--package-file",
                ])
                .arg(&pipeline)
                .arg(format!("url={url}"))
                .env("HOME", &home),
        )?;
        theirs.push(theirs_now.time.as_secs_f64() * 1e3);
    }
    drop(server.stdin.take());
    server.wait()?;
    Ok(vec![Comparison {
        what: "submit to accepted",
        against: "kfp run create",
        unit: "ms",
        ours: median(ours),
        theirs: median(theirs),
        runs: RUNS,
    }])
}
