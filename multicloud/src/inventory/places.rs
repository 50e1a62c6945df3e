//! Resources as clouds call them: which of ours each is, and when it was looked at.
//!
//! Owns the names: a record has the number of a place instead of two texts.

use std::hash::BuildHasher as _;
use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use jiff::Timestamp;

use super::words::{Word, Words};
use crate::connector::Native;
use crate::record::Id;

/// The moment at which a look at a cloud began. What it showed is older than what a later one did, whichever arrives first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Look(pub(super) u64);

/// A resource at an account's cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place(u32);

/// When a cloud's resource was looked at; kept for a while for those that are gone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) look: Look,
    pub(super) at: Timestamp,
}

/// All of them.
#[derive(Default)]
pub(super) struct Places {
    slots: Vec<Slot>,
    free: Vec<u32>,
    by_name: HashTable<u32>,
    hasher: RandomState,
    words: Words,
}

/// A place. Nobody's, and never looked at: it is free.
struct Slot {
    account: Word,
    /// What the cloud calls it: what many have in common, and the rest.
    stem: Word,
    rest: Box<str>,
    id: Option<Id>,
    seen: Option<(Look, Micros)>,
}

/// Microseconds since 1970: half of a [`Timestamp`].
type Micros = i64;

impl Place {
    pub(super) fn of(number: u64) -> Option<Self> {
        u32::try_from(number).ok().map(Self)
    }

    pub(super) fn number(self) -> u64 {
        u64::from(self.0)
    }
}

impl Places {
    /// The word for an account where there is something.
    pub(super) fn account(&self, name: &str) -> Option<Word> {
        self.words.find(name)
    }

    /// The name of a place's account.
    pub(super) fn account_of(&self, place: Place) -> &str {
        self.words.text(self.slot(place).account)
    }

    /// The same, to be kept.
    pub(super) fn shared_account(&self, place: Place) -> Arc<str> {
        self.words.shared(self.slot(place).account)
    }

    /// The word for a place's account.
    pub(super) fn account_word(&self, place: Place) -> Word {
        self.slot(place).account
    }

    /// What its cloud calls what is there.
    pub(super) fn native_of(&self, place: Place) -> Native {
        let slot = self.slot(place);
        let stem = self.words.text(slot.stem);
        Native([stem, &slot.rest].concat())
    }

    /// What of ours an account's cloud calls so.
    pub(super) fn id(&self, account: &str, native: &Native) -> Option<Id> {
        self.slot(self.find(account, native)?).id
    }

    /// When it was looked at.
    pub(super) fn seen(&self, account: &str, native: &Native) -> Option<Seen> {
        let (look, at) = self.slot(self.find(account, native)?).seen?;
        Some(Seen { look, at: Timestamp::from_microsecond(at).unwrap_or(Timestamp::MIN) })
    }

    /// Notes what of ours an account's cloud calls so.
    pub(super) fn occupy(&mut self, account: &str, native: &Native, id: Id) -> Place {
        let place = self.take(account, native);
        self.slots[place.0 as usize].id = Some(id);
        place
    }

    /// Notes that it is no more of ours.
    pub(super) fn vacate(&mut self, place: Place) {
        self.slots[place.0 as usize].id = None;
        self.drop_if_free(place);
    }

    /// Notes that it was looked at.
    pub(super) fn saw(&mut self, account: &str, native: &Native, seen: Seen) {
        let place = self.take(account, native);
        self.slots[place.0 as usize].seen = Some((seen.look, seen.at.as_microsecond()));
    }

    /// Notes that what was seen may have changed.
    pub(super) fn is_stale(&mut self, account: &str, native: &Native) {
        if let Some(place) = self.find(account, native)
            && let Some((_, at)) = &mut self.slots[place.0 as usize].seen
        {
            *at = Timestamp::MIN.as_microsecond();
        }
    }

    /// Drops what was noted of an account's resources that are none of ours, as far as it is older than a look.
    pub(super) fn forget_unseen(&mut self, account: &str, before: Look) {
        let Some(account) = self.words.find(account) else { return };
        for (at, slot) in (0..).zip(0..self.slots.len()) {
            let slot = &mut self.slots[slot];
            let is_old = slot.seen.is_some_and(|(look, _)| look < before);
            if slot.account == account && slot.id.is_none() && is_old {
                slot.seen = None;
                self.drop_if_free(Place(at));
            }
        }
    }

    fn slot(&self, place: Place) -> &Slot {
        &self.slots[place.0 as usize]
    }

    fn find(&self, account: &str, native: &Native) -> Option<Place> {
        let (stem, rest) = parts(native);
        let (account, stem) = (self.words.find(account)?, self.words.find(stem)?);
        let is = |at: &u32| {
            let slot = &self.slots[*at as usize];
            slot.account == account && slot.stem == stem && *slot.rest == *rest
        };
        self.by_name.find(self.hasher.hash_one((account, stem, rest)), is).copied().map(Place)
    }

    fn take(&mut self, account: &str, native: &Native) -> Place {
        if let Some(place) = self.find(account, native) {
            return place;
        }
        let (stem, rest) = parts(native);
        let (account, stem) = (self.words.hold(account), self.words.hold(stem));
        let slot = Slot { account, stem, rest: rest.into(), id: None, seen: None };
        let hash = self.hasher.hash_one((account, stem, rest));
        let at = if let Some(at) = self.free.pop() {
            self.slots[at as usize] = slot;
            at
        } else {
            self.slots.push(slot);
            u32::try_from(self.slots.len() - 1).expect("four billion places do not fit into memory")
        };
        let (slots, hasher) = (&self.slots, &self.hasher);
        self.by_name.insert_unique(hash, at, |at| slots[*at as usize].hash(hasher));
        Place(at)
    }

    fn drop_if_free(&mut self, place: Place) {
        let slot = &mut self.slots[place.0 as usize];
        if slot.id.is_some() || slot.seen.is_some() {
            return;
        }
        let hash = slot.hash(&self.hasher);
        if let Ok(entry) = self.by_name.find_entry(hash, |at| *at == place.0) {
            entry.remove();
        }
        slot.rest = Box::default();
        let (account, stem) = (slot.account, slot.stem);
        self.words.release(account);
        self.words.release(stem);
        self.free.push(place.0);
    }
}

impl Slot {
    fn hash(&self, hasher: &RandomState) -> u64 {
        hasher.hash_one((self.account, self.stem, &*self.rest))
    }
}

/// What many names have in common, and the rest.
fn parts(native: &Native) -> (&str, &str) {
    native.0.split_at(native.0.rfind('/').map_or(0, |slash| slash + 1))
}
