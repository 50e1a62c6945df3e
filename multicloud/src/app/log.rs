//! Event logs (DSP0263 5.17.8): views of what has happened to a resource, or to the manager, from when the log was made.
//!
//! Owns which of what is recorded a log shows. Logs are the manager's own: no cloud hears of them.

use std::time::Duration;

use cimi::{Attributes, Reference};

use super::job::{self, End};
use super::{App, AppError, Begun, Ended, Problem, Request};
use crate::event::{Event, Query, Shared, Tally, resource_at};
use crate::kind::Kind;
use crate::record::{Resource, Work};
use crate::sync::link_of;

/// The attribute of templates that asks for a log along with what is made.
pub(super) const TEMPLATE: &str = "eventLogTemplate";

const TARGET: &str = "targetResource";
const PERSISTENCE: &str = "persistence";
/// For how long a log shows an event if nothing is said.
const USUAL: &str = "monthly";

/// The values of `persistence` (table 52), in days. A month has 30, a year 365.
const DAYS: [(&str, u64); 4] = [("daily", 1), ("weekly", 7), ("monthly", 30), ("yearly", 365)];

impl App {
    /// Makes a log from a template.
    pub(super) async fn create_log(&self, request: Request) -> Result<Begun, AppError> {
        let template = self.meant(&request.template);
        let Some(target) = template.href(TARGET).map(str::to_owned) else {
            return Err(AppError::new(
                Problem::Invalid,
                "targetResource is missing: what is the log to tell of?",
            ));
        };
        if !target.is_empty() && !resource_at(&target).is_some_and(|(kind, _)| has_log(kind)) {
            return Err(AppError::new(Problem::Invalid, format!("{target} has no event log")));
        }
        if let Some((_, id)) = resource_at(&target) {
            self.inventory().resource(id).ok_or_else(|| AppError::not_found(&target))?;
        }
        let mut log = self.new_log(&template, &target)?;
        let mut attributes = request.common;
        attributes.extend(log.attributes);
        log.attributes = attributes;
        let affected =
            [link_of(Kind::EventLog, log.id)].into_iter().chain(resource_at(&target).map(|_| target.clone()));
        let job = self.new_job("add", Kind::EventLog.link(), &affected.collect::<Vec<_>>(), Work::Done);
        let begun = Begun { job: job.id, resource: log.id, part: None, ended: Ended::Yes };
        let mut writer = self.inventory().writer().await;
        let others = writer.logs_of(&target);
        if others.into_iter().filter_map(|id| writer.resource(id)).any(|other| other.owner == log.owner) {
            return Err(AppError::new(Problem::Conflict, "it has an event log already: delete that first"));
        }
        writer.put_resource(log);
        writer.put_job(self.end(job, &End::Success));
        writer.commit().await?;
        Ok(begun)
    }

    /// The log that a template asks for along with what is made of it.
    pub(super) fn log_beside(
        &self,
        template: &Reference,
        made: &Resource,
    ) -> Result<Option<Resource>, AppError> {
        let said = self.meant(template);
        let Some(wanted) = said.reference(TEMPLATE).filter(|_| has_log(made.kind)) else { return Ok(None) };
        let template = self.meant(wanted);
        if template.href(TARGET).is_some() {
            let message =
                "the template in eventLogTemplate has a targetResource of its own; it must be without";
            return Err(AppError::new(Problem::Invalid, message));
        }
        let log = self.new_log(&template, &link_of(made.kind, made.id))?;
        Ok(Some(Resource { owner: made.owner.clone(), ..log }))
    }

    fn new_log(&self, template: &Attributes, target: &str) -> Result<Resource, AppError> {
        must_be_known(template)?;
        let now = job::date_time(self.clock().now());
        let attributes = Attributes::new()
            .with("created", now.clone())
            .with("updated", now)
            .with(TARGET, Reference::to(target))
            .with(PERSISTENCE, template.text(PERSISTENCE).unwrap_or(USUAL));
        Ok(Resource::new(self.inventory().next_id(), Kind::EventLog, attributes, self.owner()))
    }

    /// What a log shows, of what whoever uses the manager may see.
    pub fn shown_by(&self, log: &Resource) -> Query {
        let target = log.attributes.href(TARGET).unwrap_or_default();
        let mut scope = self.actor().scope();
        // Whoever sees the log of a tenant sees what that does.
        scope.tenant = log.owner.clone().or(scope.tenant);
        let resource = resource_at(target).and_then(|(_, id)| self.inventory().resource(id));
        if resource.is_some_and(|resource| resource.owner.is_none()) {
            scope.shared = Shared::Shown;
        }
        let days =
            log.attributes.text(PERSISTENCE).and_then(days).or_else(|| days(USUAL)).unwrap_or_default();
        let since = self.clock().now().saturating_sub(Duration::from_secs(days * 86_400)).ok();
        let about = (!target.is_empty()).then(|| target.to_owned());
        Query { scope, about, log: Some(log.id.0), since, ..Query::default() }
    }

    /// What has happened, as far as whoever uses the manager may see it.
    ///
    /// # Errors
    /// As the store.
    pub async fn events(&self, query: &Query) -> Result<Vec<Event>, AppError> {
        Ok(self.inventory().events(query).await?)
    }

    /// How much has happened, by severity.
    ///
    /// # Errors
    /// As the store.
    pub async fn tally(&self, query: &Query) -> Result<Tally, AppError> {
        Ok(self.inventory().tally(query).await?)
    }
}

/// Whether resources of a kind have logs.
fn has_log(kind: Kind) -> bool {
    kind.schema().attribute("eventLog").is_some()
}

fn days(persistence: &str) -> Option<u64> {
    DAYS.iter().find(|(name, _)| *name == persistence).map(|(_, days)| *days)
}

/// Whether the persistence that is given, if one is, is one that there is.
///
/// # Errors
/// What there is.
pub(super) fn must_be_known(given: &Attributes) -> Result<(), AppError> {
    match given.text(PERSISTENCE) {
        Some(given) if days(given).is_none() => {
            let names: Vec<_> = DAYS.iter().map(|(name, _)| *name).collect();
            let given: String = given.chars().take(64).collect();
            let message = format!("persistence is {given}; it is one of {}", names.join(", "));
            Err(AppError::new(Problem::Invalid, message))
        }
        _ => Ok(()),
    }
}

/// Whether a log, or a template of logs, can be changed so: a log keeps telling of what it was made for.
///
/// # Errors
/// What cannot be.
pub(super) fn check(resource: &Resource, set: &Attributes) -> Result<(), AppError> {
    must_be_known(set)?;
    let is_new = |target: &str| resource.attributes.href(TARGET) != Some(target);
    if resource.kind == Kind::EventLog && set.href(TARGET).is_some_and(is_new) {
        return Err(AppError::new(Problem::Invalid, "an event log keeps its targetResource"));
    }
    Ok(())
}
