//! The use cases: what can be asked of the manager, whoever asks.
//!
//! Owns the order of things: recorded first, then asked of a cloud, then followed until it has ended. Knows no HTTP.

mod alike;
mod change;
mod create;
mod decided;
mod error;
mod follow;
mod forget;
mod growth;
pub(crate) mod job;
mod keep;
mod log;
mod offers;
pub(crate) mod own;
mod placed;
mod policy;
pub(crate) mod reference;
mod removal;
mod rights;
mod roster;
mod search;
mod stop;
pub(crate) mod system;
mod tasks;
mod together;
mod unanswered;
mod usage;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use crate::access::{Actor, Refusals};
use crate::account::Account;
use crate::clock::Clock;
use crate::connector::Native;
use crate::directory::Directory;
use crate::inventory::Inventory;
use crate::placement::ledger::Key;
use crate::placement::{Amounts, Ledger, Prices};
use crate::record::{Id, Work};
use crate::store::StoreError;

pub use change::Change;
pub use create::{Allowance, Placing, Request, Used, Within};
pub use decided::{Component, Decided};
pub use error::{AppError, Problem};
pub(crate) use forget::forget;
pub use keep::Chosen;
pub use policy::PROPERTY;
pub(crate) use roster::Absence;

use tasks::{Locks, Nudges, Tasks};

/// How long things take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// Between two looks at a quiet cloud.
    pub refresh: Duration,
    /// How long a cloud may work on something before its job is given up.
    pub longest_job: Duration,
}

impl Default for Times {
    /// 10 s and a day.
    fn default() -> Self {
        Self { refresh: Duration::from_secs(10), longest_job: Duration::from_hours(24) }
    }
}

/// The manager, as somebody uses it.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
    actor: Actor,
    inventory: Inventory,
}

struct Inner {
    inventory: Inventory,
    directory: Directory,
    accounts: RwLock<Vec<Arc<Account>>>,
    prices: Arc<Prices>,
    ledger: Ledger,
    /// Held while something is placed by rules that count what is placed: one at a time.
    placing: tokio::sync::Mutex<()>,
    times: Times,
    clock: Clock,
    tasks: Tasks,
    locks: Locks,
    nudges: Nudges,
    refusals: Arc<Refusals>,
}

/// Work that has begun, or is done already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// Its job.
    pub job: Id,
    /// The resource that is created or changed.
    pub resource: Id,
    /// The part of the resource that is created, as its cloud calls it.
    pub part: Option<Native>,
    /// Whether the job has ended.
    pub ended: Ended,
}

/// Whether work has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It has, with success.
    Yes,
    /// It goes on.
    No,
}

impl App {
    /// A manager that uses no account yet: see [`App::use_accounts`].
    pub fn new(inventory: Inventory, directory: Directory, prices: Prices, times: Times) -> Self {
        let inner = Inner {
            inventory: inventory.clone(),
            clock: directory.clock().clone(),
            directory,
            accounts: RwLock::default(),
            prices: Arc::new(prices),
            ledger: Ledger::default(),
            placing: tokio::sync::Mutex::default(),
            times,
            tasks: Tasks::default(),
            locks: Locks::default(),
            nudges: Nudges::default(),
            refusals: Arc::default(),
        };
        Self { inner: Arc::new(inner), actor: Actor::manager(), inventory }
    }

    /// The same as somebody else uses it: it finds what they see, and does what they may.
    #[must_use]
    pub fn on_behalf_of(&self, actor: &Actor) -> Self {
        let inventory = self.inner.inventory.on_behalf_of(actor);
        Self { inner: self.inner.clone(), actor: actor.clone(), inventory }
    }

    /// The manager itself.
    pub(crate) fn itself(&self) -> Self {
        self.on_behalf_of(&Actor::manager())
    }

    /// Who uses it.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// What it knows, as far as whoever uses it sees it.
    pub fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// Who may use it, and which clouds it uses.
    pub fn directory(&self) -> &Directory {
        &self.inner.directory
    }

    /// The accounts where whoever uses it can create things, in the order in which they are offered.
    pub fn accounts(&self) -> Vec<Arc<Account>> {
        let accounts = self.inner.accounts.read().unwrap_or_else(PoisonError::into_inner);
        accounts.iter().filter(|account| self.actor.sight.has_account(&account.name)).cloned().collect()
    }

    /// The account of this name, whoever asks: what a tenant has stays its own where it may have no more.
    pub fn account(&self, name: &str) -> Option<Arc<Account>> {
        let accounts = self.inner.accounts.read().unwrap_or_else(PoisonError::into_inner);
        accounts.iter().find(|account| account.name == name).cloned()
    }

    /// What an hour costs, where the operator's table says so.
    pub fn prices(&self) -> &Prices {
        &self.inner.prices
    }

    /// Holds again what creations and changes held that had not ended when the manager stopped.
    ///
    /// # Errors
    /// As the store.
    pub async fn recall_quota(&self) -> Result<(), StoreError> {
        for job in self.inventory().jobs() {
            self.recall_growth(&job);
            let Work::Create { resource, account, .. } = &job.work else { continue };
            let account = Some(account).filter(|account| !account.is_empty());
            let needs = match self.inventory().decision(job.id).await? {
                Some(decision) => decision.needs,
                None => Amounts::default(),
            };
            let tenant = job.owner.clone().map(Key::Tenant);
            let keys = account.cloned().map(Key::Account).into_iter().chain(tenant);
            self.inner.ledger.restore(resource.0, keys.map(|key| (key, needs)).collect());
        }
        Ok(())
    }

    /// What time it is.
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// Runs a task until it ends or the manager stops.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.inner.tasks.spawn(work);
    }

    /// Runs work that must not be torn in the middle when whoever asked for it goes away.
    async fn whole<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, AppError>> + Send + 'static,
    ) -> Result<T, AppError> {
        let (done, result) = tokio::sync::oneshot::channel();
        self.spawn(async move {
            // Nobody waits for it any more: it was done all the same.
            let _ = done.send(work.await);
        });
        result.await.unwrap_or_else(|_| {
            Err(AppError::new(
                Problem::Unavailable(1),
                "the manager is stopping; what was begun goes on later",
            ))
        })
    }

    /// Stops all work, writes what was only counted so far, and closes the store. What was under way is taken up at the next start.
    pub async fn stop(&self) {
        self.inner.tasks.stop().await;
        self.write_refusals().await;
        self.inventory().close().await;
    }

    /// Stops all work at the next opportunity, without waiting for it.
    pub fn abandon(&self) {
        self.inner.tasks.abort();
    }
}
