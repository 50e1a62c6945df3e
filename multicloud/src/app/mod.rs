//! The use cases: what can be asked of the manager, whoever asks.
//!
//! Owns the order of things: recorded first, then asked of a cloud, then followed until it has ended. Knows no HTTP.

mod change;
mod create;
mod error;
mod follow;
mod forget;
pub(crate) mod job;
mod offers;
pub(crate) mod own;
pub(crate) mod reference;
mod tasks;
mod together;

use std::sync::Arc;

use crate::account::Account;
use crate::clock::Clock;
use crate::connector::Native;
use crate::inventory::Inventory;
use crate::placement::ledger::Key;
use crate::placement::{Amounts, Ledger, Policy, Prices};
use crate::record::{Id, Work};
use crate::store::StoreError;

pub use change::Change;
pub use create::{Allowance, Placing, Request, Used};
pub use error::{AppError, Problem};
pub(crate) use forget::forget;
pub use offers::PROPERTY;

use tasks::{Locks, Nudges, Tasks};

/// The manager.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    inventory: Inventory,
    accounts: Vec<Arc<Account>>,
    policy: Policy,
    prices: Prices,
    ledger: Ledger,
    clock: Clock,
    tasks: Tasks,
    locks: Locks,
    nudges: Nudges,
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
    /// A manager of these accounts.
    pub fn new(
        inventory: Inventory,
        accounts: Vec<Arc<Account>>,
        policy: Policy,
        prices: Prices,
        clock: Clock,
    ) -> Self {
        Self(Arc::new(Inner {
            inventory,
            accounts,
            policy,
            prices,
            ledger: Ledger::default(),
            clock,
            tasks: Tasks::default(),
            locks: Locks::default(),
            nudges: Nudges::default(),
        }))
    }

    /// What it knows.
    pub fn inventory(&self) -> &Inventory {
        &self.0.inventory
    }

    /// The accounts that it uses, in the order of the configuration.
    pub fn accounts(&self) -> &[Arc<Account>] {
        &self.0.accounts
    }

    /// The account of this name.
    pub fn account(&self, name: &str) -> Option<&Arc<Account>> {
        self.0.accounts.iter().find(|account| account.name == name)
    }

    /// How a cloud is chosen.
    pub fn policy(&self) -> &Policy {
        &self.0.policy
    }

    /// What an hour costs, where the operator's table says so.
    pub fn prices(&self) -> &Prices {
        &self.0.prices
    }

    /// Holds again what creations held that had not ended when the manager stopped.
    ///
    /// # Errors
    /// As the store.
    pub async fn recall_quota(&self) -> Result<(), StoreError> {
        for job in self.inventory().jobs() {
            let Work::Create { resource, account, .. } = &job.work else { continue };
            let needs = match self.inventory().decision(job.id).await? {
                Some(decision) => decision.needs,
                None => Amounts::default(),
            };
            self.0.ledger.restore(resource.0, vec![(Key::Account(account.clone()), needs)]);
        }
        Ok(())
    }

    /// What time it is.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Runs a task until it ends or the manager stops.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.0.tasks.spawn(work);
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

    /// Stops all work and closes the store. What was under way is taken up at the next start.
    pub async fn stop(&self) {
        self.0.tasks.stop().await;
        self.inventory().close().await;
    }

    /// Stops all work at the next opportunity, without waiting for it.
    pub fn abandon(&self) {
        self.0.tasks.abort();
    }
}
