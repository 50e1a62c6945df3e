//! What goes wrong in this cloud: the book of faults, how often each has struck, and chance.
//!
//! Owns the order in which faults are asked, and their counters. A clone continues identically, as all of the simulation does.
//! What a fault does is carried out elsewhere: in the life of the cloud by `strike`, to messages by whoever carries them.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::agenda::Slot;
use crate::world::{Id, Kind};

mod effect;
mod fault;
mod strike;
mod value;

#[cfg(test)]
mod tests;

pub use effect::{Change, Effect, Failure, Happening, Latency, Leaves, Normal, Refuse, Uniform, When};
pub use fault::{Fault, FaultError};
pub use value::{Moment, Percent, Share, Span};

pub(crate) use effect::Domain;
pub(crate) use strike::check_all;
pub(super) use strike::{Doom, DoomedPart};

/// How many faults a book holds: each is asked about on every occasion.
pub const MOST_FAULTS: usize = 256;

/// How many changes that nobody asked for are under way at most; further ones do not happen.
const MOST_PLANNED: usize = 100_000;

/// The number of a fault in the book.
pub type FaultId = u64;

/// The book of faults.
#[derive(Clone, Debug)]
pub struct Fate {
    /// When the cloud began.
    born: Timestamp,
    chance: fastrand::Rng,
    entries: Vec<Entry>,
    last: FaultId,
    /// What is going to happen, by its number in the agenda.
    planned: BTreeMap<u64, Planned>,
    last_planned: u64,
    /// Whose cloud it is; none of one without tenants.
    tenant: Option<Arc<str>>,
}

/// A fault with its counters.
#[derive(Clone, Debug)]
struct Entry {
    id: FaultId,
    fault: Arc<Fault>,
    seen: u64,
    hits: u64,
}

/// A change to come.
#[derive(Clone, Debug)]
struct Planned {
    fault: FaultId,
    /// The resource; none if the fault picks some when its time has come.
    resource: Option<Id>,
    slot: Slot,
}

/// Something that faults may be about.
#[derive(Clone, Copy, Debug)]
pub struct Occasion<'a> {
    /// The kind of the resource, or of the members of the collection.
    pub kind: Option<Kind>,
    /// The bare name of the operation.
    pub operation: &'a str,
    /// The name of the resource.
    pub resource: Option<&'a str>,
}

/// A fault as it is listed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Listed {
    /// Its number.
    pub id: FaultId,
    /// The fault.
    pub fault: Fault,
    /// How many occasions have fitted so far.
    pub seen: u64,
    /// How often it has struck so far.
    pub hits: u64,
}

impl Fate {
    /// An empty book of a cloud that begins now.
    pub(super) fn new(born: Timestamp) -> Self {
        Self {
            born,
            chance: fastrand::Rng::with_seed(0),
            entries: Vec::new(),
            last: 0,
            planned: BTreeMap::new(),
            last_planned: 0,
            tenant: None,
        }
    }

    /// Begins the generator of chance anew.
    pub fn set_chance(&mut self, seed: u64) {
        self.chance = fastrand::Rng::with_seed(seed);
    }

    /// The faults, in the order in which they are asked.
    pub fn list(&self) -> Vec<Listed> {
        let listed = |entry: &Entry| Listed {
            id: entry.id,
            fault: Fault::clone(&entry.fault),
            seen: entry.seen,
            hits: entry.hits,
        };
        self.entries.iter().map(listed).collect()
    }

    /// Whether any fault is in this domain.
    pub(crate) fn has(&self, domain: Domain) -> bool {
        self.entries.iter().any(|entry| entry.fault.effect.domain() == domain)
    }

    /// Goes on as if the cloud had begun later by so much.
    pub(super) fn postpone(&mut self, by: SignedDuration) {
        self.born = self.born.checked_add(by).unwrap_or(Timestamp::MAX);
    }

    /// Says whose cloud it is.
    pub(crate) fn set_tenant(&mut self, tenant: Option<&str>) {
        self.tenant = tenant.map(Into::into);
    }

