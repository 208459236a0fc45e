//! `kfp-comp run` of whole pipelines: against kfp.local, and against nothing but starting the programs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{Comparison, Taken, median, scratch, script, take};
use crate::process::{build, find};
use crate::python::Environment;
use crate::{report, workspace};

const IRIS: &str = "pipelines/iris/iris.yaml";
const RUNS: usize = 5;
const TASKS: u32 = 1000;

pub(super) fn measure() -> Result<Vec<Comparison>> {
    let python = Environment::Bench.python()?;
    let program = build("kfp-comp", "release")?;
    let mut figures = iris(&program, &python)?;
    figures.push(loop_of_four(&program, &python)?);
    figures.extend(many(&program)?);
    Ok(figures)
}

/// The iris pipeline, whole processes, from the workspace.
fn iris(program: &Path, python: &Path) -> Result<Vec<Comparison>> {
    let folder = scratch("iris")?;
    let table = workspace::root().join("pipelines/iris/iris.csv");
    let url = format!("file://{}", table.display());
    let run = |more: &[&str]| -> Result<f64> {
        let mut command = Command::new(program);
        command
            .current_dir(workspace::root())
            .args(["run", "--release", IRIS])
            .args(more)
            .args(["--", "--url", &url]);
        Ok(milliseconds(&take(&mut command)?))
    };
    let kfp = |more: &[&str]| -> Result<f64> {
        let mut command = Command::new(python);
        command
            .arg(script("pipelines.py"))
            .arg("iris")
            .args([folder.as_os_str(), url.as_ref()])
            .args(more)
            .current_dir(&folder);
        Ok(milliseconds(&take(&mut command)?))
    };
    // The first run builds the components, the first of kfp.local fills its cache.
    run(&[])?;
    kfp(&["--cache"])?;
    let (mut warm, mut cached) = (Vec::new(), Vec::new());
    let (mut their_warm, mut their_cached) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        warm.push(run(&["--no-cache"])?);
        cached.push(run(&[])?);
        their_warm.push(kfp(&[])?);
        their_cached.push(kfp(&["--cache"])?);
    }
    fs::remove_dir_all(&folder)?;
    let figure = |what, ours, theirs| Comparison {
        what,
        against: "kfp.local, Python components",
        unit: "ms",
        ours: median(ours),
        theirs: median(theirs),
        runs: RUNS,
    };
    Ok(vec![
        figure("run, iris: three tasks", warm, their_warm),
        figure("run, iris: all cached", cached, their_cached),
    ])
}

/// Four iterations of a second each, four at a time.
fn loop_of_four(program: &Path, python: &Path) -> Result<Comparison> {
    let folder = scratch("loop")?;
    let pipeline = json!({
        "pipelineInfo": {"name": "loop"},
        "schemaVersion": "2.1.0",
        "components": {
            "comp-wait": {
                "executorLabel": "exec-wait",
                "inputDefinitions": {"parameters": {"seconds": {"parameterType": "NUMBER_INTEGER"}}},
            },
            "comp-body": {
                "inputDefinitions": {"parameters": {"item": {"parameterType": "NUMBER_INTEGER"}}},
                "dag": {"tasks": {"wait": {
                    "componentRef": {"name": "comp-wait"},
                    "inputs": {"parameters": {"seconds": {"componentInputParameter": "item"}}},
                }}},
            },
        },
        "deploymentSpec": {"executors": {"exec-wait": {"container": {
            "image": "host", "command": ["sleep"], "args": ["{{$.inputs.parameters['seconds']}}"],
        }}}},
        "root": {"dag": {"tasks": {"loop": {
            "componentRef": {"name": "comp-body"},
            "parameterIterator": {"items": {"raw": "[1, 1, 1, 1]"}, "itemInput": "item"},
        }}}},
    });
    let ours = (0..RUNS).map(|_| Ok(seconds(&take(&mut run(program, &folder, &pipeline, 4)?)?)));
    let ours = ours.collect::<Result<Vec<f64>>>()?;
    let theirs = (0..RUNS).map(|_| {
        let mut command = Command::new(python);
        command
            .arg(script("pipelines.py"))
            .arg("loop")
            .arg(&folder)
            .current_dir(&folder);
        Ok(seconds(&take(&mut command)?))
    });
    let theirs = theirs.collect::<Result<Vec<f64>>>()?;
    fs::remove_dir_all(&folder)?;
    Ok(Comparison {
        what: "run, a loop of four items of a second, four jobs",
        against: "kfp.local, Python components",
        unit: "s",
        ours: median(ours),
        theirs: median(theirs),
        runs: RUNS,
    })
}

