//! Event logs (DSP0263 5.17.8, 5.17.11): whose they are, what they keep and for how long.
//!
//! Owns creation from a template, the summary, and letting go of what is old. What is written into a log is `chronicle`'s.

use std::time::Duration;

use super::Sim;
use super::agenda::Event;
use super::denial::Denial;
use super::event::Report;
use super::job::{Accepted, Order, after};
use super::site::Site;
use super::template::Ingredient;
use crate::world::{Change, Draft, Field, Fields, Group, Id, Kind, Label};

/// How many Events a log keeps; then the oldest goes.
pub const KEPT: i64 = 1000;

const TEMPLATE: Ingredient = Ingredient {
    attribute: "eventLogTemplate",
    kinds: &[Kind::EventLogTemplate],
    by_value: ("EventLog", "EventLogTemplateByValue"),
};

/// The values of `persistence` (table 52), in days. A month has 30, a year 365.
const PERSISTENCE: [(&str, u64); 4] = [("daily", 1), ("weekly", 7), ("monthly", 30), ("yearly", 365)];

const SEVERITIES: [&str; 4] = ["low", "medium", "high", "critical"];

impl Sim {
    /// Creates an `EventLog` from the attributes of an `EventLogTemplate`.
    pub(super) fn create_log(
        &mut self,
        site: Site,
        label: Label,
        template: &Fields,
    ) -> Result<Accepted, Denial> {
        let target = self.target(None, template, "An EventLog")?;
        let fields = plan_log(target.kind(), template)?;
        if self.monitors.logs.contains_key(&target) {
            let name = target.kind().name();
            return Err(Denial::conflict(target, format!("The {name} has an EventLog already.")));
        }
        let log = self.install_log(target, label, fields);
        Ok(self.order(Order::new("add", site.asked).creating(log).affecting(target)))
    }

    /// Plans a log from `eventLogTemplate`, for a resource of a kind that is about to be made.
    pub(super) fn plan_log_of(&self, kind: Kind, item: &Field) -> Result<Fields, Denial> {
        let item = Fields::new().with("eventLogTemplate", item.clone());
        match self.resolve(&item, TEMPLATE)? {
            Some(template) if template.fields.get("targetResource").is_some() => Err(Denial::bad(
                "The EventLogTemplate in eventLogTemplate has a targetResource of its own; it must be without.",
            )),
            Some(template) => plan_log(kind, &template.fields),
            None => Err(Denial::bad("eventLogTemplate must be an EventLogTemplate.")),
        }
    }

    /// Brings a planned log into the world.
    pub(super) fn install_log(&mut self, target: Id, label: Label, fields: Fields) -> Id {
        let draft = Draft::new(label, fields.with("targetResource", target));
        let log = self.world.insert(Group::of_cloud(Kind::EventLog), draft);
        self.adopt_log(log);
        log
    }

    /// Has a log written from now on.
    pub(super) fn adopt_log(&mut self, log: Id) {
        let target = self.world.get(log).and_then(|record| record.fields.resource("targetResource"));
        self.world.edit(log, Change::Implicit, |record| {
            let mut summary = Fields::new();
            for severity in SEVERITIES {
                summary.set(severity, 0_i64);
            }
            record.fields.set("summary", summary);
            if record.fields.get("persistence").is_none() {
                record.fields.set("persistence", Field::Word("monthly"));
            }
        });
        let Some(target) = target else { return };
        self.monitors.logs.insert(target, log);
        self.world.journal_mut().keep(true);
        if target.kind().held("eventLog").is_some() {
            self.world.edit(target, Change::Implicit, |record| record.fields.set("eventLog", log));
        }
    }

    /// Forgets a log that is gone.
    pub(super) fn forget_log(&mut self, log: Id) {
        self.monitors.logs.retain(|_, of| *of != log);
        if let Some(slot) = self.monitors.ends.remove(&log) {
            self.agenda.cancel(slot);
        }
        if self.monitors.logs.is_empty() {
            self.world.journal_mut().keep(false);
        }
    }

    /// A resource is gone: so is its log, if logs are tied to what they are about (capability `Linked`).
    pub(super) fn part_from_log(&mut self, target: Id) {
        let Some(log) = self.monitors.logs.get(&target).copied() else { return };
        // The log of what is gone says so, whether or not it stays.
        self.write_chronicle();
        self.monitors.logs.remove(&target);
        if self.settings.capabilities.has("EventLog", "Linked") {
            self.remove(log);
        } else if self.monitors.logs.is_empty() {
            self.world.journal_mut().keep(false);
        }
    }

