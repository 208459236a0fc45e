//! data-preprocess of a million rows, against pandas.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::{Comparison, Taken, components, median, scratch, script, take};
use crate::python::Environment;

const ROWS: u32 = 1_000_000;
const RUNS: usize = 5;
const PARTS: [&str; 4] = ["x_train", "x_test", "y_train", "y_test"];

pub(super) fn measure() -> Result<Vec<Comparison>> {
    let python = Environment::Bench.python()?;
    let [_, program, _] = components()?;
    let folder = scratch("preprocess")?;
    let table = folder.join("table.csv");
    write_table(&table)?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        ours.push(take(&mut split(&program, &table, "label", &folder, 42))?);
        theirs.push(take(
            Command::new(&python)
                .arg(script("preprocess.py"))
                .arg(&table)
                .arg("label")
                .arg(&folder),
        )?);
    }
    fs::remove_dir_all(&folder)?;
    let figure = |what, unit, of: fn(&Taken) -> f64| Comparison {
        what,
        against: "pandas",
        unit,
        ours: median(ours.iter().map(of)),
        theirs: median(theirs.iter().map(of)),
        runs: RUNS,
    };
    #[expect(clippy::cast_precision_loss, reason = "a figure with four digits")]
    let mebibytes = |taken: &Taken| taken.peak as f64 / f64::from(1 << 20);
    Ok(vec![
        figure("data-preprocess, a million rows: time", "s", |taken| {
            taken.time.as_secs_f64()
        }),
        figure(
            "data-preprocess, a million rows: peak memory",
            "MiB",
            mebibytes,
        ),
    ])
}

/// data-preprocess, writing its parts into a folder.
pub(super) fn split(
    program: &Path,
    table: &Path,
    label: &str,
    folder: &Path,
    seed: usize,
) -> Command {
    let mut command = Command::new(program);
    command.arg("--ingested-data").arg(table).args([
        "--label-colname",
        label,
        "--seed",
        &seed.to_string(),
    ]);
    for part in PARTS {
        command
            .arg(format!("--{}", part.replace('_', "-")))
            .arg(folder.join(part));
    }
    command
}

/// Eight columns of numbers and a label, the same on every machine.
fn write_table(path: &Path) -> Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    writeln!(file, "a,b,c,d,e,f,g,h,label")?;
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 16
    };
    for _ in 0..ROWS {
        for _ in 0..8 {
            write!(file, "{}.{:03},", next() % 100, next() % 1000)?;
        }
        writeln!(file, "class-{}", next() % 5)?;
    }
    Ok(file.flush()?)
}
