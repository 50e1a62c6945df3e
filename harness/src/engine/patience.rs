//! How long a run waits: what the suite says of each kind, times what its user is willing to.

use std::time::{Duration, Instant};

use crate::spec::{LONGEST_WAIT, Waits};

/// First pause between two looks at something that is waited for; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(1);

/// Longest pause between two looks.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// The patience of a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience<'s> {
    waits: &'s Waits,
    factor: f64,
}

impl<'s> Patience<'s> {
    /// The waits of the suite, so many times as long.
    pub(super) fn new(waits: &'s Waits, factor: f64) -> Self {
        Self { waits, factor }
    }

    /// Waits until a resource of this kind is at rest.
    pub(super) fn settle(self, kind: &str) -> Pause {
        self.within(self.waits.of(kind).settle)
    }

    /// Waits until a resource of this kind that was deleted is gone.
    pub(super) fn gone(self, kind: &str) -> Pause {
        self.within(self.waits.of(kind).gone)
    }

    /// Waits as long as a case says.
    pub(super) fn within(self, span: Duration) -> Pause {
        let seconds = (span.as_secs_f64() * self.factor).clamp(0.0, LONGEST_WAIT.as_secs_f64());
        Pause::new(Duration::from_secs_f64(seconds))
    }
}

/// Pauses that grow, up to a deadline.
#[derive(Debug)]
pub(super) struct Pause {
    next: Duration,
    deadline: Instant,
}

impl Pause {
    fn new(within: Duration) -> Self {
        Self { next: FIRST_PAUSE, deadline: Instant::now() + within }
    }

    /// Sleeps; false once the deadline has passed.
    pub(super) async fn sleep(&mut self) -> bool {
        if Instant::now() >= self.deadline {
            return false;
        }
        tokio::time::sleep(self.next).await;
        self.next = (self.next * 2).min(LONGEST_PAUSE);
        true
    }
}
