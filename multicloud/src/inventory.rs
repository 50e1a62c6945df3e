//! Everything that the manager knows, in memory over the store.
//!
//! Owns consistency between the two: a change is written first and seen afterwards. Knows no cloud and no protocol.

mod chronicle;
mod compact;
mod edit;
mod meter;
mod places;
mod provenance;
mod recent;
mod reckon;
mod record;
mod state;
mod unanswered;
mod words;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use cimi::query::orderby::Direction;
use cimi::query::{Lookup, Page, Window};
use jiff::Timestamp;
use tokio::sync::{Mutex, OwnedMutexGuard, watch};

use crate::access::{Actor, Sight};
use crate::census::Group;
use crate::clock::Clock;
use crate::connector::{Native, Token};
use crate::event::{self, Event, Retention, Tally};
use crate::kind::Kind;
use crate::placement::ledger;
use crate::placement::{Amounts, Decision};
use crate::record::{Forgotten, Id, Job, Replica, Resource, Unanswered};
use crate::store::page::{Condition, Hits, Key, Wanted};
use crate::store::{Change, Store, StoreError};
use crate::usage::{Metered, Tariff};

pub use record::Record;

use places::Seen;
use recent::Recent;
use state::State;

pub use chronicle::Cause;
pub use places::Look;

/// Resources and jobs, as far as somebody sees them. What is changed through it is changed as the manager: who may do that has
/// been asked before.
#[derive(Clone)]
pub struct Inventory {
    shared: Arc<Shared>,
    sight: Sight,
    /// Whoever changes things through it.
    by: Option<Arc<str>>,
}

struct Shared {
    store: Arc<dyn Store>,
    instance: String,
    clock: Clock,
    /// Counts the changes that told of something; nothing: there will be no more.
    told: watch::Sender<Option<u64>>,
    last_id: AtomicI64,
    looks: AtomicU64,
    /// Held while a change is decided, written and made seen: one change at a time.
    writing: Arc<Mutex<()>>,
    state: RwLock<State>,
    recent: Recent,
    /// On what terms what is used is counted.
    tariff: RwLock<Arc<Tariff>>,
    /// Whether that has ever begun.
    metered: AtomicBool,
}

/// An account and what a cloud calls a resource there.
type Place = (String, Native);

/// How often a page is looked up again while what is on it changes.
const PATIENCE: usize = 3;

/// Resources that are read from the store at a time.
const CHUNK: usize = 4096;

/// A change under way. Dropped without [`Writer::commit`], nothing has happened.
pub struct Writer {
    inventory: Inventory,
    edit: Edit,
    cause: Cause,
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
    forgotten: BTreeMap<Id, Forgotten>,
    recalled: BTreeSet<Id>,
    unanswered: BTreeMap<(Id, String), Unanswered>,
    answered: BTreeSet<(Id, String)>,
    seen: Vec<(Place, Seen)>,
    stale: Vec<Place>,
    unseen: Option<(String, Look)>,
    events: Vec<Event>,
    tariff: Option<Arc<Tariff>>,
    usage: Metered,
    disown: Option<String>,
}

impl Inventory {
    /// Reads all of a store. What happens is dated by the clock.
    ///
    /// # Errors
    /// As the store.
    pub async fn open(store: Arc<dyn Store>, clock: Clock) -> Result<Self, StoreError> {
        let loaded = store.load().await?;
        let mut state = State::default();
        loaded.jobs.into_iter().for_each(|job| state.insert_job(job));
        // What is read next is read while this is taken up.
        let reading = |after: Id| {
            let store = store.clone();
            tokio::spawn(async move { store.resources(after, CHUNK).await })
        };
        let mut next = reading(Id(i64::MIN));
        loop {
            let chunk = next.await.map_err(|error| StoreError::Database(error.to_string()))??;
            let Some(last) = chunk.last() else { break };
            next = reading(last.id);
            for resource in &chunk {
                state.insert(resource);
            }
        }
        loaded.forgotten.into_iter().for_each(|it| state.provenance.forget(it));
        state
            .unanswered
            .extend(loaded.unanswered.into_iter().map(|it| ((it.number, it.account.clone()), it)));
        let metered = store.metered_since().await?.is_some();
        let shared = Arc::new(Shared {
            store,
            instance: loaded.instance,
            clock,
            told: watch::Sender::new(Some(0)),
            last_id: AtomicI64::new(loaded.last_id),
            looks: AtomicU64::new(0),
            writing: Arc::default(),
            state: RwLock::new(state),
            recent: Recent::default(),
            tariff: RwLock::default(),
            metered: AtomicBool::new(metered),
        });
        Ok(Self { shared, sight: Sight::Everything, by: None })
    }

    /// The same, as somebody else sees and changes it.
    #[must_use]
    pub fn on_behalf_of(&self, actor: &Actor) -> Self {
        Self { shared: self.shared.clone(), sight: actor.sight.clone(), by: actor.user.clone() }
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
        self.read(|state| {
            state.kind(id, &self.sight)?;
            let read = || state.resource(id, &Sight::Everything).map(Arc::new);
            self.shared.recent.get_or(id, read)
        })
    }

