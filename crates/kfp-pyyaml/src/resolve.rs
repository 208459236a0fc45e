//! What a plain scalar is in YAML 1.1 and the value it has; refuses nothing but impossible dates and numbers.

use super::tag::Tag;

/// The type PyYAML gives to an untagged plain scalar.
pub(super) fn resolve(text: &str) -> Tag {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Tag::Null,
        "<<" => Tag::Merge,
        "=" => Tag::Default,
        _ if truth(text).is_some() => Tag::Bool,
        _ if is_float(text) => Tag::Float,
        _ if is_int(text) => Tag::Int,
        _ if is_timestamp(text) => Tag::Timestamp,
        _ => Tag::Str,
    }
}

fn truth(text: &str) -> Option<bool> {
    let (word, rest) = text.split_at_checked(1)?;
    let same_case = rest.chars().all(char::is_lowercase)
        || (word.chars().all(char::is_uppercase) && rest.chars().all(char::is_uppercase));
    if same_case { python_bool(text) } else { None }
}

/// What `!!bool` makes of a text.
pub(super) fn python_bool(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "true" | "on" => Some(true),
        "no" | "false" | "off" => Some(false),
        _ => None,
    }
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

/// `[0-9][0-9_]*`
fn is_digits(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) && is_digits_or_empty(text)
}

/// `[0-9_]*`
fn is_digits_or_empty(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit() || b == b'_')
}

fn is_sexagesimal_tail<'a>(mut parts: impl Iterator<Item = &'a str>) -> bool {
    parts.all(|part| match part.as_bytes() {
        [one] => one.is_ascii_digit(),
        [b'0'..=b'5', two] => two.is_ascii_digit(),
        _ => false,
    })
}

fn is_float(text: &str) -> bool {
    let body = unsigned(text);
    if matches!(body, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let Some((whole, fraction)) = body.split_once('.') else {
        return false;
    };
    if let Some((first, rest)) = whole.split_once(':') {
        return is_digits(first)
            && is_sexagesimal_tail(rest.split(':'))
            && is_digits_or_empty(fraction);
    }
    let (fraction, exponent) = match fraction.split_once(['e', 'E']) {
        Some((fraction, exponent)) => (fraction, Some(exponent)),
        None => (fraction, None),
    };
    let exponent_fits = exponent.is_none_or(|exponent| {
        exponent
            .strip_prefix(['-', '+'])
            .is_some_and(|e| !e.is_empty() && e.bytes().all(|b| b.is_ascii_digit()))
    });
    let digits_fit = if whole.is_empty() {
        text.len() == body.len() && is_digits(fraction)
    } else {
        is_digits(whole) && is_digits_or_empty(fraction)
    };
    digits_fit && exponent_fits
}

fn is_int(text: &str) -> bool {
    let body = unsigned(text);
    let all = |digits: &str, passes: fn(u8) -> bool| {
        !digits.is_empty() && digits.bytes().all(|b| b == b'_' || passes(b))
    };
    if let Some(bits) = body.strip_prefix("0b") {
        return all(bits, |b| matches!(b, b'0' | b'1'));
    }
    if let Some(digits) = body.strip_prefix("0x") {
        return all(digits, |b| b.is_ascii_hexdigit());
    }
    if let Some(digits) = body.strip_prefix('0') {
        return digits.is_empty() || all(digits, |b| (b'0'..=b'7').contains(&b));
    }
    let (first, rest) = body
        .split_once(':')
        .map_or((body, None), |(first, rest)| (first, Some(rest)));
    is_digits(first) && rest.is_none_or(|rest| is_sexagesimal_tail(rest.split(':')))
}

/// The integer that an int-tagged scalar stands for, as the nearest double beyond 128 bits.
pub(super) fn python_int(text: &str) -> Option<Result<i128, f64>> {
    let text = text.replace('_', "");
    let body = unsigned(&text);
    let is_negative = text.starts_with('-');
    let (sum, double) = if let Some(bits) = body.strip_prefix("0b") {
        digits(bits, 2)?
    } else if let Some(hex) = body.strip_prefix("0x") {
        digits(hex, 16)?
    } else if body.starts_with('0') && body.len() > 1 {
        digits(body, 8)?
    } else if body.contains(':') {
        let parts = body.split(':').map(|part| digits(part, 10));
        parts.collect::<Option<Vec<_>>>()?.into_iter().fold(
            (Some(0_i128), 0.0),
            |(sum, double), (part, part_double)| {
                let sum = sum
                    .zip(part)
                    .and_then(|(sum, part)| sum.checked_mul(60)?.checked_add(part));
                (sum, double * 60.0 + part_double)
            },
        )
    } else if body.len() > MAX_DECIMAL_DIGITS {
        return None;
    } else {
        // Summed digit by digit, the double may be one off the nearest.
        (digits(body, 10)?.0, body.parse().ok()?)
    };
    Some(match sum {
        Some(sum) => Ok(if is_negative { -sum } else { sum }),
        None => Err(if is_negative { -double } else { double }),
    })
}

/// Python's `int` refuses longer decimal texts since 3.11.
const MAX_DECIMAL_DIGITS: usize = 4300;

fn digits(text: &str, radix: u32) -> Option<(Option<i128>, f64)> {
    if text.is_empty() {
        return None;
    }
    text.chars().try_fold(
        (Some(0_i128), 0.0),
        |(sum, double): (Option<i128>, f64), c| {
            let digit = c.to_digit(radix)?;
            let sum = sum.and_then(|sum| {
                sum.checked_mul(i128::from(radix))?
                    .checked_add(i128::from(digit))
            });
            Some((sum, double.mul_add(f64::from(radix), f64::from(digit))))
        },
    )
}

/// The number a float-tagged scalar stands for.
pub(super) fn python_float(text: &str) -> Option<f64> {
    let text = text.replace('_', "").to_ascii_lowercase();
    let body = unsigned(&text);
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    let value = match body {
        ".inf" => f64::INFINITY,
        ".nan" => f64::NAN,
        _ => body.split(':').try_fold(0.0, |sum, part| {
            Some(sum * 60.0 + part.parse::<f64>().ok()?)
        })?,
    };
    Some(sign * value)
}

fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 10
        && parts(text).is_some_and(|p| p.time.is_none() && p.month.len() == 2 && p.day.len() == 2)
        || parts(text).is_some_and(|p| p.time.is_some())
}

