//! The clouds that the manager uses: on what terms, and by which line.
//!
//! Owns what the directory says of an account while it is in use; that it is, the directory says. How its cloud is doing is
//! `line`'s, which outlives a change of the terms.

mod line;

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::watch;

use crate::connector::Connector;
use crate::connector::observed::Observed;
use crate::connector::profile::Profile;
use crate::directory::{self, Concealed, Entry, Location, Mode, Provider, Snapshot, over, owner};
use crate::kind::Kind;
use crate::placement::Quota;
use crate::region;
use crate::vault::{Secrets, Vault};

pub use line::Health;

use line::{Line, Link};

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
    /// What it was made of: with another, its terms are others.
    basis: String,
    retired: watch::Sender<bool>,
    line: Arc<Line>,
}

impl Account {
    /// An account with a connector.
    pub fn new(name: String, location: Option<String>, price: i64, connector: Arc<dyn Connector>) -> Self {
        Self { location, price, ..Self::on(name, Arc::new(Line::new(connector, None))) }
    }

    /// An account on a line, without terms.
    fn on(name: String, line: Arc<Line>) -> Self {
        Self {
            name,
            location: None,
            price: 0,
            provider: None,
            quota: Quota::NONE,
            tags: BTreeMap::new(),
            owner: None,
            mode: Mode::Manage,
            connector: line.cloud(),
            basis: String::new(),
            retired: watch::Sender::new(false),
            line,
        }
    }

    /// An account of the directory, used by a manager of this name. `before`: the one of this name that was in use until now:
    /// if it is connected in the same way, its line goes on, with all that is known of the cloud.
    ///
    /// # Errors
    /// Why it cannot be used: a secret that cannot be opened, a provider or profile that is not there.
    pub fn open(
        entry: &Entry<directory::Account>,
        known: &Snapshot,
        vault: &Vault,
        manager: &str,
        before: Option<&Self>,
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
        let wanted = Link { profile: profile.name, parameters, secrets };
        let line = match before {
            Some(before) if before.line.is_of(&wanted) => before.line.clone(),
            _ => {
                let cloud = profile.connect(&wanted.parameters, &wanted.secrets, manager);
                Arc::new(Line::new(cloud, Some(wanted)))
            }
        };
        let connector = match entry.record.mode {
            Mode::Manage => line.cloud(),
            Mode::Observe => Arc::new(Observed::new(line.cloud())),
        };
        let location = entry.record.location.as_deref().and_then(|name| known.get::<Location>(name));
        Ok(Self {
            location: location.map(|location| location.record.code().to_owned()),
            price: entry.record.price,
            provider: Some(entry.record.provider.clone()),
            quota: entry.record.quota,
            tags: entry.record.tags.clone(),
            owner: entry.record.owner.clone(),
            mode: entry.record.mode,
            connector,
            basis: basis(entry, known),
            ..Self::on(entry.name.clone(), line)
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

    /// Whether the manager changes what is there.
    pub fn is_managed(&self) -> bool {
        self.mode == Mode::Manage
    }

    /// Whether resources of a kind can be created there, as far as it ever said.
    pub fn takes(&self, kind: Kind) -> bool {
        self.is_managed() && self.discovery().is_none_or(|discovery| discovery.creates.contains(&kind))
    }
}

/// The versions of all that an account is made of.
fn basis(entry: &Entry<directory::Account>, known: &Snapshot) -> String {
    let provider = known.get::<Provider>(&entry.record.provider).map(|provider| provider.tag());
    let location = entry.record.location.as_deref().and_then(|name| known.get::<Location>(name));
    let location = location.map(|location| location.tag());
    format!("{} {provider:?} {location:?}", entry.tag())
}
