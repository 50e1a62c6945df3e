//! Jobs that end before they are done (DSP0263 5.17.1, 5.17.1.1): stopped, deleted, overtaken or failed.
//!
//! Owns what such a Job leaves. How one is carried out is `job`'s, why it fails `fate`'s.

use cimi::model::State;

use super::Sim;
use super::denial::Denial;
use super::fate::{Failure, Leaves};
use super::job::{Accepted, Effect, Order};
use crate::world::{Id, Kind, Link};

/// What a Job that failed returns: above the codes that 5.17.1 reserves.
const FAILED: i64 = 10_500;

impl Sim {
    /// Stops a running Job (5.17.1.1): it is STOPPING until what it did is undone.
    pub(super) fn stop_job(&mut self, id: Id) -> Result<Accepted, Denial> {
        self.transition(id, "stop")?;
        self.end_early(id, Order::new("stop", id), [Effect::Halt(id)])
    }

    /// Deletes a Job; a running one is stopped first (5.17.1.1).
    pub(super) fn delete_job(&mut self, id: Id) -> Result<Accepted, Denial> {
        self.transition(id, "delete")?;
        self.end_early(id, Order::new("delete", id), [Effect::Halt(id), Effect::Remove(id)])
    }

    fn end_early(
        &mut self,
        id: Id,
        order: Order,
        effects: impl Into<Vec<Effect>>,
    ) -> Result<Accepted, Denial> {
        if !self.tasks.contains_key(&id) {
            return Ok(self.order(order.then(std::time::Duration::ZERO, effects)));
        }
        if !self.is_stoppable(id) {
            return Err(Denial::conflict(
                id,
                "This Job stops or deletes another one, which cannot be stopped. Wait until it is over.",
            ));
        }
        let wait = self.settings.timing.of(Kind::Job, "stop");
        if !wait.is_zero() {
            self.be_stopping(id);
        }
        Ok(self.order(order.then(wait, effects)))
    }

    /// A Job gets no further, nor do those within it.
    fn be_stopping(&mut self, job: Id) {
        let percent = self.progress(job, self.world.now());
        if !self.tasks.contains_key(&job) {
            return;
        }
        self.stand(job, percent);
        self.set_status(job, "STOPPING");
        for nested in self.nested(job) {
            self.be_stopping(nested);
        }
    }

    /// Whether a running Job can be stopped: all but those that stop others.
    pub(super) fn is_stoppable(&self, job: Id) -> bool {
        let target = self.world.get(job).and_then(|record| record.fields.link("targetResource"));
        !matches!(target, Some(Link::Resource(id)) if id.kind() == Kind::Job)
    }

    /// Ends a running Job as a consumer asked for.
    pub(super) fn halt(&mut self, job: Id) {
        if let Some(task) = self.release(job) {
            for nested in self.nested(job) {
                self.halt(nested);
            }
            self.apply(task.undo);
            self.finish(job, "STOPPED", 1, "Stopped by a consumer; what it had done is undone.");
        }
    }

    /// A Job whose resource a later one takes over does not go on. Returns what would have undone it.
    pub(super) fn supersede(&mut self, older: Id, newer: Id) -> Vec<Effect> {
        let Some(task) = self.release(older) else { return Vec::new() };
        let message = format!("Overtaken by a later operation, Job {}.", newer.number());
        self.finish(older, "STOPPED", 1, &message);
        task.undo
    }

    /// Ends a running Job in failure.
    pub(super) fn fail(&mut self, job: Id, failure: &Failure) {
        let percent = self.progress(job, self.world.now());
        let Some(task) = self.release(job) else { return };
        for nested in self.nested(job) {
            self.fail(nested, failure);
        }
        match failure.leaves {
            Leaves::Undone => self.apply(task.undo),
            Leaves::Error => {
                for id in task.holds {
                    self.break_down(id, task.created == Some(id));
                }
            }
        }
        let message = failure.message.clone().unwrap_or_else(|| match failure.leaves {
            Leaves::Error => {
                format!("Failed after {percent} %. Look at the affected resources: some are in error.")
            }
            Leaves::Undone => format!("Failed after {percent} %; what it had done is undone."),
        });
        self.finish(job, "FAILED", FAILED, &message);
    }

    /// Fails the Job that is at a resource, if there is one.
    pub(super) fn break_job_at(&mut self, id: Id, why: &str) {
        if let Some(job) = self.busy.get(&id).copied() {
            self.fail(job, &Failure { message: Some(why.to_owned()), ..Failure::default() });
        }
    }

    /// What a Job that failed was at does not stay on its way: it is in error, or gone if it was to be made and cannot be.
    fn break_down(&mut self, id: Id, is_new: bool) {
        let Some(record) = self.world.get(id) else { return };
        let Some(states) = id.kind().states() else {
            if is_new {
                self.remove(id);
            }
            return;
        };
        let on_the_way = record.state.and_then(|state| states.find(state)).is_some_and(State::is_transient);
        let broken = ["ERROR", "FAILED"].into_iter().find(|state| states.find(state).is_some());
        match broken {
            Some(broken) if on_the_way => self.set_state(id, broken),
            None if is_new => self.remove(id),
            _ => {}
        }
    }
}
