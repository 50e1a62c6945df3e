//! The clouds that the manager uses, and how they are doing.
//!
//! Owns the account's connector and its health. A cloud that is down is asked again by the sync, not by each request.

use std::sync::{Arc, PoisonError, RwLock};

use cimi::client::Options;
use jiff::Timestamp;

use crate::config;
use crate::connector::cimi_cloud::CimiCloud;
use crate::connector::{Class, CloudError, Connector, Discovery};

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
    /// Its API.
    pub connector: Arc<dyn Connector>,
    state: RwLock<State>,
}

#[derive(Debug)]
struct State {
    health: Health,
    /// What it could do when it last said so; a cloud that is down has not lost it.
    discovery: Option<Arc<Discovery>>,
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
        let state = RwLock::new(State { health: Health::Unknown, discovery: None });
        Self { name, location, price, connector, state }
    }

    /// An account of the configuration, used by a manager of this name.
    pub fn from_config(account: config::Account, manager: &str) -> Self {
        let options = Options {
            credentials: account.credentials,
            deadline: account.deadline,
            dialect: account.dialect,
            authorities: account.authorities,
            ..Options::default()
        };
        let connector = Arc::new(CimiCloud::new(account.endpoint, options, manager));
        Self::new(account.name, account.location, account.price, connector)
    }

    /// How it is doing.
    pub fn health(&self) -> Health {
        self.state.read().unwrap_or_else(PoisonError::into_inner).health.clone()
    }

    /// What it can do, as far as it ever said.
    pub fn discovery(&self) -> Option<Arc<Discovery>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).discovery.clone()
    }

    /// Notes that it answers, and what it can do.
    pub fn is_up(&self, discovery: Discovery) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if matches!(state.health, Health::Down { .. }) {
            tracing::warn!(account = %self.name, "cloud is back");
        }
        *state = State { health: Health::Up, discovery: Some(Arc::new(discovery)) };
    }

    /// Notes an error; those that say that no request to the cloud will do make it down. It is asked again by the sync, and
    /// by nobody else.
    pub fn notice(&self, error: &CloudError, now: Timestamp) {
        if !matches!(error.class, Class::Unreachable | Class::Auth) {
            return;
        }
        self.is_down(error, now);
    }

    /// Notes that it is down.
    pub fn is_down(&self, error: &CloudError, now: Timestamp) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if !matches!(state.health, Health::Down { .. }) {
            tracing::warn!(account = %self.name, %error, "cloud is down");
            state.health = Health::Down { since: now, reason: error.message.clone() };
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
