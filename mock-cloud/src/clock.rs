//! The clock of a cloud: the wall's, or one that moves when it is told to.
//!
//! The only place of this crate that reads the time of the machine it runs on.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

/// Where the time comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The wall clock: things happen when they are due.
    Auto,
    /// One that starts at a moment and moves only by [`crate::ClockHandle`]: the same requests bring the same bytes, and
    /// nobody waits.
    Virtual(Timestamp),
    /// One that starts at a moment and moves on at each request: what happens depends on what is asked alone, and nobody
    /// waits long, however slow or quick the machine is.
    Paced {
        /// The moment.
        start: Timestamp,
        /// By how much, in milliseconds.
        step: u32,
    },
}

/// When virtual clocks start: on 2026-01-01 at midnight UTC.
const EPOCH: Timestamp = Timestamp::constant(1_767_225_600, 0);

impl Clock {
    /// A virtual clock that starts on 2026-01-01 at midnight UTC.
    pub const fn virtual_clock() -> Self {
        Self::Virtual(EPOCH)
    }

    /// A clock that starts there, too, and moves on by so many milliseconds at each request.
    pub const fn paced(step: u32) -> Self {
        Self::Paced { start: EPOCH, step }
    }
}

/// A clock that runs, one for all that live by it.
#[derive(Debug)]
pub struct Timepiece {
    clock: Clock,
    /// By how many milliseconds it has been put forward, if it moves by itself.
    ahead: AtomicI64,
}

impl Timepiece {
    /// Starts a clock.
    pub const fn new(clock: Clock) -> Self {
        Self { clock, ahead: AtomicI64::new(0) }
    }

    /// Which clock it is.
    pub const fn clock(&self) -> Clock {
        self.clock
    }

    /// The first moment of a world that begins now.
    pub(crate) fn start(&self) -> Timestamp {
        match self.clock {
            Clock::Auto => self.ahead_of(wall()),
            Clock::Virtual(start) | Clock::Paced { start, .. } => start,
        }
    }

    /// Somebody asks for something.
    pub(crate) fn tick(&self) {
        if let Clock::Paced { step, .. } = self.clock {
            self.ahead.fetch_add(i64::from(step), Ordering::Relaxed);
        }
    }

    /// Whether the world has to be looked after while nobody asks.
    pub(crate) fn is_restless(&self) -> bool {
        self.clock == Clock::Auto
    }

    /// The present moment, if this clock moves by itself.
    pub(crate) fn reading(&self) -> Option<Timestamp> {
        match self.clock {
            Clock::Auto => Some(self.ahead_of(wall())),
            Clock::Virtual(_) => None,
            Clock::Paced { start, .. } => Some(self.ahead_of(start)),
        }
    }

    /// Puts a clock that moves by itself forward, so that it has reached a moment; from there it goes on. Never back.
    pub(crate) fn reach(&self, moment: Timestamp) {
        let Some(reading) = self.reading() else { return };
        let missing = moment.as_millisecond().saturating_sub(reading.as_millisecond());
        if missing > 0 {
            self.ahead.fetch_add(missing, Ordering::Relaxed);
        }
    }

    fn ahead_of(&self, moment: Timestamp) -> Timestamp {
        let ahead = self.ahead.load(Ordering::Relaxed);
        Timestamp::from_millisecond(moment.as_millisecond().saturating_add(ahead)).unwrap_or(moment)
    }
}

/// The wall clock, to the millisecond: finer digits would only lengthen every document.
#[expect(clippy::disallowed_methods, reason = "the one place where the real clock enters")]
fn wall() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}
