//! Who has which address: no two in the same place have the same one, and what is given back is given out again.
//!
//! Owns the books on addresses. A place is a segment of 2.0 or a Network of 1.x; none is the cloud itself.

use std::collections::BTreeMap;

use crate::world::Id;

/// The addresses in use.
#[derive(Clone, Debug, Default)]
pub(in crate::sim) struct Leases {
    taken: BTreeMap<(Option<Id>, u128), Id>,
    held: BTreeMap<Id, (Option<Id>, u128)>,
    /// The last address that was given out, by place and first address of its range.
    last: BTreeMap<(Option<Id>, u128), u128>,
}

impl Leases {
    /// Who has an address, unless it is this one.
    pub(super) fn other_holder(&self, place: Option<Id>, address: u128, than: Option<Id>) -> Option<Id> {
        self.taken.get(&(place, address)).copied().filter(|holder| Some(*holder) != than)
    }

    /// Whether a resource has an address in a place.
    pub(super) fn is_in(&self, id: Id, place: Option<Id>) -> bool {
        self.held.get(&id).is_some_and(|(at, _)| *at == place)
    }

    /// Notes the address of a resource; an earlier one is given back.
    pub(super) fn take(&mut self, place: Option<Id>, address: u128, id: Id) {
        self.release(id);
        self.taken.insert((place, address), id);
        self.held.insert(id, (place, address));
    }

    /// Gives back the address of a resource.
    pub(super) fn release(&mut self, id: Id) {
        if let Some(key) = self.held.remove(&id)
            && self.taken.get(&key) == Some(&id)
        {
            self.taken.remove(&key);
        }
    }

    /// Those that have an address in a place, with it.
    pub(super) fn holders(&self, place: Id) -> Vec<(u128, Id)> {
        let from = (Some(place), 0);
        let here = self.taken.range(from..).take_while(|((at, _), _)| *at == Some(place));
        here.map(|((_, address), id)| (*address, *id)).collect()
    }

    /// The next free address of a range behind the last that was given out, from its beginning once all were.
    pub(super) fn next_free(&self, place: Option<Id>, (first, end): (u128, u128)) -> Option<u128> {
        let after = self.last.get(&(place, first)).filter(|last| **last < end).map_or(first, |last| last + 1);
        self.gap(place, after, end).or_else(|| self.gap(place, first, after.checked_sub(1)?))
    }

    /// Notes what was given out last.
    pub(super) fn give(&mut self, place: Option<Id>, (first, _): (u128, u128), address: u128) {
        self.last.insert((place, first), address);
    }

    /// A resource has gone: its address, and all that was noted of it as a place.
    pub(super) fn forget(&mut self, id: Id) {
        self.release(id);
        for (_, holder) in self.holders(id) {
            self.release(holder);
        }
        let from = (Some(id), 0);
        while let Some(key) =
            self.last.range(from..).next().map(|(key, _)| *key).filter(|key| key.0 == from.0)
        {
            self.last.remove(&key);
        }
    }

    fn gap(&self, place: Option<Id>, first: u128, last: u128) -> Option<u128> {
        if first > last {
            return None;
        }
        let mut next = first;
        for (_, address) in self.taken.range((place, first)..=(place, last)).map(|(key, _)| *key) {
            if address != next {
                break;
            }
            next = address.checked_add(1)?;
        }
        (next <= last).then_some(next)
    }
}
