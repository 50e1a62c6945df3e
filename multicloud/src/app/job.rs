//! Jobs: the public face of work (DSP0263 5.17.1).

use std::time::Duration;

use cimi::data::DateTime;
use cimi::{Attributes, Edition, Reference, Value};
use jiff::Timestamp;

use super::{App, AppError, Begun, Ended, Problem};
use crate::connector::Native;
use crate::inventory::Writer;
use crate::record::{Course, Id, Job, Stage, Why, Work};

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
        attributes.set("returnCode", 0);
        attributes.set("progress", 0);
        attributes.set("timeOfStatusChange", now);
        Job { id: self.inventory().next_id(), attributes, work, version: 0, owner: self.owner() }
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

    /// Notes how far a job is.
    pub(super) async fn progress(&self, id: Id, percent: u8) -> Result<(), AppError> {
        let known = self.inventory().job(id).and_then(|job| job.attributes.integer("progress"));
        if known == Some(i64::from(percent)) {
            return Ok(());
        }
        let mut writer = self.inventory().writer().await;
        let Some(mut job) = writer.job(id).filter(|job| job.work != Work::Done) else { return Ok(()) };
        job.attributes.set("progress", i64::from(percent));
        writer.put_job(job);
        Ok(writer.commit().await?)
    }

    /// A job as it is now. Whoever follows it at a cloud looks again soon: somebody waits.
    pub fn job(&self, id: Id) -> Option<std::sync::Arc<Job>> {
        let job = self.inventory().job(id)?;
        if job.work != Work::Done {
            self.inner.nudges.nudge(id);
        }
        Some(job)
    }

    /// Stops a job that a cloud works on (5.17.1.1).
    ///
    /// # Errors
    /// `Conflict` if it has ended or has nothing to be stopped yet; what the cloud says if it does not stop it.
    pub async fn stop_job(&self, id: Id) -> Result<Ended, AppError> {
        let app = self.clone();
        self.whole(async move { app.stop_job_here(id).await }).await
    }

    async fn stop_job_here(&self, id: Id) -> Result<Ended, AppError> {
        let job = self.changeable_job(id)?;
        let (account, stage) = match &job.work {
            Work::Done => return Err(AppError::new(Problem::Conflict, "the job has ended")),
            Work::System { course: Course::Make { .. }, stage: Stage::Accepted, .. } => {
                self.turn_back(id, &Why::Stopped).await?;
                return Ok(Ended::No);
            }
            Work::System { .. } => {
                let message = "only the creation of a system can be stopped; stop the jobs within this one";
                return Err(AppError::new(Problem::Conflict, message));
            }
            Work::Create { account, stage, .. } | Work::Change { account, stage, .. } => (account, stage),
        };
        let Stage::Followed { native_job } = stage else {
            return Err(AppError::new(Problem::Conflict, "the job cannot be stopped yet"));
        };
        let account = self.reachable(account)?;
        let stopped = account.connector.cancel(&Native(native_job.clone())).await;
        stopped.map_err(|error| {
            account.notice(&error, self.clock().now());
            AppError::at(&account.name, &error)
        })?;
        let mut writer = self.inventory().writer().await;
        if let Some(mut job) = writer.job(id).filter(|job| job.work != Work::Done) {
            job.attributes.set("state", "STOPPING");
            job.attributes.set("timeOfStatusChange", date_time(self.clock().now()));
            writer.put_job(job);
            writer.commit().await?;
        } else {
            drop(writer);
        }
        self.look_once(id).await;
        let ended = self.inventory().job(id).is_none_or(|job| job.work == Work::Done);
        Ok(if ended { Ended::Yes } else { Ended::No })
    }

    /// Removes a job that has ended.
    ///
    /// # Errors
    /// `Conflict` if it goes on.
    pub async fn forget_job(&self, id: Id) -> Result<Begun, AppError> {
        self.changeable_job(id)?;
        let mut writer = self.inventory().writer().await;
        let job = writer.job(id).ok_or_else(|| AppError::not_found("such job"))?;
        if job.work != Work::Done {
            return Err(AppError::new(Problem::Conflict, "the job goes on: stop it, or wait"));
        }
        if job.whole().and_then(|whole| writer.job(whole)).is_some_and(|whole| whole.work != Work::Done) {
            let message = "the job that it is a part of goes on: wait until that has ended";
            return Err(AppError::new(Problem::Conflict, message));
        }
        unlink(&mut writer, &job);
        writer.forget_job(id);
        // What it was about is gone: it is not listed (5.17.1).
        let mut deletion = self.new_job("delete", "", &[], Work::Done);
        deletion.attributes.remove("targetResource");
        deletion.attributes.remove("affectedResources");
        let begun = Begun { job: deletion.id, resource: id, part: None, ended: Ended::Yes };
        writer.put_job(self.end(deletion, &End::Success));
        writer.commit().await?;
        Ok(begun)
    }

    /// Removes the jobs that have ended longer ago than this (capability `JobRetention`).
    ///
    /// # Errors
    /// As the store.
    pub async fn retire_jobs(&self, retention: Duration) -> Result<(), AppError> {
        let now = self.clock().now();
        let is_old = |job: &Job| {
            let Some(Value::DateTime(ended)) = job.attributes.get("timeOfStatusChange") else { return false };
            let Some(ended) = ended.instant() else { return false };
            let age = now.duration_since(ended);
            job.work == Work::Done && !age.is_negative() && age.unsigned_abs() > retention
        };
        // What is a part of another one stays as long as that.
        let whole =
            |job: &Job| std::iter::successors(job.whole(), |id| self.inventory().job(*id)?.whole()).last();
        let goes = |job: &&std::sync::Arc<Job>| {
            is_old(job)
                && whole(job).and_then(|id| self.inventory().job(id)).is_none_or(|whole| is_old(&whole))
        };
        let old: Vec<Id> = self.inventory().jobs().iter().filter(goes).map(|job| job.id).collect();
        if old.is_empty() {
            return Ok(());
        }
        let mut writer = self.inventory().writer().await;
        for id in old {
            writer.forget_job(id);
        }
        Ok(writer.commit().await?)
    }

    /// Writes a job anew, in a change of its own.
    pub(super) async fn rewrite_job(&self, id: Id, change: impl FnOnce(&mut Job)) -> Result<(), AppError> {
        let mut writer = self.inventory().writer().await;
        let Some(mut job) = writer.job(id) else { return Ok(()) };
        change(&mut job);
        writer.put_job(job);
        Ok(writer.commit().await?)
    }
}

