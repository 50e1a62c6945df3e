//! Everything that the manager knows, in memory over the store.
//!
//! Owns consistency between the two: a change is written first and seen afterwards. Knows no cloud and no protocol.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Mutex;

use crate::connector::{Native, Token};
use crate::kind::Kind;
use crate::record::{Id, Job, Resource};
use crate::store::{Change, Store, StoreError};

/// Resources and jobs.
pub struct Inventory {
    store: Box<dyn Store>,
    instance: String,
    last_id: AtomicI64,
    revision: AtomicI64,
    /// Held while a change is decided, written and made seen: one change at a time.
    writing: Mutex<()>,
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    resources: BTreeMap<Id, Arc<Resource>>,
    by_kind: HashMap<Kind, BTreeSet<Id>>,
    by_native: HashMap<(String, Native), Id>,
    jobs: BTreeMap<Id, Arc<Job>>,
}

/// A change to be written: whole new values, not differences.
#[derive(Debug, Default)]
pub struct Edit {
    resources: BTreeMap<Id, Resource>,
    jobs: BTreeMap<Id, Job>,
    forget_resources: BTreeSet<Id>,
    forget_jobs: BTreeSet<Id>,
}

/// The right to change; [`Inventory`] gives one at a time.
pub struct Writer<'a> {
    inventory: &'a Inventory,
    edit: Edit,
    _turn: tokio::sync::MutexGuard<'a, ()>,
}

impl Inventory {
    /// Reads all of a store.
    ///
    /// # Errors
    /// As the store.
    pub async fn open(store: Box<dyn Store>) -> Result<Self, StoreError> {
        let loaded = store.load().await?;
        let mut state = State::default();
        for resource in loaded.resources {
            state.insert(resource);
        }
        for job in loaded.jobs {
            state.jobs.insert(job.id, Arc::new(job));
        }
        Ok(Self {
            store,
            instance: loaded.instance,
            last_id: AtomicI64::new(loaded.last_id),
            revision: AtomicI64::new(0),
            writing: Mutex::new(()),
            state: RwLock::new(state),
        })
    }

    /// An identifier that nothing had before.
    pub fn next_id(&self) -> Id {
        Id(self.last_id.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Grows with every change of anything, from the start of the program.
    pub fn revision(&self) -> i64 {
        self.revision.load(Ordering::Acquire)
    }

    /// The idempotency token of the creation of a resource.
    pub fn token(&self, id: Id) -> Token {
        Token(format!("{}-{}", self.instance, id.0))
    }

    /// The resource whose creation carries a token, if it is one of this manager's.
    pub fn of_token(&self, token: &Token) -> Option<Id> {
        let number = token.0.strip_prefix(&self.instance)?.strip_prefix('-')?;
        let id = Id(number.parse().ok()?);
        self.resource(id).map(|resource| resource.id)
    }

    /// A resource.
    pub fn resource(&self, id: Id) -> Option<Arc<Resource>> {
        self.read(|state| state.resources.get(&id).cloned())
    }

    /// The resource of which a cloud's resource is a replica.
    pub fn by_native(&self, account: &str, native: &Native) -> Option<Id> {
        self.read(|state| state.by_native.get(&(account.to_owned(), native.clone())).copied())
    }

    /// All resources of a kind, oldest first.
    pub fn of_kind(&self, kind: Kind) -> Vec<Arc<Resource>> {
        self.read(|state| {
            let ids = state.by_kind.get(&kind).into_iter().flatten();
            ids.filter_map(|id| state.resources.get(id).cloned()).collect()
        })
    }

    /// A job.
    pub fn job(&self, id: Id) -> Option<Arc<Job>> {
        self.read(|state| state.jobs.get(&id).cloned())
    }

    /// All jobs, oldest first.
    pub fn jobs(&self) -> Vec<Arc<Job>> {
        self.read(|state| state.jobs.values().cloned().collect())
    }

    /// Waits for the turn to change something.
    pub async fn writer(&self) -> Writer<'_> {
        Writer { inventory: self, edit: Edit::default(), _turn: self.writing.lock().await }
    }

    fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Writer<'_> {
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

    /// A job as this change has left it.
    pub fn job(&self, id: Id) -> Option<Job> {
        match self.edit.jobs.get(&id) {
            Some(job) => Some(job.clone()),
            None => self.inventory.job(id).map(|job| (*job).clone()),
        }
    }

    /// Adds or replaces a resource; its version grows.
    pub fn put_resource(&mut self, mut resource: Resource) {
        resource.version += 1;
        self.edit.forget_resources.remove(&resource.id);
        self.edit.resources.insert(resource.id, resource);
    }

    /// Adds or replaces a job; its version grows.
    pub fn put_job(&mut self, mut job: Job) {
        job.version += 1;
        self.edit.jobs.insert(job.id, job);
    }

    /// Removes a resource.
    pub fn forget_resource(&mut self, id: Id) {
        self.edit.resources.remove(&id);
        self.edit.forget_resources.insert(id);
    }

    /// Removes a job.
    pub fn forget_job(&mut self, id: Id) {
        self.edit.jobs.remove(&id);
        self.edit.forget_jobs.insert(id);
    }

    /// Writes all of it, then lets it be seen. Dropped without commit, nothing has happened.
    ///
    /// # Errors
    /// As the store; nothing has happened then either.
    pub async fn commit(self) -> Result<(), StoreError> {
        let edit = self.edit;
        let change = Change {
            resources: edit.resources.values().collect(),
            jobs: edit.jobs.values().collect(),
            forget_resources: edit.forget_resources.iter().copied().collect(),
            forget_jobs: edit.forget_jobs.iter().copied().collect(),
        };
        self.inventory.store.write(&change).await?;
        let mut state = self.inventory.state.write().unwrap_or_else(PoisonError::into_inner);
        for id in edit.forget_resources {
            state.remove(id);
        }
        for resource in edit.resources.into_values() {
            state.remove(resource.id);
            state.insert(resource);
        }
        for id in edit.forget_jobs {
            state.jobs.remove(&id);
        }
        for job in edit.jobs.into_values() {
            state.jobs.insert(job.id, Arc::new(job));
        }
        self.inventory.revision.fetch_add(1, Ordering::Release);
        Ok(())
    }
}

impl State {
    fn insert(&mut self, resource: Resource) {
        self.by_kind.entry(resource.kind).or_default().insert(resource.id);
        for replica in &resource.replicas {
            self.by_native.insert((replica.account.clone(), replica.native.clone()), resource.id);
        }
        self.resources.insert(resource.id, Arc::new(resource));
    }

    fn remove(&mut self, id: Id) {
        let Some(resource) = self.resources.remove(&id) else { return };
        if let Some(ids) = self.by_kind.get_mut(&resource.kind) {
            ids.remove(&id);
        }
        for replica in &resource.replicas {
            self.by_native.remove(&(replica.account.clone(), replica.native.clone()));
        }
    }
}
