//! What the inventory holds in memory: records as bytes, and what finds them without a look at all.
//!
//! Owns the indices: each is kept with every record that comes or goes. Knows no store.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cimi::query::Lookup;
use cimi::{Attributes, Value};

use super::compact::{self, Bytes};
use super::places::{Place, Places};
use super::provenance::Beside;
use super::record::Record;
use super::words::{Word, Words};
use crate::access::Sight;
use crate::census::{Census, Group};
use crate::kind::Kind;
use crate::placement::Amounts;
use crate::placement::ledger::Key;
use crate::record::{Id, Job, Origin, Replica, Resource, Unanswered, Work};

/// Everything.
#[derive(Default)]
pub(super) struct State {
    resources: BTreeMap<Id, Packed>,
    pub(super) jobs: BTreeMap<Id, Arc<Job>>,
    pub(super) places: Places,
    /// Owners, and what clouds offer.
    words: Words,
    by_kind: BTreeMap<Kind, BTreeSet<Id>>,
    by_account: BTreeMap<(Word, Kind), BTreeSet<Id>>,
    /// What is referred to, and by which resource or job.
    referred: BTreeSet<(Id, Id)>,
    /// Resources on their way from one state to another.
    moving: BTreeSet<Id>,
    /// What jobs work on that have not ended, each with the job.
    at_work: BTreeSet<(Id, Id)>,
    /// What is there of each quota.
    used: BTreeMap<Key, Amounts>,
    /// How many resources tenants have: each, and at each account.
    owned: BTreeMap<Key, usize>,
    census: Census,
    /// By kind and owner: counts on with every change.
    changes: BTreeMap<(Kind, Option<String>), u64>,
    pub(super) provenance: Beside,
    /// Creations that were given up without an answer, by the number of their token and the account.
    pub(super) unanswered: BTreeMap<(Id, String), Unanswered>,
}

/// A resource as bytes: the number of its replicas, their places and offers, then its attributes.
struct Packed {
    kind: Kind,
    origin: Origin,
    owner: Option<Word>,
    version: i64,
    bytes: Box<[u8]>,
}

impl State {
    /// A resource, if it is seen.
    pub(super) fn resource(&self, id: Id, sight: &Sight) -> Option<Resource> {
        let packed = self.resources.get(&id).filter(|packed| self.is_seen(packed, sight))?;
        Some(self.unpacked(id, packed))
    }

    /// The kind of a resource, if it is seen.
    pub(super) fn kind(&self, id: Id, sight: &Sight) -> Option<Kind> {
        self.resources.get(&id).filter(|packed| self.is_seen(packed, sight)).map(|packed| packed.kind)
    }

    /// The identifiers of all of a kind that are seen, oldest first.
    pub(super) fn of_kind(&self, kind: Kind, sight: &Sight) -> impl Iterator<Item = Id> {
        let ids = self.by_kind.get(&kind).into_iter().flatten().copied();
        ids.filter(|id| *sight == Sight::Everything || self.kind(*id, sight).is_some())
    }

    /// Those of a kind that meet a condition on their number, the account where they are and what they are like. Only they are
    /// unpacked.
    pub(super) fn meeting(
        &self,
        kind: Kind,
        meets: impl Fn(Id, Option<&str>, &dyn Lookup) -> bool,
    ) -> Vec<Resource> {
        let packed = self.by_kind.get(&kind).into_iter().flatten();
        let packed = packed.filter_map(|id| Some((*id, self.resources.get(id)?)));
        let met = packed.filter(|(id, packed)| {
            let (replicas, attributes) = packed.replicas();
            let account = replicas.first().map(|(place, _)| self.places.account_of(*place));
            meets(*id, account, &attributes)
        });
        met.map(|(id, packed)| self.unpacked(id, packed)).collect()
    }

    /// The identifiers of all of a kind that are at an account, oldest first.
    pub(super) fn held(&self, account: &str, kind: Kind) -> impl Iterator<Item = Id> {
        let account = self.places.account(account);
        account.and_then(|word| self.by_account.get(&(word, kind))).into_iter().flatten().copied()
    }

    /// What refers to a resource: resources and jobs.
    pub(super) fn referring(&self, to: Id) -> impl Iterator<Item = Id> {
        self.referred.range((to, Id(i64::MIN))..=(to, Id(i64::MAX))).map(|(_, from)| *from)
    }

