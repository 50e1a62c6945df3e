//! Where resources come from, as far as it is exceptional, what is not to be shown, and what is on its way.
//!
//! Owns what few records have: it is kept beside them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::state::State;
use super::{Inventory, Writer};
use crate::access::Sight;
use crate::connector::Native;
use crate::record::{Forgotten, Id, Origin, Provenance, Resource};

/// What is kept beside records.
#[derive(Default)]
pub(super) struct Beside {
    gone: BTreeMap<Id, Timestamp>,
    part_of: BTreeMap<Id, Id>,
    disks: BTreeMap<Id, i64>,
    /// The same the other way round.
    parts: BTreeSet<(Id, Id)>,
    forgotten: BTreeMap<Id, Forgotten>,
    /// Where those are: account and native identifier.
    places: HashSet<(String, Native)>,
}

impl Beside {
    pub(super) fn insert(&mut self, resource: &Resource) {
        let Provenance { gone, part_of, disks, .. } = resource.provenance;
        if disks != 0 {
            self.disks.insert(resource.id, disks);
        }
        self.gone.extend(gone.map(|since| (resource.id, since)));
        if let Some(owner) = part_of {
            self.part_of.insert(resource.id, owner);
            self.parts.insert((owner, resource.id));
        }
    }

    pub(super) fn remove(&mut self, id: Id) {
        self.gone.remove(&id);
        self.disks.remove(&id);
        if let Some(owner) = self.part_of.remove(&id) {
            self.parts.remove(&(owner, id));
        }
    }

    /// Where a resource comes from.
    pub(super) fn of(&self, id: Id, origin: Origin) -> Provenance {
        let (gone, part_of) = (self.gone.get(&id).copied(), self.part_of.get(&id).copied());
        Provenance { origin, gone, part_of, disks: self.disks.get(&id).copied().unwrap_or_default() }
    }

    /// What was made among the parts of a resource.
    pub(super) fn parts(&self, owner: Id) -> impl Iterator<Item = Id> {
        self.parts.range((owner, Id(i64::MIN))..=(owner, Id(i64::MAX))).map(|(_, part)| *part)
    }

    /// What is not to be shown, oldest first.
    pub(super) fn forgotten(&self) -> impl Iterator<Item = &Forgotten> {
        self.forgotten.values()
    }

    /// Whether what an account's cloud calls so is not to be shown.
    pub(super) fn is_forgotten(&self, place: &(String, Native)) -> bool {
        self.places.contains(place)
    }

    pub(super) fn forget(&mut self, forgotten: Forgotten) {
        self.places.insert((forgotten.account.clone(), forgotten.native.clone()));
        self.forgotten.insert(forgotten.id, forgotten);
    }

    pub(super) fn recall(&mut self, id: Id) {
        if let Some(it) = self.forgotten.remove(&id) {
            self.places.remove(&(it.account, it.native));
        }
    }
}

impl Inventory {
    /// What is on its way at an account: resources that are, and those that a job works on.
    pub fn moving_at(&self, account: &str) -> Vec<Arc<Resource>> {
        let ids = self.read(|state| state.on_the_way(account));
        let resources = ids.into_iter().filter_map(|id| self.resource(id));
        resources.filter(|resource| resource.replica_at(account).is_some()).collect()
    }

    /// What was made among the parts of a resource, whoever asks.
    pub fn made_within(&self, id: Id) -> Vec<Arc<Resource>> {
        let all = Self { sight: Sight::Everything, ..self.clone() };
        let ids: Vec<Id> = self.read(|state| state.provenance.parts(id).collect());
        ids.into_iter().filter_map(|id| all.resource(id)).collect()
    }

    /// What is not to be shown, whoever asks, oldest first.
    pub fn forgotten(&self) -> Vec<Forgotten> {
        self.read(|state| state.provenance.forgotten().cloned().collect())
    }
}

impl Writer {
    /// Whether a job that goes on ends in a resource that is gone, or may, or in the end of what it is part of.
    pub fn is_being_unmade(&self, resource: &Resource) -> bool {
        [Some(resource.id), resource.provenance.part_of].into_iter().flatten().any(|id| {
            let jobs: Vec<Id> = self.inventory.read(|state| state.workers_on(id).collect());
            jobs.into_iter().filter_map(|job| self.job(job)).any(|job| job.work.unmakes(id))
        })
    }

    /// The resources on which jobs work that go on.
    pub fn worked_on(&self) -> BTreeSet<Id> {
        self.inventory.read(State::worked_on)
    }

    /// Whether what a cloud calls so is not to be shown.
    pub fn is_forgotten(&self, account: &str, native: &Native) -> bool {
        let place = (account.to_owned(), native.clone());
        self.inventory.read(|state| state.provenance.is_forgotten(&place))
    }

    /// Notes that something is not to be shown.
    pub fn put_forgotten(&mut self, forgotten: Forgotten) {
        self.edit.forgotten.insert(forgotten.id, forgotten);
    }

    /// Notes that something may be shown again.
    pub fn recall(&mut self, id: Id) {
        self.edit.recalled.insert(id);
    }

    /// The resources that this change writes or removes.
    pub fn touched(&self) -> BTreeSet<Id> {
        self.edit.resources.keys().chain(&self.edit.forget_resources).copied().collect()
    }
}
