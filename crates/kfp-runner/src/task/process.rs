//! A program in a process group of its own, so that nothing it starts outlives it.

use std::{
    ffi::OsStr,
    fs::File,
    io::{self, PipeWriter},
    os::unix::{
        ffi::OsStrExt as _,
        process::{CommandExt as _, ExitStatusExt as _},
    },
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{self, Receiver},
    },
    thread,
    time::Duration,
};

use super::mask;

use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid,
};

/// A handle by which a program can be stopped from another thread, before it is started or while it runs.
#[derive(Clone, Debug, Default)]
pub struct Stopper(Arc<Mutex<Group>>);

#[derive(Debug, Default)]
struct Group {
    /// The process group, while there is one.
    id: Option<Pid>,
    /// Whether the program must not be started any more.
    is_stopped: bool,
}

impl Stopper {
    /// Asks the program, and all it has started, to end.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Ends the program, and all it has started.
    pub fn kill(&self) {
        self.signal(Signal::KILL);
    }

    fn signal(&self, signal: Signal) {
        let mut group = self.lock();
        group.is_stopped = true;
        if let Some(id) = group.id {
            // It may just have ended by itself.
            let _ = kill_process_group(id, signal);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Group> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How a program ended.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    /// Its exit status.
    pub status: ExitStatus,
    /// The CPU time it used, in seconds, where the system tells.
    pub cpu_s: Option<f64>,
}

impl Ended {
    /// What happened, for people.
    pub fn describe(&self) -> String {
        match (self.status.code(), self.status.signal()) {
            (Some(code), _) => format!("exited with {code}"),
            (None, Some(signal)) => format!("was stopped by signal {signal}"),
            (None, None) => "ended".to_owned(),
        }
    }
}

/// Starts a program whose output goes to a file without the secrets in it, and waits for it. What it has started and left
/// behind is killed.
///
/// # Errors
/// If it cannot be started.
pub fn run(
    command: &mut Command,
    log: &Path,
    secrets: &[Vec<u8>],
    stopper: &Stopper,
) -> io::Result<Ended> {
    let mut output = Output::to(log, secrets)?;
    let mut child = {
        // Held while the program starts, so that whoever stops it waits until there is something to stop.
        let mut group = stopper.lock();
        if group.is_stopped {
            return Err(io::Error::other("it was stopped before it began"));
        }
        let child = command
            .stdin(Stdio::null())
            .stdout(output.end()?)
            .stderr(output.end()?)
            .process_group(0)
            .spawn()?;
        group.id = pid(&child);
        child
    };
    // Else its copies of the pipe's end would keep it open.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let ended = pid(&child).map(wait_without_reaping).transpose();
    let cpu_s = cpu_seconds(child.id());
    // The program is a zombie now: its process group still has its number, which nothing else can get.
    stopper.kill();
    stopper.lock().id = None;
    let status = child.wait()?;
    output.close();
    ended?;
    Ok(Ended { status, cpu_s })
}

/// Where a program's output goes: to the file itself, or where there are secrets, by way of a thread that masks them.
enum Output {
    File(File),
    Masked {
        end: Option<PipeWriter>,
        done: Receiver<()>,
    },
}

/// How long the rest of a masked output is waited for, should a program that left the process group keep it open.
const PATIENCE: Duration = Duration::from_secs(2);

impl Output {
    fn to(log: &Path, secrets: &[Vec<u8>]) -> io::Result<Self> {
        let mut file = File::create(log)?;
        if secrets.is_empty() {
            return Ok(Self::File(file));
        }
        let (mut reader, end) = io::pipe()?;
        let (sender, done) = mpsc::channel();
        let secrets = secrets.to_vec();
        thread::Builder::new().spawn(move || {
            // A log that cannot be written does not stop the program.
            if mask::copy(&mut reader, &mut file, &secrets).is_err() {
                let _ = io::copy(&mut reader, &mut io::sink());
            }
            let _ = sender.send(());
        })?;
        Ok(Self::Masked {
            end: Some(end),
            done,
        })
    }

    fn end(&self) -> io::Result<Stdio> {
        match self {
            Self::File(file) => Ok(file.try_clone()?.into()),
            Self::Masked { end: Some(end), .. } => Ok(end.try_clone()?.into()),
            Self::Masked { end: None, .. } => Ok(Stdio::null()),
        }
    }

    /// Waits until all of it is written.
    fn close(&mut self) {
        if let Self::Masked { end, done } = self {
            *end = None;
            let _ = done.recv_timeout(PATIENCE);
        }
    }
}

/// The variable that tells the programs of a run, and all that they start, from everybody else's: the directory of its
/// tasks.
pub(super) const TASKS: &str = "KFP_RUN_TASKS";

/// Ends the programs of tasks below a directory that still run: those a killed runner left behind, and daemons. Where the
/// system does not tell, they are left to end by themselves; what they write is not looked at any more.
pub fn kill_below(directory: &Path) {
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return;
    };
    for process in processes.flatten() {
        let number = process
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok());
        let Some(pid) = number.and_then(Pid::from_raw) else {
            continue;
        };
        let environment = std::fs::read(process.path().join("environ")).unwrap_or_default();
        let tasks = environment
            .split(|byte| *byte == 0)
            .find_map(|variable| variable.strip_prefix(TASKS.as_bytes())?.strip_prefix(b"="));
        if tasks.is_some_and(|tasks| Path::new(OsStr::from_bytes(tasks)).starts_with(directory)) {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

fn pid(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw)
}

fn wait_without_reaping(pid: Pid) -> io::Result<()> {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    loop {
        match waitid(WaitId::Pid(pid), options) {
            Err(rustix::io::Errno::INTR) => {}
            Ok(_) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}

/// The CPU time of a process and of the children it has waited for, from Linux's `/proc`.
fn cpu_seconds(pid: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name in brackets, which may hold anything.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = 0.0;
    for _ in 0..4 {
        ticks += fields.next()?.parse::<f64>().ok()?;
    }
    // Linux has counted in hundredths of a second towards programs since 2.6.
    Some(ticks / 100.0)
}

#[cfg(test)]
mod tests {
    use std::{fs, thread, time::Duration};

    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn is_running(pid: &str) -> bool {
        // A zombie waiting for init to notice it runs no more.
        fs::read_to_string(format!("/proc/{}/stat", pid.trim()))
            .is_ok_and(|stat| !stat.rsplit_once(')').unwrap().1.starts_with(" Z"))
    }

    #[test]
    fn output_and_errors_go_to_one_file_in_order() {
        let directory = tempfile::tempdir().unwrap();
        let log = directory.path().join("log");
        let ended = run(
            &mut shell("echo a; echo b >&2; echo c; exit 3"),
            &log,
            &[],
            &Stopper::default(),
        )
        .unwrap();
        assert_eq!(ended.status.code(), Some(3));
        assert_eq!(fs::read_to_string(log).unwrap(), "a\nb\nc\n");
    }

    #[test]
    fn a_child_left_behind_ends_with_the_program() {
        let directory = tempfile::tempdir().unwrap();
        let log = directory.path().join("log");
        run(
            &mut shell("sleep 600 & echo $!"),
            &log,
            &[],
            &Stopper::default(),
        )
        .unwrap();
        let child = fs::read_to_string(log).unwrap();
        for _ in 0..500 {
            if !is_running(&child) {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("process {child} still runs");
    }

    #[test]
    fn a_stopped_program_is_told_apart_from_one_that_fails() {
        let directory = tempfile::tempdir().unwrap();
        let stopper = Stopper::default();
        let from_outside = stopper.clone();
        let mark = directory.path().join("started");
        let script = format!("touch {}; sleep 600", mark.display());
        let log = directory.path().join("log");
        let program = thread::spawn(move || run(&mut shell(&script), &log, &[], &stopper).unwrap());
        while !mark.exists() {
            thread::sleep(Duration::from_millis(5));
        }
        from_outside.terminate();
        assert_eq!(
            program.join().unwrap().describe(),
            "was stopped by signal 15"
        );
    }
}
