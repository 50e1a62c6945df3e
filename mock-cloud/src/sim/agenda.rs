//! What will happen, and when.
//!
//! Owns the queue of events in order of time, then of planning. Knows no clock: whoever holds one asks what is due.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::world::Id;

/// Events to come.
#[derive(Clone, Debug, Default)]
pub struct Agenda {
    events: BTreeMap<Slot, Event>,
    work: usize,
    planned: u64,
    /// By how much everything happens later than was planned: slots stay what they are.
    postponed: SignedDuration,
}

/// The place of an event in the agenda.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    planned: Timestamp,
    order: u64,
}

/// Something that happens by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The present step of a Job is over.
    Step(Id),
    /// A completed Job has been kept long enough (capability `JobRetention`).
    Retire(Id),
    /// Something that nobody asked for, by its number.
    Fate(u64),
    /// A Meter takes a sample.
    Sample(Id),
    /// A Meter expires, or a log lets go of Events that it has kept long enough.
    Expire(Id),
}

impl Event {
    /// Whether somebody waits for it; the rest is housekeeping.
    const fn is_work(self) -> bool {
        matches!(self, Self::Step(_))
    }
}

impl Agenda {
    /// Plans an event.
    pub fn plan(&mut self, due: Timestamp, event: Event) -> Slot {
        self.planned += 1;
        let planned = moved(due, -self.postponed);
        let slot = Slot { planned, order: self.planned };
        self.work += usize::from(event.is_work());
        self.events.insert(slot, event);
        slot
    }

    /// Takes an event off the agenda.
    pub fn cancel(&mut self, slot: Slot) {
        if let Some(event) = self.events.remove(&slot) {
            self.work -= usize::from(event.is_work());
        }
    }

    /// When the next event is due.
    pub fn next(&self) -> Option<Timestamp> {
        self.events.first_key_value().map(|(slot, _)| self.due(*slot))
    }

    /// Whether any work is left.
    pub fn has_work(&self) -> bool {
        self.work > 0
    }

    /// Takes the next event, if it is due at `now`.
    pub fn take_due(&mut self, now: Timestamp) -> Option<(Timestamp, Event)> {
        let due = self.next().filter(|due| *due <= now)?;
        let (_, event) = self.events.pop_first()?;
        self.work -= usize::from(event.is_work());
        Some((due, event))
    }

    /// Lets everything happen later by so much.
    pub fn postpone(&mut self, by: SignedDuration) {
        self.postponed = self.postponed.saturating_add(by);
    }

    /// When an event is due.
    pub fn due(&self, slot: Slot) -> Timestamp {
        moved(slot.planned, self.postponed)
    }
}

/// A moment earlier or later, as far as there are any.
fn moved(moment: Timestamp, by: SignedDuration) -> Timestamp {
    moment.checked_add(by).unwrap_or(if by.is_negative() { Timestamp::MIN } else { Timestamp::MAX })
}