    /// What is on its way, anywhere, and what jobs work on at an account.
    pub(super) fn on_the_way(&self, account: &str) -> BTreeSet<Id> {
        let jobs = self.at_work.iter().filter_map(|(_, id)| self.jobs.get(id));
        let targets = jobs.filter_map(|job| job.work.target()).filter(|(_, at)| *at == account);
        self.moving.iter().copied().chain(targets.map(|(id, _)| id)).collect()
    }

    /// Whether a job goes on that refers to a resource.
    pub(super) fn is_worked_on(&self, id: Id) -> bool {
        let mut jobs = self.referring(id).filter_map(|from| self.jobs.get(&from));
        jobs.any(|job| job.work != Work::Done)
    }

    /// The systems that refer to a resource, as one of their components, if they are seen.
    pub(super) fn systems_of(&self, id: Id, sight: &Sight) -> impl Iterator<Item = Id> {
        self.referring(id).filter(|from| self.kind(*from, sight) == Some(Kind::System))
    }

    /// The jobs that work on a resource and have not ended.
    pub(super) fn workers_on(&self, id: Id) -> impl Iterator<Item = Id> {
        self.at_work.range((id, Id(i64::MIN))..=(id, Id(i64::MAX))).map(|(_, job)| *job)
    }

    /// The resources on which jobs work that have not ended.
    pub(super) fn worked_on(&self) -> BTreeSet<Id> {
        self.at_work.iter().map(|(id, _)| *id).collect()
    }

    pub(super) fn used(&self, key: &Key) -> Amounts {
        self.used.get(key).copied().unwrap_or_default()
    }

    pub(super) fn owned(&self, key: &Key) -> usize {
        self.owned.get(key).copied().unwrap_or_default()
    }

    /// A resource for filters to look at, if it is seen.
    pub(super) fn record(&self, id: Id, sight: &Sight) -> Option<Record> {
        let packed = self.resources.get(&id).filter(|packed| self.is_seen(packed, sight))?;
        let (replicas, Bytes(attributes)) = packed.replicas();
        let account = match replicas.as_slice() {
            [(place, _)] => Some(self.places.shared_account(*place)),
            _ => None,
        };
        Some(Record { id, kind: packed.kind, account, attributes: attributes.into() })
    }

    /// How often something of a kind that is or was seen has changed: of the tenant's own, and of nobody's or, for who sees
    /// everything, of all.
    pub(super) fn changes(&self, kind: Kind, sight: &Sight) -> (u64, u64) {
        let of = |owner| self.changes.get(&(kind, owner)).copied().unwrap_or_default();
        match sight {
            Sight::Everything => {
                let all = self.changes.range((kind, None)..).take_while(|((of, _), _)| *of == kind);
                (0, all.map(|(_, count)| count).sum())
            }
            Sight::Tenant { name, .. } => (of(Some(name.to_string())), of(None)),
        }
    }

    /// The machines at clouds, counted.
    pub(super) fn census(&self) -> &BTreeMap<Group, i64> {
        self.census.groups()
    }

    pub(super) fn insert(&mut self, resource: &Resource) {
        let mut bytes = Vec::with_capacity(256);
        compact::write_number(&mut bytes, resource.replicas.len() as u64);
        for replica in &resource.replicas {
            let place = self.places.occupy(&replica.account, &replica.native, resource.id);
            compact::write_number(&mut bytes, place.number());
            compact::write_number(&mut bytes, self.words.hold(&replica.offers.join(" ")).number());
            self.by_account
                .entry((self.places.account_word(place), resource.kind))
                .or_default()
                .insert(resource.id);
        }
        compact::write(&mut bytes, &resource.attributes);
        self.count(resource, Amounts::plus, |owned| owned + 1);
        self.census.add(resource);
        if resource.is_moving() {
            self.moving.insert(resource.id);
        }
        self.referred.extend(references(&resource.attributes).into_iter().map(|to| (to, resource.id)));
        self.by_kind.entry(resource.kind).or_default().insert(resource.id);
        *self.changes.entry((resource.kind, resource.owner.clone())).or_default() += 1;
        let owner = resource.owner.as_deref().map(|owner| self.words.hold(owner));
        self.provenance.insert(resource);
        let packed = Packed {
            kind: resource.kind,
            origin: resource.provenance.origin,
            owner,
            version: resource.version,
            bytes: bytes.into_boxed_slice(),
        };
        self.resources.insert(resource.id, packed);
    }