struct Parts<'a> {
    year: &'a str,
    month: &'a str,
    day: &'a str,
    time: Option<Time<'a>>,
}

struct Time<'a> {
    hour: &'a str,
    minute: &'a str,
    second: &'a str,
    /// Hours and minutes of the zone, if it is not `Z`.
    zone: Option<(&'a str, &'a str)>,
}

/// Takes between `least` and `most` digits off the front.
fn number<'a>(rest: &mut &'a str, least: usize, most: usize) -> Option<&'a str> {
    let length = rest
        .bytes()
        .take(most)
        .take_while(u8::is_ascii_digit)
        .count();
    let (number, after) = rest.split_at(length);
    *rest = after;
    (length >= least).then_some(number)
}

fn parts(text: &str) -> Option<Parts<'_>> {
    let mut rest = text;
    let year = number(&mut rest, 4, 4)?;
    rest = rest.strip_prefix('-')?;
    let month = number(&mut rest, 1, 2)?;
    rest = rest.strip_prefix('-')?;
    let day = number(&mut rest, 1, 2)?;
    if rest.is_empty() {
        return Some(Parts {
            year,
            month,
            day,
            time: None,
        });
    }
    let blanks = |text: &str| text.len() - text.trim_start_matches([' ', '\t']).len();
    rest = match rest.strip_prefix(['T', 't']) {
        Some(rest) => rest,
        None if blanks(rest) > 0 => &rest[blanks(rest)..],
        None => return None,
    };
    let hour = number(&mut rest, 1, 2)?;
    rest = rest.strip_prefix(':')?;
    let minute = number(&mut rest, 2, 2)?;
    rest = rest.strip_prefix(':')?;
    let second = number(&mut rest, 2, 2)?;
    if let Some(fraction) = rest.strip_prefix('.') {
        rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    let mut time = Time {
        hour,
        minute,
        second,
        zone: None,
    };
    if rest.is_empty() {
        return Some(Parts {
            year,
            month,
            day,
            time: Some(time),
        });
    }
    rest = &rest[blanks(rest)..];
    if rest == "Z" {
        return Some(Parts {
            year,
            month,
            day,
            time: Some(time),
        });
    }
    rest = rest.strip_prefix(['-', '+'])?;
    let zone_hour = number(&mut rest, 1, 2)?;
    let zone_minute = match rest.strip_prefix(':') {
        Some(minutes) => {
            rest = minutes;
            number(&mut rest, 2, 2)?
        }
        None => "0",
    };
    time.zone = Some((zone_hour, zone_minute));
    rest.is_empty().then_some(Parts {
        year,
        month,
        day,
        time: Some(time),
    })
}

/// Whether a timestamp is a day and a time that Python's `datetime` has.
pub(super) fn is_real_time(text: &str) -> bool {
    let n = |text: &str| text.parse::<u32>().unwrap_or(u32::MAX);
    let Some(Parts {
        year,
        month,
        day,
        time,
    }) = parts(text)
    else {
        return false;
    };
    let (year, month, day) = (n(year), n(month), n(day));
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    let time_fits = time.is_none_or(|time| {
        let zone_fits = time
            .zone
            .is_none_or(|(hour, minute)| n(hour) * 60 + n(minute) < 24 * 60);
        n(time.hour) < 24 && n(time.minute) < 60 && n(time.second) < 60 && zone_fits
    });
    year > 0 && (1..=days).contains(&day) && time_fits
}
