//! The clouds that the manager uses, and how they are doing.
//!
//! Owns the account's connector and its health. A cloud that is down is asked again by the sync, not by each request.

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use cimi::client::{Credentials, Dialect, Options};
use jiff::Timestamp;

use crate::config::{self, ConfigError};
use crate::connector::cimi_cloud::CimiCloud;
use crate::connector::{Class, CloudError, Connector, Discovery};

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
    health: RwLock<Health>,
}

/// How a cloud is doing.
#[derive(Clone, Debug, PartialEq)]
pub enum Health {
    /// Not reached yet.
    Unknown,
    /// It answers; what it can do.
    Up(Arc<Discovery>),
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
        Self { name, location, price, connector, health: RwLock::new(Health::Unknown) }
    }

    /// An account of the configuration.
    ///
    /// # Errors
    /// If one of its files cannot be read.
    pub fn from_config(account: &config::Account) -> Result<Self, ConfigError> {
        let credentials = match (&account.user, &account.password_file, &account.token_file) {
            (Some(user), Some(file), _) => {
                Credentials::Basic { user: user.clone(), password: config::secret(file)? }
            }
            (_, _, Some(file)) => Credentials::Bearer(config::secret(file)?),
            _ => Credentials::None,
        };
        let authorities = match &account.ca_file {
            Some(file) => vec![read(file)?],
            None => Vec::new(),
        };
        let options = Options {
            credentials,
            deadline: Duration::from_secs(account.deadline_seconds),
            dialect: account.dialect.as_deref().and_then(Dialect::named),
            authorities,
            ..Options::default()
        };
        let connector = Arc::new(CimiCloud::new(account.endpoint.clone(), options));
        Ok(Self::new(account.name.clone(), account.location.clone(), account.price, connector))
    }

    /// How it is doing.
    pub fn health(&self) -> Health {
        self.health.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What it can do, if it answers.
    pub fn discovery(&self) -> Option<Arc<Discovery>> {
        match self.health() {
            Health::Up(discovery) => Some(discovery),
            _ => None,
        }
    }

    /// Notes what it can do: it is up.
    pub fn is_up(&self, discovery: Discovery) {
        self.set(Health::Up(Arc::new(discovery)));
    }

    /// Notes an error; those that say that the cloud is out of reach make it down.
    pub fn notice(&self, error: &CloudError, now: Timestamp) {
        if matches!(error.class, Class::Unavailable | Class::Auth)
            && !matches!(self.health(), Health::Down { .. })
        {
            tracing::warn!(account = %self.name, %error, "cloud is down");
            self.set(Health::Down { since: now, reason: error.message.clone() });
        }
    }

    /// Refuses to ask a cloud that is known to be down.
    ///
    /// # Errors
    /// `Unavailable`, with the reason.
    pub fn must_be_up(&self) -> Result<(), CloudError> {
        match self.health() {
            Health::Down { since, reason } => {
                let message =
                    format!("the cloud {} has been out of reach since {since}: {reason}", self.name);
                Err(CloudError { class: Class::Unavailable, message, retry_after: Some(5) })
            }
            _ => Ok(()),
        }
    }

    fn set(&self, health: Health) {
        *self.health.write().unwrap_or_else(PoisonError::into_inner) = health;
    }
}

fn read(path: &Path) -> Result<Vec<u8>, ConfigError> {
    std::fs::read(path)
        .map_err(|error| ConfigError::Unreadable { path: path.to_owned(), reason: error.to_string() })
}
