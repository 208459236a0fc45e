//! What lint reports, in a form that is safe to print.

use std::{borrow::Cow, collections::HashMap};

use super::{Outcome, Verdict};
use crate::read::Problem;
use crate::rules::Rule;
use kfp_pyyaml::Position;

/// One thing that is wrong at one position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule that is broken.
    pub rule: &'static Rule,
    /// What is wrong here, in one line.
    pub reason: String,
    /// Where it stands in the file.
    pub position: Position,
    /// What to write instead, in one line: in this very case, or as the rule says.
    pub help: Cow<'static, str>,
}

impl Finding {
    pub(super) fn new(rule: &'static Rule, reason: impl AsRef<str>, position: Position) -> Self {
        Self {
            rule,
            reason: one_line(reason.as_ref()),
            position,
            help: Cow::Borrowed(rule.help),
        }
    }

    pub(super) fn with_help(self, help: impl AsRef<str>) -> Self {
        Self {
            help: Cow::Owned(one_line(help.as_ref())),
            ..self
        }
    }

    /// The reason and the help in one sentence.
    pub fn message(&self) -> String {
        format!("{}; {}", self.reason.trim_end_matches('.'), self.help)
    }
}

/// One mistake can be made in ten thousand places, and nobody reads on for that long.
pub(super) fn shorten(findings: &mut Vec<Finding>) {
    const MOST: usize = 200;
    let mut counts = HashMap::new();
    for finding in &*findings {
        *counts.entry(finding.rule.code).or_insert(0_usize) += 1;
    }
    let mut shown = HashMap::new();
    findings.retain_mut(|finding| {
        let number = shown.entry(finding.rule.code).or_insert(0_usize);
        *number += 1;
        let more = counts[finding.rule.code] - *number;
        if *number == MOST && more > 0 {
            finding.reason = format!("{} (and {more} more)", finding.reason.trim_end_matches('.'));
        }
        *number <= MOST
    });
}

/// What the SDKs say, each thing once.
#[derive(Default)]
pub(super) struct Said {
    pub(super) findings: Vec<Finding>,
    seen: HashMap<(&'static str, Position), usize>,
}

impl Said {
    /// What stops one SDK; what stops the other at the same position is said in the same finding.
    pub(super) fn verdict(&mut self, sdk: &str, verdict: &Verdict) {
        let Some(problem) = &verdict.problem else {
            return;
        };
        let stage = match verdict.outcome {
            Outcome::LoadError => "load",
            _ => "compile",
        };
        let said = format!("cannot {stage} it: ");
        match self.seen.get(&(problem.rule.code, problem.position)) {
            None => self.add(&format!("{sdk} cannot {stage} it"), problem),
            Some(&at) => {
                let reason = &mut self.findings[at].reason;
                *reason = match reason.split_once(&said) {
                    Some((_, message)) => format!("neither SDK can {stage} it: {message}"),
                    None => format!("{reason}, and {sdk} {said}{}", one_line(&problem.message)),
                };
            }
        }
    }

    /// What an SDK would say next, were it to go on after the first.
    pub(super) fn all(&mut self, who: &str, problems: Vec<Problem>) {
        for problem in problems {
            if !self
                .seen
                .contains_key(&(problem.rule.code, problem.position))
            {
                self.add(who, &problem);
            }
        }
    }

    fn add(&mut self, who: &str, problem: &Problem) {
        self.seen
            .insert((problem.rule.code, problem.position), self.findings.len());
        let reason = format!("{who}: {}", problem.message);
        let finding = Finding::new(problem.rule, reason, problem.position);
        self.findings.push(match &problem.help {
            Some(help) => finding.with_help(help),
            None => finding,
        });
    }
}

/// Names and texts of the file end up in reasons, whatever is in them; a report stays one line and safe to print.
fn one_line(message: &str) -> String {
    const LONGEST: usize = 500;
    let words = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let shown = words
        .chars()
        .take(LONGEST)
        .map(|c| if is_unsafe(c) { '\u{fffd}' } else { c });
    let mut line: String = shown.collect();
    if words.chars().nth(LONGEST).is_some() {
        line.push('…');
    }
    line
}

/// Control characters, and those that turn the direction of text on a terminal.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}
