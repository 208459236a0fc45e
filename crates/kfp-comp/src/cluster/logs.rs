//! `kfp-comp logs`: what the tasks of a run printed.

use std::{fs, io::Write as _, thread, time::Duration};

use anyhow::{Context, Result, bail};
use kfp_client::outputs::{TaskOutputs, TaskState};
use kfp_runner::{
    record::{self, Event},
    task,
};

use super::{
    kept,
    server::{Server, ServerArgs},
};
use crate::{
    error::{Usage, hinted_usage},
    exit::ExitCode,
    output::{Console, Style, printable},
    runs,
};

/// How often a log is asked for while it grows.
const PAUSE: Duration = Duration::from_secs(2);

/// Print what the tasks of a run printed
///
/// For runs on a cluster, identified by a UUID, and for those of this machine. Lines of KFP's own launcher are left out.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp logs 4194e839-20a4-44f5-b474-1eb98d8fbde8
  kfp-comp logs 4194e839-20a4-44f5-b474-1eb98d8fbde8 train-eval --follow
  kfp-comp logs 2026-11-26-3")]
pub(crate) struct Args {
    /// Identifier of the run
    #[arg(value_name = "RUN")]
    run: String,
    /// Name or path of a task [default: all]
    #[arg(value_name = "TASK")]
    task: Option<String>,
    /// Go on until the task ends
    #[arg(long, short, requires = "task")]
    follow: bool,
    /// Print the lines of KFP's launcher too
    #[arg(long)]
    raw: bool,
    #[command(flatten)]
    server: ServerArgs,
}

/// Runs the verb.
///
/// # Errors
/// If there is no such run or task, or no log.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    if !kept::is_of_cluster(&args.run) {
        return local(args, console);
    }
    let server = args.server.server()?;
    let run = kept::run(&server, &args.run)?;
    let tasks = run.tasks();
    let tasks: Vec<&TaskOutputs> = tasks.iter().filter(|task| !task.is_group).collect();
    let Some(wanted) = &args.task else {
        for task in tasks.iter().filter(|task| !task.pod.is_empty()) {
            console.status(Style::Info, "Log", &task.task);
            let log = read(&server, &args.run, task)?;
            console.data(&printable(&shown(args, &log)))?;
        }
        return Ok(ExitCode::Done);
    };
    let task = named(&tasks, wanted)?;
    if args.follow {
        return follow(args, &server, &task.task, console);
    }
    if task.state == TaskState::Cached {
        let text = format!("{} was taken from the cache: nothing ran", task.task);
        console.status(Style::Info, "Cached", &text);
        return Ok(ExitCode::Done);
    }
    let log = read(&server, &args.run, task)?;
    console.data(&printable(&shown(args, &log)))?;
    Ok(ExitCode::Done)
}

fn shown(args: &Args, log: &str) -> String {
    if args.raw {
        log.to_owned()
    } else {
        of_program(log)
    }
}

fn named<'a>(tasks: &[&'a TaskOutputs], wanted: &str) -> Result<&'a TaskOutputs> {
    let is_it =
        |task: &&&TaskOutputs| task.task == wanted || task.task.rsplit('/').next() == Some(wanted);
    let mut found = tasks.iter().filter(is_it);
    match (found.next(), found.next()) {
        (Some(task), None) => Ok(task),
        (None, _) => {
            let known: Vec<&str> = tasks.iter().map(|task| task.task.as_str()).collect();
            let hint = if known.is_empty() {
                "none has begun yet".to_owned()
            } else {
                format!("its tasks are {}", known.join(", "))
            };
            Err(hinted_usage(
                format!("the run has no task `{wanted}`"),
                hint,
            ))
        }
        (Some(_), Some(_)) => Err(Usage(format!(
            "the run has several tasks `{wanted}`; name one by its path"
        ))
        .into()),
    }
}

/// The log of a task: of its pod, or where the pod is gone, what the launcher stored beside the outputs.
///
/// # Errors
/// If there is neither.
pub(super) fn read(server: &Server, run: &str, task: &TaskOutputs) -> Result<String> {
    if task.pod.is_empty() {
        bail!("the task `{}` has no pod yet", task.task);
    }
    let of_pod = server.client.log(run, &task.pod);
    let error = match of_pod {
        Ok(log) => return Ok(log),
        Err(error) => error,
    };
    stored(server, run, &task.task).ok_or_else(|| {
        anyhow::Error::new(error).context(format!("there is no log of `{}` any more", task.task))
    })
}

fn stored(server: &Server, run: &str, task: &str) -> Option<String> {
    let outputs = server.client.outputs(run).ok()?;
    let artifacts = &outputs.task(task)?.artifacts;
    let log = artifacts
        .iter()
        .rfind(|artifact| artifact.output.starts_with("executor-logs"))?;
    let mut text = Vec::new();
    let content = server.client.artifact(log, &server.namespace);
    content.ok()?.write_to(&mut text).ok()?;
    Some(String::from_utf8_lossy(&text).into_owned())
}

