//! Jobs (DSP0263 5.17.1): each change is one, complete at once or step by step.
//!
//! Owns the carrying out of changes: every effect on the world goes through here. Which changes a request makes is
//! decided by the kinds' own modules.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Sim;
use super::agenda::{Event, Slot};
use super::fate::Doom;
use crate::world::{Change, Draft, Field, Fields, Group, Id, Kind, Label, Link};

/// What a request comes to: what is done, when, and how to undo it.
#[derive(Clone, Debug)]
pub(super) struct Order {
    /// The bare name of the operation: `add`, `edit`, `delete`, `start`, ...
    pub(super) action: &'static str,
    /// What it is performed on: a resource, or the collection that is added to (table 46).
    pub(super) target: Link,
    /// The other resources that it has an effect on.
    pub(super) affected: Vec<Id>,
    /// The resource that comes to be.
    pub(super) created: Option<Id>,
    /// What is done, in order.
    pub(super) steps: VecDeque<Step>,
    /// What undoes it, should the Job be stopped.
    pub(super) undo: Vec<Effect>,
    /// What is done instead of the steps if a nested Job does not succeed.
    pub(super) spoilt: Vec<Effect>,
}

/// A part of an order: first time passes, then something happens.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// How long it takes.
    pub(super) wait: Duration,
    /// What happens then.
    pub(super) effects: Vec<Effect>,
}

/// A change of the world.
#[derive(Clone, Debug)]
pub(super) enum Effect {
    /// A resource moves to a state.
    State(Id, &'static str),
    /// An attribute gets a value.
    Set(Id, &'static str, Field),
    /// A resource appears in a collection.
    Insert(Group, Draft),
    /// A System gets the state that its Machines have.
    Reckon(Id),
    /// A resource becomes a child component of another one, or of the cloud.
    Own(Id, Option<Id>),
    /// A resource goes, with its components.
    Remove(Id),
    /// A running Job stops, undoing what it did.
    Halt(Id),
    /// A Meter records samples, or stops to.
    Run(Id, bool),
}

/// What a running Job still has to do.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub(super) steps: VecDeque<Step>,
    pub(super) undo: Vec<Effect>,
    pub(super) spoilt: Vec<Effect>,
    pub(super) holds: Vec<Id>,
    pub(super) created: Option<Id>,
    pub(super) pace: Pace,
    pub(super) begun: Timestamp,
    pub(super) ends: Timestamp,
    /// What becomes of it once its steps are done.
    pub(super) doom: Option<Doom>,
}

/// How a running Job comes forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// Its present step is over when the agenda says so.
    Goes(Slot),
    /// It waits for nested Jobs.
    Waits,
    /// It stays at so many percent.
    Stands(i64),
}

/// What came of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Its Job.
    pub job: Id,
    /// The resource that comes to be.
    pub created: Option<Id>,
    /// Whether it is complete.
    pub completion: Completion,
}

/// Whether a request is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion {
    /// It is (4.2.1.6).
    Done,
    /// Its Job is running (4.2.1.7).
    Running,
}

impl Task {
    /// The state that it leaves a resource in, if it says.
    pub(super) fn leaves(&self, id: Id) -> Option<&'static str> {
        let effects = self.steps.iter().rev().flat_map(|step| step.effects.iter().rev());
        let mut states = effects.filter_map(|effect| match effect {
            Effect::State(of, state) if *of == id => Some(*state),
            _ => None,
        });
        states.next()
    }

    /// Is done later by so much.
    pub(super) fn postpone(&mut self, by: SignedDuration) {
        for moment in [&mut self.begun, &mut self.ends] {
            *moment = moment.checked_add(by).unwrap_or(Timestamp::MAX);
        }
    }
}

impl Order {
    /// An order without any effect yet.
    pub(super) fn new(action: &'static str, target: impl Into<Link>) -> Self {
        Self {
            action,
            target: target.into(),
            affected: Vec::new(),
            created: None,
            steps: VecDeque::new(),
            undo: Vec::new(),
            spoilt: Vec::new(),
        }
    }

    /// Also affecting a resource.
    pub(super) fn affecting(mut self, id: Id) -> Self {
        self.affected.push(id);
        self
    }

    /// Creating a resource.
    pub(super) fn creating(mut self, id: Id) -> Self {
        self.created = Some(id);
        self.affecting(id)
    }

    /// Then taking some time, with these effects at its end.
    pub(super) fn then(mut self, wait: Duration, effects: impl Into<Vec<Effect>>) -> Self {
        self.steps.push_back(Step { wait, effects: effects.into() });
        self
    }

