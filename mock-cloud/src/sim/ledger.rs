//! What tenants may take of a cloud, and what they have taken: quotas, and the capacity of the whole.
//!
//! Owns the check. It is made and noted in one step, so that two tenants at the same moment never take the same thing. What
//! a tenant has taken is told by its world; nobody is told what others have.

use std::sync::{Arc, Mutex, PoisonError};

use cimi::server::Reason;

use super::Sim;
use super::denial::Denial;
use crate::world::{Measure, Usage};

/// How much there may be of each; what has no limit is without end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits([Option<u64>; Measure::ALL.len()]);

/// The books of a cloud.
#[derive(Debug)]
pub struct Ledger(Mutex<Books>);

#[derive(Debug)]
struct Books {
    capacity: Limits,
    tenants: Vec<Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    quota: Limits,
    used: Usage,
}

/// A tenant's place in the books.
#[derive(Clone, Debug)]
pub struct Account {
    ledger: Arc<Ledger>,
    tenant: usize,
    /// What was noted last.
    noted: Usage,
}

impl Limits {
    /// No limits.
    pub const NONE: Self = Self([None; Measure::ALL.len()]);

    /// With a limit.
    #[must_use]
    pub const fn with(mut self, measure: Measure, most: u64) -> Self {
        self.0[measure as usize] = Some(most);
        self
    }

    /// One of them.
    pub const fn get(&self, measure: Measure) -> Option<u64> {
        self.0[measure as usize]
    }

    /// The first that more would break, with the limit.
    fn broken(&self, used: Usage, asked: Usage) -> Option<(Measure, u64)> {
        let breaks = |measure: &Measure| {
            let (used, asked) = (used.get(*measure), asked.get(*measure));
            asked > 0 && self.get(*measure).is_some_and(|most| used.saturating_add(asked) > most)
        };
        let measure = Measure::ALL.into_iter().find(breaks)?;
        Some((measure, self.get(measure)?))
    }
}

impl Ledger {
    /// Books for tenants with these quotas that have taken this much.
    pub fn new(capacity: Limits, tenants: impl IntoIterator<Item = (Limits, Usage)>) -> Self {
        let tenants = tenants.into_iter().map(|(quota, used)| Entry { quota, used }).collect();
        Self(Mutex::new(Books { capacity, tenants }))
    }

    /// The capacity of the whole.
    pub fn capacity(&self) -> Limits {
        self.books(|books| books.capacity)
    }

    /// What a tenant may take, and has taken.
    pub fn tenant(&self, tenant: usize) -> Option<(Limits, Usage)> {
        self.books(|books| books.tenants.get(tenant).map(|entry| (entry.quota, entry.used)))
    }

    fn books<T>(&self, look: impl FnOnce(&mut Books) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn take(&self, tenant: usize, used: Usage, asked: Usage) -> Result<(), Denial> {
        self.books(|books| {
            let Some(quota) = books.tenants.get(tenant).map(|entry| entry.quota) else { return Ok(()) };
            if let Some((measure, most)) = quota.broken(used, asked) {
                let (used, asked, unit) = (used.get(measure), asked.get(measure), measure.unit());
                return Err(Denial::refused(
                    Reason::Forbidden,
                    format!(
                        "The quota for {measure} is {most}{unit}; {used} are used, and {asked} more were asked for. Delete something, or have the quota raised."
                    ),
                ));
            }
            let others = books.tenants.iter().enumerate().filter(|(at, _)| *at != tenant);
            let all = others.fold(used, |all, (_, entry)| all.plus(entry.used));
            if let Some((measure, _)) = books.capacity.broken(all, asked) {
                let (asked, unit) = (asked.get(measure), measure.unit());
                return Err(Denial::refused(
                    Reason::Exhausted,
                    format!("This cloud is full: it has no room for {asked}{unit} of {measure} now. Try again later, or ask for less."),
                ));
            }
            books.tenants[tenant].used = used.plus(asked);
            Ok(())
        })
    }
}

impl Account {
    /// The place of the n-th tenant (from 0).
    pub fn new(ledger: Arc<Ledger>, tenant: usize) -> Self {
        let noted = ledger.tenant(tenant).map(|(_, used)| used).unwrap_or_default();
        Self { ledger, tenant, noted }
    }
}

impl Sim {
    /// Keeps this cloud to what its account allows.
    pub fn set_account(&mut self, account: Account) {
        self.account = Some(account);
    }

    /// Takes what a request needs, all of it at once, before anything is changed.
    ///
    /// # Errors
    /// Which quota forbids it, or what this cloud has too little of.
    pub(super) fn afford(&mut self, asked: Usage) -> Result<(), Denial> {
        let Some(account) = &mut self.account else { return Ok(()) };
        let used = self.world.usage();
        account.ledger.take(account.tenant, used, asked)?;
        account.noted = used.plus(asked);
        Ok(())
    }

    /// Notes what is really taken, after a change.
    pub(super) fn balance(&mut self) {
        let Some(account) = &mut self.account else { return };
        let used = self.world.usage();
        if account.noted != used {
            account.noted = used;
            account.ledger.books(|books| {
                if let Some(entry) = books.tenants.get_mut(account.tenant) {
                    entry.used = used;
                }
            });
        }
    }
}
