//! How fast a cloud may be asked: learnt from what it refuses as too much.
//!
//! Owns the pace and nothing else. Each refusal doubles the distance between two calls, each success takes a part of it away; a
//! cloud that names a time is left alone until then. Crates for this hold a rate that is known; here it has to be found out.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The least distance between calls after a refusal, and below which there is none any more.
const LEAST: Duration = Duration::from_millis(10);

/// The greatest distance between calls.
const MOST: Duration = Duration::from_secs(2);

/// The longest that a cloud is left alone because it says so; what it says beyond that is asked about again.
const LONGEST_REST: Duration = Duration::from_mins(1);

/// The pace of one cloud.
#[derive(Debug)]
pub(super) struct Pace(Mutex<State>);

#[derive(Debug)]
struct State {
    /// When the next call may go.
    next: Option<Instant>,
    /// Between two calls; nothing while no call has been refused.
    distance: Duration,
}

impl Pace {
    /// As fast as anybody asks.
    pub(super) fn new() -> Self {
        Self(Mutex::new(State { next: None, distance: Duration::ZERO }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a turn: when it is. Nothing is taken where that would be later than `latest`.
    ///
    /// # Errors
    /// How long it would take.
    pub(super) fn turn(&self, now: Instant, latest: Instant) -> Result<Instant, Duration> {
        let mut state = self.state();
        let at = state.next.map_or(now, |next| next.max(now));
        if at > latest {
            return Err(at - now);
        }
        state.next = (at > now || !state.distance.is_zero()).then(|| at + state.distance);
        Ok(at)
    }

    /// It was too much. `rest`: how long the cloud wants to be left alone.
    pub(super) fn refused(&self, now: Instant, rest: Option<Duration>) {
        let mut state = self.state();
        state.distance = (state.distance * 2).clamp(LEAST, MOST);
        let rest = rest.unwrap_or(state.distance).min(LONGEST_REST);
        let until = now + rest;
        state.next = Some(state.next.map_or(until, |next| next.max(until)));
    }

    /// It was not too much.
    pub(super) fn taken(&self) {
        let mut state = self.state();
        state.distance = state.distance.mul_f64(0.9);
        if state.distance < LEAST / 2 {
            state.distance = Duration::ZERO;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn it_is_not_slowed_down_before_something_was_refused() {
        let (pace, now) = (Pace::new(), Instant::now());
        for _ in 0..1000 {
            assert_eq!(pace.turn(now, now), Ok(now));
            pace.taken();
        }
    }

    #[test]
    fn it_leaves_a_cloud_alone_and_learns_how_much_it_takes() {
        let (pace, now) = (Pace::new(), Instant::now());
        pace.refused(now, Some(3 * SECOND));
        assert_eq!(pace.turn(now, now + SECOND), Err(3 * SECOND));
        assert_eq!(pace.turn(now, now + 5 * SECOND), Ok(now + 3 * SECOND));
        let next = pace.turn(now, now + 5 * SECOND);
        assert_eq!(next, Ok(now + 3 * SECOND + LEAST), "calls keep their distance");
        let later = now + 60 * SECOND;
        for _ in 0..9 {
            pace.refused(later, None);
        }
        assert_eq!(pace.turn(later, later + 9 * SECOND), Ok(later + MOST));
        for _ in 0..60 {
            pace.taken();
        }
        let much_later = later + 60 * SECOND;
        assert_eq!(pace.turn(much_later, much_later), Ok(much_later));
        assert_eq!(pace.turn(much_later, much_later), Ok(much_later), "what was learnt is forgotten again");
    }

    #[test]
    fn no_cloud_puts_itself_to_sleep() {
        let (pace, now) = (Pace::new(), Instant::now());
        pace.refused(now, Some(Duration::from_secs(u64::from(u32::MAX))));
        assert_eq!(pace.turn(now, now + 2 * LONGEST_REST), Ok(now + LONGEST_REST));
    }
}
