//! Work that goes on by itself: tasks, turns at a resource, and reminders to look again.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{Notify, OwnedMutexGuard};
use tokio::task::JoinSet;

use crate::record::Id;

/// The tasks of a manager: none outlives it.
pub(super) struct Tasks(Mutex<Option<JoinSet<()>>>);

impl Default for Tasks {
    fn default() -> Self {
        Self(Mutex::new(Some(JoinSet::new())))
    }
}

impl Tasks {
    /// Begins a task; none once they have been ended.
    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        if let Some(set) = self.0.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            // Those that have ended are let go of here.
            while set.try_join_next().is_some() {}
            set.spawn(work);
        }
    }

    /// Ends all tasks where they are, and waits until they have.
    pub(super) async fn stop(&self) {
        let set = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut set) = set {
            set.shutdown().await;
        }
    }

    /// Ends all tasks where they are.
    pub(super) fn abort(&self) {
        // A set that is dropped aborts what is in it.
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

/// One change of a resource at a time.
#[derive(Default)]
pub(super) struct Locks(Mutex<HashMap<Id, Weak<tokio::sync::Mutex<()>>>>);

impl Locks {
    /// Waits for the turn at a resource.
    pub(super) async fn turn(&self, id: Id) -> OwnedMutexGuard<()> {
        let lock = {
            let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            locks.retain(|_, lock| lock.strong_count() > 0);
            let known = locks.get(&id).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                let lock = Arc::default();
                locks.insert(id, Arc::downgrade(&lock));
                lock
            })
        };
        lock.lock_owned().await
    }
}

/// Who follows a job can be told to look at it now.
#[derive(Default)]
pub(super) struct Nudges(Mutex<HashMap<Id, Arc<Notify>>>);

impl Nudges {
    /// What the follower of a job waits for. Kept until [`Nudges::forget`].
    pub(super) fn of(&self, job: Id) -> Arc<Notify> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(job).or_default().clone()
    }

    /// Tells the follower of a job, if there is one.
    pub(super) fn nudge(&self, job: Id) {
        if let Some(nudge) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&job) {
            nudge.notify_one();
        }
    }

    /// Nobody follows the job any more.
    pub(super) fn forget(&self, job: Id) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&job);
    }
}