    /// Undone by these effects, too.
    pub(super) fn undone_by(mut self, effects: impl IntoIterator<Item = Effect>) -> Self {
        self.undo.extend(effects);
        self
    }

    /// Ended by these effects if a nested Job does not succeed.
    pub(super) fn spoilt_by(mut self, effects: impl IntoIterator<Item = Effect>) -> Self {
        self.spoilt.extend(effects);
        self
    }

    fn duration(&self) -> Duration {
        self.steps.iter().map(|step| step.wait).sum()
    }

    /// Without what would be done after so many percent of its duration.
    fn cut(&mut self, percent: u8) {
        let mut left = self.duration().saturating_mul(u32::from(percent)) / 100;
        let mut done = VecDeque::new();
        while let Some(step) = self.steps.pop_front() {
            if step.wait >= left {
                break;
            }
            left -= step.wait;
            done.push_back(step);
        }
        done.push_back(Step { wait: left, effects: Vec::new() });
        self.steps = done;
    }
}

impl From<Id> for Link {
    fn from(id: Id) -> Self {
        Self::Resource(id)
    }
}

impl From<Group> for Link {
    fn from(group: Group) -> Self {
        Self::Collection(group)
    }
}

impl Sim {
    /// Makes the Job of an order and begins it; an order that takes no time is complete on return, unless it is doomed.
    pub(super) fn order(&mut self, mut order: Order) -> Accepted {
        let now = self.world.now();
        let duration = order.duration();
        let doom = self.doom_of_part().or_else(|| self.doom_of(&order));
        let job = self.write_job(&order);
        self.plan_consequences(&order);
        if let Some(doom) = &doom {
            order.cut(doom.percent());
        }
        let mut holds = order.affected;
        if let Link::Resource(id) = order.target {
            holds.push(id);
        }
        let created = order.created;
        let running = !duration.is_zero() || doom.is_some();
        let completion = if running { Completion::Running } else { Completion::Done };
        let accepted = Accepted { job, created, completion };
        if !running {
            for step in order.steps {
                self.apply(step.effects);
            }
            self.finish(job, "SUCCESS", 0, "");
            return accepted;
        }
        // What the later operation undoes leads back to where the earlier one was; that is undone, too.
        let mut undo = order.undo;
        for id in &holds {
            if let Some(older) = self.busy.insert(*id, job) {
                undo.extend(self.supersede(older, job));
            }
        }
        let first = order.steps.front().map_or(Duration::ZERO, |step| step.wait);
        let pace = Pace::Goes(self.agenda.plan(after(now, first), Event::Step(job)));
        let (steps, spoilt, ends) = (order.steps, order.spoilt, after(now, duration));
        let at_once = doom.is_some() && first.is_zero();
        self.tasks.insert(job, Task { steps, undo, spoilt, holds, created, pace, begun: now, ends, doom });
        if at_once {
            self.continue_job(job);
        }
        accepted
    }

    /// How far a Job is at `now`, in percent; 100 only when it no longer executes (table 46).
    pub fn progress(&self, job: Id, now: Timestamp) -> i64 {
        let Some(task) = self.tasks.get(&job) else { return 100 };
        match task.pace {
            Pace::Goes(_) => {
                let whole = task.ends.duration_since(task.begun).as_millis().max(1);
                let past = now.duration_since(task.begun).as_millis().clamp(0, whole);
                i64::try_from(past * 100 / whole).map_or(99, |percent| percent.min(99))
            }
            Pace::Waits => {
                let nested = self.nested(job);
                let sum: i64 = nested.iter().map(|id| self.progress(*id, now)).sum();
                (sum / i64::try_from(nested.len().max(1)).unwrap_or(1)).min(99)
            }
            Pace::Stands(percent) => percent,
        }
    }

    /// Does what is due in a Job.
    pub(super) fn continue_job(&mut self, job: Id) {
        let now = self.world.now();
        let Some(task) = self.tasks.get_mut(&job) else { return };
        if let Pace::Goes(slot) = task.pace {
            self.agenda.cancel(slot);
        }
        let effects = task.steps.pop_front().map(|step| step.effects).unwrap_or_default();
        let next = task.steps.front().map(|step| step.wait);
        if let Some(wait) = next {
            task.pace = Pace::Goes(self.agenda.plan(after(now, wait), Event::Step(job)));
        }
        self.apply(effects);
        if next.is_none() {
            self.end(job);
        }
    }

    /// Ends a Job whose steps are done, in the way that it was meant to end.
    pub(super) fn end(&mut self, job: Id) {
        match self.tasks.get_mut(&job).and_then(|task| task.doom.take()) {
            None => {
                self.release(job);
                self.finish(job, "SUCCESS", 0, "");
            }
            Some(Doom::Fails(failure)) => self.fail(job, &failure),
            Some(Doom::NeverEnds(percent)) => self.stand(job, i64::from(percent.min(99))),
        }
    }

