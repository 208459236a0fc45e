//! Runs a test program, shows its output and counts its tests.
//!
//! Reads the summaries of libtest and of Python's unittest. To libtest, a test that skipped itself has passed; it has
//! printed `skipped: WHY` to stderr, and is counted as skipped here.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufRead as _, BufReader, Read};
use std::ops::AddAssign;
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context as _, Result};

use crate::report;

/// How many tests passed, failed and were skipped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    /// Those that skipped themselves included.
    returned: usize,
    pub(crate) failed: usize,
    /// Skipped by the test program, which does not count them as passed.
    left_out: usize,
    /// How many tests skipped themselves, and returned.
    self_skipped: usize,
    /// Why, and how often.
    pub(crate) reasons: BTreeMap<String, usize>,
    /// Unittest's number of tests, which stands above its summary.
    ran: usize,
}

impl Summary {
    /// A tier that did not start.
    pub(crate) fn broken() -> Self {
        Self {
            failed: 1,
            ..Self::default()
        }
    }

    /// A tier that cannot run here.
    pub(crate) fn of_skipped_tier(why: String) -> Self {
        Self {
            left_out: 1,
            reasons: BTreeMap::from([(why, 1)]),
            ..Self::default()
        }
    }

    pub(crate) fn passed(&self) -> usize {
        self.returned.saturating_sub(self.self_skipped)
    }

    pub(crate) fn skipped(&self) -> usize {
        self.left_out + self.self_skipped
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (passed, failed, skipped) = (self.passed(), self.failed, self.skipped());
        write!(f, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}

impl AddAssign for Summary {
    fn add_assign(&mut self, other: Self) {
        self.returned += other.returned;
        self.failed += other.failed;
        self.left_out += other.left_out;
        self.self_skipped += other.self_skipped;
        self.ran += other.ran;
        for (why, times) in other.reasons {
            *self.reasons.entry(why).or_default() += times;
        }
    }
}

/// Runs the tests; a program that stopped without a summary counts as one failure.
pub(crate) fn run(tests: &mut Command) -> Result<Summary> {
    tests
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = tests
        .spawn()
        .with_context(|| tests.get_program().display().to_string())?;
    let stderr = child.stderr.take().expect("stderr is piped");
    let stderr = thread::spawn(|| watch(stderr, report::line));
    let stdout = child.stdout.take().expect("stdout is piped");
    let mut summary = watch(stdout, |line| report::data(&format!("{line}\n")));
    summary += stderr.join().expect("the reader does not panic");
    if !child.wait()?.success() && summary.failed == 0 {
        summary.failed = 1;
    }
    Ok(summary)
}

fn watch(stream: impl Read, show: impl Fn(&str)) -> Summary {
    let mut summary = Summary::default();
    for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        show(&line);
        summary.read(&line);
    }
    summary
}

impl Summary {
    fn read(&mut self, line: &str) {
        if let Some(counts) = line.strip_prefix("test result: ") {
            self.returned += number_before(counts, " passed");
            self.failed += number_before(counts, " failed");
            self.left_out += number_before(counts, " ignored");
        } else if let Some(why) = line.strip_prefix("skipped: ") {
            self.self_skipped += 1;
            self.skipped_because(why);
        } else if let Some((_, why)) = line.split_once(" ... skipped ") {
            // The number stands in unittest's summary, which gives no reasons.
            self.skipped_because(why.trim().trim_matches(['\'', '"']));
        } else if line.starts_with("Ran ") {
            self.ran = number_before(line, " test");
        } else if line.starts_with("FAILED (") || line == "OK" || line.starts_with("OK (") {
            let failed = number_after(line, "failures=") + number_after(line, "errors=");
            let skipped = number_after(line, "skipped=");
            self.returned += self.ran.saturating_sub(failed + skipped);
            self.failed += failed;
            self.left_out += skipped;
        }
    }

    fn skipped_because(&mut self, why: &str) {
        *self.reasons.entry(why.trim().to_owned()).or_default() += 1;
    }
}

/// The number in front of these words.
fn number_before(line: &str, words: &str) -> usize {
    let number = line
        .split(words)
        .next()
        .and_then(|text| text.rsplit(' ').next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// The number behind these words.
fn number_after(line: &str, words: &str) -> usize {
    let text = line.split_once(words).map_or("", |(_, text)| text);
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text[..digits].parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &str) -> Summary {
        lines.lines().fold(Summary::default(), |mut summary, line| {
            summary.read(line);
            summary
        })
    }

    #[test]
    fn the_summaries_of_all_test_binaries_add_up() {
        let summary = read(
            "test result: ok. 13 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s\n\
             test result: FAILED. 2 passed; 4 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s",
        );
        assert_eq!(summary.to_string(), "15 passed, 4 failed, 1 skipped");
    }

    #[test]
    fn unittests_that_neither_failed_nor_were_skipped_have_passed() {
        let summary = read(
            "test_a (t.T.test_a) ... skipped 'no engine'\nRan 12 tests in 3.2s\n\n\
             FAILED (failures=1, errors=2, skipped=3)",
        );
        assert_eq!(summary.to_string(), "6 passed, 3 failed, 3 skipped");
        assert_eq!(summary.reasons.get("no engine"), Some(&1));
        let summary = read("Ran 1 test in 0.1s\n\nOK");
        assert_eq!(summary.to_string(), "1 passed, 0 failed, 0 skipped");
    }

    #[test]
    fn a_test_that_skips_itself_has_not_passed() {
        let summary = read(
            "skipped: skopeo is not installed\nit skipped: nothing\nskipped: skopeo is not installed\n\
             test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s",
        );
        assert_eq!(summary.to_string(), "1 passed, 0 failed, 2 skipped");
        let reasons: Vec<_> = summary.reasons.into_iter().collect();
        assert_eq!(reasons, [("skopeo is not installed".to_owned(), 2)]);
    }
}
