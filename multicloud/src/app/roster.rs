//! The accounts that are in use: those that the directory says, taken up and let go of while the manager runs.

use std::fmt;
use std::sync::{Arc, PoisonError};

use futures::FutureExt as _;
use tokio::sync::oneshot;

use super::offers::at;
use super::{App, AppError};
use crate::account::Account;
use crate::directory::{self, Location, Mode, Snapshot};
use crate::placement::Place;
use crate::sync::{self, Looked};

/// Why an account is not in use. In words it is for everybody: what is wrong with secrets is the operator's to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Absence {
    /// The directory has none of this name.
    NoSuch {
        /// The name.
        name: String,
    },
    /// It is disabled, or what it belongs to is.
    Off {
        /// What is disabled.
        reason: String,
    },
    /// It is about to be taken up.
    NotYet {
        /// The account.
        name: String,
    },
    /// It cannot be used.
    Trouble {
        /// The account.
        name: String,
        /// Why, for the operator.
        reason: String,
    },
}

impl fmt::Display for Absence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuch { name } => write!(f, "there is no account {name} any more"),
            Self::Off { reason } => f.write_str(reason),
            Self::NotYet { name } => write!(f, "the account {name} has not been taken up yet: ask again"),
            Self::Trouble { name, .. } => {
                write!(f, "the account {name} cannot be used: the operator finds why in the log")
            }
        }
    }
}

impl From<Absence> for String {
    fn from(absence: Absence) -> Self {
        absence.to_string()
    }
}

impl App {
    /// Takes up the accounts that the directory has come to have and lets go of those that it has no longer; those whose terms
    /// are others stay in use meanwhile. What is new or other is looked at from now on; for each, there is something that tells
    /// when it has been once.
    pub fn use_accounts(&self) -> Vec<Looked> {
        let snapshot = self.directory().snapshot();
        let mut looks = Vec::new();
        let mut in_use = Vec::new();
        let mut accounts = self.inner.accounts.write().unwrap_or_else(PoisonError::into_inner);
        for entry in snapshot.accounts_in_order() {
            if snapshot.in_use(entry).is_err() {
                continue;
            }
            let before = accounts.iter().find(|account| account.name == entry.name);
            let same = before.filter(|account| account.is_of(entry, &snapshot)).cloned();
            let account =
                same.or_else(|| self.taken_up(entry, &snapshot, before.map(|it| &**it), &mut looks));
            in_use.extend(account);
        }
        for account in accounts.iter().filter(|old| !in_use.iter().any(|new| Arc::ptr_eq(old, new))) {
            account.retire();
        }
        *accounts = in_use;
        drop(accounts);
        let mut before: Option<Looked> = None;
        let begun = looks.into_iter().map(|account| {
            let (first, looked) = oneshot::channel();
            let looked = looked.shared();
            let before = before.replace(looked.clone());
            self.spawn(sync::run(self.itself(), account, self.inner.times.refresh, before, first));
            looked
        });
        begun.collect()
    }

    /// Uses these accounts, whatever the directory says: for whoever makes their connectors, who looks after them, too.
    pub fn use_these(&self, accounts: Vec<Arc<Account>>) {
        *self.inner.accounts.write().unwrap_or_else(PoisonError::into_inner) = accounts;
    }

    fn taken_up(
        &self,
        entry: &Arc<directory::Entry<directory::Account>>,
        snapshot: &Snapshot,
        before: Option<&Account>,
        looks: &mut Vec<Arc<Account>>,
    ) -> Option<Arc<Account>> {
        let manager = self.inner.inventory.instance();
        match Account::open(entry, snapshot, self.directory().vault(), manager, before) {
            Ok(account) => {
                let account = Arc::new(account);
                looks.push(account.clone());
                Some(account)
            }
            Err(reason) => {
                tracing::error!(account = entry.name, reason, "the account cannot be used");
                None
            }
        }
    }

    /// Where an account is, in use or not.
    pub(crate) fn whereabouts(&self, name: &str) -> Option<Place> {
        if let Some(account) = self.account(name) {
            return Some(at(&account));
        }
        let snapshot = self.directory().snapshot();
        snapshot.get::<directory::Account>(name).map(|entry| place_of(entry, &snapshot))
    }

