//! What the program's exit codes mean.

/// How a command ended. The numbers are part of the interface: scripts may rely on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExitCode {
    /// 0: done.
    Done = 0,
    /// 1: failed; stderr says why.
    Failed = 1,
    /// 2: the command line, or the arguments of the component it ran, are wrong.
    Usage = 2,
    /// 3: somebody stopped the run on the cluster.
    #[cfg(unix)]
    Cancelled = 3,
    /// 4: nothing failed, but `check`, `lint`, `diff` or another inspecting verb found something. Distinct from 1, so that
    /// scripts can tell the two apart. Also: the cluster cannot be reached, or wants a login.
    Found = 4,
    /// 124: the time that was given to wait is over, as `timeout` counts it.
    TimedOut = 124,
    /// 130: Ctrl-C or SIGTERM ended a run, as shells count it.
    #[cfg(unix)]
    Interrupted = 130,
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}