/// Prints what is added until the task ends.
fn follow(args: &Args, server: &Server, path: &str, console: &mut Console) -> Result<ExitCode> {
    let mut tail = Tail::default();
    loop {
        let run = kept::run(server, &args.run)?;
        let tasks = run.tasks();
        let task = tasks.iter().find(|task| task.task == path);
        let task = task.with_context(|| format!("the task `{path}` is gone"))?;
        let is_over = task.end.is_some() || run.state.is_final();
        if !task.pod.is_empty() {
            if tail.is_of_another_than(&task.pod) {
                console.status(Style::Info, "Log", &format!("{path}, once more"));
            }
            let log = if is_over {
                read(server, &args.run, task)?
            } else {
                // A container that is being created has no log yet.
                server.client.log(&args.run, &task.pod).unwrap_or_default()
            };
            let text = shown(args, whole_lines(&log, is_over));
            console.data(&printable(tail.added(&text)))?;
        }
        if is_over {
            return Ok(if task.state == TaskState::Failed {
                ExitCode::Failed
            } else {
                ExitCode::Done
            });
        }
        thread::sleep(PAUSE);
    }
}

/// How much has been printed of a log that grows.
#[derive(Default)]
struct Tail {
    pod: String,
    printed: usize,
}

impl Tail {
    /// Whether the task went on to another pod, whose log begins anew.
    fn is_of_another_than(&mut self, pod: &str) -> bool {
        if self.pod == pod {
            return false;
        }
        self.printed = 0;
        !std::mem::replace(&mut self.pod, pod.to_owned()).is_empty()
    }

    /// What has not been printed of the lines so far; nothing if there are fewer than before.
    fn added<'a>(&mut self, text: &'a str) -> &'a str {
        let added = text.get(self.printed..).unwrap_or_default();
        self.printed = self.printed.max(text.len());
        added
    }
}

/// A log without the line that is being written, unless nothing more will come.
fn whole_lines(log: &str, is_over: bool) -> &str {
    if is_over {
        return log;
    }
    &log[..log.rfind('\n').map_or(0, |at| at + 1)]
}

/// The logs of a run of this machine.
fn local(args: &Args, console: &mut Console) -> Result<ExitCode> {
    let directory = runs::here()?.directory(&args.run);
    let records = record::read(&directory).map_err(|error| {
        hinted_usage(
            format!("could not read the run `{}`: {error}", args.run),
            "`kfp-comp runs list` lists the runs of this machine",
        )
    })?;
    let mut places = Vec::new();
    for record in &records {
        if let Event::Start { task, dir, .. } = &record.event {
            let is_wanted = |wanted: &String| {
                task == wanted || task.rsplit('/').next() == Some(wanted.as_str())
            };
            if args.task.as_ref().is_none_or(is_wanted) {
                places.push((task, directory.join(dir).join(task::LOG)));
            }
        }
    }
    if places.is_empty() {
        return Err(Usage(match &args.task {
            Some(task) => format!("the run started no task `{task}`"),
            None => "the run started nothing".to_owned(),
        })
        .into());
    }
    for (task, path) in places {
        if args.task.is_none() {
            console.status(Style::Info, "Log", task);
        }
        let text =
            fs::read(&path).with_context(|| format!("could not read `{}`", path.display()))?;
        console.data(&printable(&String::from_utf8_lossy(&text)))?;
    }
    std::io::stdout().flush()?;
    Ok(ExitCode::Done)
}

/// What the program printed, without the lines of KFP's launcher around it, which klog writes: `I1126 13:33:37…] text`.
pub(super) fn of_program(log: &str) -> String {
    let lines = log.lines().filter(|line| !is_of_launcher(line));
    lines.fold(String::new(), |text, line| text + line + "\n")
}

fn is_of_launcher(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let (Some(first), Some(time)) = (words.next(), words.next()) else {
        return false;
    };
    let date = first.strip_prefix(['I', 'W', 'E', 'F']).unwrap_or_default();
    date.len() == 4
        && date.bytes().all(|byte| byte.is_ascii_digit())
        && time.len() == 15
        && time.as_bytes()[2] == b':'
        && line.contains("] ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_the_launcher_are_left_out() {
        let log = "I1126 13:33:37.607001      16 main.go:67] Setting log level to: '1'\n\
            error: data_preprocess failed\n  cause: there is no such column\n\
            E1126 13:33:37.662992      16 launcher_v2.go:449] Component failed to execute\n";
        let own = "error: data_preprocess failed\n  cause: there is no such column\n";
        assert_eq!(of_program(log), own);
        for own in [
            "I1126 is a number\n",
            "E1126\n",
            "\n",
            "In 2026 13:33:37.607001 [x] y\n",
        ] {
            assert_eq!(of_program(own), own);
        }
    }

    #[test]
    fn a_log_that_grows_is_printed_once_and_in_whole_lines() {
        let mut tail = Tail::default();
        let mut printed = String::new();
        let polls = [
            ("a", "one\nI1126 13:33", false),
            (
                "a",
                "one\nI1126 13:33:37.607001 16 main.go:67] x\ntw",
                false,
            ),
            (
                "a",
                "one\nI1126 13:33:37.607001 16 main.go:67] x\ntwo\n",
                false,
            ),
            ("a", "", false),
            ("b", "thr", false),
            ("b", "three\nend", true),
        ];
        for (pod, log, is_over) in polls {
            if tail.is_of_another_than(pod) {
                printed += "again\n";
            }
            let text = of_program(whole_lines(log, is_over));
            printed += tail.added(&text);
        }
        assert_eq!(printed, "one\ntwo\nagain\nthree\nend\n");
    }
}
