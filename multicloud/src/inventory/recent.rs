//! Records that were asked for lately, so that asking again costs nothing.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::record::{Id, Resource};

/// How many there may be.
const ROOM: usize = 4096;

/// Records, each in the one place that its number has: what comes there drives out what was there.
pub(super) struct Recent(Box<[Mutex<Option<Arc<Resource>>>]>);

impl Default for Recent {
    fn default() -> Self {
        Self((0..ROOM).map(|_| Mutex::default()).collect())
    }
}

impl Recent {
    /// A record, if it is here, or as it is read now.
    pub(super) fn get_or(
        &self,
        id: Id,
        read: impl FnOnce() -> Option<Arc<Resource>>,
    ) -> Option<Arc<Resource>> {
        let mut slot = self.slot(id);
        match &*slot {
            Some(resource) if resource.id == id => Some(resource.clone()),
            _ => read().map(|resource| slot.insert(resource).clone()),
        }
    }

    /// Lets go of a record.
    pub(super) fn forget(&self, id: Id) {
        let mut slot = self.slot(id);
        if slot.as_ref().is_some_and(|resource| resource.id == id) {
            *slot = None;
        }
    }

    fn slot(&self, id: Id) -> MutexGuard<'_, Option<Arc<Resource>>> {
        let at = usize::try_from(id.0.unsigned_abs()).unwrap_or_default() % ROOM;
        self.0[at].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