    /// Where those accounts are that whoever uses it may use, in use or not.
    pub(crate) fn places(&self) -> Vec<Place> {
        self.accounts().iter().map(|account| at(account)).chain(self.unused()).collect()
    }

    /// Where those accounts are that whoever uses it may use and that are not in use, in the order in which they would be offered.
    pub(crate) fn unused(&self) -> Vec<Place> {
        let (snapshot, used) = (self.directory().snapshot(), self.accounts());
        let entries = snapshot.accounts_in_order().into_iter();
        let unused = entries.filter(|entry| {
            let is_used = used.iter().any(|account| account.name == entry.name);
            !is_used && self.actor().sight.has_account(&entry.name)
        });
        unused.map(|entry| place_of(entry, &snapshot)).collect()
    }

    /// Why an account is not in use.
    pub(crate) fn absence(&self, name: &str) -> Absence {
        let snapshot = self.directory().snapshot();
        let name = name.to_owned();
        let Some(entry) = snapshot.get::<directory::Account>(&name) else { return Absence::NoSuch { name } };
        if let Err(reason) = snapshot.in_use(entry) {
            return Absence::Off { reason };
        }
        let manager = self.inner.inventory.instance();
        match Account::open(entry, &snapshot, self.directory().vault(), manager, None) {
            Ok(_) => Absence::NotYet { name },
            Err(reason) => Absence::Trouble { name, reason },
        }
    }

    /// Follows the directory until the manager stops.
    pub async fn follow_directory(self) {
        let mut changes = self.directory().changes();
        loop {
            if let Err(error) = self.charge().await {
                tracing::error!(%error, "what is used is counted on the terms of before");
            }
            drop(self.use_accounts());
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// Forgets what is recorded of an account that is no longer in use; its cloud keeps it.
    ///
    /// # Errors
    /// The store's.
    pub async fn forget_account(&self, name: &str) -> Result<(), AppError> {
        Ok(sync::forget_account(&self.itself(), name).await?)
    }

    /// Whether nothing of tenants is in an account.
    ///
    /// # Errors
    /// What there is.
    pub fn must_be_empty(&self, account: &str) -> Result<(), String> {
        match self.inner.inventory.owned_at(account) {
            0 => Ok(()),
            owned => {
                let entry = self.directory().get::<directory::Account>(account);
                let otherwise = match entry.map(|entry| entry.record.mode) {
                    Some(Mode::Observe) => "have them forgotten first: it is only observed",
                    _ => "delete them first",
                };
                Err(format!("tenants have {owned} resources there: disable it instead, or {otherwise}"))
            }
        }
    }

    /// Whether a tenant has nothing.
    ///
    /// # Errors
    /// What it has.
    pub fn must_own_nothing(&self, tenant: &str) -> Result<(), String> {
        match self.inner.inventory.owned_by(tenant) {
            0 => Ok(()),
            owned => Err(format!("it has {owned} resources: disable it instead, or delete them first")),
        }
    }

    /// Forgets the jobs of a tenant that is no more: one of the same name has not asked for them, nor is it told of them.
    ///
    /// # Errors
    /// The store's.
    pub async fn forget_jobs_of(&self, tenant: &str) -> Result<(), AppError> {
        let jobs = self.itself().inventory().jobs();
        let mut writer = self.inventory().writer().await;
        for job in jobs.iter().filter(|job| job.owner.as_deref() == Some(tenant)) {
            writer.forget_job(job.id);
        }
        writer.disown_events_of(tenant);
        Ok(writer.commit().await?)
    }
}

fn place_of(entry: &directory::Entry<directory::Account>, known: &Snapshot) -> Place {
    let record = &entry.record;
    let location = record.location.as_deref().and_then(|name| known.get::<Location>(name));
    Place {
        account: entry.name.clone(),
        provider: Some(record.provider.clone()),
        location: location.map(|location| location.record.code().to_owned()),
        ..Place::default()
    }
}
