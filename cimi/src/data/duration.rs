//! `xs:duration` (DSP0263 5.5.3).
//!
//! Owns its lexical form and an order of durations. Adds nothing to points in time.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use super::Invalid;
use super::datetime::nanos;

const EXPECTED: &str = "a duration such as P1DT2H30M";

/// Seconds of a month of the Gregorian calendar on average: 400 years have 146,097 days and 4,800 months.
const SECONDS_A_MONTH: i128 = 146_097 * 86_400 / 4_800;

/// A length of time, kept as written.
///
/// XML Schema orders durations only partly, because months differ. Here the order is total, so that `$orderby` has one: a month
/// counts as the average of the Gregorian calendar. Equal are those of as many months and as many seconds: `PT60S` is `PT1M`, `P1M`
/// is no number of days.
#[derive(Clone)]
pub struct Duration {
    text: String,
    months: i64,
    seconds: i64,
    /// Of the same sign as `seconds`.
    nanos: i64,
}

impl Duration {
    /// Its text as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// A duration of whole seconds.
    pub fn of_seconds(seconds: u32) -> Self {
        Self { text: format!("PT{seconds}S"), months: 0, seconds: i64::from(seconds), nanos: 0 }
    }

    /// Months and seconds; fractions of a second are cut off.
    pub fn parts(&self) -> (i64, i64) {
        (self.months, self.seconds)
    }

    fn length(&self) -> i128 {
        let seconds = i128::from(self.months) * SECONDS_A_MONTH + i128::from(self.seconds);
        seconds * 1_000_000_000 + i128::from(self.nanos)
    }
}

impl FromStr for Duration {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (months, seconds, nanos) = parse(text).ok_or_else(|| Invalid::new(EXPECTED, text))?;
        Ok(Self { text: text.to_owned(), months, seconds, nanos })
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Duration({})", self.text)
    }
}

impl PartialEq for Duration {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Duration {}

impl PartialOrd for Duration {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Duration {
    fn cmp(&self, other: &Self) -> Ordering {
        self.length().cmp(&other.length()).then(self.months.cmp(&other.months))
    }
}

fn parse(text: &str) -> Option<(i64, i64, i64)> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let rest = rest.strip_prefix('P')?;
    let (date, time) = match rest.split_once('T') {
        Some((date, time)) if !time.is_empty() => (date, time),
        Some(_) => return None,
        None if rest.is_empty() => return None,
        None => (rest, ""),
    };
    let mut months: i64 = 0;
    let mut seconds: i64 = 0;
    components(date, "YMD", |unit, count| {
        match unit {
            'Y' => months = months.checked_add(count.checked_mul(12)?)?,
            'M' => months = months.checked_add(count)?,
            _ => seconds = seconds.checked_add(count.checked_mul(86_400)?)?,
        }
        Some(())
    })?;
    let (time, fraction) = split_fraction(time)?;
    components(&time, "HMS", |unit, count| {
        let factor = match unit {
            'H' => 3_600,
            'M' => 60,
            _ => 1,
        };
        seconds = seconds.checked_add(count.checked_mul(factor)?)?;
        Some(())
    })?;
    Some((sign * months, sign * seconds, sign * i64::from(fraction)))
}

/// Takes the fraction out of the seconds.
fn split_fraction(time: &str) -> Option<(String, u32)> {
    match time.split_once('.') {
        Some((whole, fraction)) => {
            let digits = fraction.strip_suffix('S')?;
            // Seconds need a digit before the point: `PT.5S` and `PT1H.5S` are none.
            whole.ends_with(|c: char| c.is_ascii_digit()).then_some(())?;
            Some((format!("{whole}S"), nanos(digits)?))
        }
        None => Some((time.to_owned(), 0)),
    }
}

/// Numbers, each followed by one of `units`, in the order of `units`, none twice.
fn components(mut text: &str, mut units: &str, mut each: impl FnMut(char, i64) -> Option<()>) -> Option<()> {
    while !text.is_empty() {
        let end = text.find(|c: char| !c.is_ascii_digit())?;
        let (number, rest) = text.split_at(end);
        let unit = rest.chars().next()?;
        let at = units.find(unit)?;
        units = &units[at + unit.len_utf8()..];
        each(unit, number.parse().ok()?)?;
        text = &rest[unit.len_utf8()..];
    }
    Some(())
}
