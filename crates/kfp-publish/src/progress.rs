//! What a person sees while it runs: one line per step, on stderr, in cargo's form.
//!
//! Live only on a terminal; colour only repeats what the words say.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use indicatif::{HumanBytes, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::error::Error;
use crate::image::Packed;
use crate::push::Listener;
use kfp_workspace::Platform;

/// The lines of one run.
pub(crate) struct Progress {
    quiet: bool,
    bars: MultiProgress,
}

impl Progress {
    /// Speaks, unless `quiet`.
    pub(crate) fn new(quiet: bool) -> Self {
        let live = !quiet && std::io::stderr().is_terminal();
        let target = if live {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        Self {
            quiet,
            bars: MultiProgress::with_draw_target(target),
        }
    }

    /// A step that is done or begins: the word right-aligned to 12 columns.
    pub(crate) fn step(&self, word: &str, text: &str) {
        self.line(AnsiColor::Green.on_default().bold(), word, text);
    }

    /// Something worth a look.
    pub(crate) fn warn(&self, text: &str) {
        self.line(AnsiColor::Yellow.on_default().bold(), "Warning", text);
    }

    /// An error, said even if quiet.
    pub(crate) fn error(&self, report: &str) {
        self.tell(report);
    }

    /// Listens to the push of one component.
    pub(crate) fn pushing<'a>(&'a self, packed: &'a Packed) -> Pushing<'a> {
        Pushing {
            progress: self,
            packed,
            started: Instant::now(),
            bars: Mutex::default(),
        }
    }

    fn line(&self, style: Style, word: &str, text: &str) {
        if !self.quiet {
            self.tell(&format!("{style}{word:>12}{style:#} {text}"));
        }
    }

    fn tell(&self, line: &str) {
        // Nothing is left to tell if stderr is gone.
        self.bars
            .suspend(|| drop(writeln!(anstream::stderr(), "{line}")));
    }
}

/// A push in progress: one line per platform.
pub(crate) struct Pushing<'a> {
    progress: &'a Progress,
    packed: &'a Packed,
    started: Instant,
    bars: Mutex<BTreeMap<Platform, ProgressBar>>,
}

impl Pushing<'_> {
    fn bar(&self, platform: Platform, size: u64) -> ProgressBar {
        let mut bars = self.bars.lock().expect("nothing panics while it draws");
        let new = || {
            let template =
                "{prefix:>12.green.bold} {msg} {bytes} of {total_bytes}, {bytes_per_sec}";
            let style = ProgressStyle::with_template(template).expect("a valid template");
            let bar = ProgressBar::new(size)
                .with_style(style)
                .with_prefix("Pushing");
            self.progress
                .bars
                .add(bar.with_message(format!("{} {platform}", self.packed.name)))
        };
        bars.entry(platform).or_insert_with(new).clone()
    }
}

impl Listener for Pushing<'_> {
    fn sent(&self, platform: Platform, sent: u64, size: u64) {
        self.bar(platform, size).set_position(sent);
    }

    fn done(&self, platform: Platform, uploaded: u64) {
        if let Some(bar) = self
            .bars
            .lock()
            .expect("nothing panics while it draws")
            .remove(&platform)
        {
            bar.finish_and_clear();
        }
        let name = &self.packed.name;
        match uploaded {
            0 => self.progress.step(
                "Skipped",
                &format!("{name} {platform}, its blobs are already there"),
            ),
            _ => self.progress.step(
                "Pushed",
                &format!(
                    "{name} {platform}, {}",
                    speed(uploaded, self.started.elapsed())
                ),
            ),
        }
    }

    fn sbom_refused(&self, _platform: Platform, error: &Error) {
        let causes = error.causes().collect::<Vec<_>>().join(": ");
        self.progress.warn(&format!(
            "{error}: {causes}\n\
             hint: the catalog has it; to make none, `--no-sbom` or `sbom = false` in `[workspace.metadata.kfp-comp]`"
        ));
    }
}

/// `1.4 MiB in 0.2 s (7 MiB/s)`
fn speed(bytes: u64, time: Duration) -> String {
    let a_second = u128::from(bytes) * 1000 / time.as_millis().max(1);
    let a_second = HumanBytes(u64::try_from(a_second).unwrap_or(u64::MAX));
    format!(
        "{} in {:.1} s ({a_second}/s)",
        HumanBytes(bytes),
        time.as_secs_f64()
    )
}