    /// The resource of which a cloud's resource is a replica.
    pub fn by_native(&self, account: &str, native: &Native) -> Option<Id> {
        self.read(|state| {
            let id = state.places.id(account, native)?;
            state.kind(id, &self.sight).map(|_| id)
        })
    }

    /// When a replica was last looked at since the start of the program.
    pub fn seen(&self, replica: &Replica) -> Option<Timestamp> {
        self.read(|state| state.places.seen(&replica.account, &replica.native)).map(|seen| seen.at)
    }

    /// All resources of a kind, oldest first.
    pub fn of_kind(&self, kind: Kind) -> Vec<Arc<Resource>> {
        self.read(|state| {
            let ids = state.of_kind(kind, &self.sight);
            ids.filter_map(|id| state.resource(id, &Sight::Everything)).map(Arc::new).collect()
        })
    }

    /// All resources of a kind that meet a condition on their number, the account where they are, if they are at one, and what they
    /// are like, whoever asks.
    pub fn meeting(
        &self,
        kind: Kind,
        meets: impl Fn(Id, Option<&str>, &dyn Lookup) -> bool,
    ) -> Vec<Resource> {
        self.read(|state| state.meeting(kind, meets))
    }

    /// A page of those of a kind that meet a condition, and how many there are of them.
    ///
    /// # Errors
    /// As the store.
    pub async fn page(
        &self,
        kind: Kind,
        meets: Condition,
        order: Vec<(Key, Direction)>,
        window: Window,
    ) -> Result<Page<Arc<Resource>>, StoreError> {
        let wanted = Wanted { kind, sight: self.sight.clone(), meets, order, window };
        for _ in 0..PATIENCE {
            let Hits { count, ids } = self.shared.store.page(&wanted).await?;
            let members = self.resources(&ids);
            if members.len() == ids.len() {
                return Ok(Page { count, members });
            }
            // What is written is about to be seen, or what was seen is gone by now.
            drop(self.shared.writing.lock().await);
        }
        let Hits { count, ids } = self.shared.store.page(&wanted).await?;
        Ok(Page { count, members: self.resources(&ids) })
    }

    /// The identifiers of all of a kind that meet a condition, oldest first.
    ///
    /// # Errors
    /// As the store.
    pub async fn ids(&self, kind: Kind, meets: Condition) -> Result<Vec<Id>, StoreError> {
        let window = Window { skip: 0, take: u64::MAX };
        let wanted = Wanted { kind, sight: self.sight.clone(), meets, order: Vec::new(), window };
        Ok(self.shared.store.page(&wanted).await?.ids)
    }

    /// Resources, as far as there are any with these identifiers.
    pub fn resources(&self, ids: &[Id]) -> Vec<Arc<Resource>> {
        let found = |state: &State| {
            ids.iter().filter_map(|id| state.resource(*id, &self.sight)).map(Arc::new).collect()
        };
        self.read(found)
    }

    /// The same, for filters to look at.
    pub fn records(&self, ids: &[Id]) -> Vec<Record> {
        self.read(|state| ids.iter().filter_map(|id| state.record(*id, &self.sight)).collect())
    }

    /// Grows with every change of a resource of a kind that is or was seen: of the tenant's own, and of nobody's.
    pub fn changes(&self, kind: Kind) -> (u64, u64) {
        self.read(|state| state.changes(kind, &self.sight))
    }

    /// How many there are of a kind.
    pub fn count(&self, kind: Kind) -> usize {
        self.read(|state| state.of_kind(kind, &self.sight).count())
    }

    /// What all that is known to be at clouds takes of a quota, whoever asks.
    pub fn used(&self, key: &ledger::Key) -> Amounts {
        self.read(|state| state.used(key))
    }

    /// The machines that are known to be at clouds, counted, whoever asks.
    pub fn census(&self) -> BTreeMap<Group, i64> {
        self.read(|state| state.census().clone())
    }

    /// The systems of the manager's own that a resource is a component of, oldest first.
    pub fn systems_of(&self, id: Id) -> Vec<Id> {
        self.read(|state| state.systems_of(id, &self.sight).collect())
    }

    /// Events, whoever asks: the query says what they may see.
    ///
    /// # Errors
    /// As the store.
    pub async fn events(&self, query: &event::Query) -> Result<Vec<Event>, StoreError> {
        self.shared.store.events(query).await
    }

    /// How many events there are of each severity, whoever asks.
    ///
    /// # Errors
    /// As the store.
    pub async fn tally(&self, query: &event::Query) -> Result<Tally, StoreError> {
        self.shared.store.tally(query).await
    }

    /// Lets go of the events that are kept no longer.
    ///
    /// # Errors
    /// As the store.
    pub async fn prune(&self, keep: Retention) -> Result<u64, StoreError> {
        self.shared.store.prune(keep, self.shared.clock.now()).await
    }

    /// Lets those go who wait for something to happen.
    pub fn hush(&self) {
        self.shared.told.send_replace(None);
    }

