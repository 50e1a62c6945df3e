//! A simulation that many requests share, in step with a clock.
//!
//! Owns the lock and the moment at which what is due happens: before every access, so that nobody ever sees a world that
//! is behind its clock, and by a task of its own while nobody asks.

use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard, Weak};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::clock::Timepiece;
use crate::sim::Sim;

/// How long the task that keeps a cloud alive sleeps at most.
const IDLE: Duration = Duration::from_mins(1);

/// A living world: one tenant's.
#[derive(Debug)]
pub struct Engine {
    sim: RwLock<Sim>,
    clock: Arc<Timepiece>,
    /// Told when something is planned before all else.
    sooner: Arc<Notify>,
}

impl Engine {
    /// Brings a simulation to life.
    pub fn new(sim: Sim, clock: Arc<Timepiece>) -> Self {
        Self { sim: RwLock::new(sim), clock, sooner: Arc::default() }
    }

    /// Looks at the world as it is now.
    pub fn read<T>(&self, look: impl FnOnce(&Sim, Timestamp) -> T) -> T {
        let sim = self.sim.read().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.reading().map_or(sim.world().now(), |now| now.max(sim.world().now()));
        if sim.next_due().is_none_or(|due| due > now) {
            return look(&sim, now);
        }
        drop(sim);
        // What is due happens alone; whoever looks does so beside others, at the moment that the world has come to.
        self.change(|_| (), |sim, ()| look(sim, sim.world().now()))
    }

    /// Looks at the world as it was left, without bringing it up to date with the clock.
    pub fn peek<T>(&self, look: impl FnOnce(&Sim) -> T) -> T {
        look(&self.sim.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the world as it is now.
    pub fn write<T>(&self, change: impl FnOnce(&mut Sim) -> T) -> T {
        self.change(change, |_, result| result)
    }

    /// Changes the world as it is now, and looks at what came of it. Nothing happens in between; others may look, too.
    pub fn change<T, U>(&self, change: impl FnOnce(&mut Sim) -> T, look: impl FnOnce(&Sim, T) -> U) -> U {
        let mut sim = self.sim.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(now) = self.clock.reading() {
            sim.run_until(now);
        }
        let before = sim.next_due();
        let result = change(&mut sim);
        let after = sim.next_due();
        if after.is_some_and(|after| before.is_none_or(|before| after < before)) {
            self.sooner.notify_one();
        }
        look(&RwLockWriteGuard::downgrade(sim), result)
    }

    /// Has the task that keeps it alive look at the clock, which has been put forward.
    pub(crate) fn wake(&self) {
        self.sooner.notify_one();
    }

    /// Lets the world live on while nobody asks. Ends when the engine is gone. With any other clock than the wall's there is nothing to do.
    pub(crate) async fn keep_living(engine: Weak<Self>) {
        loop {
            let Some(living) = engine.upgrade() else { return };
            let Some(now) = living.clock.reading().filter(|_| living.clock.is_restless()) else { return };
            let wait = living.read(|sim, _| sim.next_due()).map(|due| due.duration_since(now));
            let wait = wait.map_or(IDLE, |wait| {
                Duration::try_from(wait).unwrap_or(Duration::ZERO).clamp(Duration::from_millis(1), IDLE)
            });
            let sooner = Arc::clone(&living.sooner);
            drop(living);
            // Ends early when something sooner is planned; either way the next look does what is due.
            let _ = tokio::time::timeout(wait, sooner.notified()).await;
        }
    }
}
