//! Jobs: the public face of work (DSP0263 5.17.1).

use cimi::data::DateTime;
use cimi::{Attributes, Edition, Reference, Value};
use jiff::Timestamp;

use super::{App, AppError, Problem};
use crate::inventory::Writer;
use crate::record::{Id, Job, Stage, Work};

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Well.
    Success,
    /// Not well: why.
    Failed(String),
    /// It was stopped.
    Stopped,
}

/// A time as CIMI writes it, in whole seconds.
pub(crate) fn date_time(time: Timestamp) -> DateTime {
    let second = Timestamp::from_second(time.as_second()).unwrap_or(time);
    DateTime::from(second)
}

impl App {
    /// A new job, running, not yet written.
    pub(super) fn new_job(&self, action: &str, target: &str, affected: &[String], work: Work) -> Job {
        let now = date_time(self.clock().now());
        let mut attributes = Attributes::new();
        attributes.set("name", action);
        attributes.set("created", now.clone());
        attributes.set("state", "RUNNING");
        attributes.set("targetResource", Reference::to(target));
        attributes.set("affectedResources", references(std::iter::once(target), affected));
        attributes.set("action", action_uri(action));
        attributes.set("progress", 0);
        attributes.set("timeOfStatusChange", now);
        Job { id: self.inventory().next_id(), attributes, work, version: 0 }
    }

    /// A job that has ended, as part of a larger change.
    pub(super) fn end(&self, mut job: Job, end: &End) -> Job {
        let (state, code, message) = match end {
            End::Success => ("SUCCESS", 0, None),
            End::Failed(reason) => ("FAILED", 1, Some(reason.as_str())),
            End::Stopped => ("STOPPED", 2, Some("stopped by request")),
        };
        job.attributes.set("state", state);
        job.attributes.set("returnCode", code);
        job.attributes.set("progress", 100);
        job.attributes.set("timeOfStatusChange", date_time(self.clock().now()));
        match message {
            Some(message) => drop(job.attributes.set("statusMessage", message)),
            None => drop(job.attributes.remove("statusMessage")),
        }
        job.work = Work::Done;
        job
    }

    /// Ends a job on its own.
    pub(super) async fn end_job(&self, id: Id, end: &End) -> Result<(), AppError> {
        let mut writer = self.inventory().writer().await;
        if let Some(job) = writer.job(id) {
            writer.put_job(self.end(job, end));
        }
        Ok(writer.commit().await?)
    }

    /// Notes how far a job is.
    pub(super) async fn progress(&self, id: Id, percent: u8) -> Result<(), AppError> {
        let mut writer = self.inventory().writer().await;
        let Some(mut job) = writer.job(id) else { return Ok(()) };
        if job.attributes.integer("progress") == Some(i64::from(percent)) {
            return Ok(());
        }
        job.attributes.set("progress", i64::from(percent));
        writer.put_job(job);
        Ok(writer.commit().await?)
    }

    /// Stops a job that a cloud works on (5.17.1.1).
    ///
    /// # Errors
    /// `Conflict` if it has ended or has nothing to be stopped yet.
    pub async fn stop_job(&self, id: Id) -> Result<(), AppError> {
        let job = self.inventory().job(id).ok_or_else(|| AppError::not_found("such job"))?;
        let (account, stage) = match &job.work {
            Work::Done => return Err(AppError::new(Problem::Conflict, "the job has ended")),
            Work::Create { account, stage, .. } | Work::Change { account, stage, .. } => (account, stage),
        };
        let Stage::Followed { native_job } = stage else {
            return Err(AppError::new(Problem::Conflict, "the job cannot be stopped yet"));
        };
        let account = self.account(account).ok_or_else(|| AppError::not_found("such account"))?;
        account.must_be_up()?;
        account.connector.cancel(&crate::connector::Native(native_job.clone())).await?;
        self.end_job(id, &End::Stopped).await
    }

    /// Removes a job that has ended.
    ///
    /// # Errors
    /// `Conflict` if it goes on.
    pub async fn forget_job(&self, id: Id) -> Result<(), AppError> {
        let job = self.inventory().job(id).ok_or_else(|| AppError::not_found("such job"))?;
        if job.work != Work::Done {
            return Err(AppError::new(Problem::Conflict, "the job goes on: stop it, or wait"));
        }
        let mut writer = self.inventory().writer().await;
        writer.forget_job(id);
        Ok(writer.commit().await?)
    }
}

/// Adds a resource to those that a job has touched.
pub(super) fn affect(job: &mut Job, path: &str) {
    let mut items = job.attributes.items("affectedResources").to_vec();
    let item = Value::Ref(Reference::to(path));
    if !items.contains(&item) {
        items.push(item);
        job.attributes.set("affectedResources", items);
    }
}

/// Removes a deleted resource from what jobs refer to (5.10.1, 5.17.1).
pub(super) fn unaffect(app: &App, writer: &mut Writer<'_>, path: &str) {
    let points = |value: &Value| value.as_ref().is_some_and(|r| r.href.as_deref() == Some(path));
    for job in app.inventory().jobs() {
        let target = job.attributes.get("targetResource").is_some_and(points);
        if !target && !job.attributes.items("affectedResources").iter().any(points) {
            continue;
        }
        let Some(mut job) = writer.job(job.id) else { continue };
        let items: Vec<Value> =
            job.attributes.items("affectedResources").iter().filter(|item| !points(item)).cloned().collect();
        job.attributes.set("affectedResources", items);
        if target {
            job.attributes.remove("targetResource");
        }
        writer.put_job(job);
    }
}

fn references<'a>(first: impl Iterator<Item = &'a str>, more: &'a [String]) -> Vec<Value> {
    first.chain(more.iter().map(String::as_str)).map(|path| Value::Ref(Reference::to(path))).collect()
}

/// The URI of an action; CRUD actions have bare names (4.2). Kept in the terms of CIMI 2.0.
fn action_uri(action: &str) -> String {
    match action {
        "add" | "edit" | "delete" | "insert" | "remove" => action.to_owned(),
        _ => Edition::V2.action_uri(action),
    }
}
