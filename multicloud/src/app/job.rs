//! Jobs: the public face of work (DSP0263 5.17.1).

use cimi::data::DateTime;
use cimi::model::is_set_on_creation;
use cimi::{Attributes, Edition, Reference, Value};
use jiff::Timestamp;

use super::stop::must_go_on;
use super::{App, AppError, Begun, Ended};
use crate::connector::Stop;
use crate::inventory::Writer;
use crate::record::{Course, Id, Job, Why, Work};

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

/// Why the part of a whole was stopped that nobody asked to stop.
const UNDONE: &str = "stopped: another component could not be made, and what was made is taken away again";

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
            End::Stopped if self.is_undone(&job) => ("STOPPED", 2, Some(UNDONE)),
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

    /// Whether what a job is a part of is taken away again, since another part could not be made.
    fn is_undone(&self, job: &Job) -> bool {
        let whole = job.whole().and_then(|whole| self.inner.inventory.job(whole));
        let course = |whole: &Job| {
            matches!(&whole.work, Work::System { course: Course::Unmake { why: Why::Failed { .. } }, .. })
        };
        whole.is_some_and(|whole| course(&whole))
    }

    /// Notes how far a job is, and, where a cloud's job is followed, whether that can be stopped.
    pub(super) async fn progress(&self, id: Id, percent: u8, stop: Option<Stop>) -> Result<(), AppError> {
        let goes_on = |mut job: Job| {
            job.attributes.set("progress", i64::from(percent));
            if let Some((new, stop)) = stop.zip(job.work.stop_mut()) {
                *stop = new;
            }
            job
        };
        let is_news = |job: &Job| job.work != Work::Done && goes_on(job.clone()) != *job;
        if !self.inventory().job(id).is_some_and(|job| is_news(&job)) {
            return Ok(());
        }
        let mut writer = self.inventory().writer().await;
        let Some(job) = writer.job(id).filter(is_news) else { return Ok(()) };
        writer.put_job(goes_on(job));
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

    /// Changes what a job is called: its name, description and properties (5.17.1.1).
    ///
    /// # Errors
    /// If whoever asks may not, or there is no such job.
    pub async fn edit_job(&self, id: Id, set: &Attributes, erase: &[String]) -> Result<Begun, AppError> {
        self.changeable_job(id)?;
        let mut writer = self.inventory().writer().await;
        let mut job = writer.job(id).ok_or_else(|| AppError::not_found("such job"))?;
        for (name, value) in set.iter().filter(|(name, _)| is_set_on_creation(name)) {
            job.attributes.set(name.to_owned(), value.clone());
        }
        for name in erase.iter().filter(|name| is_set_on_creation(name)) {
            job.attributes.remove(name);
        }
        if !(set.is_empty() && erase.is_empty()) {
            job.attributes.set("updated", date_time(self.clock().now()));
            writer.put_job(job);
        }
        let edit = self.new_job("edit", &Job::path(id), &[], Work::Done);
        let begun = Begun { job: edit.id, resource: id, part: None, ended: Ended::Yes };
        writer.put_job(self.end(edit, &End::Success));
        writer.commit().await?;
        Ok(begun)
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
///
/// # Errors
/// `Conflict` if nothing more of that is begun.
pub(super) fn nest(writer: &mut Writer, job: &mut Job, whole: Option<Id>) -> Result<(), AppError> {
    must_go_on(writer, whole)?;
    let Some(mut whole) = whole.and_then(|whole| writer.job(whole)) else { return Ok(()) };
    job.attributes.set("parentJob", Reference::to(Job::path(whole.id)));
    let mut parts = whole.attributes.items("nestedJobs").to_vec();
    parts.push(Value::Ref(Reference::to(Job::path(job.id))));
    whole.attributes.set("nestedJobs", parts);
    writer.put_job(whole);
    Ok(())
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