    /// Has a running Job stay where it is until it is released.
    pub(super) fn stand(&mut self, job: Id, percent: i64) {
        if let Some(task) = self.tasks.get_mut(&job) {
            if let Pace::Goes(slot) = task.pace {
                self.agenda.cancel(slot);
            }
            task.pace = Pace::Stands(percent);
        }
    }

    /// Lets go of a Job that has been kept long enough.
    pub(super) fn retire(&mut self, job: Id) {
        self.world.remove(job);
    }

    /// Carries out changes of the world.
    pub(super) fn apply(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::State(id, state) => self.set_state(id, state),
                Effect::Reckon(system) => self.reckon(system),
                Effect::Set(id, name, field) => {
                    let value = Fields::new().with(name, field);
                    if self.stands(&value) {
                        self.world.edit(id, Change::Implicit, |record| {
                            record.fields = std::mem::take(&mut record.fields).overlaid(&value);
                        });
                    }
                }
                Effect::Insert(group, draft) => {
                    if self.world.has(group) && self.stands(&draft.fields) {
                        self.world.insert(group, draft);
                    }
                }
                Effect::Own(id, owner) => self.world.set_owner(id, owner),
                Effect::Remove(id) => self.remove(id),
                Effect::Halt(job) => self.halt(job),
                Effect::Run(meter, run) => self.run_meter(meter, run),
            }
        }
    }

    /// Whether all that is referred to is still there: meanwhile, it may have been deleted.
    fn stands(&self, fields: &Fields) -> bool {
        let mut stands = true;
        fields.each_resource(&mut |id| stands &= self.world.get(id).is_some());
        stands
    }

    pub(super) fn remove(&mut self, id: Id) {
        let mut going = vec![id];
        if id.kind() == Kind::MachineImage {
            going.extend(self.images_going_with(id));
        }
        let systems = self.systems_concerned(id);
        for id in going {
            self.settle_averages(id);
            if id.kind() == Kind::Event {
                self.discount(id);
            }
            let left = self.memberships(id);
            let gone = self.world.remove(id);
            for gone in &gone {
                self.release(*gone);
                self.busy.remove(gone);
                self.forget_monitors(*gone);
                self.part_from_log(*gone);
            }
            self.gone(&gone, left);
        }
        for system in systems {
            self.reckon_settled(system);
        }
    }

    /// Takes a Job off the agenda.
    pub(super) fn release(&mut self, job: Id) -> Option<Task> {
        let task = self.tasks.remove(&job)?;
        if let Pace::Goes(slot) = task.pace {
            self.agenda.cancel(slot);
        }
        for id in &task.holds {
            if self.busy.get(id) == Some(&job) {
                self.busy.remove(id);
            }
        }
        Some(task)
    }

    /// Moves a Job to a state (table 46).
    pub(super) fn set_status(&mut self, job: Id, state: &'static str) {
        let now = self.world.now();
        self.world.edit(job, Change::Implicit, |record| {
            record.state = Some(state);
            record.fields.set("timeOfStatusChange", now);
        });
    }

    pub(super) fn write_job(&mut self, order: &Order) -> Id {
        let now = self.world.now();
        let mut affected = vec![Field::Link(order.target.clone())];
        affected.extend(order.affected.iter().map(|id| Field::from(*id)));
        let fields = Fields::new()
            .with("targetResource", order.target.clone())
            .with("affectedResources", affected)
            .with("action", Field::Word(order.action))
            .with("returnCode", 0_i64)
            .with("timeOfStatusChange", now);
        let draft = Draft::new(Label::default(), fields).in_state("RUNNING");
        let job = self.world.insert(Group::of_cloud(Kind::Job), draft);
        self.nest(job);
        job
    }

    pub(super) fn finish(&mut self, job: Id, state: &'static str, code: i64, message: &str) {
        let now = self.world.now();
        self.world.edit(job, Change::Implicit, |record| {
            record.state = Some(state);
            record.fields.set("returnCode", code);
            record.fields.set("timeOfStatusChange", now);
            if !message.is_empty() {
                record.fields.set("statusMessage", message);
            }
        });
        let minutes = self.settings.capabilities.number("Job", "JobRetention").unwrap_or_default();
        let kept = Duration::from_secs(u64::try_from(minutes).unwrap_or_default().saturating_mul(60));
        self.agenda.plan(after(now, kept), Event::Retire(job));
        self.ended(job);
    }
}

/// A moment later than another.
pub(super) fn after(now: Timestamp, wait: Duration) -> Timestamp {
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}
