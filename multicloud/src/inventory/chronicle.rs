//! What a change tells: events of everything that it changes, from what was before and what is after. One place, so that no
//! change can forget it.

use jiff::Timestamp;

use super::state::State;
use super::{Edit, Inventory, Writer};
use crate::access::Sight;
use crate::event::{self, About, Event, Origin, Severity};
use crate::kind::Kind;
use crate::record::{Id, Resource};

/// New resources that one look tells of, each with an event; of more, it tells how many there are.
const EACH: usize = 100;

/// What an event log is about.
const TARGET: &str = "targetResource";

/// Why something changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Cause {
    /// Somebody asked for it, through the manager.
    #[default]
    Asked,
    /// A look at everything that an account's cloud has.
    Listing(String),
    /// A look at single resources of an account's cloud. What is new there has come to be known along with something else.
    Look(String),
    /// The first look at all that an account has: what is found there has not happened now.
    Import(String),
    /// What is known of an account is forgotten: nothing happens to it.
    Forgetting,
}

impl Cause {
    fn account(&self) -> Option<&str> {
        match self {
            Self::Asked | Self::Forgetting => None,
            Self::Listing(account) | Self::Look(account) | Self::Import(account) => Some(account),
        }
    }
}

impl Writer {
    /// The same, changing things for a reason.
    #[must_use]
    pub fn because(mut self, cause: Cause) -> Self {
        self.cause = cause;
        self
    }

    /// Has something recorded that has happened, along with the change.
    pub fn tell(&mut self, event: Event) {
        self.edit.events.push(event);
    }

    /// A tenant is no more: what was its own of what has happened is the operator's.
    pub fn disown_events_of(&mut self, tenant: &str) {
        self.edit.disown = Some(tenant.to_owned());
    }

    /// The event logs of what is at a path, as this change has left them.
    pub fn logs_of(&self, path: &str) -> Vec<Id> {
        let known = self.inventory.read(|state| state.logs_of(path, &Sight::Everything));
        let is_its = |it: &&Resource| it.kind == Kind::EventLog && it.attributes.href(TARGET) == Some(path);
        let new = self.edit.resources.values().filter(is_its).map(|it| it.id);
        known.into_iter().chain(new).filter(|id| !self.edit.forget_resources.contains(id)).collect()
    }

    /// What this change tells, beside what it was told to.
    pub(super) fn chronicle(&mut self) {
        let at = self.inventory.shared.clock.now();
        let mut events = self.of_resources(at);
        for job in self.edit.jobs.values() {
            let before = self.inventory.job(job.id);
            events.extend(event::of_job(at, before.as_deref(), job, |kind, id| self.about(kind, id)));
        }
        self.edit.events.append(&mut events);
    }

    fn of_resources(&self, at: Timestamp) -> Vec<Event> {
        let Edit { resources, forget_resources, .. } = &self.edit;
        if self.cause == Cause::Forgetting {
            return Vec::new();
        }
        let (mut events, mut new) = (Vec::new(), Vec::new());
        for after in resources.values() {
            let before = self.inventory.resource(after.id);
            match (&before, &self.cause) {
                (None, Cause::Import(_)) => {}
                (None, Cause::Listing(_)) => new.push(after),
                _ => {
                    let origin = self.origin(after.id, before.as_deref());
                    // What is read for the first time comes to refer to what is read after it: nothing has happened to it.
                    let is_read = matches!((&self.cause, &origin), (Cause::Import(_), Origin::Drift { .. }));
                    if !is_read {
                        events.extend(event::of_resource(at, before.as_deref(), Some(after), &origin));
                    }
                }
            }
        }
        for id in forget_resources {
            let Some(before) = self.inventory.resource(*id) else { continue };
            let origin = self.origin(*id, Some(&before));
            events.extend(event::of_resource(at, Some(&before), None, &origin));
        }
        if new.len() > EACH {
            events.extend(self.many(at, &new));
        } else {
            let found = |it: &&Resource| event::of_resource(at, None, Some(it), &self.origin(it.id, None));
            events.extend(new.iter().flat_map(found));
        }
        events
    }

    /// One event of many new resources.
    fn many(&self, at: Timestamp, new: &[&Resource]) -> Option<Event> {
        let account = self.cause.account()?;
        let mut kinds: Vec<Kind> = new.iter().map(|resource| resource.kind).collect();
        kinds.dedup();
        let kinds: Vec<&str> = kinds.into_iter().map(Kind::link).collect();
        let detail = format!("{} new resources are there ({})", new.len(), kinds.join(", "));
        Some(Event::notice(at, About::account(account), Severity::Medium, &detail).seen_at(account))
    }

    /// How a change of a resource came about.
    fn origin(&self, id: Id, before: Option<&Resource>) -> Origin {
        let Some(account) = self.cause.account() else { return Origin::Asked { by: self.inventory.by() } };
        let account = account.to_owned();
        let comes_along = before.is_none() && matches!(self.cause, Cause::Look(_));
        let moves = before.is_some_and(|it| it.is_moving() || it.is_being_made());
        let is_worked_on = self.inventory.read(|state| state.is_worked_on(id));
        if comes_along || moves || is_worked_on {
            Origin::Followed { account }
        } else {
            Origin::Drift { account }
        }
    }

    fn about(&self, kind: Kind, id: Id) -> About {
        let known = self.inventory.resource(id);
        let changed = self.edit.resources.get(&id);
        match changed.or(known.as_deref()) {
            Some(resource) => About::resource(resource),
            None => About::of(kind, id, None),
        }
    }
}

impl Inventory {
    /// The event log of what is at a path.
    pub fn log_of(&self, path: &str) -> Option<Id> {
        self.read(|state| {
            // Where there are none, nothing is looked for.
            state.of_kind(Kind::EventLog, &Sight::Everything).next()?;
            state.logs_of(path, &self.sight).first().copied()
        })
    }

    /// Whoever changes things.
    fn by(&self) -> Option<String> {
        self.by.as_deref().map(str::to_owned)
    }
}

impl State {
    /// The event logs that are seen of what is at a path, oldest first.
    fn logs_of(&self, path: &str, sight: &Sight) -> Vec<Id> {
        let candidates: Vec<Id> = match event::resource_at(path) {
            Some((_, id)) => {
                self.referring(id).filter(|log| self.kind(*log, sight) == Some(Kind::EventLog)).collect()
            }
            // Nothing tells where those of the manager are; there are few.
            None => self.of_kind(Kind::EventLog, sight).collect(),
        };
        let is_its = |log: &Id| {
            self.resource(*log, sight).is_some_and(|log| log.attributes.href(TARGET) == Some(path))
        };
        candidates.into_iter().filter(is_its).collect()
    }
}
