//! The clock of a cloud: the wall's, or one that moves when it is told to.
//!
//! The only place of this crate that reads the time of the machine it runs on.

use jiff::Timestamp;

/// Where the time comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The wall clock: things happen when they are due.
    Auto,
    /// One that starts at a moment and moves only by [`crate::ClockHandle`]: the same requests bring the same bytes, and
    /// nobody waits.
    Virtual(Timestamp),
}

impl Clock {
    /// A virtual clock that starts on 2026-01-01 at midnight UTC.
    pub const fn virtual_clock() -> Self {
        Self::Virtual(Timestamp::constant(1_767_225_600, 0))
    }

    /// The first moment.
    pub(crate) fn start(self) -> Timestamp {
        match self {
            Self::Auto => wall(),
            Self::Virtual(start) => start,
        }
    }

    /// The present moment, if this clock moves by itself.
    pub(crate) fn reading(self) -> Option<Timestamp> {
        match self {
            Self::Auto => Some(wall()),
            Self::Virtual(_) => None,
        }
    }
}

/// The wall clock, to the millisecond: finer digits would only lengthen every document.
#[expect(clippy::disallowed_methods, reason = "the one place where the real clock enters")]
fn wall() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}
