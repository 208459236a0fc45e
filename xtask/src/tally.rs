//! Runs a test program, shows what it says and counts it.
//!
//! Reads libtest's and Python unittest's summaries; a line `skipped: WHY` on stderr is a test that did not run.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{BufRead as _, BufReader, Read};
use std::ops::AddAssign;
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context as _, Result};

use crate::report;

/// How many tests did what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) skipped: usize,
    /// Why tests skipped themselves.
    pub(crate) reasons: BTreeSet<String>,
    /// What unittest's summary leaves out: how many it counted before.
    ran: usize,
}

impl Tally {
    /// A tier that did not even start.
    pub(crate) fn broken() -> Self {
        Self {
            failed: 1,
            ..Self::default()
        }
    }

    /// A tier that cannot run here.
    pub(crate) fn skipped(why: String) -> Self {
        Self {
            reasons: BTreeSet::from([why]),
            ..Self::default()
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let skipped = self.skipped + self.reasons.len();
        write!(
            f,
            "{} passed, {} failed, {skipped} skipped",
            self.passed, self.failed
        )
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.ran += other.ran;
        self.reasons.extend(other.reasons);
    }
}

/// Runs the tests; one that broke off without a summary is a failure too.
pub(crate) fn run(tests: &mut Command) -> Result<Tally> {
    tests
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = tests
        .spawn()
        .with_context(|| tests.get_program().display().to_string())?;
    let stderr = child.stderr.take().expect("stderr is piped");
    let aside = thread::spawn(|| watch(stderr, report::line));
    let stdout = child.stdout.take().expect("stdout is piped");
    let mut tally = watch(stdout, |line| report::data(&format!("{line}\n")));
    tally += aside.join().expect("the reader does not panic");
    if !child.wait()?.success() && tally.failed == 0 {
        tally.failed = 1;
    }
    Ok(tally)
}

fn watch(stream: impl Read, show: impl Fn(&str)) -> Tally {
    let mut tally = Tally::default();
    for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        show(&line);
        tally.read(&line);
    }
    tally
}

impl Tally {
    fn read(&mut self, line: &str) {
        if let Some(counts) = line.strip_prefix("test result: ") {
            self.passed += before(counts, " passed");
            self.failed += before(counts, " failed");
            self.skipped += before(counts, " ignored");
        } else if let Some(ran) = line.strip_prefix("Ran ") {
            self.ran = before(&format!("Ran {ran}"), " test");
        } else if line.starts_with("FAILED (") || line == "OK" || line.starts_with("OK (") {
            let failed = after(line, "failures=") + after(line, "errors=");
            let skipped = after(line, "skipped=");
            self.passed += self.ran.saturating_sub(failed + skipped);
            self.failed += failed;
            self.skipped += skipped;
        } else if let Some((_, why)) = line
            .split_once("skipped: ")
            .filter(|(before, _)| before.is_empty())
        {
            self.reasons.insert(why.trim().to_owned());
        }
    }
}

/// The number that stands before these words.
fn before(line: &str, words: &str) -> usize {
    let number = line
        .split(words)
        .next()
        .and_then(|text| text.rsplit(' ').next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// The number that stands after these words.
fn after(line: &str, words: &str) -> usize {
    let text = line.split_once(words).map_or("", |(_, text)| text);
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text[..digits].parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &str) -> Tally {
        lines.lines().fold(Tally::default(), |mut tally, line| {
            tally.read(line);
            tally
        })
    }

    #[test]
    fn the_summaries_of_every_test_binary_add_up() {
        let tally = read(
            "test result: ok. 13 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s\n\
             test result: FAILED. 2 passed; 4 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s",
        );
        assert_eq!((tally.passed, tally.failed, tally.skipped), (15, 4, 1));
    }

    #[test]
    fn what_unittest_did_not_say_passed_is_what_remains() {
        let tally = read("Ran 12 tests in 3.2s\n\nFAILED (failures=1, errors=2, skipped=3)");
        assert_eq!((tally.passed, tally.failed, tally.skipped), (6, 3, 3));
        let tally = read("Ran 1 test in 0.1s\n\nOK");
        assert_eq!((tally.passed, tally.failed, tally.skipped), (1, 0, 0));
    }

    #[test]
    fn a_test_that_skips_itself_is_heard() {
        let tally = read("skipped: docker-registry is not installed\nit skipped: nothing");
        let reasons: Vec<_> = tally.reasons.into_iter().collect();
        assert_eq!(reasons, ["docker-registry is not installed"]);
    }
}
