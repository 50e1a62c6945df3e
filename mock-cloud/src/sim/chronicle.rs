//! What happens in the cloud, told to the logs that it concerns (DSP0263 5.17.8, 5.17.13).
//!
//! Owns which log hears of what. A log hears of the states of its target, of the coming, changing and going of the target and
//! its components, of what goes wrong with it, and of requests for it. The log of the Cloud Entry Point hears all that of
//! everything, but of plain reads only those of the Cloud Entry Point itself: nobody who lists a large cloud wants to write it.
//! Reading a log, or an Event, is no access to what the log is about.
//!
//! A cloud without logs keeps no journal, and does nothing here.

use cimi::server::Reason;

use super::Sim;
use super::denial::Denial;
use super::event::{About, Access, Report, Subject};
use crate::world::{Deed, Fields, Group, Id, Kind, Link, Note};

/// How far up a component is looked for in what it is part of.
const DEPTH: usize = 8;

impl Sim {
    /// Tells the logs what has happened since they were last told.
    pub(super) fn write_chronicle(&mut self) {
        if self.monitors.logs.is_empty() {
            return;
        }
        for note in self.world.journal_mut().take() {
            self.tell(&note);
        }
        // What has been written itself.
        self.world.journal_mut().take();
    }

    /// Whether any log is written.
    pub fn keeps_logs(&self) -> bool {
        !self.monitors.logs.is_empty()
    }

    /// Whether a request for something is written down by some log.
    pub fn is_watched(&self, of: Subject, is_read: bool) -> bool {
        !self.logs_of_access(of, is_read).is_empty()
    }

    /// Writes down a request that has been answered.
    pub fn note_access(&mut self, access: &Access, is_read: bool) {
        let report = Report::access(self.world.now(), access);
        for log in self.logs_of_access(access.of, is_read) {
            self.write_event(log, report.clone());
        }
        self.world.journal_mut().take();
    }

    /// Writes down that a resource could not be made because there is no room for it.
    pub(super) fn note_denial(&mut self, asked: Option<Group>, denial: &Denial) {
        if denial.reason != Reason::Exhausted || self.monitors.logs.is_empty() {
            return;
        }
        let owner = asked.and_then(|group| group.owner);
        let about = owner.and_then(|owner| self.world.get(owner)).map(About::there);
        let report = Report::alarm(self.world.now(), about, "CAPACITY", &denial.message);
        for log in self.logs_of(owner.unwrap_or(Id::CLOUD), None) {
            self.write_event(log, report.clone());
        }
    }

    fn tell(&mut self, note: &Note) {
        match (note.id.kind(), note.deed) {
            (Kind::Job, Deed::Moved { to: "FAILED", .. }) => self.tell_failure(note),
            (Kind::Job | Kind::Sample | Kind::Event | Kind::EventLog, _) => {}
            (_, Deed::Moved { from, to }) => {
                let mut logs = self.log_of(note.id);
                logs.extend(self.log_of(Id::CLOUD));
                let mut reports = vec![Report::state(note.at, About::noted(note), from, to)];
                if matches!(to, "ERROR" | "FAILED") {
                    let detail = format!("The {} is {to}.", note.id.kind().name());
                    reports.push(Report::alarm(note.at, Some(About::noted(note)), "ERROR", &detail));
                }
                for log in logs {
                    for report in &reports {
                        self.write_event(log, report.clone());
                    }
                }
            }
            (_, deed) => {
                let Some(report) = Report::model(note.at, About::noted(note), deed) else { return };
                for log in self.logs_of(note.id, note.owner) {
                    self.write_event(log, report.clone());
                }
            }
        }
    }

    /// A Job has failed: what it was to affect hears of it.
    fn tell_failure(&mut self, note: &Note) {
        let Some(job) = self.world.get(note.id) else { return };
        let code = job.fields.integer("returnCode").unwrap_or_default().to_string();
        let detail = job.fields.text("statusMessage").unwrap_or("A Job has failed.").to_owned();
        let mut affected: Vec<Id> = Vec::new();
        for item in job.fields.items("affectedResources") {
            affected.extend(Fields::new().with("to", item.clone()).resource("to"));
        }
        if let Some(Link::Collection(Group { owner: Some(owner), .. })) = job.fields.link("targetResource") {
            affected.push(*owner);
        }
        let mut told: Vec<Id> = Vec::new();
        for id in affected.iter().copied().chain([Id::CLOUD]) {
            for log in self.log_of(id) {
                if told.contains(&log) {
                    continue;
                }
                told.push(log);
                let about = if id == Id::CLOUD { affected.first().copied() } else { Some(id) };
                let about = about.and_then(|id| self.world.get(id)).map(About::there);
                self.write_event(log, Report::alarm(note.at, about, &code, &detail));
            }
        }
    }

    fn logs_of_access(&self, of: Subject, is_read: bool) -> Vec<Id> {
        let (id, owner) = match of {
            Subject::Resource(home, id) => {
                (id, home.owner.or_else(|| self.world.get(id).and_then(|record| record.owner)))
            }
            Subject::Collection(group) => (group.owner.unwrap_or(Id::CLOUD), None),
        };
        let kind = match of {
            Subject::Collection(group) => group.kind,
            Subject::Resource(..) => id.kind(),
        };
        if matches!(kind, Kind::EventLog | Kind::Event | Kind::Job) {
            return Vec::new();
        }
        match of {
            Subject::Collection(Group { owner: None, .. }) if is_read => Vec::new(),
            _ if is_read && id != Id::CLOUD => {
                let everything = self.monitors.logs.get(&Id::CLOUD);
                self.logs_of(id, owner).into_iter().filter(|log| Some(log) != everything).collect()
            }
            _ => self.logs_of(id, owner),
        }
    }

    /// The logs of a resource, of what it is a component of, and of everything.
    fn logs_of(&self, id: Id, owner: Option<Id>) -> Vec<Id> {
        let mut logs = self.log_of(id);
        let mut above = owner.or_else(|| self.world.get(id).and_then(|record| record.owner));
        for _ in 0..DEPTH {
            let Some(owner) = above else { break };
            logs.extend(self.log_of(owner));
            above = self.world.get(owner).and_then(|record| record.owner);
        }
        logs.extend(self.log_of(Id::CLOUD));
        logs.sort_unstable();
        logs.dedup();
        logs
    }

    fn log_of(&self, id: Id) -> Vec<Id> {
        self.monitors.logs.get(&id).copied().into_iter().collect()
    }
}
