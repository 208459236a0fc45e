//! `cargo xtask bench`: the components and the runner against what they replace, in turn on one machine.
//!
//! Medians of whole processes. Nothing here passes or fails: the figures are for people, with the load beside them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::process::{cargo, run as execute};
use crate::{report, workspace};

mod ingestion;
mod load;
mod pipelines;
mod preprocess;
mod serving;
mod startup;
mod submit;
mod train;

/// One figure of ours and of theirs.
struct Comparison {
    what: &'static str,
    against: &'static str,
    unit: &'static str,
    ours: f64,
    theirs: f64,
    runs: usize,
}

impl Comparison {
    fn ratio(&self) -> f64 {
        self.theirs / self.ours
    }

    fn row(&self) -> Vec<String> {
        let figure =
            |value: f64| format!("{value:.*} {}", if value < 10.0 { 3 } else { 1 }, self.unit);
        vec![
            self.what.into(),
            figure(self.ours),
            figure(self.theirs),
            self.against.into(),
            format!("{:.2}", self.ratio()),
            self.runs.to_string(),
        ]
    }

    fn json(&self) -> Value {
        json!({
            "what": self.what, "against": self.against, "unit": self.unit,
            "ours": self.ours, "theirs": self.theirs, "theirs_by_ours": self.ratio(), "runs": self.runs,
        })
    }
}

/// Measures everything, or what is named, and prints a table or JSON.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    type Benchmark = fn() -> Result<Vec<Comparison>>;
    let benchmarks: [(&str, Benchmark); 7] = [
        ("startup", startup::measure),
        ("ingestion", ingestion::measure),
        ("preprocess", preprocess::measure),
        ("train", train::measure),
        ("pipelines", pipelines::measure),
        ("serving", serving::measure),
        ("submit", submit::measure),
    ];
    let json = arguments.contains(&"--json");
    let names: Vec<&str> = arguments
        .iter()
        .copied()
        .filter(|&name| name != "--json")
        .collect();
    if let Some(unknown) = names
        .iter()
        .find(|name| benchmarks.iter().all(|(known, _)| known != *name))
    {
        bail!(
            "unknown benchmark: {unknown}; there are {}",
            benchmarks.map(|(name, _)| name).join(", ")
        );
    }
    let load = || fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let before = load();
    let mut found = Vec::new();
    for (name, benchmark) in benchmarks {
        if names.is_empty() || names.contains(&name) {
            report::status("Measuring", name);
            found.extend(benchmark().with_context(|| format!("benchmark {name}"))?);
        }
    }
    if json {
        let figures: Vec<Value> = found.iter().map(Comparison::json).collect();
        let all =
            json!({"load_before": before.trim(), "load_after": load().trim(), "figures": figures});
        report::data(&format!("{all:#}\n"));
    } else {
        let head =
            ["what", "ours", "theirs", "against", "theirs / ours", "runs"].map(str::to_owned);
        let rows: Vec<_> = std::iter::once(head.into())
            .chain(found.iter().map(Comparison::row))
            .collect();
        report::data(&report::table(&rows));
        report::line(&format!(
            "load average before: {before}load average after: {}",
            load().trim()
        ));
    }
    Ok(())
}

/// What a process took.
struct Taken {
    time: Duration,
    /// Its largest resident set, in bytes; 0 where the system does not say.
    peak: u64,
    stdout: String,
}

/// Runs a process to its end and watches its memory.
fn take(command: &mut Command) -> Result<Taken> {
    let start = Instant::now();
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let ended = AtomicBool::new(false);
    let (output, time, peak) = thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut peak = 0;
            while !ended.load(Ordering::Relaxed) {
                // A mark the kernel only raises, so the last look is the one that counts.
                peak = high_water_mark(&status).unwrap_or(peak);
                thread::sleep(Duration::from_millis(2));
            }
            peak
        });
        let output = child.wait_with_output();
        let time = start.elapsed();
        ended.store(true, Ordering::Relaxed);
        (output, time, watcher.join().unwrap_or(0))
    });
    let output = output?;
    if !output.status.success() {
        let program = command.get_program().display();
        bail!(
            "{program}: {}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(Taken {
        time,
        peak,
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
    })
}

fn high_water_mark(status: &Path) -> Option<u64> {
    let text = fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

/// The middle one, or the mean of the two in the middle.
fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() % 2 {
        _ if values.is_empty() => f64::NAN,
        0 => f64::midpoint(values[middle - 1], values[middle]),
        _ => values[middle],
    }
}

/// The components as they are published: their programs.
fn components() -> Result<[PathBuf; 3]> {
    let mut build = cargo("build");
    build.args(["--profile", "component"]);
    for name in workspace::COMPONENTS {
        build.args(["--package", name]);
    }
    execute(&mut build)?;
    Ok(workspace::COMPONENTS.map(|name| workspace::target().join("component").join(name)))
}

/// An empty folder for what a benchmark writes.
fn scratch(name: &str) -> Result<PathBuf> {
    let folder = workspace::target().join("bench").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn script(name: &str) -> PathBuf {
    workspace::root().join("xtask/python/bench").join(name)
}
