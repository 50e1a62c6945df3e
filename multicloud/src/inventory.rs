//! Everything that the manager knows, in memory over the store.
//!
//! Owns consistency between the two: a change is written first and seen afterwards. Knows no cloud and no protocol.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use cimi::Attributes;
use jiff::Timestamp;
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::access::Sight;
use crate::census::{Census, Group};
use crate::connector::{Native, Token};
use crate::kind::Kind;
use crate::placement::ledger::Key;
use crate::placement::{Amounts, Decision};
use crate::record::{Id, Job, Replica, Resource};
use crate::store::{Change, Store, StoreError};

/// Resources and jobs, as far as somebody sees them. What is changed through it is changed as the manager: who may do that has
/// been asked before.
#[derive(Clone)]
pub struct Inventory {
    shared: Arc<Shared>,
    sight: Sight,
}

struct Shared {
    store: Arc<dyn Store>,
    instance: String,
    last_id: AtomicI64,
    looks: AtomicU64,
    /// Held while a change is decided, written and made seen: one change at a time.
    writing: Arc<Mutex<()>>,
    state: RwLock<State>,
}

/// The moment at which a look at a cloud began. What it showed is older than what a later one did, whichever arrives first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Look(u64);

#[derive(Default)]
struct State {
    resources: BTreeMap<Id, Arc<Resource>>,
    jobs: BTreeMap<Id, Arc<Job>>,
    by_kind: BTreeMap<Kind, BTreeSet<Id>>,
    by_native: HashMap<Place, Id>,
    seen: HashMap<Place, Seen>,
    /// What is there of each quota.
    used: BTreeMap<Key, Amounts>,
    census: Census,
}

/// An account and what a cloud calls a resource there.
type Place = (String, Native);

/// What is known of when a cloud's resource was looked at; kept for a while for those that are gone.
#[derive(Clone, Copy)]
struct Seen {
    look: Look,
    at: Timestamp,
}

/// A change under way. Dropped without [`Writer::commit`], nothing has happened.
pub struct Writer {
    inventory: Inventory,
    edit: Edit,
    turn: OwnedMutexGuard<()>,
}

#[derive(Default)]
struct Edit {
    resources: BTreeMap<Id, Resource>,
    by_native: HashMap<Place, Id>,
    jobs: BTreeMap<Id, Job>,
    decisions: BTreeMap<Id, Decision>,
    forget_resources: BTreeSet<Id>,
    forget_jobs: BTreeSet<Id>,
    seen: Vec<(Place, Seen)>,
    stale: Vec<Place>,
    unseen: Option<(String, Look)>,
}

impl Inventory {
    /// Reads all of a store.
    ///
    /// # Errors
    /// As the store.
    pub async fn open(store: Arc<dyn Store>) -> Result<Self, StoreError> {
        let loaded = store.load().await?;
        let mut state = State::default();
        for resource in loaded.resources {
            state.insert(resource);
        }
        for job in loaded.jobs {
            state.jobs.insert(job.id, Arc::new(job));
        }
        let shared = Arc::new(Shared {
            store,
            instance: loaded.instance,
            last_id: AtomicI64::new(loaded.last_id),
            looks: AtomicU64::new(0),
            writing: Arc::default(),
            state: RwLock::new(state),
        });
        Ok(Self { shared, sight: Sight::Everything })
    }

    /// The same, as somebody else sees it.
    #[must_use]
    pub fn seen_by(&self, sight: Sight) -> Self {
        Self { shared: self.shared.clone(), sight }
    }

    /// Lets the change under way finish, then closes the store. What is changed afterwards fails.
    pub async fn close(&self) {
        let _turn = self.shared.writing.lock().await;
        self.shared.store.close().await;
    }

    /// The name of this manager.
    pub fn instance(&self) -> &str {
        &self.shared.instance
    }