impl App {
    /// What a job was for was refused: there has been none. One that is a part of another has failed instead: whoever does the
    /// whole has to find what became of its parts.
    pub(super) fn drop_job(&self, writer: &mut Writer, id: Id, refusal: &AppError) {
        match writer.job(id).filter(|job| job.whole().is_some()) {
            Some(part) => writer.put_job(self.end(part, &End::Failed(refusal.message.clone()))),
            None => writer.forget_job(id),
        }
    }

    /// Whoever follows the job that this one is a part of looks again.
    pub(super) fn tell_whole(&self, part: Id) {
        if let Some(whole) = self.inventory().job(part).and_then(|job| job.whole()) {
            self.inner.nudges.nudge(whole);
        }
    }
}

/// Makes a new job a part of another one, if it is.
pub(super) fn nest(writer: &mut Writer, job: &mut Job, whole: Option<Id>) {
    let Some(mut whole) = whole.and_then(|whole| writer.job(whole)) else { return };
    job.attributes.set("parentJob", Reference::to(Job::path(whole.id)));
    let mut parts = whole.attributes.items("nestedJobs").to_vec();
    parts.push(Value::Ref(Reference::to(Job::path(job.id))));
    whole.attributes.set("nestedJobs", parts);
    writer.put_job(whole);
}

/// Takes a job that goes out of those that it is a part of, and that are parts of it.
fn unlink(writer: &mut Writer, job: &Job) {
    let own = [Job::path(job.id)];
    for id in job.parts().into_iter().chain(job.whole()) {
        if let Some(mut other) = writer.job(id) {
            other.attributes = super::forget::without(other.attributes, &own);
            writer.put_job(other);
        }
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
