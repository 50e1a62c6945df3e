//! The clouds that the manager uses, and how they are doing.
//!
//! Owns the account's connector and its health while it is in use; that it is, the directory says. A cloud that is down is
//! asked again by the sync, not by each request.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, watch};

use crate::connector::guarded::{Guarded, Limits};
use crate::connector::observed::Observed;
use crate::connector::profile::Profile;
use crate::connector::{Class, CloudError, Connector, Discovery};
use crate::directory::{self, Concealed, Entry, Location, Mode, Provider, Snapshot, over, owner};
use crate::kind::Kind;
use crate::placement::{self, Quota};
use crate::region;
use crate::vault::{Secrets, Vault};

/// Seconds for which a cloud that refused for want of room counts as full.
const FULL: i64 = 60;

/// Changes without an answer, one after the other, after which a cloud counts as down.
const SILENT: u32 = 3;

/// Seconds after which it is worth while to ask for something of a cloud that is down.
const WAIT: u64 = 5;

/// An account at a cloud.
#[derive(Debug)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// Where it is, ISO 3166.
    pub location: Option<String>,
    /// What an hour costs, in thousandths.
    pub price: i64,
    /// Who runs its cloud.
    pub provider: Option<String>,
    /// How much there may be.
    pub quota: Quota,
    /// What the operator says of it.
    pub tags: BTreeMap<String, String>,
    /// The tenant that what is found there belongs to, unless it was created for another.
    pub owner: Option<String>,
    /// What the manager does there.
    pub mode: Mode,
    /// Its API.
    pub connector: Arc<dyn Connector>,
    /// What it was made of: with another, it is another.
    basis: String,
    retired: watch::Sender<bool>,
    stirred: Notify,
    /// How it is doing; turns while the state is held, one way at a time.
    health: watch::Sender<Health>,
    state: RwLock<State>,
}

#[derive(Debug)]
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

impl Account {
    /// An account with a connector.
    pub fn new(name: String, location: Option<String>, price: i64, connector: Arc<dyn Connector>) -> Self {
        let state = RwLock::new(State {
            discovery: None,
            discovered: None,
            since: None,
            read: None,
            full: None,
            latency: None,
            silent: 0,
        });
        let basis = String::new();
        Self {
            name,
            location,
            price,
            provider: None,
            quota: Quota::NONE,
            tags: BTreeMap::new(),
            owner: None,
            mode: Mode::Manage,
            connector: Arc::new(Guarded::new(connector, Limits::default())),
            basis,
            retired: watch::Sender::new(false),
            stirred: Notify::new(),
            health: watch::Sender::new(Health::Unknown),
            state,
        }
    }

    /// An account of the directory, used by a manager of this name.
    ///
    /// # Errors
    /// Why it cannot be used: a secret that cannot be opened, a provider or profile that is not there.
    pub fn open(
        entry: &Entry<directory::Account>,
        known: &Snapshot,
        vault: &Vault,
        manager: &str,
    ) -> Result<Self, String> {
        let provider = known.get::<Provider>(&entry.record.provider);
        let provider = provider.ok_or_else(|| format!("there is no provider {}", entry.record.provider))?;
        let profile = &provider.record.profile;
        let profile = Profile::named(profile).ok_or_else(|| format!("there is no profile {profile}"))?;
        let parameters = over(&provider.record.parameters, &entry.record.parameters);
        let secrets = match entry.concealed.as_deref() {
            None => Secrets::default(),
            Some(Concealed::Held(secrets)) => secrets.clone(),
            Some(Concealed::Sealed(sealed)) => {
                vault.open(&owner(&entry.name), sealed).map_err(|error| error.to_string())?
            }
            Some(_) => return Err("what is concealed is no account's".to_owned()),
        };
        let connector = profile.connect(&parameters, &secrets, manager);
        let connector = match entry.record.mode {
            Mode::Manage => connector,
            Mode::Observe => Arc::new(Observed::new(connector)),
        };
        let location = entry.record.location.as_deref().and_then(|name| known.get::<Location>(name));
        let location = location.map(|location| location.record.code().to_owned());
        Ok(Self {
            provider: Some(entry.record.provider.clone()),
            quota: entry.record.quota,
            tags: entry.record.tags.clone(),
            owner: entry.record.owner.clone(),
            mode: entry.record.mode,
            basis: basis(entry, known),
            ..Self::new(entry.name.clone(), location, entry.record.price, connector)
        })
    }