    /// An identifier that nothing had before.
    pub fn next_id(&self) -> Id {
        Id(self.shared.last_id.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// The token of the creation of a resource.
    pub fn token(&self, id: Id) -> Token {
        Token { manager: self.shared.instance.clone(), number: id.0 }
    }

    /// To be asked for before a cloud is.
    pub fn look(&self) -> Look {
        Look(self.shared.looks.fetch_add(1, Ordering::AcqRel) + 1)
    }

    /// A resource.
    pub fn resource(&self, id: Id) -> Option<Arc<Resource>> {
        self.read(|state| state.resources.get(&id).cloned()).filter(|resource| self.sight.has(resource))
    }

    /// The resource of which a cloud's resource is a replica.
    pub fn by_native(&self, account: &str, native: &Native) -> Option<Id> {
        self.read(|state| {
            let id = state.by_native.get(&(account.to_owned(), native.clone()))?;
            state.resources.get(id).filter(|resource| self.sight.has(resource)).map(|resource| resource.id)
        })
    }

    /// When a replica was last looked at since the start of the program.
    pub fn seen(&self, replica: &Replica) -> Option<Timestamp> {
        let place = (replica.account.clone(), replica.native.clone());
        self.read(|state| state.seen.get(&place).map(|seen| seen.at))
    }

    /// All resources of a kind, oldest first.
    pub fn of_kind(&self, kind: Kind) -> Vec<Arc<Resource>> {
        self.read(|state| {
            let ids = state.by_kind.get(&kind).into_iter().flatten();
            let all = ids.filter_map(|id| state.resources.get(id));
            all.filter(|resource| self.sight.has(resource)).cloned().collect()
        })
    }

    /// What all that is known to be at clouds takes of a quota, whoever asks.
    pub fn used(&self, key: &Key) -> Amounts {
        self.read(|state| state.used.get(key).copied().unwrap_or_default())
    }

    /// The machines that are known to be at clouds, counted, whoever asks.
    pub fn census(&self) -> BTreeMap<Group, i64> {
        self.read(|state| state.census.groups().clone())
    }

    /// The decision that a job was begun with.
    ///
    /// # Errors
    /// As the store.
    pub async fn decision(&self, job: Id) -> Result<Option<Decision>, StoreError> {
        self.shared.store.decision(job).await
    }

    /// A job.
    pub fn job(&self, id: Id) -> Option<Arc<Job>> {
        self.read(|state| state.jobs.get(&id).cloned()).filter(|job| self.sight.has_job(job))
    }

    /// All jobs, oldest first.
    pub fn jobs(&self) -> Vec<Arc<Job>> {
        self.read(|state| state.jobs.values().filter(|job| self.sight.has_job(job)).cloned().collect())
    }

    /// How many resources a tenant has, whoever asks.
    pub fn owned_by(&self, tenant: &str) -> usize {
        self.read(|state| state.resources.values().filter(|it| it.owner.as_deref() == Some(tenant)).count())
    }

    /// How many resources of tenants an account holds, whoever asks.
    pub fn owned_at(&self, account: &str) -> usize {
        let is_there = |it: &&Arc<Resource>| it.owner.is_some() && it.replica_at(account).is_some();
        self.read(|state| state.resources.values().filter(is_there).count())
    }

    /// Waits for the turn to change something.
    pub async fn writer(&self) -> Writer {
        let turn = self.shared.writing.clone().lock_owned().await;
        Writer { inventory: self.seen_by(Sight::Everything), edit: Edit::default(), turn }
    }

    fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.shared.state.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Writer {
    /// A resource as this change has left it.
    pub fn resource(&self, id: Id) -> Option<Resource> {
        if self.edit.forget_resources.contains(&id) {
            return None;
        }
        match self.edit.resources.get(&id) {
            Some(resource) => Some(resource.clone()),
            None => self.inventory.resource(id).map(|resource| (*resource).clone()),
        }
    }

    /// The kind of a resource as this change has left it.
    pub fn kind_of(&self, id: Id) -> Option<Kind> {
        match self.edit.resources.get(&id) {
            Some(resource) => Some(resource.kind),
            None if self.edit.forget_resources.contains(&id) => None,
            None => self.inventory.resource(id).map(|resource| resource.kind),
        }
    }

    /// The identifiers of all resources of a kind as this change has left them, oldest first.
    pub fn of_kind(&self, kind: Kind) -> BTreeSet<Id> {
        let known = self.inventory.read(|state| state.by_kind.get(&kind).cloned()).unwrap_or_default();
        let new = self.edit.resources.values().filter(|resource| resource.kind == kind);
        let all = known.into_iter().chain(new.map(|resource| resource.id));
        all.filter(|id| !self.edit.forget_resources.contains(id)).collect()
    }

    /// A job as this change has left it.
    pub fn job(&self, id: Id) -> Option<Job> {
        if self.edit.forget_jobs.contains(&id) {
            return None;
        }
        match self.edit.jobs.get(&id) {
            Some(job) => Some(job.clone()),
            None => self.inventory.job(id).map(|job| (*job).clone()),
        }
    }

    /// The resources and jobs whose attributes meet a condition, as this change has left them.
    pub fn holders(&self, meets: impl Fn(&Attributes) -> bool) -> (Vec<Id>, Vec<Id>) {
        let Edit { resources, jobs, forget_resources, forget_jobs, .. } = &self.edit;
        self.inventory.read(|state| {
            let unchanged = state.resources.values().map(AsRef::as_ref);
            let unchanged =
                unchanged.filter(|it| !resources.contains_key(&it.id) && !forget_resources.contains(&it.id));
            let found =
                unchanged.chain(resources.values()).filter(|it| meets(&it.attributes)).map(|it| it.id);
            let unchanged = state.jobs.values().map(AsRef::as_ref);
            let unchanged =
                unchanged.filter(|it| !jobs.contains_key(&it.id) && !forget_jobs.contains(&it.id));
            let found_jobs =
                unchanged.chain(jobs.values()).filter(|it| meets(&it.attributes)).map(|it| it.id);
            (found.collect(), found_jobs.collect())
        })
    }

    /// The resource of which a cloud's resource is a replica, as this change has left it.
    pub fn by_native(&self, account: &str, native: &Native) -> Option<Id> {
        let is = |replica: &Replica| replica.account == account && replica.native == *native;
        let place = (account.to_owned(), native.clone());
        let edited = self.edit.by_native.get(&place).and_then(|id| self.edit.resources.get(id));
        if let Some(resource) = edited.filter(|resource| resource.replicas.iter().any(is)) {
            return Some(resource.id);
        }
        let id = self.inventory.by_native(account, native)?;
        let untouched = !self.edit.resources.contains_key(&id) && !self.edit.forget_resources.contains(&id);
        untouched.then_some(id)
    }

    /// The resource whose creation carries a token, while no cloud's resource is known to be it. Later a token proves nothing:
    /// clouds copy properties into what is restored or cloned.
    pub fn awaiting(&self, token: &Token) -> Option<Id> {
        if token.manager != self.inventory.shared.instance {
            return None;
        }
        self.resource(Id(token.number)).filter(|resource| resource.replicas.is_empty()).map(|it| it.id)
    }

    /// Whether something newer than what this look shows is known of a cloud's resource.
    pub fn is_outdated(&self, look: Look, account: &str, native: &Native) -> bool {
        let place = (account.to_owned(), native.clone());
        self.inventory.read(|state| state.seen.get(&place).is_some_and(|seen| seen.look > look))
    }

    /// Notes that a cloud's resource, or its absence, was seen.
    pub fn saw(&mut self, look: Look, at: Timestamp, account: &str, native: &Native) {
        self.edit.seen.push(((account.to_owned(), native.clone()), Seen { look, at }));
    }

    /// Notes that a cloud's resource is known to be there now, whatever a look that has begun shows; it has not been looked at.
    pub fn knows(&mut self, account: &str, native: &Native) {
        let look = self.inventory.look();
        self.saw(look, Timestamp::MIN, account, native);
    }

    /// What is recorded of a cloud's resource may not be what the cloud shows by now: whoever reads it looks there first.
    pub fn is_stale(&mut self, replica: &Replica) {
        self.edit.stale.push((replica.account.clone(), replica.native.clone()));
    }

    /// Drops what was noted of resources that are gone from an account, as far as it is older than this look.
    pub fn forget_unseen(&mut self, account: &str, before: Look) {
        self.edit.unseen = Some((account.to_owned(), before));
    }

    /// Adds or replaces a resource; its version grows.
    pub fn put_resource(&mut self, mut resource: Resource) {
        resource.version += 1;
        self.edit.forget_resources.remove(&resource.id);
        for replica in &resource.replicas {
            self.edit.by_native.insert((replica.account.clone(), replica.native.clone()), resource.id);
        }
        self.edit.resources.insert(resource.id, resource);
    }

    /// Adds or replaces a job; its version grows.
    pub fn put_job(&mut self, mut job: Job) {
        job.version += 1;
        self.edit.forget_jobs.remove(&job.id);
        self.edit.jobs.insert(job.id, job);
    }

    /// Adds or replaces the decision that a job was begun with.
    pub fn put_decision(&mut self, job: Id, decision: Decision) {
        self.edit.decisions.insert(job, decision);
    }

    /// Removes a resource.
    pub fn forget_resource(&mut self, id: Id) {
        self.edit.resources.remove(&id);
        self.edit.forget_resources.insert(id);
    }

    /// Removes a job.
    pub fn forget_job(&mut self, id: Id) {
        self.edit.jobs.remove(&id);
        self.edit.decisions.remove(&id);
        self.edit.forget_jobs.insert(id);
    }

    /// Writes all of it, then lets it be seen: both or none, even if nobody waits for it any more.
    ///
    /// # Errors
    /// As the store; nothing has happened then.
    pub async fn commit(self) -> Result<(), StoreError> {
        let Self { inventory, edit, turn } = self;
        let written = tokio::spawn(async move {
            if !edit.is_empty() {
                let change = Change {
                    resources: edit.resources.values().collect(),
                    jobs: edit.jobs.values().collect(),
                    decisions: edit.decisions.iter().map(|(id, decision)| (*id, decision)).collect(),
                    forget_resources: edit.forget_resources.iter().copied().collect(),
                    forget_jobs: edit.forget_jobs.iter().copied().collect(),
                };
                inventory.shared.store.write(&change).await?;
            }
            inventory.shared.state.write().unwrap_or_else(PoisonError::into_inner).apply(edit);
            drop(turn);
            Ok(())
        });
        written.await.unwrap_or_else(|error| Err(StoreError::Database(error.to_string())))
    }
}

impl Edit {
    /// Whether there is nothing that has to outlive the program.
    fn is_empty(&self) -> bool {
        self.resources.is_empty()
            && self.jobs.is_empty()
            && self.decisions.is_empty()
            && self.forget_resources.is_empty()
            && self.forget_jobs.is_empty()
    }
}

impl State {
    fn apply(&mut self, edit: Edit) {
        // All that goes goes first: what a cloud calls a resource may pass from one record to another.
        for id in edit.forget_resources.iter().chain(edit.resources.keys()) {
            self.remove(*id);
        }
        for resource in edit.resources.into_values() {
            self.insert(resource);
        }
        for id in edit.forget_jobs {
            self.jobs.remove(&id);
        }
        for job in edit.jobs.into_values() {
            self.jobs.insert(job.id, Arc::new(job));
        }
        self.seen.extend(edit.seen);
        for place in edit.stale {
            self.seen.entry(place).and_modify(|seen| seen.at = Timestamp::MIN);
        }
        if let Some((account, before)) = edit.unseen {
            let by_native = &self.by_native;
            self.seen.retain(|place, seen| {
                place.0 != account || seen.look >= before || by_native.contains_key(place)
            });
        }
    }

    fn insert(&mut self, resource: Resource) {
        self.by_kind.entry(resource.kind).or_default().insert(resource.id);
        for replica in &resource.replicas {
            self.by_native.insert((replica.account.clone(), replica.native.clone()), resource.id);
        }
        for key in resource.counts_against() {
            let used = self.used.entry(key).or_default();
            *used = used.plus(resource.amounts());
        }
        self.census.add(&resource);
        self.resources.insert(resource.id, Arc::new(resource));
    }

    fn remove(&mut self, id: Id) {
        let Some(resource) = self.resources.remove(&id) else { return };
        self.census.remove(&resource);
        if let Some(ids) = self.by_kind.get_mut(&resource.kind) {
            ids.remove(&id);
        }
        for replica in &resource.replicas {
            self.by_native.remove(&(replica.account.clone(), replica.native.clone()));
        }
        for key in resource.counts_against() {
            if let Some(used) = self.used.get_mut(&key) {
                *used = used.minus(resource.amounts());
            }
        }
    }
}