    /// Tells whenever something has happened; nothing: that there is no more to wait for.
    pub fn told(&self) -> watch::Receiver<Option<u64>> {
        self.shared.told.subscribe()
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
        self.read(|state| state.owned(&ledger::Key::Tenant(tenant.to_owned())))
    }

    /// How many resources of tenants an account holds, whoever asks.
    pub fn owned_at(&self, account: &str) -> usize {
        self.read(|state| state.owned(&ledger::Key::Account(account.to_owned())))
    }

    /// How many resources an account holds, whoever asks.
    pub fn held_by(&self, account: &str) -> usize {
        self.read(|state| Kind::ALL.into_iter().map(|kind| state.held(account, kind).count()).sum())
    }

    /// Whether an account holds any resource, whoever asks.
    pub fn holds(&self, account: &str) -> bool {
        self.read(|state| Kind::ALL.into_iter().any(|kind| state.held(account, kind).next().is_some()))
    }

    /// Waits for the turn to change something.
    pub async fn writer(&self) -> Writer {
        let turn = self.shared.writing.clone().lock_owned().await;
        let inventory = Self { sight: Sight::Everything, ..self.clone() };
        Writer { inventory, edit: Edit::default(), cause: Cause::Asked, turn }
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
            None => self.inventory.read(|state| state.resource(id, &Sight::Everything)),
        }
    }

    /// The kind of a resource as this change has left it.
    pub fn kind_of(&self, id: Id) -> Option<Kind> {
        match self.edit.resources.get(&id) {
            Some(resource) => Some(resource.kind),
            None if self.edit.forget_resources.contains(&id) => None,
            None => self.inventory.read(|state| state.kind(id, &Sight::Everything)),
        }
    }

    /// The identifiers of all resources of a kind as this change has left them, oldest first.
    pub fn of_kind(&self, kind: Kind) -> BTreeSet<Id> {
        let new = self.edit.resources.values().filter(|resource| resource.kind == kind);
        let new = new.map(|resource| resource.id);
        self.inventory.read(|state| {
            let all = state.of_kind(kind, &Sight::Everything).chain(new);
            all.filter(|id| !self.edit.forget_resources.contains(id)).collect()
        })
    }

    /// The identifiers of all resources of a kind that are at an account as this change has left them, oldest first.
    pub fn held(&self, account: &str, kind: Kind) -> BTreeSet<Id> {
        let is_edited =
            |id: &Id| self.edit.resources.contains_key(id) || self.edit.forget_resources.contains(id);
        let edited = self.edit.resources.values();
        let edited = edited.filter(|it| it.kind == kind && it.replica_at(account).is_some()).map(|it| it.id);
        self.inventory
            .read(|state| state.held(account, kind).filter(|id| !is_edited(id)).chain(edited).collect())
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

    /// The resources and jobs that may refer to one of these resources, as this change has left them.
    pub fn holders(&self, of: &[Id]) -> (BTreeSet<Id>, BTreeSet<Id>) {
        let known: BTreeSet<Id> =
            self.inventory.read(|state| of.iter().flat_map(|id| state.referring(*id)).collect());
        let (mut resources, mut jobs) = (BTreeSet::new(), BTreeSet::new());
        for id in known {
            let is_job = self.inventory.read(|state| state.jobs.contains_key(&id));
            if is_job { &mut jobs } else { &mut resources }.insert(id);
        }
        // What this change has written may have come to refer to them.
        resources.extend(self.edit.resources.keys());
        jobs.extend(self.edit.jobs.keys());
        resources.retain(|id| !self.edit.forget_resources.contains(id));
        jobs.retain(|id| !self.edit.forget_jobs.contains(id));
        (resources, jobs)
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
        self.inventory.read(|state| state.places.seen(account, native)).is_some_and(|seen| seen.look > look)
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
    pub async fn commit(mut self) -> Result<(), StoreError> {
        self.reckon();
        self.chronicle();
        self.meter().await?;
        let Self { inventory, edit, turn, .. } = self;
        let written = tokio::spawn(async move {
            if !edit.is_empty() {
                let change = Change {
                    resources: edit.resources.values().collect(),
                    jobs: edit.jobs.values().collect(),
                    decisions: edit.decisions.iter().map(|(id, decision)| (*id, decision)).collect(),
                    forget_resources: edit.forget_resources.iter().copied().collect(),
                    forget_jobs: edit.forget_jobs.iter().copied().collect(),
                    events: &edit.events,
                    usage: Some(&edit.usage).filter(|usage| !usage.is_empty()),
                    disown: edit.disown.as_deref(),
                    forgotten: edit.forgotten.values().collect(),
                    recalled: edit.recalled.iter().copied().collect(),
                    unanswered: edit.unanswered.values().collect(),
                    answered: edit.answered.iter().map(|(id, account)| (*id, account.as_str())).collect(),
                };
                inventory.shared.store.write(&change).await?;
            }
            let tells = !edit.events.is_empty();
            inventory.shared.apply(edit);
            if tells {
                inventory.shared.told.send_modify(|count| *count = count.map(|count| count + 1));
            }
            drop(turn);
            Ok(())
        });
        written.await.unwrap_or_else(|error| Err(StoreError::Database(error.to_string())))
    }
}
