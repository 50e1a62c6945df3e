//! The directory at one moment: everything by name, and what follows from it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::entry::{Concealed, Entry, Origin, Record, Sort};
use super::{Account, Finder, Location, Mapping, Policy, Provider, Tenant, Token, User};
use crate::placement;

/// Records of a sort by name.
pub type Table<R> = BTreeMap<String, Arc<Entry<R>>>;

/// The name of the policy that holds for everybody: the operator's.
pub const DEFAULT_POLICY: &str = "default";

/// All records at one moment.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    pub(super) policies: Table<Policy>,
    pub(super) tenants: Table<Tenant>,
    pub(super) locations: Table<Location>,
    pub(super) providers: Table<Provider>,
    pub(super) accounts: Table<Account>,
    pub(super) mappings: Table<Mapping>,
    pub(super) users: Table<User>,
    pub(super) tokens: Table<Token>,
    compiled: BTreeMap<String, Arc<placement::Policy>>,
    finders: Vec<Arc<Finder>>,
    usable: BTreeMap<String, Arc<BTreeSet<String>>>,
    by_digest: HashMap<String, String>,
}

impl Snapshot {
    /// The record of a name.
    pub fn get<R: Record>(&self, name: &str) -> Option<&Arc<Entry<R>>> {
        R::table(self).get(name)
    }

    /// All records of a sort, by name.
    pub fn all<R: Record>(&self) -> impl Iterator<Item = &Arc<Entry<R>>> {
        R::table(self).values()
    }

    /// Whether there is a record.
    pub fn has(&self, sort: Sort, name: &str) -> bool {
        self.origin(sort, name).is_some()
    }

    /// The accounts in the order in which they are offered: those of the file as it has them, then the others by age.
    pub fn accounts_in_order(&self) -> Vec<&Arc<Entry<Account>>> {
        let mut accounts: Vec<_> = self.accounts.values().collect();
        accounts.sort_by_key(|entry| match entry.origin {
            Origin::File(position) => (0, position, entry.created),
            Origin::Store => (1, 0, entry.created),
        });
        accounts
    }

    /// Whether an account is in use: it, its provider and its location are enabled.
    ///
    /// # Errors
    /// The reason why not.
    pub fn in_use(&self, account: &Entry<Account>) -> Result<(), String> {
        if !account.is_enabled() {
            return Err(format!("the account {} is disabled", account.name));
        }
        let name = &account.record.provider;
        let provider =
            self.providers.get(name).ok_or_else(|| format!("there is no provider {name} any more"))?;
        if !provider.is_enabled() {
            return Err(format!("the provider {name} is disabled"));
        }
        let Some(name) = &account.record.location else { return Ok(()) };
        let location =
            self.locations.get(name).ok_or_else(|| format!("there is no location {name} any more"))?;
        if !location.is_enabled() {
            return Err(format!("the location {name} is disabled"));
        }
        Ok(())
    }

    /// The names of the accounts that a tenant may use.
    pub fn usable_by(&self, tenant: &str) -> Arc<BTreeSet<String>> {
        self.usable.get(tenant).cloned().unwrap_or_default()
    }

    /// How everything is placed, whosever it is.
    pub fn default_policy(&self) -> Arc<placement::Policy> {
        self.compiled.get(DEFAULT_POLICY).cloned().unwrap_or_default()
    }

    /// How a tenant's creations are placed beside that, if it says more.
    pub fn policy_of(&self, tenant: &str) -> Option<Arc<placement::Policy>> {
        let own = self.tenants.get(tenant)?.record.policy.as_deref().filter(|name| *name != DEFAULT_POLICY);
        self.compiled.get(own?).cloned()
    }

    /// What finds what is the same at several clouds, by the names of the mappings.
    pub fn finders(&self) -> &[Arc<Finder>] {
        &self.finders
    }

    /// The token with a digest.
    pub fn token_by_digest(&self, digest: &str) -> Option<&Arc<Entry<Token>>> {
        self.tokens.get(self.by_digest.get(digest)?)
    }

    /// Who keeps a record, if there is one.
    pub fn origin(&self, sort: Sort, name: &str) -> Option<Origin> {
        match sort {
            Sort::Policy => self.policies.get(name).map(|entry| entry.origin),
            Sort::Tenant => self.tenants.get(name).map(|entry| entry.origin),
            Sort::Location => self.locations.get(name).map(|entry| entry.origin),
            Sort::Provider => self.providers.get(name).map(|entry| entry.origin),
            Sort::Account => self.accounts.get(name).map(|entry| entry.origin),
            Sort::Mapping => self.mappings.get(name).map(|entry| entry.origin),
            Sort::User => self.users.get(name).map(|entry| entry.origin),
            Sort::Token => self.tokens.get(name).map(|entry| entry.origin),
        }
    }

    /// Who refers to a record, as `account paris`.
    pub fn users_of(&self, sort: Sort, name: &str) -> Vec<String> {
        let mut users = Vec::new();
        referring(&self.tenants, sort, name, &mut users);
        referring(&self.providers, sort, name, &mut users);
        referring(&self.accounts, sort, name, &mut users);
        referring(&self.mappings, sort, name, &mut users);
        referring(&self.users, sort, name, &mut users);
        referring(&self.tokens, sort, name, &mut users);
        users
    }

    /// Whether somebody is left who may administer, or nobody is to be asked who he is.
    pub fn is_administrable(&self) -> bool {
        self.users.is_empty()
            || self
                .users
                .values()
                .any(|user| user.is_enabled() && user.record.is_cloud_admin() && user.concealed.is_some())
    }

    /// With what follows from the records worked out anew.
    pub(super) fn indexed(mut self) -> Self {
        let compiled = |entry: &Arc<Entry<Policy>>| {
            // What an earlier version kept may not be a policy any more.
            let policy = entry.record.compile().inspect_err(|issue| {
                tracing::error!(policy = entry.name, detail = issue.detail, "a policy cannot be used");
            });
            Some((entry.name.clone(), Arc::new(policy.ok()?)))
        };
        self.compiled = self.policies.values().filter_map(compiled).collect();
        let finder = |entry: &Arc<Entry<Mapping>>| entry.record.finder(&entry.name).map(Arc::new);
        let in_use = self.mappings.values().filter(|entry| entry.is_enabled());
        self.finders = in_use.filter_map(finder).collect();
        let usable = |tenant: &String| {
            let accounts = self.accounts.values().filter(|account| account.record.is_for(tenant));
            (tenant.clone(), Arc::new(accounts.map(|account| account.name.clone()).collect()))
        };
        self.usable = self.tenants.keys().map(usable).collect();
        let digest = |token: &Arc<Entry<Token>>| match token.concealed.as_deref() {
            Some(Concealed::Token(digest)) => Some((digest.clone(), token.name.clone())),
            _ => None,
        };
        self.by_digest = self.tokens.values().filter_map(digest).collect();
        self
    }
}

fn referring<R: Record>(table: &Table<R>, sort: Sort, name: &str, users: &mut Vec<String>) {
    let refers = |entry: &&Arc<Entry<R>>| entry.record.refers().contains(&(sort, name));
    users.extend(table.values().filter(refers).map(|entry| format!("{} {}", R::SORT, entry.name)));
}
