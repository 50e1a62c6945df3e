//! What the configuration file declares.
//!
//! It stands over what the store has under the same name, which is kept and comes back once the file no longer declares it.

use std::sync::Arc;

use jiff::Timestamp;

use super::entry::{Concealed, Entry, Origin, Record, Switch};
use super::snapshot::Snapshot;
use super::{Account, Location, Policy, Provider, Tenant, User};
use crate::vault::{Secret, Secrets};

/// Records that the configuration file declares, each with its name.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// The policy that holds by default.
    pub policy: Option<Policy>,
    /// Others, which tenants name.
    pub policies: Vec<(String, Policy)>,
    /// Places.
    pub locations: Vec<(String, Location)>,
    /// Providers.
    pub providers: Vec<(String, Provider)>,
    /// Accounts with their secrets, and whether each is in use.
    pub accounts: Vec<(String, Switch, Account, Secrets)>,
    /// Tenants.
    pub tenants: Vec<(String, Tenant)>,
    /// Users with their passwords.
    pub users: Vec<(String, User, Secret)>,
}

impl Declared {
    /// Puts the records over others.
    pub(super) fn put_over(&self, snapshot: &mut Snapshot) {
        let policy = self.policy.iter().map(|policy| (super::DEFAULT_POLICY.to_owned(), policy.clone()));
        put(snapshot, policy);
        put(snapshot, self.policies.iter().cloned());
        put(snapshot, self.locations.iter().cloned());
        put(snapshot, self.providers.iter().cloned());
        put(snapshot, self.tenants.iter().cloned());
        for (at, (name, switch, account, secrets)) in self.accounts.iter().cloned().enumerate() {
            let concealed = (!secrets.is_empty()).then(|| Arc::new(Concealed::Held(secrets)));
            put_one(snapshot, Entry { switch, concealed, ..entry(at, name, account) });
        }
        for (at, (name, user, password)) in self.users.iter().cloned().enumerate() {
            let mut secrets = Secrets::default();
            secrets.set("password", password);
            let concealed = Some(Arc::new(Concealed::Held(secrets)));
            put_one(snapshot, Entry { concealed, ..entry(at, name, user) });
        }
    }
}

fn put<R: Record>(snapshot: &mut Snapshot, records: impl IntoIterator<Item = (String, R)>) {
    for (at, (name, record)) in records.into_iter().enumerate() {
        put_one(snapshot, entry(at, name, record));
    }
}

fn entry<R>(at: usize, name: String, record: R) -> Entry<R> {
    Entry {
        name,
        switch: Switch::Enabled,
        version: 0,
        origin: Origin::File(at),
        // A file does not say since when.
        created: Timestamp::UNIX_EPOCH,
        updated: Timestamp::UNIX_EPOCH,
        record,
        concealed: None,
    }
}

fn put_one<R: Record>(snapshot: &mut Snapshot, entry: Entry<R>) {
    let name = entry.name.clone();
    if R::table_mut(snapshot).insert(name.clone(), Arc::new(entry)).is_some() {
        tracing::warn!(
            sort = R::SORT.noun(),
            name,
            "the file declares what the store has, too: the file counts"
        );
    }
}