/// A thousand tasks that do nothing, one after the other: what the runner adds to starting their program.
fn many(program: &Path) -> Result<Vec<Comparison>> {
    let folder = scratch("many")?;
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    let (mut large, mut small, mut read) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let taken = take(&mut run(program, &folder, &tasks(TASKS), 1)?)?;
        ours.push(milliseconds(&taken) / f64::from(TASKS));
        large.push(mebibytes(taken.peak));
        bare.push(bare_spawn()?);
        let mut show = Command::new(program);
        show.current_dir(&folder)
            .args(["show", "--graph", "text", "pipeline.yaml"]);
        read.push(mebibytes(take(&mut show)?.peak));
        let taken = take(&mut run(program, &folder, &tasks(TASKS / 10), 1)?)?;
        small.push(mebibytes(taken.peak));
    }
    let mut figures = vec![
        Comparison {
            what: "run, a thousand tasks: each",
            against: "starting the same program",
            unit: "ms",
            ours: median(ours),
            theirs: median(bare),
            runs: RUNS,
        },
        Comparison {
            what: "run, a thousand tasks: peak memory",
            against: "a hundred tasks",
            unit: "MiB",
            ours: median(large.clone()),
            theirs: median(small),
            runs: RUNS,
        },
        Comparison {
            what: "run, a thousand tasks: peak memory",
            against: "reading the pipeline",
            unit: "MiB",
            ours: median(large),
            theirs: median(read),
            runs: RUNS,
        },
    ];
    let report = reports(&folder)?;
    figures.extend(opened(&report, &folder)?);
    fs::remove_dir_all(&folder)?;
    Ok(figures)
}

/// Tasks of a program that does nothing, each with a value of its own.
fn tasks(count: u32) -> Value {
    let tasks: serde_json::Map<String, Value> = (0..count)
        .map(|n| {
            let task = json!({
                "componentRef": {"name": "comp-nothing"},
                "cachingOptions": {"enableCache": true},
                "inputs": {"parameters": {"n": {"runtimeValue": {"constant": n}}}},
            });
            (format!("task-{n}"), task)
        })
        .collect();
    json!({
        "pipelineInfo": {"name": "many"},
        "schemaVersion": "2.1.0",
        "components": {"comp-nothing": {
            "executorLabel": "exec-nothing",
            "inputDefinitions": {"parameters": {"n": {"parameterType": "NUMBER_INTEGER"}}},
        }},
        "deploymentSpec": {"executors": {"exec-nothing": {"container": {
            "image": "host", "command": ["true"], "args": ["{{$.inputs.parameters['n']}}"],
        }}}},
        "root": {"dag": {"tasks": tasks}},
    })
}

/// A run of a pipeline of programs of this machine, in a folder, without its cache.
fn run(program: &Path, folder: &Path, pipeline: &Value, jobs: u32) -> Result<Command> {
    let file = folder.join("pipeline.yaml");
    fs::write(&file, pipeline.to_string())?;
    // A workspace of its own, so that its runs are kept in the folder.
    fs::write(folder.join("Cargo.toml"), "[workspace]\n")?;
    let mut command = Command::new(program);
    command
        .current_dir(folder)
        .args([
            "run",
            "--quiet",
            "--no-cache",
            "--native",
            "host=host",
            "--jobs",
        ])
        .arg(jobs.to_string())
        .arg(&file);
    Ok(command)
}

/// Milliseconds that starting the program and waiting for it takes, one after the other.
fn bare_spawn() -> Result<f64> {
    let start = Instant::now();
    for n in 0..TASKS {
        Command::new("true").arg(n.to_string()).status()?;
    }
    Ok(start.elapsed().as_secs_f64() * 1e3 / f64::from(TASKS))
}

/// The largest report below a folder.
fn reports(folder: &Path) -> Result<PathBuf> {
    let runs = folder.join("target/kfp/runs");
    let mut reports: Vec<(u64, PathBuf)> = Vec::new();
    for run in fs::read_dir(&runs).with_context(|| runs.display().to_string())? {
        let path = run?.path().join("report.html");
        reports.push((fs::metadata(&path)?.len(), path));
    }
    let (_, path) = reports.into_iter().max().context("no report was written")?;
    Ok(path)
}

/// The size of a report, and how long a browser takes to start and show it.
fn opened(page: &Path, folder: &Path) -> Result<Vec<Comparison>> {
    let bytes = fs::metadata(page)?.len();
    let mut figures = vec![Comparison {
        what: "run, a thousand tasks: report",
        against: "the size it may have",
        unit: "MiB",
        ours: mebibytes(bytes),
        theirs: 2.0,
        runs: 1,
    }];
    let Some(browser) = find("chromium") else {
        report::line("chromium is not installed: how fast the report opens is not measured");
        return Ok(figures);
    };
    let show = |url: &str| -> Result<f64> {
        let mut command = Command::new(&browser);
        command
            .args([
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--dump-dom",
            ])
            .arg(format!(
                "--user-data-dir={}",
                folder.join("profile").display()
            ))
            .arg(url);
        Ok(seconds(&take(&mut command)?))
    };
    let url = format!("file://{}", page.display());
    let (mut ours, mut empty) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        ours.push(show(&url)?);
        empty.push(show("about:blank")?);
    }
    figures.push(Comparison {
        what: "run, a thousand tasks: report in Chromium",
        against: "an empty page",
        unit: "s",
        ours: median(ours),
        theirs: median(empty),
        runs: RUNS,
    });
    Ok(figures)
}

fn seconds(taken: &Taken) -> f64 {
    taken.time.as_secs_f64()
}

fn milliseconds(taken: &Taken) -> f64 {
    seconds(taken) * 1e3
}

#[expect(clippy::cast_precision_loss, reason = "a figure with four digits")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
