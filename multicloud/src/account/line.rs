//! The line to a cloud: its guarded connection, and how it is doing. A cloud that is down is asked again by the sync, not by each
//! request.
//!
//! Owns what is learnt of a cloud by asking it, for as long as it is connected in the same way. Knows nothing of terms.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, watch};

use super::Account;
use crate::connector::guarded::{Guarded, Limits};
use crate::connector::profile::Parameters;
use crate::connector::{Class, CloudError, Connector, Discovery};
use crate::placement;
use crate::vault::Secrets;

/// Seconds for which a cloud that refused for want of room counts as full.
const FULL: i64 = 60;

/// Changes without an answer, one after the other, after which a cloud counts as down.
const SILENT: u32 = 3;

/// Seconds after which it is worth while to ask for something of a cloud that is down.
const WAIT: u64 = 5;

/// The line to a cloud.
#[derive(Debug)]
pub(super) struct Line {
    cloud: Arc<dyn Connector>,
    /// What it was made of, where that is known: with another, it is another.
    link: Option<Link>,
    stirred: Notify,
    /// How it is doing; turns while the state is held, one way at a time.
    health: watch::Sender<Health>,
    /// How it was doing when that was last told.
    told: Mutex<Health>,
    state: RwLock<State>,
}

/// What a connection is made of.
#[derive(Debug, PartialEq)]
pub(super) struct Link {
    pub(super) profile: &'static str,
    pub(super) parameters: Parameters,
    pub(super) secrets: Secrets,
}

#[derive(Debug, Default)]
struct State {
    /// What it could do when it last said so; a cloud that is down has not lost it.
    discovery: Option<Arc<Discovery>>,
    /// When it said so.
    discovered: Option<Timestamp>,
    /// Since when it answers.
    since: Option<Timestamp>,
    /// When everything there was last read.
    read: Option<Timestamp>,
    /// When it last refused for want of room.
    full: Option<Timestamp>,
    /// Milliseconds that it last took to say what it can do.
    latency: Option<i64>,
    /// Changes that went unanswered since it last said what it can do.
    silent: u32,
}

/// How a cloud is doing.
#[derive(Clone, Debug, PartialEq)]
pub enum Health {
    /// Not reached yet.
    Unknown,
    /// It answers.
    Up,
    /// It does not answer.
    Down {
        /// Since when.
        since: Timestamp,
        /// Why, in its own words or the network's.
        reason: String,
    },
}

impl Line {
    /// A line by this connector. Nothing is sent yet.
    pub(super) fn new(connector: Arc<dyn Connector>, link: Option<Link>) -> Self {
        Self {
            cloud: Arc::new(Guarded::new(connector, Limits::default())),
            link,
            stirred: Notify::new(),
            health: watch::Sender::new(Health::Unknown),
            told: Mutex::new(Health::Unknown),
            state: RwLock::default(),
        }
    }

    /// The cloud, behind its guard.
    pub(super) fn cloud(&self) -> Arc<dyn Connector> {
        self.cloud.clone()
    }

    /// Whether it was made of this.
    pub(super) fn is_of(&self, wanted: &Link) -> bool {
        self.link.as_ref() == Some(wanted)
    }
}

impl Account {
    /// Tells whoever looks after it that something is on its way there.
    pub fn stir(&self) {
        self.line.stirred.notify_one();
    }

    /// Waits until something is on its way there.
    pub async fn stirred(&self) {
        self.line.stirred.notified().await;
    }

    /// How it is doing.
    pub fn health(&self) -> Health {
        self.line.health.borrow().clone()
    }

    /// Tells how it is doing, whenever that changes.
    pub fn turns(&self) -> watch::Receiver<Health> {
        self.line.health.subscribe()
    }

