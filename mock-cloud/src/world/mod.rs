//! The state of the cloud: which resources exist, what they hold, how they refer to each other.
//!
//! Owns identity, composition (DSP0263 5.10.2), references (5.10.1) and versions. Knows no time but the one it is told,
//! no rule of any kind's life (that is `sim`), no protocol.

use std::collections::BTreeSet;

use jiff::Timestamp;

pub mod census;
mod components;
pub mod field;
pub mod id;
pub mod journal;
pub mod kind;
mod names;
pub mod ordered;
pub mod record;
pub mod usage;

pub use census::Census;
pub use field::{Beside, Field, Fields, Group, Link};
pub use id::Id;
pub use journal::{Deed, Journal, Note};
pub use kind::{Card, Held, Home, Kind, Policy, Setter, Uses};
pub use ordered::Ordered;
pub use record::{Draft, Label, Record};
pub use usage::{Measure, Usage};

use census::Counted;
use components::Components;
use names::{Entry, Names};

/// Everything that exists. A clone is a snapshot.
#[derive(Clone, Debug)]
pub struct World {
    now: Timestamp,
    tick: u64,
    stores: Vec<Store>,
    names: Names,
    /// Target, referrer: who must be told when a resource goes.
    referrers: BTreeSet<(Id, Id)>,
    census: Census,
    journal: Journal,
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
            names: Names::default(),
            referrers: BTreeSet::new(),
            census: Census::default(),
            journal: Journal::default(),
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
        self.census.usage()
    }

    /// How many there are of what.
    pub fn census(&self) -> &Census {
        &self.census
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
        let store = self.store_mut(group.kind);
        store.last_number += 1;
        store.version = version;
        let id = Id::new(group.kind, store.last_number).expect("2^56 resources do not fit into memory");
        let Draft { label, state, mut fields } = draft;
        fields.shrink();
        fields.each_resource(&mut |target| {
            self.referrers.insert((target, id));
        });
        self.names.rename(id, Entry::NONE, Entry::of(label.name.as_deref()));
        if let Some(owner) = group.owner.and_then(|owner| self.get_mut(owner)) {
            owner.components.insert(id);
        }
        let components = Components::default();
        let record = Record {
            id,
            owner: group.owner,
            label,
            created: now,
            updated: now,
            state,
            fields,
            components,
            version,
        };
        self.census.add(Counted::of(&record));
        self.journal.note(now, &record, Deed::Created);
        self.store_mut(group.kind).records.insert(id, record);
        id
    }

    /// Changes a resource. Does nothing if it does not exist.
    pub fn edit(&mut self, id: Id, change: Change, edit: impl FnOnce(&mut Record)) {
        let version = self.next_version();
        let now = self.now;
        let store = &mut self.stores[id.kind() as usize];
        let Some(record) = store.records.get_mut(id) else { return };
        let counted = Counted::of(record);
        let name = Entry::of(record.label.name.as_deref());
        let before = record.fields.resources();
        let state = record.state;
        edit(record);
        record.version = version;
        if change == Change::Explicit {
            record.updated = now;
        }
        self.census.change(counted, Counted::of(record));
        self.journal.note_edit(now, record, state, change);
        store.version = version;
        self.names.rename(id, name, Entry::of(record.label.name.as_deref()));
        let after = record.fields.resources();
        if before != after {
            for target in before {
                self.referrers.remove(&(target, id));
            }
            self.referrers.extend(after.into_iter().map(|target| (target, id)));
        }
    }

    /// Moves a resource to a state. Does nothing if it does not exist.
    pub fn set_state(&mut self, id: Id, state: &'static str) {
        let version = self.next_version();
        let store = &mut self.stores[id.kind() as usize];
        if let Some(record) = store.records.get_mut(id) {
            let counted = Counted::of(record);
            let from = record.state.replace(state);
            self.census.change(counted, Counted::of(record));
            record.version = version;
            store.version = version;
            self.journal.note_edit(self.now, record, from, Change::Implicit);
        }
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
            self.names.rename(id, Entry::of(record.label.name.as_deref()), Entry::NONE);
            if let Some(owner) = record.owner.and_then(|owner| self.get_mut(owner)) {
                owner.components.remove(id);
            }
            going.extend(record.components.all());
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
            Some(owner) => self.inside(owner, group.kind).len(),
        }
    }

    /// The members of a collection from the n-th (from 0) on, in order of creation.
    pub fn members(&self, group: Group, n: usize) -> Box<dyn Iterator<Item = &Record> + '_> {
        match group.owner {
            None => Box::new(self.store(group.kind).records.from_nth(n).map(|(_, record)| record)),
            Some(owner) => {
                let ids = self.inside(owner, group.kind);
                Box::new(ids[n.min(ids.len())..].iter().filter_map(|id| self.get(*id)))
            }
        }
    }

    /// The members of a collection that were created after one, whether or not that one is still there.
    pub fn members_after(&self, group: Group, id: Id) -> Box<dyn Iterator<Item = &Record> + '_> {
        match group.owner {
            None => Box::new(self.store(group.kind).records.after(id).map(|(_, record)| record)),
            Some(owner) => {
                let ids = self.inside(owner, group.kind);
                Box::new(
                    ids[ids.partition_point(|other| *other <= id)..].iter().filter_map(|id| self.get(*id)),
                )
            }
        }
    }

    /// The members of a collection that have a name, in order of creation, from behind one on, found without looking at the
    /// others.
    pub fn named<'w>(
        &'w self,
        group: Group,
        name: &'w str,
        after: Option<Id>,
    ) -> impl Iterator<Item = &'w Record> {
        let listed = move |record: &Record| group.owner.is_none_or(|owner| record.owner == Some(owner));
        let found = self.names.find(group.kind, name, after).filter_map(|id| self.get(id));
        found.filter(move |record| listed(record) && record.label.name.as_deref() == Some(name))
    }

    /// A number that grows with every change of any member of a collection, or of what its members link to.
    pub fn collection_version(&self, group: Group) -> u64 {
        let own = self.store(group.kind).version;
        match group.kind.card().link {
            Some(uses) => own.max(self.store(uses.kind).version),
            None => own,
        }
    }

    /// All resources of a kind, whatever they belong to.
    pub fn ids(&self, kind: Kind) -> Vec<Id> {
        self.store(kind).records.iter().map(|(id, _)| id).collect()
    }

    /// The resources that refer to one.
    pub fn referrers_of(&self, id: Id) -> Vec<Id> {
        let from = (id, Id::first(Kind::ALL[0]));
        self.referrers.range(from..).take_while(|(target, _)| *target == id).map(|(_, from)| *from).collect()
    }

    /// What a resource owns, of every kind.
    pub fn components(&self, owner: Id) -> Vec<Id> {
        self.get(owner).map(|record| record.components.all().to_vec()).unwrap_or_default()
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
        if let Some(before) = before.and_then(|before| self.get_mut(before)) {
            before.components.remove(id);
        }
        if let Some(owner) = owner.filter(|_| self.get(id).is_some())
            && let Some(owner) = self.get_mut(owner)
        {
            owner.components.insert(id);
        }
    }

    fn inside(&self, owner: Id, kind: Kind) -> &[Id] {
        self.get(owner).map_or(&[], |record| record.components.of(kind))
    }

    fn get_mut(&mut self, id: Id) -> Option<&mut Record> {
        self.store_mut(id.kind()).records.get_mut(id)
    }

    /// What has happened, if a journal is kept.
    pub fn journal_mut(&mut self) -> &mut Journal {
        &mut self.journal
    }

    fn take(&mut self, id: Id) -> Option<Record> {
        let version = self.next_version();
        let store = self.store_mut(id.kind());
        let record = store.records.remove(id)?;
        store.version = version;
        self.census.take(Counted::of(&record));
        self.journal.note(self.now, &record, Deed::Removed);
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
