//! What a change does to what is held in memory, once it is written.
//!
//! Owns the order of it. What is kept of each record is `state`'s.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use super::{Edit, Shared};
use crate::usage::First;

impl Edit {
    /// Whether there is nothing that has to outlive the program.
    pub(super) fn is_empty(&self) -> bool {
        self.resources.is_empty()
            && self.jobs.is_empty()
            && self.decisions.is_empty()
            && self.forget_resources.is_empty()
            && self.forget_jobs.is_empty()
            && self.events.is_empty()
            && self.usage.is_empty()
            && self.disown.is_none()
            && self.forgotten.is_empty()
            && self.recalled.is_empty()
            && self.unanswered.is_empty()
            && self.answered.is_empty()
    }
}

impl Shared {
    /// Lets a change be seen.
    pub(super) fn apply(&self, edit: Edit) {
        if edit.usage.first == First::Yes {
            self.metered.store(true, Ordering::Release);
        }
        if let Some(tariff) = edit.tariff {
            *self.tariff.write().unwrap_or_else(PoisonError::into_inner) = tariff;
        }
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        // All that goes goes first: what a cloud calls a resource may pass from one record to another.
        for id in edit.forget_resources.iter().chain(edit.resources.keys()) {
            state.remove(*id);
            self.recent.forget(*id);
        }
        for resource in edit.resources.values() {
            state.insert(resource);
        }
        for id in edit.forget_jobs {
            state.remove_job(id);
        }
        for job in edit.jobs.into_values() {
            state.insert_job(job);
        }
        edit.recalled.into_iter().for_each(|id| state.provenance.recall(id));
        edit.forgotten.into_values().for_each(|it| state.provenance.forget(it));
        edit.answered.iter().for_each(|it| drop(state.unanswered.remove(it)));
        state.unanswered.extend(edit.unanswered);
        for ((account, native), seen) in edit.seen {
            state.places.saw(&account, &native, seen);
        }
        for (account, native) in edit.stale {
            state.places.is_stale(&account, &native);
        }
        if let Some((account, before)) = edit.unseen {
            state.places.forget_unseen(&account, before);
        }
    }
}
