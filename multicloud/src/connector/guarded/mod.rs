//! A cloud behind a guard: a slow, busy or silent one costs nobody but those who ask it.
//!
//! Owns how many calls are under way at once, how fast they follow each other, how long each may take, and what is tried again:
//! only what has certainly not happened. Knows no API. That a cloud is down is the account's to know.

mod pace;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::around::{Around, Effect};
use super::{Class, CloudError, Connector};
use pace::Pace;

/// What a cloud gets at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Calls under way at once.
    pub at_once: usize,
    /// How long a call waits for its turn.
    pub wait: Duration,
    /// How long a call may take. Behind the deadlines of the connector's own requests: for those that it forgot.
    pub call: Duration,
    /// How long the listing of a kind may take, with all its pages.
    pub listing: Duration,
    /// How often a call is tried again that has certainly not happened.
    pub again: usize,
}

impl Default for Limits {
    /// 16 calls at once, 10 s for a turn, 2 min for a call and 10 for a listing, 2 further tries.
    fn default() -> Self {
        Self {
            at_once: 16,
            wait: Duration::from_secs(10),
            call: Duration::from_mins(2),
            listing: Duration::from_mins(10),
            again: 2,
        }
    }
}

/// A cloud behind a guard.
#[derive(Debug)]
pub struct Guarded {
    cloud: Arc<dyn Connector>,
    limits: Limits,
    turns: Semaphore,
    pace: Pace,
}

impl Guarded {
    /// A cloud with these limits.
    pub fn new(cloud: Arc<dyn Connector>, limits: Limits) -> Self {
        Self { cloud, limits, turns: Semaphore::new(limits.at_once.max(1)), pace: Pace::new() }
    }

    /// One try: a turn, then the call, each in its time.
    async fn once<T, F: Future<Output = Result<T, CloudError>>>(
        &self,
        effect: Effect,
        latest: Instant,
        call: impl Fn() -> F,
    ) -> Result<T, CloudError> {
        let Ok(Ok(_turn)) = timeout_at(latest, self.turns.acquire()).await else {
            let at_once = self.limits.at_once;
            return Err(busy(format!("{at_once} calls to it are under way, and none ended in time"), 1));
        };
        let at = self.pace.turn(Instant::now(), latest).map_err(|wait| {
            let seconds = wait.as_secs().saturating_add(1);
            busy(format!("it takes no more calls for the next {seconds} s"), seconds)
        })?;
        sleep_until(at).await;
        let within = if effect == Effect::Listing { self.limits.listing } else { self.limits.call };
        let deadline = Instant::now() + within;
        let answer = timeout_at(deadline, call()).await.unwrap_or_else(|_| {
            let class = if effect == Effect::Change { Class::UnknownOutcome } else { Class::Unreachable };
            Err(CloudError::new(class, format!("it did not answer within {} s", within.as_secs())))
        });
        match &answer {
            Err(error) if error.class == Class::Throttled => {
                self.pace.refused(Instant::now(), error.retry_after.map(Duration::from_secs));
            }
            _ => self.pace.taken(),
        }
        answer
    }
}

impl Around for Guarded {
    fn cloud(&self) -> &dyn Connector {
        &*self.cloud
    }

    async fn call<T: Send, F: Future<Output = Result<T, CloudError>> + Send>(
        &self,
        effect: Effect,
        call: impl Fn() -> F + Send + Sync,
    ) -> Result<T, CloudError> {
        let latest = Instant::now() + self.limits.wait;
        let often = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(50))
            .with_max_delay(Duration::from_secs(2))
            .with_max_times(self.limits.again)
            .with_jitter();
        (|| self.once(effect, latest, &call))
            .retry(often)
            .when(|error| is_worth_another_try(error, effect))
            .adjust(|error, pause| pause_before(error, pause?, latest))
            .await
    }
}

/// Whether a call has certainly not happened, and may do in a moment. Who may place a creation elsewhere does not wait for a
/// cloud that says it cannot do it now.
fn is_worth_another_try(error: &CloudError, effect: Effect) -> bool {
    match error.class {
        Class::Throttled => true,
        Class::Unavailable => effect != Effect::Change,
        _ => false,
    }
}

/// How long to wait before another try; nothing where it would be too late then. After a refusal as too much, the pace knows.
fn pause_before(error: &CloudError, pause: Duration, latest: Instant) -> Option<Duration> {
    if error.class == Class::Throttled {
        return Some(Duration::ZERO);
    }
    let pause = error.retry_after.map_or(pause, Duration::from_secs);
    (Instant::now() + pause <= latest).then_some(pause)
}

/// Refused before it was on its way.
fn busy(message: String, seconds: u64) -> CloudError {
    CloudError { class: Class::Unavailable, message, retry_after: Some(seconds) }
}