    /// The country where it is, ISO 3166-1.
    pub fn country(&self) -> Option<&str> {
        self.location.as_deref().map(region::country)
    }

    /// Whether it was made of this entry as it is now.
    pub fn is_of(&self, entry: &Entry<directory::Account>, known: &Snapshot) -> bool {
        self.name == entry.name && self.basis == basis(entry, known)
    }

    /// Lets go of it: whoever looks after it stops.
    pub fn retire(&self) {
        self.retired.send_replace(true);
    }

    /// Waits until it is let go of.
    pub async fn retired(&self) {
        // The sender is here: it does not go before.
        let _ = self.retired.subscribe().wait_for(|retired| *retired).await;
    }

    /// Tells whoever looks after it that something is on its way there.
    pub fn stir(&self) {
        self.stirred.notify_one();
    }

    /// Waits until something is on its way there.
    pub async fn stirred(&self) {
        self.stirred.notified().await;
    }

    /// How it is doing.
    pub fn health(&self) -> Health {
        self.health.borrow().clone()
    }

    /// Tells how it is doing, whenever that changes.
    pub fn turns(&self) -> watch::Receiver<Health> {
        self.health.subscribe()
    }

    /// What it can do, as far as it ever said.
    pub fn discovery(&self) -> Option<Arc<Discovery>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).discovery.clone()
    }

    /// What it can do, as far as it ever said, and when it said so.
    pub fn discovered(&self) -> Option<(Arc<Discovery>, Timestamp)> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.discovery.clone().zip(state.discovered)
    }

    /// Since when it answers.
    pub fn since(&self) -> Option<Timestamp> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).since
    }

    /// When everything there was last read.
    pub fn read(&self) -> Option<Timestamp> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).read
    }

    /// Notes that everything there has been read.
    pub fn was_read(&self, now: Timestamp) {
        self.state.write().unwrap_or_else(PoisonError::into_inner).read = Some(now);
    }

    /// Whether the manager changes what is there.
    pub fn is_managed(&self) -> bool {
        self.mode == Mode::Manage
    }

    /// Whether resources of a kind can be created there, as far as it ever said.
    pub fn takes(&self, kind: Kind) -> bool {
        self.is_managed() && self.discovery().is_none_or(|discovery| discovery.creates.contains(&kind))
    }

    /// Milliseconds that it last took to say what it can do.
    pub fn latency(&self) -> Option<i64> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).latency
    }

    /// Whether it has lately refused for want of room.
    pub fn room(&self, now: Timestamp) -> placement::Health {
        let full = self.state.read().unwrap_or_else(PoisonError::into_inner).full;
        match full {
            Some(full) if now.duration_since(full).as_secs() < FULL => placement::Health::Full,
            _ => placement::Health::Up,
        }
    }

    /// Notes that it answers, what it can do, and how long it took to say so.
    pub fn is_up(&self, discovery: Discovery, took: SignedDuration, now: Timestamp) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
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
            self.health.send_replace(Health::Up);
        }
    }

    /// Notes an error; those that say that no request to the cloud will do make it down, and so does one more change without
    /// an answer after some. It is asked again by the sync, and by nobody else.
    pub fn notice(&self, error: &CloudError, now: Timestamp) {
        if matches!(error.class, Class::Capacity | Class::Quota) {
            self.state.write().unwrap_or_else(PoisonError::into_inner).full = Some(now);
        }
        let is_down = match error.class {
            Class::Unreachable | Class::Auth => true,
            Class::UnknownOutcome => {
                let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
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
        let _state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if !matches!(self.health(), Health::Down { .. }) {
            tracing::warn!(account = %self.name, %error, "cloud is down");
            self.health.send_replace(Health::Down { since: now, reason: error.message.clone() });
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

/// The versions of all that an account is made of.
fn basis(entry: &Entry<directory::Account>, known: &Snapshot) -> String {
    let provider = known.get::<Provider>(&entry.record.provider).map(|provider| provider.tag());
    let location = entry.record.location.as_deref().and_then(|name| known.get::<Location>(name));
    let location = location.map(|location| location.tag());
    format!("{} {provider:?} {location:?}", entry.tag())
}