    /// All faults of messages that strike on an occasion.
    pub(crate) fn strike_message(&mut self, now: Timestamp, occasion: &Occasion<'_>) -> Vec<Struck> {
        let mut struck = Vec::new();
        for at in 0..self.entries.len() {
            if self.hit(at, Domain::Message, now, occasion) {
                struck.push(match &self.entries[at].fault.effect {
                    Effect::Latency(latency) => Struck::Wait(latency.draw(&mut self.chance)),
                    _ => Struck::Fault(Arc::clone(&self.entries[at].fault)),
                });
            }
        }
        struck
    }

    /// The first fault of a domain that strikes on an occasion.
    fn strike(
        &mut self,
        domain: Domain,
        now: Timestamp,
        occasion: &Occasion<'_>,
    ) -> Option<(FaultId, Arc<Fault>)> {
        let at = (0..self.entries.len()).find(|at| self.hit(*at, domain, now, occasion))?;
        let entry = &self.entries[at];
        Some((entry.id, Arc::clone(&entry.fault)))
    }

    /// Whether requests like this one are denied now, until a moment that is known: what is temporary. Nothing is counted.
    pub fn denies(&self, now: Timestamp, occasion: &Occasion<'_>) -> bool {
        self.entries
            .iter()
            .any(|entry| entry.is_temporary() && self.fits(entry, Domain::Denial, now, occasion))
    }

    /// Tells apart the times at which [`Fate::denies`] answers differently; none if it always says no.
    pub fn mark(&self, now: Timestamp) -> Option<u64> {
        let temporary =
            |entry: &&Entry| entry.fault.effect.domain() == Domain::Denial && entry.is_temporary();
        let mut mark = None;
        for entry in self.entries.iter().filter(temporary) {
            let moment =
                |moment: Option<Moment>| moment.is_none_or(|moment| moment.instant(self.born) <= now);
            let (begun, over) = (moment(entry.fault.from), moment(entry.fault.until));
            let part = entry.id << 2 | u64::from(begun) << 1 | u64::from(over);
            mark = Some(mark.unwrap_or(0_u64).wrapping_mul(0x0100_0000_01b3) ^ part);
        }
        mark
    }

    fn fits(&self, entry: &Entry, domain: Domain, now: Timestamp, occasion: &Occasion<'_>) -> bool {
        let fault = &*entry.fault;
        fault.effect.domain() == domain
            && fault.operation.as_ref().map_or_else(
                || fault.effect.concerns(occasion.operation),
                |operation| operation == occasion.operation,
            )
            && fault.kind.as_deref().is_none_or(|kind| occasion.kind.map(Kind::name) == Some(kind))
            && fault.tenant.as_ref().is_none_or(|tenant| self.tenant.as_deref() == Some(tenant.as_str()))
            && fault.resource.as_ref().is_none_or(|resource| occasion.resource == Some(resource))
            && fault.from.is_none_or(|from| from.instant(self.born) <= now)
            && fault.until.is_none_or(|until| now < until.instant(self.born))
    }

    fn hit(&mut self, at: usize, domain: Domain, now: Timestamp, occasion: &Occasion<'_>) -> bool {
        if !self.fits(&self.entries[at], domain, now, occasion) {
            return false;
        }
        let entry = &mut self.entries[at];
        entry.seen += 1;
        let chosen = entry.counts(entry.seen)
            && entry.fault.probability.is_none_or(|share| self.chance.f64() < share.get());
        entry.hits += u64::from(chosen);
        chosen
    }
}

/// What befalls a message.
#[derive(Clone, Debug)]
pub(crate) enum Struck {
    /// It waits.
    Wait(std::time::Duration),
    /// Something else.
    Fault(Arc<Fault>),
}

impl Entry {
    /// Whether it always strikes, until a moment that is known.
    fn is_temporary(&self) -> bool {
        let fault = &*self.fault;
        let always =
            fault.skip == 0 && fault.times.is_none() && fault.every.is_none() && fault.probability.is_none();
        always && fault.until.is_some()
    }

    /// Whether the n-th occasion that fits, from 1, is one of those that count.
    fn counts(&self, nth: u64) -> bool {
        let fault = &*self.fault;
        let every = fault.every.map_or(1, std::num::NonZero::get);
        nth > fault.skip
            && (nth - fault.skip - 1).is_multiple_of(every)
            && fault.times.is_none_or(|times| self.hits < times)
    }
}