    pub(super) fn remove(&mut self, id: Id) {
        let Some(packed) = self.resources.remove(&id) else { return };
        self.moving.remove(&id);
        let resource = self.unpacked(id, &packed);
        self.provenance.remove(id);
        self.count(&resource, Amounts::minus, |owned| owned.saturating_sub(1));
        self.census.remove(&resource);
        *self.changes.entry((resource.kind, resource.owner.clone())).or_default() += 1;
        for to in references(&resource.attributes) {
            self.referred.remove(&(to, id));
        }
        if let Some(ids) = self.by_kind.get_mut(&packed.kind) {
            ids.remove(&id);
        }
        for (place, offers) in packed.replicas().0 {
            if let Some(ids) = self.by_account.get_mut(&(self.places.account_word(place), packed.kind)) {
                ids.remove(&id);
            }
            self.places.vacate(place);
            self.words.release(offers);
        }
        packed.owner.into_iter().for_each(|owner| self.words.release(owner));
    }

    pub(super) fn insert_job(&mut self, job: Job) {
        self.remove_job(job.id);
        self.referred.extend(references(&job.attributes).into_iter().map(|to| (to, job.id)));
        self.at_work.extend(job.work.target().map(|(id, _)| (id, job.id)));
        self.jobs.insert(job.id, Arc::new(job));
    }

    pub(super) fn remove_job(&mut self, id: Id) {
        if let Some(job) = self.jobs.remove(&id) {
            if let Some((target, _)) = job.work.target() {
                self.at_work.remove(&(target, id));
            }
            for to in references(&job.attributes) {
                self.referred.remove(&(to, id));
            }
        }
    }

    fn count(
        &mut self,
        resource: &Resource,
        add: impl Fn(Amounts, Amounts) -> Amounts,
        step: impl Fn(usize) -> usize,
    ) {
        for key in resource.counts_against() {
            let used = self.used.entry(key).or_default();
            *used = add(*used, resource.amounts());
        }
        let Some(owner) = &resource.owner else { return };
        let accounts: BTreeSet<_> = resource.replicas.iter().map(|replica| &replica.account).collect();
        let accounts = accounts.into_iter().map(|account| Key::Account(account.clone()));
        for key in accounts.chain([Key::Tenant(owner.clone())]) {
            let number = self.owned.entry(key).or_default();
            *number = step(*number);
        }
    }

    fn is_seen(&self, packed: &Packed, sight: &Sight) -> bool {
        if *sight == Sight::Everything {
            return true;
        }
        let owner = packed.owner.map(|owner| self.words.text(owner));
        let places = packed.replicas().0;
        sight.has_record(packed.kind, owner, places.iter().map(|(place, _)| self.places.account_of(*place)))
    }

    fn unpacked(&self, id: Id, packed: &Packed) -> Resource {
        let (replicas, mut attributes) = packed.replicas();
        let replicas = replicas.into_iter().map(|(place, offers)| Replica {
            account: self.places.account_of(place).to_owned(),
            native: self.places.native_of(place),
            offers: self.words.text(offers).split_whitespace().map(str::to_owned).collect(),
        });
        Resource {
            id,
            kind: packed.kind,
            attributes: attributes.attributes(),
            version: packed.version,
            owner: packed.owner.map(|owner| self.words.text(owner).to_owned()),
            replicas: replicas.collect(),
            provenance: self.provenance.of(id, packed.origin),
        }
    }
}

impl Packed {
    /// Where it is and what is offered there; then its attributes.
    fn replicas(&self) -> (Vec<(Place, Word)>, Bytes<'_>) {
        let mut bytes = Bytes(&self.bytes);
        let replicas = (0..bytes.number()).filter_map(|_| {
            let (place, offers) = (bytes.number(), bytes.number());
            Place::of(place).zip(Word::of(offers))
        });
        (replicas.collect(), bytes)
    }
}

/// Everything that attributes refer to by a path that ends with its number.
fn references(attributes: &Attributes) -> Vec<Id> {
    fn gather(attributes: &Attributes, found: &mut Vec<Id>) {
        attributes.iter().for_each(|(_, value)| within(value, found));
    }
    fn within(value: &Value, found: &mut Vec<Id>) {
        match value {
            Value::Ref(reference) => {
                let number = reference.href.as_deref().and_then(|href| href.rsplit('/').next()?.parse().ok());
                found.extend(number.map(Id));
                gather(&reference.attributes, found);
            }
            Value::Array(items) => items.iter().for_each(|item| within(item, found)),
            Value::Structure(fields) => gather(fields, found),
            _ => {}
        }
    }
    let mut found = Vec::new();
    gather(attributes, &mut found);
    found
}
