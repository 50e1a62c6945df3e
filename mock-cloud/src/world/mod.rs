//! The state of the cloud: which resources exist, what they hold, how they refer to each other.
//!
//! Owns identity, composition (DSP0263 5.10.2), references (5.10.1) and versions. Knows no time but the one it is told,
//! no rule of any kind's life (that is `sim`), no protocol.

use std::collections::BTreeSet;

use jiff::Timestamp;

pub mod field;
pub mod id;
pub mod kind;
pub mod ordered;
pub mod record;
pub mod usage;

pub use field::{Beside, Field, Fields, Group, Link};
pub use id::Id;
pub use kind::{Card, Held, Home, Kind, Policy, Setter, Uses};
pub use ordered::Ordered;
pub use record::{Draft, Label, Record};
pub use usage::{Measure, Usage};

/// Everything that exists. A clone is a snapshot.
#[derive(Clone, Debug)]
pub struct World {
    now: Timestamp,
    tick: u64,
    stores: Vec<Store>,
    /// Owner, kind, member: what resources own, in order.
    inside: BTreeSet<(Id, Kind, Id)>,
    /// Target, referrer: who must be told when a resource goes.
    referrers: BTreeSet<(Id, Id)>,
    /// What all resources take together.
    usage: Usage,
}

/// The resources of one kind.
#[derive(Clone, Debug, Default)]
struct Store {
    records: Ordered<Id, Record>,
    last_number: u64,
    version: u64,
}

/// A moment in the growth of a world.
#[derive(Clone, Debug)]
pub struct Mark(Vec<u64>);

/// Whether a change is a consumer's explicit update, which sets `updated` (table 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is.
    Explicit,
    /// It is a consequence of something else.
    Implicit,
}

impl World {
    /// An empty world at a moment.
    pub fn new(now: Timestamp) -> Self {
        Self {
            now,
            tick: 0,
            stores: vec![Store::default(); Kind::ALL.len()],
            inside: BTreeSet::new(),
            referrers: BTreeSet::new(),
            usage: Usage::NONE,
        }
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Moves on in time, never back.
    pub fn set_now(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
    }

    /// What all resources take together.
    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// A resource.
    pub fn get(&self, id: Id) -> Option<&Record> {
        self.store(id.kind()).records.get(id)
    }

    /// Whether a collection exists: its owner does.
    pub fn has(&self, group: Group) -> bool {
        group.owner.is_none_or(|owner| self.get(owner).is_some())
    }

    /// Puts a resource into a collection.
    ///
    /// # Panics
    /// After 2^56 resources of one kind, for which no machine has the memory.
    pub fn insert(&mut self, group: Group, draft: Draft) -> Id {
        let version = self.next_version();
        let now = self.now;
        self.usage = self.usage.plus(Usage::of(group.kind, &draft.fields));
        let store = self.store_mut(group.kind);
        store.last_number += 1;
        store.version = version;
        let id = Id::new(group.kind, store.last_number).expect("2^56 resources do not fit into memory");
        let Draft { label, state, fields } = draft;
        let mut targets = Vec::new();
        fields.each_resource(&mut |target| targets.push(target));
        store.records.insert(
            id,
            Record { id, owner: group.owner, label, created: now, updated: now, state, fields, version },
        );
        if let Some(owner) = group.owner {
            self.inside.insert((owner, group.kind, id));
        }
        self.referrers.extend(targets.into_iter().map(|target| (target, id)));
        id
    }

    /// Changes a resource. Does nothing if it does not exist.
    pub fn edit(&mut self, id: Id, change: Change, edit: impl FnOnce(&mut Record)) {
        let version = self.next_version();
        let now = self.now;
        let store = self.store_mut(id.kind());
        let Some(record) = store.records.get_mut(id) else { return };
        let before_edit = Usage::of(id.kind(), &record.fields);
        let mut before = BTreeSet::new();
        record.fields.each_resource(&mut |target| {
            before.insert(target);
        });
        edit(record);
        record.version = version;
        if change == Change::Explicit {
            record.updated = now;
        }
        let after_edit = Usage::of(id.kind(), &record.fields);
        let mut after = BTreeSet::new();
        record.fields.each_resource(&mut |target| {
            after.insert(target);
        });
        store.version = version;
        self.usage = self.usage.beyond(before_edit).plus(after_edit);
        for target in before.difference(&after) {
            self.referrers.remove(&(*target, id));
        }
        self.referrers.extend(after.difference(&before).map(|target| (*target, id)));
    }

    /// Moves a resource to a state.
    pub fn set_state(&mut self, id: Id, state: &'static str) {
        self.edit(id, Change::Implicit, |record| record.state = Some(state));
    }

    /// Takes a resource out, with its components and the links to it; references to any of them become empty.
    /// Returns all that went.
    pub fn remove(&mut self, id: Id) -> Vec<Id> {
        let mut gone = Vec::new();
        let mut going = vec![id];
        while let Some(id) = going.pop() {
            let Some(record) = self.take(id) else { continue };
            record.fields.each_resource(&mut |target| {
                self.referrers.remove(&(target, id));
            });
            if let Some(owner) = record.owner {
                self.inside.remove(&(owner, id.kind(), id));
            }
            going.extend(self.components(id));
            for referrer in self.referrers_of(id) {
                let uses = referrer.kind().card().link;
                let is_link = uses.is_some_and(|uses| {
                    self.get(referrer).is_some_and(|link| link.fields.resource(uses.attribute) == Some(id))
                });
                if is_link {
                    going.push(referrer);
                } else {
                    self.edit(referrer, Change::Implicit, |record| record.fields.forget(id));
                }
            }
            gone.push(id);
        }
        gone
    }

    /// How many members a collection has.
    pub fn count(&self, group: Group) -> usize {
        match group.owner {
            None => self.store(group.kind).records.len(),
            Some(owner) => self.inner_ids(owner, group.kind).count(),
        }
    }

    /// The members of a collection from the n-th (from 0) on, in order of creation.
    pub fn members(&self, group: Group, n: usize) -> Box<dyn Iterator<Item = &Record> + '_> {
        match group.owner {
            None => Box::new(self.store(group.kind).records.from_nth(n).map(|(_, record)| record)),
            Some(owner) => Box::new(self.inner_ids(owner, group.kind).skip(n).filter_map(|id| self.get(id))),
        }
    }

