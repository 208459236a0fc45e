//! Python environments below the target directory, made once.
//!
//! Refuses to half-make one: the stamp is written last. It names the Python, the requirements and the place, because an
//! environment that is moved with its clone does not work.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::process::{command, read, succeeds};
use crate::{report, workspace};

/// An environment and what `requirements/<name>.txt` puts into it, and `<name>.no-deps.txt` without what that depends on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Environment {
    /// kfp 1.8.
    Kfp1,
    /// kfp 2 with its Docker runner.
    Kfp2,
    /// ONNX Runtime and what else reads models.
    Models,
    /// The engine of KFP's metadata store, and a server of S3's API.
    Stores,
    /// KServe's Python server, and its models of its own resources.
    KServe,
    /// MLServer.
    MlServer,
    /// Triton, and the clients that all servers are asked by.
    Triton,
    /// What the benchmarks compare with.
    Bench,
}

impl Environment {
    fn name(self) -> &'static str {
        match self {
            Self::Kfp1 => "kfp1",
            Self::Kfp2 => "kfp2",
            Self::Stores => "stores",
            Self::Models => "models",
            Self::KServe => "kserve",
            Self::MlServer => "mlserver",
            Self::Triton => "triton",
            Self::Bench => "bench",
        }
    }

    /// Its interpreter, after making it if it is not there or out of date.
    pub(crate) fn python(self) -> Result<PathBuf> {
        let host = host()?;
        let requirements =
            workspace::root().join(format!("xtask/python/requirements/{}.txt", self.name()));
        let wanted = fs::read_to_string(&requirements)
            .with_context(|| requirements.display().to_string())?;
        let bare = requirements.with_extension("no-deps.txt");
        let bare = Some(bare).filter(|file| file.exists());
        let also = bare.as_ref().map(fs::read_to_string).transpose()?;
        let wanted = wanted + &also.unwrap_or_default();
        let directory = workspace::target().join("python").join(self.name());
        let version = read(command(&host).arg("-VV"))?;
        let stamp = format!("{}\n{}\n{wanted}", version.trim(), directory.display());
        let python = directory.join(if cfg!(windows) {
            "Scripts/python.exe"
        } else {
            "bin/python"
        });
        if fs::read_to_string(directory.join("stamp")).is_ok_and(|found| found == stamp) {
            return Ok(python);
        }
        report::status(
            "Installing",
            &format!("{} into {}", packages(&wanted), directory.display()),
        );
        make(&host, &directory).context(
            "python3 cannot make a virtual environment (Debian: apt-get install python3-venv)",
        )?;
        let pip = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--requirement",
        ];
        read(
            command(&python.to_string_lossy())
                .args(pip)
                .arg(&requirements),
        )?;
        if let Some(bare) = bare {
            read(
                command(&python.to_string_lossy())
                    .args(pip)
                    .arg(bare)
                    .arg("--no-deps"),
            )?;
        }
        fs::write(directory.join("stamp"), stamp)?;
        Ok(python)
    }
}

/// The machine's Python 3.
fn host() -> Result<String> {
    let candidates = ["python3", "python"];
    let works = |program: &&str| {
        let version = "import sys; sys.exit(sys.version_info < (3, 9))";
        succeeds(command(program).args(["-c", version]))
    };
    match candidates.into_iter().find(works) {
        Some(python) => Ok(python.into()),
        None => bail!("no Python 3.9 or newer is on the PATH"),
    }
}

fn make(host: &str, directory: &Path) -> Result<()> {
    if directory.exists() {
        fs::remove_dir_all(directory).with_context(|| directory.display().to_string())?;
    }
    read(command(host).args(["-m", "venv"]).arg(directory)).map(drop)
}

fn packages(requirements: &str) -> String {
    let lines = requirements.lines().map(str::trim);
    let packages: Vec<&str> = lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    packages.join(", ")
}
