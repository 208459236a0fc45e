//! data-ingestion of 1 GiB over loopback into memory, SHA-256 included, against curl without.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use anyhow::{Result, ensure};

use super::{Comparison, components, median, scratch, take};

const SIZE: u64 = 1 << 30;
const RUNS: usize = 7;

pub(super) fn measure() -> Result<Vec<Comparison>> {
    let [program, ..] = components()?;
    let folder = scratch("ingestion")?;
    let memory = memory()?;
    let data = memory.join("data");
    let source = folder.join("source");
    // Holes read as zeros: the disk serves nothing, so the two programs are what is measured.
    File::create(&source)?.set_len(SIZE)?;
    let url = serve(source)?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let taken = take(
            Command::new(&program)
                .arg("--url")
                .arg(&url)
                .arg("--data")
                .arg(&data),
        )?;
        finish(&data)?;
        ours.push(taken);
        let taken = take(
            Command::new("curl")
                .args(["--silent", "--fail", "--output"])
                .arg(&data)
                .arg(&url),
        )?;
        finish(&data)?;
        theirs.push(taken);
    }
    fs::remove_dir_all(&folder)?;
    fs::remove_dir_all(&memory)?;
    let figure = |what, unit, of: fn(&super::Taken) -> f64| Comparison {
        what,
        against: "curl",
        unit,
        ours: median(ours.iter().map(of)),
        theirs: median(theirs.iter().map(of)),
        runs: RUNS,
    };
    #[expect(clippy::cast_precision_loss, reason = "a figure with four digits")]
    let mebibytes = |taken: &super::Taken| taken.peak as f64 / f64::from(1 << 20);
    Ok(vec![
        figure("data-ingestion, 1 GiB: time", "s", |taken| {
            taken.time.as_secs_f64()
        }),
        figure("data-ingestion, 1 GiB: peak memory", "MiB", mebibytes),
    ])
}

/// An empty folder in memory, so that no disk is measured. Systems without a tmpfs get a folder on disk.
fn memory() -> Result<PathBuf> {
    let tmpfs = Path::new("/dev/shm");
    if !tmpfs.is_dir() {
        return scratch("ingestion-data");
    }
    let folder = tmpfs.join(format!("kfp-bench-{}", std::process::id()));
    fs::create_dir(&folder)?;
    Ok(folder)
}

/// Checks what arrived, and clears it away before it costs the next one its page cache.
fn finish(data: &Path) -> Result<()> {
    ensure!(
        fs::metadata(data)?.len() == SIZE,
        "{} is not whole",
        data.display()
    );
    Ok(fs::remove_file(data)?)
}

/// Serves one file at every path.
fn serve(file: PathBuf) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/data", listener.local_addr()?);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A client that goes away has measured nothing, and says so itself.
            let _gone = answer(stream, &file);
        }
    });
    Ok(url)
}

fn answer(mut stream: TcpStream, file: &Path) -> io::Result<()> {
    for line in BufReader::new(stream.try_clone()?).lines() {
        if line?.is_empty() {
            break;
        }
    }
    let length = fs::metadata(file)?.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    )?;
    io::copy(&mut File::open(file)?, &mut stream).map(drop)
}
