//! When a cron expression fires, by the rules of robfig/cron version 1, which the server follows.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::Invalid;

/// A field: its name, its lowest and highest value, and names for values, the first one for the lowest.
struct Field {
    name: &'static str,
    range: (u32, u32),
    names: &'static [&'static str],
}

const FIELDS: [Field; 6] = [
    field("second", 0, 59, &[]),
    field("minute", 0, 59, &[]),
    field("hour", 0, 23, &[]),
    field("day of the month", 1, 31, &[]),
    field("month", 1, 12, &MONTHS),
    field("day of the week", 0, 6, &DAYS),
];
const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// Nothing recurs more rarely than on the 29th of February, and eight years may lie between two of them.
const HORIZON_DAYS: u64 = 8 * 366;
const DAY: u64 = 86_400;

const fn field(name: &'static str, from: u32, to: u32, names: &'static [&'static str]) -> Field {
    Field {
        name,
        range: (from, to),
        names,
    }
}

/// A cron expression that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// A bit for each value of each field.
    bits: [u64; 6],
    /// Whether both kinds of day were given, so that either of them is enough.
    is_either_day: bool,
}

impl Schedule {
    /// Reads six fields, seconds first, or a descriptor such as `@daily`; `@every 1h` has no times of its own, and gives
    /// `None`.
    ///
    /// ```
    /// use kfp_client::cron::Schedule;
    /// use std::time::{Duration, UNIX_EPOCH};
    /// let daily = Schedule::read("0 0 5 * * *")?.unwrap();
    /// let first = daily.after(UNIX_EPOCH).next().unwrap();
    /// assert_eq!(first, UNIX_EPOCH + Duration::from_secs(5 * 3600));
    /// assert!(Schedule::read("0 0 25 * * *").is_err());
    /// # Ok::<(), kfp_client::cron::Invalid>(())
    /// ```
    ///
    /// # Errors
    /// Which field is wrong.
    pub fn read(expression: &str) -> Result<Option<Self>, Invalid> {
        let expression = match expression.trim() {
            "@yearly" | "@annually" => "0 0 0 1 1 *",
            "@monthly" => "0 0 0 1 * *",
            "@weekly" => "0 0 0 * * 0",
            "@daily" | "@midnight" => "0 0 0 * * *",
            "@hourly" => "0 0 * * * *",
            every if every.starts_with("@every ") => return Ok(None),
            other => other,
        };
        let texts: Vec<&str> = expression.split_whitespace().collect();
        if texts.len() != FIELDS.len() {
            return Err(Invalid::Count(texts.len()));
        }
        let mut bits = [0; 6];
        for ((bits, text), field) in bits.iter_mut().zip(&texts).zip(&FIELDS) {
            *bits = field.read(text).ok_or_else(|| Invalid::Field {
                name: field.name,
                text: (*text).to_owned(),
            })?;
        }
        let is_star = |text: &str| text.starts_with(['*', '?']);
        Ok(Some(Self {
            bits,
            is_either_day: !is_star(texts[3]) && !is_star(texts[5]),
        }))
    }

    /// The times it fires at after that one, in UTC; none more if it never fires again, as on the 31st of February.
    pub fn after(&self, time: SystemTime) -> impl Iterator<Item = SystemTime> + '_ {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut last = since.as_secs();
        std::iter::from_fn(move || {
            last = self.next(last)?;
            Some(UNIX_EPOCH + Duration::from_secs(last))
        })
    }

    fn next(&self, last: u64) -> Option<u64> {
        let from = last + 1;
        let days = from / DAY..from / DAY + HORIZON_DAYS;
        days.filter(|day| self.is_day(*day)).find_map(|day| {
            let begin = if day == from / DAY { from % DAY } else { 0 };
            self.time_of_day(begin).map(|second| day * DAY + second)
        })
    }

    fn is_day(&self, day: u64) -> bool {
        let (month, of_month) = month_and_day(day);
        // The first of January 1970 was a Thursday.
        let of_week = u32::try_from((day + 4) % 7).unwrap_or_default();
        let (of_month, of_week) = (self.has(3, of_month), self.has(5, of_week));
        let is_right = if self.is_either_day {
            of_month || of_week
        } else {
            of_month && of_week
        };
        self.has(4, month) && is_right
    }

    /// The first second of a day that fits, not before `begin`.
    fn time_of_day(&self, begin: u64) -> Option<u64> {
        let begin = u32::try_from(begin).ok()?;
        let hours = (begin / 3600..24).filter(|hour| self.has(2, *hour));
        let mut minutes = hours
            .flat_map(|hour| (0..60).map(move |minute| (hour, minute)))
            .filter(|(_, minute)| self.has(1, *minute))
            .filter(|(hour, minute)| hour * 60 + minute >= begin / 60);
        minutes.find_map(|(hour, minute)| {
            let mut seconds = (0..60).filter(|second| self.has(0, *second));
            let at = |second: u32| hour * 3600 + minute * 60 + second;
            seconds
                .find(|second| at(*second) >= begin)
                .map(|second| u64::from(at(second)))
        })
    }

    fn has(&self, field: usize, value: u32) -> bool {
        self.bits[field] & (1 << value) != 0
    }
}

impl Field {
    /// A list of ranges: `*`, `5`, `mon-fri`, `*/15`, `10-50/20`. `5/15` begins at 5 and ends at the highest value.
    fn read(&self, text: &str) -> Option<u64> {
        text.split(',')
            .try_fold(0, |bits, part| Some(bits | self.part(part)?))
    }

    fn part(&self, text: &str) -> Option<u64> {
        let (range, step) = match text.split_once('/') {
            Some((range, step)) => (range, step.parse().ok().filter(|step| *step > 0)?),
            None => (text, 1),
        };
        let (low, high) = self.range;
        let (from, to) = match range.split_once('-') {
            _ if range == "*" || range == "?" => (low, high),
            Some((from, to)) => (self.value(from)?, self.value(to)?),
            None if text.contains('/') => (self.value(range)?, high),
            None => (self.value(range)?, self.value(range)?),
        };
        let is_within = low <= from && from <= to && to <= high;
        let values = (from..=to).step_by(step);
        is_within.then(|| values.fold(0, |bits, value| bits | 1 << value))
    }

    fn value(&self, text: &str) -> Option<u32> {
        let lower = text.to_ascii_lowercase();
        let named = self.names.iter().position(|name| *name == lower);
        match named {
            Some(index) => Some(self.range.0 + u32::try_from(index).ok()?),
            None => text.parse().ok(),
        }
    }
}

/// Month and day of the month of a day since 1970: Howard Hinnant's `civil_from_days`.
fn month_and_day(day: u64) -> (u32, u32) {
    let day_of_era = (day + 719_468) % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let of_month = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    (
        u32::try_from(month).unwrap_or_default(),
        u32::try_from(of_month).unwrap_or_default(),
    )
}
