//! Quota that creations and changes under way hold, so that requests at the same time cannot take the same.
//!
//! What exists is counted elsewhere; here is what has been promised and does not show yet. Checked and held in one step.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::amounts::{Amounts, Quota};

#[cfg(test)]
mod tests;

/// Whose quota it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// That of an account at a cloud.
    Account(String),
    /// That of a tenant of the manager.
    Tenant(String),
}

/// Who holds: the number of the resource that is being created, or of the job that has one grow.
pub type Holder = i64;

/// What one creation takes of one quota.
#[derive(Clone, Copy)]
pub struct Claim<'a> {
    /// Whose.
    pub key: &'a Key,
    /// How much there may be.
    pub quota: Quota,
    /// How much this takes.
    pub needs: Amounts,
    /// How much exists already, those aside that hold something here.
    pub used: &'a dyn Fn(&[Holder]) -> Amounts,
}

/// Quota that is held.
#[derive(Debug, Default)]
pub struct Ledger(Mutex<BTreeMap<Holder, Vec<(Key, Amounts)>>>);

/// A quota that leaves too little.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortage {
    /// Whose.
    pub key: Key,
    /// What there is too little of.
    pub what: &'static str,
    /// How much is left.
    pub left: i64,
    /// How much it takes.
    pub needs: i64,
}

impl Ledger {
    /// Holds all of the claims, or nothing; what the holder held before is let go of. `settled`: whether a holder's creation
    /// has ended or shows in what is used, so that it holds no longer.
    ///
    /// # Errors
    /// The first quota that leaves too little.
    pub fn reserve(
        &self,
        holder: Holder,
        claims: &[Claim<'_>],
        settled: impl Fn(Holder) -> bool,
    ) -> Result<(), Shortage> {
        let mut held = self.held();
        held.retain(|other, _| *other != holder && !settled(*other));
        for claim in claims {
            let taken = total(&held, claim.key).plus((claim.used)(&holders(&held, claim.key)));
            if let Some((what, left, needs)) = claim.quota.left(taken).lacks(claim.needs) {
                return Err(Shortage { key: claim.key.clone(), what, left, needs });
            }
        }
        held.insert(holder, claims.iter().map(|claim| (claim.key.clone(), claim.needs)).collect());
        Ok(())
    }

    /// Holds what a creation held before the program ended, whatever the quota says now: its cloud may have been asked.
    pub fn restore(&self, holder: Holder, held: Vec<(Key, Amounts)>) {
        self.held().insert(holder, held);
    }

    /// Lets go of what a creation holds; what that was.
    pub fn release(&self, holder: Holder) -> Vec<(Key, Amounts)> {
        self.held().remove(&holder).unwrap_or_default()
    }

    /// How much of a quota is taken: held, and used by others than those that hold.
    pub fn taken(
        &self,
        key: &Key,
        used: impl Fn(&[Holder]) -> Amounts,
        settled: impl Fn(Holder) -> bool,
    ) -> Amounts {
        let mut held = self.held();
        held.retain(|holder, _| !settled(*holder));
        total(&held, key).plus(used(&holders(&held, key)))
    }

    /// What is being created at accounts, by holder.
    pub fn under_way(&self) -> BTreeMap<Holder, (String, Amounts)> {
        let held = self.held();
        let of = |(holder, keys): (&Holder, &Vec<(Key, Amounts)>)| {
            keys.iter().find_map(|(key, amounts)| match key {
                Key::Account(name) => Some((*holder, (name.clone(), *amounts))),
                Key::Tenant(_) => None,
            })
        };
        held.iter().filter_map(of).collect()
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<Holder, Vec<(Key, Amounts)>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn total(held: &BTreeMap<Holder, Vec<(Key, Amounts)>>, key: &Key) -> Amounts {
    let all = held.values().flatten().filter(|(of, _)| of == key);
    all.fold(Amounts::default(), |sum, (_, amounts)| sum.plus(*amounts))
}

fn holders(held: &BTreeMap<Holder, Vec<(Key, Amounts)>>, key: &Key) -> Vec<Holder> {
    held.iter().filter(|(_, keys)| keys.iter().any(|(of, _)| of == key)).map(|(holder, _)| *holder).collect()
}

impl fmt::Debug for Claim<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim").field("key", self.key).field("needs", &self.needs).finish_non_exhaustive()
    }
}

impl fmt::Display for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whose = match &self.key {
            Key::Account(_) => "its quota".to_owned(),
            Key::Tenant(name) => format!("the quota of {name}"),
        };
        let Self { what, left, needs, .. } = self;
        write!(f, "{whose} leaves {left} of {what}, with what is being created, and this takes {needs}")
    }
}
