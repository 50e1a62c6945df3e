//! How soon something of an account is looked at again: quickly while it moves, then more and more slowly.
//!
//! Pure: what was seen goes in, a pause comes out. Knows no clock and no cloud.

use std::time::Duration;

/// The pause after something has happened.
pub(super) const QUICK: Duration = Duration::from_millis(500);

/// The longest pause while something is on its way, however long it stays there.
const MOVING: Duration = Duration::from_secs(4);

/// What a look at an account showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// The cloud is out of reach.
    Down,
    /// Something is another than it was.
    Changed,
    /// Something is on its way, and no further than before.
    Moving,
    /// Everything is as it was, and stays.
    Quiet,
}

/// What was seen last, and the pause after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pace {
    seen: Seen,
    pause: Duration,
    ceiling: Duration,
}

impl Pace {
    /// That of an account of which nothing is known. `ceiling`: the longest pause.
    pub(super) fn new(ceiling: Duration) -> Self {
        Self { seen: Seen::Quiet, pause: ceiling, ceiling }
    }

    /// That after a further look: what is new is looked at soon, what stays as it is at pauses that double.
    pub(super) fn then(self, seen: Seen) -> Self {
        let is_news = match seen {
            Seen::Changed => true,
            Seen::Moving => matches!(self.seen, Seen::Quiet | Seen::Down),
            Seen::Down => self.seen != Seen::Down,
            Seen::Quiet => self.seen == Seen::Down,
        };
        let pause = if is_news { QUICK } else { self.pause.saturating_mul(2) };
        let most = if seen == Seen::Moving { MOVING.min(self.ceiling) } else { self.ceiling };
        Self { seen, pause: pause.min(most), ceiling: self.ceiling }
    }

    /// How long to wait.
    pub(super) fn pause(self) -> Duration {
        self.pause
    }

    /// Whether nothing moves, as far as is known.
    pub(super) fn is_quiet(self) -> bool {
        self.seen == Seen::Quiet
    }

    /// Whether nothing is worth a look before everything is looked at again.
    pub(super) fn is_at_rest(self) -> bool {
        matches!(self.seen, Seen::Quiet | Seen::Down) && self.pause >= self.ceiling
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pauses after some looks, in milliseconds.
    #[track_caller]
    fn check(ceiling: u64, looks: &[Seen], expected: &[u128]) {
        let mut pace = Pace::new(Duration::from_millis(ceiling));
        let pauses = looks.iter().map(|seen| {
            pace = pace.then(*seen);
            pace.pause().as_millis()
        });
        assert_eq!(pauses.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_is_quiet_is_looked_at_slowly() {
        use Seen::{Changed, Quiet};
        check(10_000, &[Quiet, Quiet], &[10_000, 10_000]);
        let looks = [Changed, Quiet, Quiet, Quiet, Quiet, Quiet, Quiet, Changed];
        check(10_000, &looks, &[500, 1000, 2000, 4000, 8000, 10_000, 10_000, 500]);
    }

    #[test]
    fn what_moves_is_looked_at_soon_and_never_rarely() {
        use Seen::{Changed, Moving, Quiet};
        let looks = [Moving, Moving, Moving, Moving, Moving, Changed, Moving, Quiet];
        check(60_000, &looks, &[500, 1000, 2000, 4000, 4000, 500, 1000, 2000]);
    }

    #[test]
    fn a_cloud_that_is_down_is_asked_again_soon_at_first() {
        use Seen::{Down, Quiet};
        check(
            3000,
            &[Quiet, Down, Down, Down, Down, Quiet, Quiet],
            &[3000, 500, 1000, 2000, 3000, 500, 1000],
        );
    }

    #[test]
    fn no_pause_is_longer_than_what_the_operator_says() {
        use Seen::{Changed, Down, Moving, Quiet};
        check(200, &[Changed, Moving, Moving, Quiet, Down, Down], &[200; 6]);
    }

    #[test]
    fn only_what_rests_waits_for_the_next_look_at_all() {
        let pace = Pace::new(Duration::from_secs(1));
        assert!(pace.is_at_rest() && pace.then(Seen::Quiet).is_at_rest());
        assert!(!pace.then(Seen::Moving).is_at_rest() && !pace.then(Seen::Changed).is_at_rest());
        assert!(!pace.then(Seen::Changed).then(Seen::Moving).then(Seen::Moving).is_at_rest());
    }
}
