//! Bytes to text, as each SDK decodes a file: kfp 2 reads UTF-8 only, kfp 1.8 also UTF-16 with a byte order mark.

use std::borrow::Cow;

use super::{Backend, Outcome, Report, Verdict, findings, lint_for};
use crate::read::Problem;
use crate::rules;
use kfp_pyyaml::{MAX_BYTES, Position};

/// Lints the bytes of a file; see [`lint_for`].
pub fn lint_bytes(bytes: &[u8], backend: Option<Backend>) -> Report {
    if bytes.len() > MAX_BYTES {
        let message = format!("the file is longer than {} MiB", MAX_BYTES >> 20);
        let problem = Problem::new(&rules::TOO_LARGE, "MemoryError", message, Position::START);
        return refused(&problem, &problem);
    }
    match text(bytes) {
        Ok(text) => lint_for(&text, backend),
        Err(problem) => match utf_16(bytes) {
            Some(Ok(text)) => {
                let mut report = lint_for(&text, backend);
                report.kfp_2 = verdict(&problem);
                let found = findings(&report.kfp_1_8, &report.kfp_2, None, None);
                let found = found
                    .into_iter()
                    .filter(|finding| finding.rule == &rules::NOT_UTF_8);
                report.findings.splice(0..0, found);
                report
            }
            _ => refused(&problem, &problem),
        },
    }
}

/// The text of a file, which must be UTF-8.
///
/// # Errors
/// What kfp 2 says of another encoding, at the first byte that is not UTF-8, with a help that names the encoding where
/// it can be told.
pub fn text(bytes: &[u8]) -> Result<Cow<'_, str>, Problem> {
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok(Cow::Borrowed(text)),
        Err(error) => error,
    };
    let valid = error.valid_up_to();
    let byte = bytes[valid];
    let help = match utf_16(bytes) {
        Some(_) => {
            "save the file as UTF-8: it is UTF-16, as Windows PowerShell 5 writes it with `>`; use \
             `| Out-File -Encoding utf8`"
        }
        None if bytes.starts_with(b"PK\x03\x04") => {
            "unpack the ZIP archive, and use the component.yaml inside"
        }
        None if bytes.starts_with(b"\x1f\x8b") => "unpack the archive, and use the YAML inside",
        None => {
            "save the file as UTF-8: it is in an older code page, such as Windows-1252 or ISO-8859-1"
        }
    };
    let message =
        format!("the file is not UTF-8: can't decode byte {byte:#04x} in position {valid}");
    let position = position(&bytes[..valid]);
    let problem = Problem::new(&rules::NOT_UTF_8, "UnicodeDecodeError", message, position);
    Err(problem.with_help(help))
}

/// The text of UTF-16 with a byte order mark; nothing for bytes without one.
fn utf_16(bytes: &[u8]) -> Option<Result<String, ()>> {
    let unit: fn([u8; 2]) -> u16 = match bytes {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => return None,
    };
    let (pairs, rest) = bytes[2..].as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    let text = String::from_utf16(&units).map_err(drop);
    Some(text.and_then(|text| if rest.is_empty() { Ok(text) } else { Err(()) }))
}

fn position(before: &[u8]) -> Position {
    let text = String::from_utf8_lossy(before);
    let last = text.rsplit('\n').next().unwrap_or_default();
    Position {
        offset: before.len(),
        line: text.matches('\n').count() + 1,
        column: last.chars().count() + 1,
    }
}

fn refused(kfp_1_8: &Problem, kfp_2: &Problem) -> Report {
    let (kfp_1_8, kfp_2) = (verdict(kfp_1_8), verdict(kfp_2));
    let findings = findings(&kfp_1_8, &kfp_2, None, None);
    Report {
        kfp_1_8,
        kfp_2,
        findings,
    }
}

fn verdict(problem: &Problem) -> Verdict {
    Verdict {
        outcome: Outcome::LoadError,
        problem: Some(problem.clone()),
    }
}
