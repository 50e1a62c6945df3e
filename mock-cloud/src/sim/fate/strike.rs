//! Where fate meets the life of the cloud: requests denied, Jobs doomed, resources that change by themselves.
//!
//! Owns when the faults of the simulation are asked, and what follows. How a Job fails is `job`'s.

use std::sync::Arc;
use std::time::Duration;

use cimi::server::Reason;
use jiff::Timestamp;

use super::super::agenda::Event;
use super::super::denial::Denial;
use super::super::job::{Order, after};
use super::super::{Request, Sim};
use super::effect::{Change, Domain, Effect, Failure, Happening};
use super::fault::{Fault, FaultError};
use super::{Entry, Fate, FaultId, MOST_FAULTS, MOST_PLANNED, Occasion, Planned};
use crate::world::{self, Field, Fields, Group, Id, Kind, Link};

/// When to come again where the cloud is full.
const AGAIN: Duration = Duration::from_secs(10);

/// What is going to become of a Job.
#[derive(Clone, Debug)]
pub(crate) enum Doom {
    /// It fails.
    Fails(Failure),
    /// It stays RUNNING at so many percent.
    NeverEnds(u8),
}

/// The part of a Job that fails.
#[derive(Clone, Debug)]
pub(in crate::sim) struct DoomedPart {
    /// The Job.
    whole: Id,
    /// How many parts there are until then, that one included.
    left: u32,
}

impl Doom {
    /// How far the Job gets.
    pub(in crate::sim) fn percent(&self) -> u8 {
        match self {
            Self::Fails(failure) => failure.at.get(),
            Self::NeverEnds(percent) => *percent,
        }
    }
}

impl Sim {
    /// The book of faults.
    pub fn fate(&self) -> &Fate {
        &self.fate
    }

    /// The book of faults, to ask it.
    pub fn fate_mut(&mut self) -> &mut Fate {
        &mut self.fate
    }

    /// Adds a fault, to be asked after those that there are.
    ///
    /// # Errors
    /// If it makes no sense, or there are too many.
    pub fn add_fault(&mut self, fault: Fault) -> Result<FaultId, FaultError> {
        fault.check()?;
        if self.fate.entries.len() >= MOST_FAULTS {
            return Err(fault.too_many());
        }
        self.fate.last += 1;
        let id = self.fate.last;
        let fault = Arc::new(fault);
        self.fate.entries.push(Entry { id, fault: Arc::clone(&fault), seen: 0, hits: 0 });
        if let Effect::Happens(happening) = &fault.effect
            && fault.operation.is_none()
        {
            let now = self.world.now();
            match fault.from.map(|from| from.instant(self.fate.born)).filter(|from| *from > now) {
                Some(from) => self.plan_happening(id, None, from),
                None => self.happen_to_some(id, &fault, happening),
            }
        }
        Ok(id)
    }

    /// Removes a fault; false if there is no such one. What it has brought about stays.
    pub fn remove_fault(&mut self, id: FaultId) -> bool {
        let before = self.fate.entries.len();
        self.fate.entries.retain(|entry| entry.id != id);
        let agenda = &mut self.agenda;
        self.fate.planned.retain(|_, planned| {
            if planned.fault == id {
                agenda.cancel(planned.slot);
            }
            planned.fault != id
        });
        self.fate.entries.len() < before
    }

    /// Has these faults instead of those that there are.
    ///
    /// # Errors
    /// If one makes no sense; nothing has changed then.
    pub fn set_faults(&mut self, faults: Vec<Fault>) -> Result<(), FaultError> {
        check_all(&faults)?;
        let present: Vec<_> = self.fate.entries.iter().map(|entry| entry.id).collect();
        for id in present {
            self.remove_fault(id);
        }
        faults.into_iter().try_for_each(|fault| self.add_fault(fault).map(drop))
    }

    /// Why a request is denied, if it is. Asked once for each request that has been understood.
    pub(in crate::sim) fn denied_by_fate(&mut self, request: &Request) -> Option<Denial> {
        if !self.fate.has(Domain::Denial) {
            return None;
        }
        let (kind, operation, id) = matter(request);
        let (_, fault) = self.strike(Domain::Denial, kind, operation, id)?;
        let name = kind.name();
        Some(match fault.effect {
            Effect::Quota => Denial::refused(
                Reason::Forbidden,
                format!(
                    "The quota is used up: {operation} of a {name} would be more than this tenant may have. Delete something, or \
                     have the quota raised."
                ),
            ),
            _ => Denial::refused(
                Reason::Exhausted,
                format!(
                    "This cloud is full: it has no room for {operation} of a {name} now. Nothing has changed; try again later."
                ),
            )
            .again(AGAIN),
        })
    }

