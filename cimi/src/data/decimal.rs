//! Numbers that are no integers: `xs:decimal`, and JSON's numbers with an exponent.
//!
//! Owns their lexical form and order. Computes nothing with them.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use super::Invalid;

const EXPECTED: &str = "a number such as 2.5";

/// Beyond any use, and small enough for sums with the number of digits of a document not to overflow.
const MAX_EXPONENT: i64 = 1_000_000;

/// A number, kept as written, of any precision. Compares by value.
#[derive(Clone)]
pub struct Decimal(String);

impl Decimal {
    /// Its text as written: a number of JSON, and an `xs:decimal` if it has no exponent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn order(&self) -> Key<'_> {
        Key::of(&self.0)
    }
}

impl FromStr for Decimal {
    type Err = Invalid;

    /// Reads a number by the grammar of JSON (RFC 8259 6).
    fn from_str(text: &str) -> Result<Self, Invalid> {
        if is_number(text) { Ok(Self(text.to_owned())) } else { Err(Invalid::new(EXPECTED, text)) }
    }
}

impl From<i64> for Decimal {
    fn from(number: i64) -> Self {
        Self(number.to_string())
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Decimal({})", self.0)
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let (left, right) = (self.order(), other.order());
        match (left.sign(), right.sign()) {
            (a, b) if a != b => a.cmp(&b),
            (0, _) => Ordering::Equal,
            (1, _) => left.magnitude(&right),
            _ => right.magnitude(&left),
        }
    }
}

fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let exponent_fits = exponent.is_none_or(|exponent| {
        digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
            && exponent.parse::<i64>().is_ok_and(|e| e.abs() <= MAX_EXPONENT)
    });
    digits(whole) && (whole == "0" || !whole.starts_with('0')) && fraction.is_none_or(digits) && exponent_fits
}

/// A number as 0.d1d2d3... times ten to the `point`, d1 not zero.
struct Key<'a> {
    negative: bool,
    /// The digits before and behind the decimal point, without zeros at the front of the one and the end of the other.
    digits: [&'a str; 2],
    point: i64,
}

impl<'a> Key<'a> {
    fn of(text: &'a str) -> Self {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let exponent: i64 = exponent.parse().unwrap_or(0);
        let whole = whole.trim_start_matches('0');
        let mut fraction = fraction.trim_end_matches('0');
        let mut point = length(whole) + exponent;
        if whole.is_empty() {
            let significant = fraction.trim_start_matches('0');
            point -= length(fraction) - length(significant);
            fraction = significant;
        }
        Self { negative, digits: [whole, fraction], point }
    }

    fn sign(&self) -> i8 {
        match (self.digits, self.negative) {
            (["", ""], _) => 0,
            (_, true) => -1,
            (_, false) => 1,
        }
    }

    fn magnitude(&self, other: &Self) -> Ordering {
        self.point.cmp(&other.point).then_with(|| {
            let longest = self.count().max(other.count());
            self.padded(longest).cmp(other.padded(longest))
        })
    }

    fn count(&self) -> usize {
        self.digits[0].len() + self.digits[1].len()
    }

    fn padded(&self, to: usize) -> impl Iterator<Item = u8> {
        self.digits[0].bytes().chain(self.digits[1].bytes()).chain(std::iter::repeat(b'0')).take(to)
    }
}

fn length(text: &str) -> i64 {
    i64::try_from(text.len()).unwrap_or(i64::MAX / 4)
}
