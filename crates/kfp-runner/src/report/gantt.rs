//! When tasks ran, and the chain of them that took longest.

use std::collections::BTreeSet;

use serde::Serialize;

use super::task::TaskView;
use crate::display::seconds;

/// The width bars are drawn on, and the height of a row.
const WIDTH: f64 = 700.0;
const ROW: f64 = 22.0;

/// More bars are not drawn: those that took longest are.
const MAX: usize = 200;

/// A chart of bars.
#[derive(Debug, Serialize)]
pub(super) struct Gantt {
    bars: Vec<Bar>,
    ticks: Vec<Tick>,
    height: f64,
    /// How many tasks ran but have no bar.
    left_out: usize,
}

#[derive(Debug, Serialize)]
struct Bar {
    /// The task's row in the table, from 0.
    row: usize,
    path: String,
    state: &'static str,
    time: String,
    is_critical: bool,
    x: f64,
    y: f64,
    width: f64,
}

#[derive(Debug, Serialize)]
struct Tick {
    x: f64,
    label: String,
}

pub(super) fn of(tasks: &[TaskView], total: f64) -> Gantt {
    let critical = critical_path(tasks);
    let scale = WIDTH / total.max(1e-6);
    let mut ran: Vec<(usize, &TaskView)> = tasks
        .iter()
        .enumerate()
        .filter(|(_, task)| task.seconds().is_some())
        .collect();
    let left_out = ran.len().saturating_sub(MAX);
    if left_out > 0 {
        let weight = |task: &TaskView| {
            let is_critical = critical.contains(task.path.as_str());
            (is_critical, task.seconds().unwrap_or_default())
        };
        ran.sort_by(|(_, a), (_, b)| {
            let (a, b) = (weight(a), weight(b));
            b.0.cmp(&a.0).then(b.1.total_cmp(&a.1))
        });
        ran.truncate(MAX);
        ran.sort_by_key(|(row, _)| *row);
    }
    let mut bars = Vec::new();
    for (row, task) in ran {
        let start = task.start.unwrap_or_default();
        #[expect(clippy::cast_precision_loss, reason = "there are not that many rows")]
        let y = ROW * bars.len() as f64;
        bars.push(Bar {
            row,
            path: task.path.clone(),
            state: task.state,
            time: task.time.clone(),
            is_critical: critical.contains(task.path.as_str()),
            x: round(start * scale),
            y,
            width: round((task.seconds().unwrap_or_default() * scale).max(1.5)),
        });
    }
    #[expect(clippy::cast_precision_loss, reason = "there are not that many rows")]
    let height = ROW * bars.len() as f64;
    let ticks = (0..=4)
        .map(|quarter| {
            let part = f64::from(quarter) / 4.0;
            Tick {
                x: round(part * WIDTH),
                label: seconds(part * total),
            }
        })
        .collect();
    Gantt {
        bars,
        ticks,
        height,
        left_out,
    }
}

fn round(x: f64) -> f64 {
    (x * 10.0).round() / 10.0
}

/// From the task that ended last back to the last one it waited for, and so on.
fn critical_path(tasks: &[TaskView]) -> BTreeSet<&str> {
    let mut path = BTreeSet::new();
    let mut next = latest(tasks.iter());
    while let Some(task) = next {
        if !path.insert(task.path.as_str()) {
            break;
        }
        let before = tasks
            .iter()
            .filter(|other| task.after.iter().any(|after| is_in(&other.path, after)));
        next = latest(before);
    }
    path
}

fn latest<'a>(tasks: impl Iterator<Item = &'a TaskView>) -> Option<&'a TaskView> {
    tasks
        .filter(|task| task.end.is_some())
        .max_by(|a, b| a.end.unwrap_or(0.0).total_cmp(&b.end.unwrap_or(0.0)))
}

/// Whether a task is the one of a path, or in the graph or loop of that path.
fn is_in(task: &str, path: &str) -> bool {
    task.strip_prefix(path)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '[']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_chain_goes_through_loops_and_leaves_out_what_had_time() {
        let task = |path: &str, after: &[&str], start: f64, end: f64| {
            let mut task = TaskView::new(path);
            task.after = after.iter().map(ToString::to_string).collect();
            (task.start, task.end) = (Some(start), Some(end));
            task
        };
        let tasks = [
            task("a", &[], 0.0, 1.0),
            task("idle", &[], 0.0, 0.5),
            task("loop[0]/b", &["a"], 1.0, 2.0),
            task("loop[1]/b", &["a"], 1.0, 3.0),
            task("loops", &["idle"], 1.0, 3.5),
            task("c", &["loop", "idle"], 3.0, 4.0),
        ];
        let path: Vec<&str> = critical_path(&tasks).into_iter().collect();
        assert_eq!(path, ["a", "c", "loop[1]/b"]);
    }

    #[test]
    fn of_very_many_tasks_the_longest_and_those_that_decided_are_drawn() {
        let tasks: Vec<TaskView> = (0..1000)
            .map(|index| {
                let mut task = TaskView::new(&format!("t{index}"));
                task.start = Some(0.0);
                task.end = Some(f64::from(index) / 1000.0);
                task
            })
            .collect();
        let gantt = of(&tasks, 1.0);
        assert_eq!((gantt.bars.len(), gantt.left_out), (MAX, 1000 - MAX));
        assert_eq!(gantt.bars[0].path, "t800");
        assert!(gantt.bars[MAX - 1].is_critical);
    }
}
