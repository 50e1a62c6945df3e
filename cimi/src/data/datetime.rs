//! `xs:dateTime` (DSP0263 5.5.2).
//!
//! Owns its lexical form and its place in time. Has no clock.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use super::Invalid;

/// 0001-01-01T00:00:00Z, in seconds since 1970-01-01T00:00:00Z.
const YEAR_1: i64 = -62_135_596_800;

const EXPECTED: &str = "a dateTime such as 2012-05-25T13:30:15-05:00";

/// A point in time, kept as written, zone included (5.5.2 wants it preserved).
///
/// Compares as an instant, to the nanosecond: the same moment in two zones is equal. One without a zone is taken as UTC, so that
/// the order is total; XML Schema leaves it open.
#[derive(Clone)]
pub struct DateTime {
    text: String,
    /// Since 1970-01-01T00:00:00Z.
    seconds: i64,
    nanos: u32,
}

impl DateTime {
    /// Its text as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The instant, if it is within the years that `jiff` has (-9999 to 9999).
    pub fn instant(&self) -> Option<jiff::Timestamp> {
        // `nanos` is below 10^9, so it fits.
        jiff::Timestamp::new(self.seconds, i32::try_from(self.nanos).ok()?).ok()
    }

    /// Twelve bytes that are in the order of time: for stores.
    pub fn sortable(&self) -> [u8; 12] {
        let mut bytes = [0; 12];
        let seconds = self.seconds.cast_unsigned() ^ (1 << 63);
        bytes[..8].copy_from_slice(&seconds.to_be_bytes());
        bytes[8..].copy_from_slice(&self.nanos.to_be_bytes());
        bytes
    }

    /// Whether it names its zone.
    pub fn has_zone(&self) -> bool {
        // Behind the `T`, a sign can only begin an offset.
        let time = self.text.split_once('T').map_or("", |(_, time)| time);
        time.ends_with('Z') || time.contains(['+', '-'])
    }
}

impl From<jiff::Timestamp> for DateTime {
    /// In UTC, with as many digits of a second as there are.
    ///
    /// # Panics
    /// Before the year 1, which no clock of a provider shows.
    fn from(instant: jiff::Timestamp) -> Self {
        assert!(
            instant.as_second() >= YEAR_1,
            "{instant} is before the year 1, for which xs:dateTime has other digits"
        );
        // jiff prints RFC 3339, a subset of xs:dateTime; what it would be read as is known.
        let nanos = i64::from(instant.subsec_nanosecond());
        Self {
            text: instant.to_string(),
            seconds: instant.as_second() + nanos.div_euclid(1_000_000_000),
            nanos: u32::try_from(nanos.rem_euclid(1_000_000_000)).unwrap_or_default(),
        }
    }
}

impl FromStr for DateTime {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (seconds, nanos) = parse(text).ok_or_else(|| Invalid::new(EXPECTED, text))?;
        Ok(Self { text: text.to_owned(), seconds, nanos })
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DateTime({})", self.text)
    }
}

impl PartialEq for DateTime {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for DateTime {}

impl PartialOrd for DateTime {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for DateTime {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.seconds, self.nanos).cmp(&(other.seconds, other.nanos))
    }
}

/// Digits beyond the nanosecond are kept in the text but not compared.
fn parse(text: &str) -> Option<(i64, u32)> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (date, time) = rest.split_once('T')?;
    let days = date_to_days(date, negative)?;
    let (clock, offset) = split_zone(time)?;
    let (seconds, nanos) = clock_to_seconds(clock)?;
    Some((days * 86_400 + seconds - offset, nanos))
}

fn date_to_days(date: &str, negative: bool) -> Option<i64> {
    let mut parts = date.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    // At least four digits, no leading zero beyond four, no year 0000 (XML Schema Part 2, 3.2.7); nine are enough.
    if !(4..=9).contains(&year.len()) || (year.len() > 4 && year.starts_with('0')) {
        return None;
    }
    let year = match (digits(year)?, negative) {
        (0, _) => return None,
        (year, false) => year,
        // There is no year 0: the one before 1 is -1.
        (year, true) => 1 - year,
    };
    let (month, day) = (two_digits(month)?, two_digits(day)?);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => return None,
    };
    (1..=length).contains(&day).then(|| days_from_civil(year, month, day))
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar (Hinnant's algorithm).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn split_zone(time: &str) -> Option<(&str, i64)> {
    if let Some(clock) = time.strip_suffix('Z') {
        return Some((clock, 0));
    }
    let Some(at) = time.find(['+', '-']) else { return Some((time, 0)) };
    let (clock, zone) = time.split_at(at);
    let (sign, zone) = zone.split_at(1);
    let (hours, minutes) = zone.split_once(':')?;
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    if minutes > 59 || hours * 60 + minutes > 14 * 60 {
        return None;
    }
    let offset = (hours * 60 + minutes) * 60;
    Some((clock, if sign == "-" { -offset } else { offset }))
}

fn clock_to_seconds(clock: &str) -> Option<(i64, u32)> {
    let mut parts = clock.splitn(3, ':');
    let (hours, minutes, rest) = (two_digits(parts.next()?)?, two_digits(parts.next()?)?, parts.next()?);
    let (seconds, nanos) = match rest.split_once('.') {
        Some((seconds, fraction)) => (two_digits(seconds)?, nanos(fraction)?),
        None => (two_digits(rest)?, 0),
    };
    let midnight = hours == 24 && minutes == 0 && seconds == 0 && nanos == 0;
    if (hours > 23 && !midnight) || minutes > 59 || seconds > 59 {
        return None;
    }
    Some((hours * 3600 + minutes * 60 + seconds, nanos))
}

/// The first nine digits of a fraction of a second, as nanoseconds. All of `fraction` must be digits.
pub(super) fn nanos(fraction: &str) -> Option<u32> {
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let nine = fraction.bytes().chain(std::iter::repeat(b'0')).take(9);
    Some(nine.fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')))
}

fn two_digits(text: &str) -> Option<i64> {
    if text.len() == 2 { digits(text) } else { None }
}

/// The number that `text`, at most 18 digits and nothing else, stands for.
fn digits(text: &str) -> Option<i64> {
    if text.is_empty() || text.len() > 18 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}