    /// What is going to become of the Job of an order. Stopping and deleting Jobs always succeeds: who heals must be able to.
    pub(in crate::sim) fn doom_of(&mut self, order: &Order) -> Option<Doom> {
        if !self.fate.has(Domain::Job) {
            return None;
        }
        let (kind, operation, id) = matter_of(order);
        if kind == Kind::Job {
            return None;
        }
        let (_, fault) = self.strike(Domain::Job, kind, operation, id)?;
        Some(match &fault.effect {
            Effect::JobFails(failure) => Doom::Fails(failure.clone()),
            Effect::JobNeverEnds(percent) => Doom::NeverEnds(percent.get()),
            _ => return None,
        })
    }

    /// Which part of a Job that is made up of others is going to fail, if one is.
    pub(in crate::sim) fn doomed_part_of(&mut self, order: &Order, job: Id) -> Option<DoomedPart> {
        if !self.fate.has(Domain::Component) {
            return None;
        }
        let (kind, operation, id) = matter_of(order);
        let (_, fault) = self.strike(Domain::Component, kind, operation, id)?;
        let Effect::ComponentFails(nth) = fault.effect else { return None };
        Some(DoomedPart { whole: job, left: nth.get() })
    }

    /// What becomes of the next part of the Job that is being made up, if that is known already.
    pub(in crate::sim) fn doom_of_part(&mut self) -> Option<Doom> {
        let whole = self.within?;
        let part = self.doomed_part.as_mut().filter(|part| part.whole == whole)?;
        part.left = part.left.saturating_sub(1);
        if part.left > 0 {
            return None;
        }
        self.doomed_part = None;
        Some(Doom::Fails(Failure::default()))
    }

    /// Plans what the beginning of an order brings about later.
    pub(in crate::sim) fn plan_consequences(&mut self, order: &Order) {
        if !self.fate.has(Domain::Event) {
            return;
        }
        let (kind, operation, id) = matter_of(order);
        let Some(resource) = order.created.or(id) else { return };
        let now = self.world.now();
        for (fault, Happening { after: wait, .. }) in self.struck_events(kind, operation, resource) {
            self.plan_happening(fault, Some(resource), after(now, wait.duration()));
        }
    }

    /// Does what was planned.
    pub(in crate::sim) fn happen_by_fate(&mut self, number: u64) {
        let Some(planned) = self.fate.planned.remove(&number) else { return };
        let Some(entry) = self.fate.entries.iter().find(|entry| entry.id == planned.fault) else { return };
        let fault = Arc::clone(&entry.fault);
        let Effect::Happens(happening) = &fault.effect else { return };
        match planned.resource {
            Some(id) => self.change_by_itself(id, &happening.change),
            None => self.happen_to_some(planned.fault, &fault, happening),
        }
    }

    /// A fault that is about no operation: all resources that fit are occasions, in order of creation.
    fn happen_to_some(&mut self, id: FaultId, fault: &Fault, happening: &Happening) {
        let now = self.world.now();
        let Some(kind) = fault.kind() else { return };
        let Some(at) = self.fate.entries.iter().position(|entry| entry.id == id) else { return };
        let mut struck = Vec::new();
        for record in self.world.members(Group::of_cloud(kind), 0) {
            let name = record.label.name.as_deref();
            let occasion = Occasion { kind: Some(kind), operation: "", resource: name };
            if self.fate.hit(at, Domain::Event, now, &occasion) {
                struck.push(record.id);
            }
        }
        for id in struck {
            self.change_by_itself(id, &happening.change);
        }
        let entry = &self.fate.entries[at];
        let over = fault.times.is_some_and(|times| entry.hits >= times);
        if let Some(again) = happening.again
            && !over
        {
            let due = after(now, again.duration());
            if fault.until.is_none_or(|until| due < until.instant(self.fate.born)) {
                self.plan_happening(id, None, due);
            }
        }
    }

    fn plan_happening(&mut self, fault: FaultId, resource: Option<Id>, due: Timestamp) {
        if self.fate.planned.len() >= MOST_PLANNED {
            return;
        }
        self.fate.last_planned += 1;
        let number = self.fate.last_planned;
        let slot = self.agenda.plan(due, Event::Fate(number));
        self.fate.planned.insert(number, Planned { fault, resource, slot });
    }

