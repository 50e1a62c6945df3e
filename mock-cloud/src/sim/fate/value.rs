//! The values that declarations of faults are made of, each with its limits: what cannot be is refused where it is read.
//!
//! Owns their texts in TOML and JSON. Knows no fault.

use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The longest delay and the latest moment: a hundred days. What is longer is a mistake.
const LONGEST: Duration = Duration::from_hours(2400);

/// A length of time, written `250ms`, `1m 30s` or `PT2S`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(Duration);

/// A moment: so long after the cloud began, or an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// After the cloud began.
    After(Span),
    /// An instant of the cloud's clock.
    At(Timestamp),
}

/// A part of a whole: 0 is nothing, 1 all of it.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Share(f64);

/// A part of a whole in percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(u8);

impl Span {
    /// A length of time; the longest one instead of one that is longer.
    pub fn new(duration: Duration) -> Self {
        Self(duration.min(LONGEST))
    }

    /// How long.
    pub fn duration(self) -> Duration {
        self.0
    }

    fn parse(text: &str) -> Option<Self> {
        let parsed: SignedDuration = text.parse().ok()?;
        Duration::try_from(parsed).ok().filter(|duration| *duration <= LONGEST).map(Self)
    }
}

impl Moment {
    /// The instant, for a cloud that began at `born`.
    pub fn instant(self, born: Timestamp) -> Timestamp {
        match self {
            Self::After(span) => {
                let span = SignedDuration::try_from(span.0).unwrap_or(SignedDuration::MAX);
                born.checked_add(span).unwrap_or(Timestamp::MAX)
            }
            Self::At(instant) => instant,
        }
    }
}

impl Share {
    /// A part of a whole, if it is one.
    pub fn new(share: f64) -> Option<Self> {
        (0.0..=1.0).contains(&share).then_some(Self(share))
    }

    /// From 0 to 1.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl Percent {
    /// A part of a whole, if it is one.
    pub const fn new(percent: u8) -> Option<Self> {
        if percent <= 100 { Some(Self(percent)) } else { None }
    }

    /// From 0 to 100.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl Default for Percent {
    /// Half of the way.
    fn default() -> Self {
        Self(50)
    }
}

impl From<Duration> for Span {
    fn from(duration: Duration) -> Self {
        Self::new(duration)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signed = SignedDuration::try_from(self.0).unwrap_or(SignedDuration::MAX);
        fmt::Display::fmt(&signed, f)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            D::Error::custom(format!(
                "`{text}` is no duration; one of up to a hundred days was expected, such as 250ms, 1m 30s or PT2S"
            ))
        })
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::After(span) => span.serialize(serializer),
            Self::At(instant) => serializer.collect_str(instant),
        }
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let moment = Span::parse(&text).map(Self::After).or_else(|| text.parse().ok().map(Self::At));
        moment.ok_or_else(|| {
            D::Error::custom(format!(
                "`{text}` is no moment; a duration since the cloud began (PT10M, 250ms) or an instant \
                 (2026-01-01T00:10:00Z) was expected"
            ))
        })
    }
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0)
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let share = f64::deserialize(deserializer)?;
        Self::new(share).ok_or_else(|| {
            D::Error::custom(format!("{share} is no share; a number from 0 to 1 was expected"))
        })
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.0)
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let percent = u64::deserialize(deserializer)?;
        let known = u8::try_from(percent).ok().and_then(Self::new);
        known.ok_or_else(|| {
            D::Error::custom(format!("{percent} is no percentage; a whole number from 0 to 100 was expected"))
        })
    }
}