    /// How it was doing when that was last told.
    pub fn told(&self) -> Health {
        self.line.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes that this has been told.
    pub fn was_told(&self, health: Health) {
        *self.line.told.lock().unwrap_or_else(PoisonError::into_inner) = health;
    }

    /// What it can do, as far as it ever said.
    pub fn discovery(&self) -> Option<Arc<Discovery>> {
        self.line.state.read().unwrap_or_else(PoisonError::into_inner).discovery.clone()
    }

    /// What it can do, as far as it ever said, and when it said so.
    pub fn discovered(&self) -> Option<(Arc<Discovery>, Timestamp)> {
        let state = self.line.state.read().unwrap_or_else(PoisonError::into_inner);
        state.discovery.clone().zip(state.discovered)
    }

    /// Since when it answers.
    pub fn since(&self) -> Option<Timestamp> {
        self.line.state.read().unwrap_or_else(PoisonError::into_inner).since
    }

    /// When everything there was last read.
    pub fn read(&self) -> Option<Timestamp> {
        self.line.state.read().unwrap_or_else(PoisonError::into_inner).read
    }

    /// Notes that everything there has been read.
    pub fn was_read(&self, now: Timestamp) {
        self.line.state.write().unwrap_or_else(PoisonError::into_inner).read = Some(now);
    }

    /// Milliseconds that it last took to say what it can do.
    pub fn latency(&self) -> Option<i64> {
        self.line.state.read().unwrap_or_else(PoisonError::into_inner).latency
    }

    /// Whether it has lately refused for want of room.
    pub fn room(&self, now: Timestamp) -> placement::Health {
        let full = self.line.state.read().unwrap_or_else(PoisonError::into_inner).full;
        match full {
            Some(full) if now.duration_since(full).as_secs() < FULL => placement::Health::Full,
            _ => placement::Health::Up,
        }
    }

    /// Notes that it answers, what it can do, and how long it took to say so.
    pub fn is_up(&self, discovery: Discovery, took: SignedDuration, now: Timestamp) {
        let mut state = self.line.state.write().unwrap_or_else(PoisonError::into_inner);
        let before = self.health();
        if matches!(before, Health::Down { .. }) {
            tracing::warn!(account = %self.name, "cloud is back");
        }
        let latency = i64::try_from(took.as_millis()).ok();
        let since = state.since.filter(|_| before == Health::Up).or(Some(now));
        *state = State {
            discovery: Some(Arc::new(discovery)),
            discovered: Some(now),
            since,
            latency,
            silent: 0,
            ..*state
        };
        if before != Health::Up {
            self.line.health.send_replace(Health::Up);
        }
    }

    /// Notes an error; those that say that no request to the cloud will do make it down, and so does one more change without
    /// an answer after some. It is asked again by the sync, and by nobody else.
    pub fn notice(&self, error: &CloudError, now: Timestamp) {
        if matches!(error.class, Class::Capacity | Class::Quota) {
            self.line.state.write().unwrap_or_else(PoisonError::into_inner).full = Some(now);
        }
        let is_down = match error.class {
            Class::Unreachable | Class::Auth => true,
            Class::UnknownOutcome => {
                let mut state = self.line.state.write().unwrap_or_else(PoisonError::into_inner);
                state.silent += 1;
                state.silent >= SILENT
            }
            _ => false,
        };
        if is_down {
            self.is_down(error, now);
        }
    }

    /// Notes that it is down.
    pub fn is_down(&self, error: &CloudError, now: Timestamp) {
        let _state = self.line.state.write().unwrap_or_else(PoisonError::into_inner);
        if !matches!(self.health(), Health::Down { .. }) {
            tracing::warn!(account = %self.name, %error, "cloud is down");
            self.line.health.send_replace(Health::Down { since: now, reason: error.message.clone() });
        }
    }

    /// Refuses to ask a cloud that is known to be down.
    ///
    /// # Errors
    /// `Unreachable`, with the reason.
    pub fn must_be_up(&self) -> Result<(), CloudError> {
        match self.health() {
            Health::Down { since, reason } => {
                let message = format!("the cloud has been out of reach since {since:.0}: {reason}");
                Err(CloudError { class: Class::Unreachable, message, retry_after: Some(WAIT) })
            }
            _ => Ok(()),
        }
    }
}
