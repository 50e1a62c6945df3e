//! Jobs made of Jobs (DSP0263 table 46: `nestedJobs`, `parentJob`): what is done of several resources at once.
//!
//! Owns the tie between a Job and those within it. What each of them does is its own order.

use std::time::Duration;

use super::Sim;
use super::agenda::Event;
use super::denial::Denial;
use super::job::{Accepted, Completion, Order, Pace, Task, after};
use crate::world::{Change, Field, Id, Kind, Link, Mark};

impl Sim {
    /// Performs `parts`, each a Job of its own, under one Job, whose steps follow when all of them have ended.
    ///
    /// # Errors
    /// What a part refuses. Nothing of the whole is left then.
    pub(super) fn order_whole(
        &mut self,
        order: Order,
        parts: impl FnOnce(&mut Self) -> Result<(), Denial>,
    ) -> Result<Accepted, Denial> {
        let mark = self.world.mark();
        let doom = self.doom_of_part().or_else(|| self.doom_of(&order));
        let job = self.write_job(&order);
        let part = self.doomed_part_of(&order, job);
        let outer = (self.within.replace(job), std::mem::replace(&mut self.doomed_part, part));
        let result = parts(self);
        (self.within, self.doomed_part) = outer;
        if let Err(denial) = result {
            self.undo_since(&mark);
            return Err(denial);
        }
        self.gather(job, &mark);
        self.plan_consequences(&order);
        let now = self.world.now();
        let created = order.created;
        let holds = match order.target {
            Link::Resource(id) => vec![id],
            _ => order.created.into_iter().collect(),
        };
        for id in &holds {
            self.busy.insert(*id, job);
        }
        let (steps, undo, spoilt) = (order.steps, order.undo, order.spoilt);
        let (pace, begun, ends) = (Pace::Waits, now, now);
        self.tasks.insert(job, Task { steps, undo, spoilt, holds, created, pace, begun, ends, doom });
        self.go_on(job);
        let running = self.tasks.contains_key(&job);
        let completion = if running { Completion::Running } else { Completion::Done };
        Ok(Accepted { job, created: order.created, completion })
    }

    /// A nested Job that fails at once: what it is about refuses.
    pub(super) fn order_failed(&mut self, order: &Order, denial: &Denial) {
        let job = self.write_job(order);
        self.finish(job, "FAILED", 1, &denial.message);
    }

    /// The Jobs within a Job.
    pub(super) fn nested(&self, job: Id) -> Vec<Id> {
        let record = self.world.get(job);
        let items = record.map(|record| record.fields.items("nestedJobs")).unwrap_or_default();
        items.iter().filter_map(Field::resource).collect()
    }

    /// Ties a new Job to the one that is being made up.
    pub(super) fn nest(&mut self, job: Id) {
        let Some(whole) = self.within else { return };
        self.world.edit(job, Change::Implicit, |record| record.fields.set("parentJob", whole));
    }

    /// Tells a Job which ones are in it, now that all of them are there.
    fn gather(&mut self, whole: Id, mark: &Mark) {
        let is_part = |id: &Id| {
            let record = self.world.get(*id).filter(|_| id.kind() == Kind::Job);
            record.and_then(|record| record.fields.resource("parentJob")) == Some(whole)
        };
        let parts: Vec<_> = self.world.since(mark).into_iter().filter(is_part).map(Field::from).collect();
        if !parts.is_empty() {
            self.world.edit(whole, Change::Implicit, |record| record.fields.set("nestedJobs", parts));
        }
    }

    /// A Job has ended: the one that it is in may go on.
    pub(super) fn ended(&mut self, job: Id) {
        let whole = self.world.get(job).and_then(|record| record.fields.resource("parentJob"));
        if let Some(whole) = whole.filter(|whole| self.within != Some(*whole)) {
            self.go_on(whole);
        }
    }

    /// Goes on with a Job that waits for others, once all of them have ended.
    fn go_on(&mut self, job: Id) {
        let Some(task) = self.tasks.get(&job).filter(|task| task.pace == Pace::Waits) else { return };
        let (begun, first) = (task.begun, task.steps.front().map(|step| step.wait));
        let wait = task.steps.iter().map(|step| step.wait).sum();
        let nested = self.nested(job);
        if nested.iter().any(|id| self.tasks.contains_key(id)) {
            return;
        }
        let failed = nested.iter().filter(|id| self.state(**id) != "SUCCESS").count();
        if failed > 0 {
            let spoilt = self.release(job).map(|task| task.spoilt).unwrap_or_default();
            self.apply(spoilt);
            let message = format!("{failed} of {} nested Jobs did not succeed.", nested.len());
            self.finish(job, "FAILED", 1, &message);
            return;
        }
        let now = self.world.now();
        if let Some(first) = first.filter(|_| wait > Duration::ZERO) {
            let slot = self.agenda.plan(after(now, first), Event::Step(job));
            if let Some(task) = self.tasks.get_mut(&job) {
                (task.pace, task.begun, task.ends) = (Pace::Goes(slot), begun, after(now, wait));
            }
            return;
        }
        let steps = self.tasks.get_mut(&job).map(|task| std::mem::take(&mut task.steps));
        for step in steps.unwrap_or_default() {
            self.apply(step.effects);
        }
        self.end(job);
    }

    /// Takes out everything that has come into the world since a mark.
    pub(super) fn undo_since(&mut self, mark: &Mark) {
        for id in self.world.since(mark).into_iter().rev() {
            self.release(id);
            self.remove(id);
        }
    }
}
