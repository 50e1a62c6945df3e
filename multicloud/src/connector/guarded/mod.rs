//! A cloud behind a guard: a slow, busy or silent one costs nobody but those who ask it.
//!
//! Owns how many calls are under way at once, how fast they follow each other, how long each may take, and what is tried again:
//! only what has certainly not happened. Knows no API. That a cloud is down is the account's to know.

mod pace;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use backon::{ExponentialBuilder, Retryable as _};
use cimi::Attributes;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::{
    Class, CloudError, Connector, Creation, Discovery, Found, JobState, Native, PartList, Parts, Started,
    Token,
};
use crate::kind::Kind;
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

/// What a call can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    /// It only reads.
    None,
    /// It changes something: once it is on its way, nobody knows.
    Change,
}

impl Guarded {
    /// A cloud with these limits.
    pub fn new(cloud: Arc<dyn Connector>, limits: Limits) -> Self {
        Self { cloud, limits, turns: Semaphore::new(limits.at_once.max(1)), pace: Pace::new() }
    }

    /// Reads something.
    async fn read<T, F: Future<Output = Result<T, CloudError>>>(
        &self,
        call: impl Fn() -> F,
    ) -> Result<T, CloudError> {
        self.guarded(Effect::None, self.limits.call, call).await
    }

    /// Changes something.
    async fn change<T, F: Future<Output = Result<T, CloudError>>>(
        &self,
        call: impl Fn() -> F,
    ) -> Result<T, CloudError> {
        self.guarded(Effect::Change, self.limits.call, call).await
    }

    async fn guarded<T, F: Future<Output = Result<T, CloudError>>>(
        &self,
        effect: Effect,
        within: Duration,
        call: impl Fn() -> F,
    ) -> Result<T, CloudError> {
        let latest = Instant::now() + self.limits.wait;
        let often = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(50))
            .with_max_delay(Duration::from_secs(2))
            .with_max_times(self.limits.again)
            .with_jitter();
        (|| self.once(effect, latest, within, &call))
            .retry(often)
            .when(|error| is_worth_another_try(error, effect))
            .adjust(|error, pause| pause_before(error, pause?, latest))
            .await
    }

    /// One try: a turn, then the call, each in its time.
    async fn once<T, F: Future<Output = Result<T, CloudError>>>(
        &self,
        effect: Effect,
        latest: Instant,
        within: Duration,
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
        let deadline = Instant::now() + within;
        let answer = timeout_at(deadline, call()).await.unwrap_or_else(|_| {
            let class = if effect == Effect::None { Class::Unreachable } else { Class::UnknownOutcome };
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

/// Whether a call has certainly not happened, and may do in a moment. Who may place a creation elsewhere does not wait for a
/// cloud that says it cannot do it now.
fn is_worth_another_try(error: &CloudError, effect: Effect) -> bool {
    match error.class {
        Class::Throttled => true,
        Class::Unavailable => effect == Effect::None,
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

#[async_trait]
impl Connector for Guarded {
    async fn discover(&self) -> Result<Discovery, CloudError> {
        self.read(|| self.cloud.discover()).await
    }

    async fn list(&self, kind: Kind) -> Result<Vec<Found>, CloudError> {
        self.guarded(Effect::None, self.limits.listing, || self.cloud.list(kind)).await
    }

    async fn identify(&self, native: &Native) -> Result<Option<(Kind, Found)>, CloudError> {
        self.read(|| self.cloud.identify(native)).await
    }

    async fn get(&self, kind: Kind, native: &Native) -> Result<Found, CloudError> {
        self.read(|| self.cloud.get(kind, native)).await
    }

    async fn parts(&self, owner: &Native, parts: Parts) -> Result<PartList, CloudError> {
        self.read(|| self.cloud.parts(owner, parts)).await
    }

    async fn add_part(
        &self,
        owner: &Native,
        parts: Parts,
        attributes: &Attributes,
    ) -> Result<Started, CloudError> {
        self.change(|| self.cloud.add_part(owner, parts, attributes)).await
    }

    async fn delete_part(&self, owner: &Native, parts: Parts, part: &Native) -> Result<Started, CloudError> {
        self.change(|| self.cloud.delete_part(owner, parts, part)).await
    }

    async fn insert(
        &self,
        owner: &Native,
        parts: Parts,
        target: &Native,
        accessories: &Attributes,
    ) -> Result<Started, CloudError> {
        self.change(|| self.cloud.insert(owner, parts, target, accessories)).await
    }

    async fn remove(&self, owner: &Native, parts: Parts, target: &Native) -> Result<Started, CloudError> {
        self.change(|| self.cloud.remove(owner, parts, target)).await
    }

    async fn create(&self, creation: &Creation) -> Result<Started, CloudError> {
        self.change(|| self.cloud.create(creation)).await
    }

    async fn find(&self, kind: Kind, token: &Token) -> Result<Option<Found>, CloudError> {
        self.guarded(Effect::None, self.limits.listing, || self.cloud.find(kind, token)).await
    }

    async fn update(
        &self,
        kind: Kind,
        native: &Native,
        set: &Attributes,
        erase: &[String],
    ) -> Result<Started, CloudError> {
        self.change(|| self.cloud.update(kind, native, set, erase)).await
    }

    async fn delete(&self, kind: Kind, native: &Native) -> Result<Started, CloudError> {
        self.change(|| self.cloud.delete(kind, native)).await
    }

    async fn act(
        &self,
        kind: Kind,
        native: &Native,
        operation: &str,
        parameters: &Attributes,
    ) -> Result<Started, CloudError> {
        self.change(|| self.cloud.act(kind, native, operation, parameters)).await
    }

    async fn job(&self, job: &Native) -> Result<JobState, CloudError> {
        self.read(|| self.cloud.job(job)).await
    }

    async fn cancel(&self, job: &Native) -> Result<(), CloudError> {
        self.change(|| self.cloud.cancel(job)).await
    }
}
