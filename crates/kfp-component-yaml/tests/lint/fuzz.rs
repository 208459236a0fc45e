//! Random changes to component files: nothing panics, every finding has a place, and what compiles reads back.

use kfp_component_yaml::{ir, lint, read};

use super::{
    cases::{CLEAN, cases},
    shared::json,
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
        assert_eq!(json(&pipeline.to_yaml()), pipeline.spec.to_json(), "{text}");
    }
}

/// A number from the environment, so that a failure can be repeated or a longer run be made.
fn number(variable: &str, default: u64) -> u64 {
    let text = std::env::var(variable).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn random_changes_break_neither_reader_nor_lint_nor_compiler() {
    let seed = number("FUZZ_SEED", 0x9e37_79b9_7f4a_7c15);
    let rounds = number("FUZZ_ROUNDS", 1000);
    let mut texts: Vec<String> = cases()
        .into_iter()
        .map(|(_, text)| text)
        .filter(|text| text.len() < 20_000)
        .collect();
    texts.push(CLEAN.into());
    assert!(texts.len() > 50);
    let mut random = Random(seed.max(1));
    for round in 0..rounds {
        let text = mutate(random.pick(&texts).clone().as_str(), &texts, &mut random);
        let checked = std::panic::catch_unwind(|| check(&text));
        assert!(
            checked.is_ok(),
            "round {round} of FUZZ_SEED={seed}:\n{text}"
        );
    }
}