    /// A number that grows with every change of any member of a collection, or of what its members link to.
    pub fn collection_version(&self, group: Group) -> u64 {
        let own = self.store(group.kind).version;
        match group.kind.card().link {
            Some(uses) => own.max(self.store(uses.kind).version),
            None => own,
        }
    }

    /// The resources that refer to one.
    pub fn referrers_of(&self, id: Id) -> Vec<Id> {
        let from = (id, Id::first(Kind::ALL[0]));
        self.referrers.range(from..).take_while(|(target, _)| *target == id).map(|(_, from)| *from).collect()
    }

    /// What a resource owns, of every kind.
    pub fn components(&self, owner: Id) -> Vec<Id> {
        let first = (owner, Kind::ALL[0], Id::first(Kind::ALL[0]));
        self.inside.range(first..).take_while(|(of, _, _)| *of == owner).map(|(_, _, id)| *id).collect()
    }

    /// The present moment in its growth.
    pub fn mark(&self) -> Mark {
        Mark(self.stores.iter().map(|store| store.last_number).collect())
    }

    /// What has come since then and is still there, each kind in order of creation.
    pub fn since(&self, mark: &Mark) -> Vec<Id> {
        let new = Kind::ALL.into_iter().zip(&mark.0).flat_map(|(kind, last)| {
            (last + 1..=self.store(kind).last_number).filter_map(move |number| Id::new(kind, number))
        });
        new.filter(|id| self.get(*id).is_some()).collect()
    }

    /// Makes a resource a child component of another one, or of nothing but the cloud.
    pub fn set_owner(&mut self, id: Id, owner: Option<Id>) {
        let mut before = None;
        self.edit(id, Change::Implicit, |record| before = std::mem::replace(&mut record.owner, owner));
        if let Some(before) = before {
            self.inside.remove(&(before, id.kind(), id));
        }
        if let Some(owner) = owner.filter(|_| self.get(id).is_some()) {
            self.inside.insert((owner, id.kind(), id));
        }
    }

    fn inner_ids(&self, owner: Id, kind: Kind) -> impl Iterator<Item = Id> + '_ {
        let first = Id::first(kind);
        self.inside
            .range((owner, kind, first)..)
            .take_while(move |(of, is, _)| *of == owner && *is == kind)
            .map(|(_, _, id)| *id)
    }

    fn take(&mut self, id: Id) -> Option<Record> {
        let version = self.next_version();
        let store = self.store_mut(id.kind());
        let record = store.records.remove(id)?;
        store.version = version;
        self.usage = self.usage.beyond(Usage::of(id.kind(), &record.fields));
        Some(record)
    }

    fn next_version(&mut self) -> u64 {
        self.tick += 1;
        self.tick
    }

    fn store(&self, kind: Kind) -> &Store {
        &self.stores[kind as usize]
    }

    fn store_mut(&mut self, kind: Kind) -> &mut Store {
        &mut self.stores[kind as usize]
    }
}