    /// Changes a resource behind everybody's back. The Job that is at it fails where it cannot go on.
    fn change_by_itself(&mut self, id: Id, change: &Change) {
        let Some(record) = self.world.get(id) else { return };
        let name = id.kind().name();
        match change {
            Change::State(state) => {
                let Some(state) = id.kind().states().and_then(|states| states.find(state)) else { return };
                let state = state.name();
                if record.is(state) {
                    return;
                }
                self.break_job_at(id, &format!("The {name} went to {state} by itself."));
                self.set_state(id, state);
            }
            Change::Deleted => {
                self.break_job_at(id, &format!("The {name} has gone."));
                self.remove(id);
            }
            Change::Name(name) => {
                self.world.edit(id, world::Change::Implicit, |record| {
                    record.label.name = Some(name.as_str().into());
                });
            }
            Change::Set(values) => {
                let mut fields = Fields::new();
                for (name, value) in values {
                    if let (Some(held), Some(field)) = (id.kind().held(name), field(value)) {
                        fields.set(held.name, field);
                    }
                }
                self.world.edit(id, world::Change::Implicit, |record| {
                    record.fields = std::mem::take(&mut record.fields).overlaid(&fields);
                });
            }
        }
    }

    fn strike(
        &mut self,
        domain: Domain,
        kind: Kind,
        operation: &str,
        id: Option<Id>,
    ) -> Option<(FaultId, Arc<Fault>)> {
        let resource = id.and_then(|id| self.world.get(id)).and_then(|record| record.label.name.as_deref());
        let occasion = Occasion { kind: Some(kind), operation, resource };
        self.fate.strike(domain, self.world.now(), &occasion)
    }

    fn struck_events(&mut self, kind: Kind, operation: &str, id: Id) -> Vec<(FaultId, Happening)> {
        let resource = self.world.get(id).and_then(|record| record.label.name.as_deref());
        let occasion = Occasion { kind: Some(kind), operation, resource };
        let now = self.world.now();
        let mut struck = Vec::new();
        for at in 0..self.fate.entries.len() {
            let fault = Arc::clone(&self.fate.entries[at].fault);
            // Without an operation it is no consequence of one.
            if let (Effect::Happens(happening), Some(_)) = (&fault.effect, &fault.operation)
                && self.fate.hit(at, Domain::Event, now, &occasion)
            {
                struck.push((self.fate.entries[at].id, happening.clone()));
            }
        }
        struck
    }
}

/// What an order is about, in the words of faults.
fn matter_of(order: &Order) -> (Kind, &'static str, Option<Id>) {
    let operation = match order.action {
        "add" => "create",
        "edit" => "update",
        name => name,
    };
    match &order.target {
        Link::Resource(id) => (id.kind(), operation, Some(*id)),
        Link::Collection(group) => (group.kind, operation, order.created),
        Link::Foreign(_) | Link::Trace(_) => (Kind::CloudEntryPoint, operation, None),
    }
}

/// Whether a book can hold these faults.
///
/// # Errors
/// What makes no sense.
pub(crate) fn check_all(faults: &[Fault]) -> Result<(), FaultError> {
    faults.iter().try_for_each(Fault::check)?;
    faults.get(MOST_FAULTS).map_or(Ok(()), |fault| Err(fault.too_many()))
}

/// What a request is about, in the words of faults.
fn matter(request: &Request) -> (Kind, &str, Option<Id>) {
    match request {
        Request::Create { group, .. } | Request::CreateAt { group, .. } => (group.kind, "create", None),
        Request::Import { group, .. } => (group.kind, "import", None),
        Request::Make { id, operation, .. } => (id.kind(), operation, Some(*id)),
        Request::Insert { group, .. } => (group.kind, "insert", None),
        Request::Remove { group, .. } => (group.kind, "remove", None),
        Request::Update { id, .. } => (id.kind(), "update", Some(*id)),
        Request::Delete { id } => (id.kind(), "delete", Some(*id)),
        Request::Act { id, operation, .. } => (id.kind(), operation, Some(*id)),
    }
}

/// The value of an attribute, from JSON: a whole number, a text or a truth.
pub(super) fn field(value: &serde_json::Value) -> Option<Field> {
    match value {
        serde_json::Value::Bool(truth) => Some(Field::Boolean(*truth)),
        serde_json::Value::Number(number) => number.as_i64().map(Field::Integer),
        serde_json::Value::String(text) => Some(Field::from(text.as_str())),
        _ => None,
    }
}