    /// Writes an Event into a log.
    pub(super) fn write_event(&mut self, log: Id, report: Report) {
        let severity = report.severity;
        let group = Group::inside(log, Kind::Event);
        self.world.insert(group, Draft::new(Label::default(), report.fields()));
        self.count_event(log, severity, 1);
        let kept: i64 = self.summary(log).map_or(0, |summary| summary.iter().map(|(_, count)| *count).sum());
        if kept > KEPT
            && let Some(oldest) = self.oldest_event(log)
        {
            self.remove(oldest);
        }
        if !self.monitors.ends.contains_key(&log) {
            self.plan_letting_go(log);
        }
    }

    /// An Event is about to go: it no longer counts.
    pub(super) fn discount(&mut self, event: Id) {
        let Some(record) = self.world.get(event) else { return };
        let severity = SEVERITIES.into_iter().find(|it| record.fields.text("severity") == Some(it));
        if let (Some(log), Some(severity)) = (record.owner, severity) {
            self.count_event(log, severity, -1);
        }
    }

    /// Lets go of the Events of a log that it has kept long enough.
    pub(super) fn let_go(&mut self, log: Id) {
        self.monitors.ends.remove(&log);
        let now = self.world.now();
        while let Some(oldest) = self.oldest_event(log) {
            match self.until_of(log, oldest) {
                Some(until) if until <= now => self.remove(oldest),
                _ => break,
            }
        }
        self.plan_letting_go(log);
    }

    /// A log has got another persistence.
    pub(super) fn retime_log(&mut self, log: Id) {
        if let Some(slot) = self.monitors.ends.remove(&log) {
            self.agenda.cancel(slot);
        }
        self.let_go(log);
    }

    fn plan_letting_go(&mut self, log: Id) {
        let Some(until) = self.oldest_event(log).and_then(|oldest| self.until_of(log, oldest)) else {
            return;
        };
        let slot = self.agenda.plan(until, Event::Expire(log));
        self.monitors.ends.insert(log, slot);
    }

    /// Until when a log keeps an Event.
    fn until_of(&self, log: Id, event: Id) -> Option<jiff::Timestamp> {
        let happened = self.moment(event, "timestamp")?;
        let persistence = self.world.get(log)?.fields.text("persistence")?;
        let (_, days) = PERSISTENCE.into_iter().find(|(name, _)| *name == persistence)?;
        Some(after(happened, Duration::from_secs(days * 86_400)))
    }

    fn oldest_event(&self, log: Id) -> Option<Id> {
        self.world.members(Group::inside(log, Kind::Event), 0).next().map(|record| record.id)
    }

    fn summary(&self, log: Id) -> Option<[(&'static str, i64); 4]> {
        let summary = self.world.get(log)?.fields.get("summary")?.fields()?;
        Some(SEVERITIES.map(|severity| (severity, summary.integer(severity).unwrap_or_default())))
    }

    fn count_event(&mut self, log: Id, severity: &'static str, by: i64) {
        let Some(counts) = self.summary(log) else { return };
        let mut summary = Fields::new();
        for (name, count) in counts {
            summary.set(name, if name == severity { count + by } else { count });
        }
        self.world.edit(log, Change::Implicit, |record| record.fields.set("summary", summary));
    }
}

fn plan_log(kind: Kind, template: &Fields) -> Result<Fields, Denial> {
    check_persistence(template)?;
    if kind != Kind::CloudEntryPoint && kind.held("eventLog").is_none() {
        return Err(Denial::bad(format!("A {} has no EventLog.", kind.name())));
    }
    let mut fields = Fields::new();
    fields.set_some("persistence", template.get("persistence").cloned());
    Ok(fields)
}

/// Holds a `persistence` against what this cloud knows.
///
/// # Errors
/// What was given, and what is possible.
pub(super) fn check_persistence(fields: &Fields) -> Result<(), Denial> {
    match fields.text("persistence") {
        Some(given) if !PERSISTENCE.iter().any(|(name, _)| *name == given) => {
            let names: Vec<_> = PERSISTENCE.iter().map(|(name, _)| *name).collect();
            let shown: String = given.chars().take(64).collect();
            Err(Denial::bad(format!("persistence is {shown}; it is one of {}.", names.join(", "))))
        }
        _ => Ok(()),
    }
}
