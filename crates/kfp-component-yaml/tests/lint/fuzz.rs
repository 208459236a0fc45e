//! Random changes to component files: nothing panics, every finding has a place, and what compiles reads back.

use std::{
    fs,
    time::{Duration, Instant},
};

use kfp_component_yaml::{ir, lint, read};

use super::{
    cases::{CLEAN, cases},
    shared::{json, note},
};

/// A small generator whose runs can be repeated.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

const PIECES: [&str; 44] = [
    " ",
    "\n",
    "\t",
    ": ",
    ":",
    "- ",
    "#",
    "'",
    "\"",
    "{",
    "}",
    "[",
    "]",
    ",",
    "?",
    "!",
    "!!str ",
    "&a ",
    "*a",
    "<<: *a",
    "|",
    ">-\n",
    "%",
    "@",
    "`",
    "---\n",
    "...\n",
    "\\",
    "\u{85}",
    "é",
    "{{",
    "}}",
    "null",
    "yes",
    "3",
    "2.5",
    "[1]",
    "{inputValue: x}",
    "{inputPath: x}",
    "{outputPath: x}",
    "{concat: [a]}",
    "{if: {cond: {isPresent: x}, then: [a]}}",
    "type: Integer",
    "default: ''",
];

fn mutate(text: &str, others: &[String], random: &mut Random) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..=random.below(4) {
        let at = random.below(chars.len() + 1);
        let length = random.below(12).min(chars.len() - at);
        match random.below(4) {
            0 => drop(chars.drain(at..at + length)),
            1 => drop(chars.splice(at..at, random.pick(&PIECES).chars())),
            2 => {
                let other: Vec<char> = random.pick(others).chars().collect();
                let from = random.below(other.len() + 1);
                let taken: Vec<char> = other[from..]
                    .iter()
                    .copied()
                    .take(random.below(60))
                    .collect();
                chars.splice(at..at, taken);
            }
            _ => {
                let copied = chars[at..at + length].to_vec();
                let to = random.below(chars.len() + 1);
                chars.splice(to..to, copied);
            }
        }
    }
    chars.into_iter().collect()
}

fn check(text: &str) {
    let report = lint::lint(text);
    for finding in &report.findings {
        assert!(
            text.is_char_boundary(finding.position.offset),
            "{finding:?} of\n{text}"
        );
        assert!(!finding.message().contains('\n'), "{finding:?}");
    }
    assert!(report.findings.is_sorted_by_key(|finding| finding.position));
    if report.is_refused() {
        assert_eq!(report.worst(), Some(lint::Severity::Error), "{text}");
    }
    let Ok(file) = read::read(text) else { return };
    let compiled = ir::compile(&file);
    assert_eq!(
        compiled.is_ok(),
        report.kfp_2.outcome == lint::Outcome::Ok
            || file.implementation.is_none() && compiled.is_ok()
    );
    if let Ok(pipeline) = compiled {
        assert_eq!(json(&pipeline.to_yaml()), pipeline.spec, "{text}");
    }
}

#[test]
fn random_changes_break_neither_reader_nor_lint_nor_compiler() {
    let seconds = std::env::var("FUZZ_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(3);
    let mut seeds: Vec<String> = cases()
        .into_iter()
        .map(|(_, text)| text)
        .filter(|text| text.len() < 20_000)
        .collect();
    seeds.push(CLEAN.into());
    if let Some(folder) = kfp_test_support::find_shared("corpus") {
        let files = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let texts = files
            .filter_map(|path| fs::read_to_string(path).ok())
            .filter(|text| text.len() < 20_000);
        seeds.extend(texts);
    }
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut rounds = 0;
    while Instant::now() < until {
        let seed = random.below(seeds.len());
        check(&mutate(&seeds[seed], &seeds, &mut random));
        rounds += 1;
    }
    note(&format!("{rounds} changed files in {seconds} s"));
}
