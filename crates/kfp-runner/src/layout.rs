//! Where things are in the directory of a run.

use std::path::PathBuf;

/// The directory of a task, from the run's: `tasks/for-loop-1.0/train` for `for-loop-1[0]/train`.
pub(crate) fn task_directory(path: &str) -> PathBuf {
    let plain = path.replace('[', ".").replace(']', "");
    PathBuf::from("tasks").join(plain)
}
