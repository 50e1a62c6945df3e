//! Jobs that go: those that somebody deletes (DSP0263 5.17.1.1), and old ones.
//!
//! One that goes on is stopped first, and goes once it has ended. That it is to go is recorded as a job of its own, which waits
//! for it, across restarts.

use std::time::Duration;

use cimi::Value;

use super::job::End;
use super::{App, AppError, Begun, Ended, Problem, forget};
use crate::inventory::Writer;
use crate::record::{Id, Job, Work};

/// How long whoever waits for the end of a job waits where nobody asks.
const PAUSE: Duration = Duration::from_millis(250);

impl App {
    /// Deletes a job; one that goes on is stopped, and goes once it has ended.
    ///
    /// # Errors
    /// `Conflict` if it goes on and cannot be stopped, or is a part of one that goes on.
    pub async fn delete_job(&self, id: Id) -> Result<Begun, AppError> {
        let app = self.clone();
        self.whole(async move { app.delete_job_here(id).await }).await
    }

    async fn delete_job_here(&self, id: Id) -> Result<Begun, AppError> {
        let job = self.changeable_job(id)?;
        let whole = job.whole().and_then(|whole| self.inventory().job(whole));
        if whole.is_some_and(|whole| whole.work != Work::Done) {
            let message =
                "the job that it is a part of goes on: stop or delete that one, or wait until it has ended";
            return Err(AppError::new(Problem::Conflict, message));
        }
        if job.work != Work::Done && !job.is_stopping() {
            let stopped = self.stop_job(id).await;
            // It may have ended meanwhile.
            stopped.map(drop).or_else(|error| if self.is_running(id) { Err(error) } else { Ok(()) })?;
        }
        let mut writer = self.inventory().writer().await;
        let job = writer.job(id).ok_or_else(|| AppError::not_found("such job"))?;
        let mut deletion = self.new_job("delete", &Job::path(id), &[], Work::Remove { job: id });
        let (number, ended) = (deletion.id, if job.work == Work::Done { Ended::Yes } else { Ended::No });
        if ended == Ended::Yes {
            deletion = self.removed(&mut writer, &job, deletion);
        }
        writer.put_job(deletion);
        writer.commit().await?;
        if ended == Ended::No {
            self.remove_later(number);
        }
        Ok(Begun { job: number, resource: id, part: None, ended })
    }

    fn is_running(&self, id: Id) -> bool {
        self.inventory().job(id).is_some_and(|job| job.work != Work::Done)
    }

    /// Goes on with the deletion of a job that is being stopped, in a task of its own.
    pub(super) fn remove_later(&self, deletion: Id) {
        let app = self.itself();
        self.spawn(async move {
            let nudge = app.inner.nudges.of(deletion);
            loop {
                match app.remove_if_ended(deletion).await {
                    Ok(Ended::Yes) => break,
                    Ok(Ended::No) => {}
                    Err(error) => tracing::warn!(job = deletion.0, %error, "a job is removed later"),
                }
                if tokio::time::timeout(PAUSE, nudge.notified()).await.is_ok()
                    && let Some(Work::Remove { job }) =
                        app.inventory().job(deletion).map(|it| it.work.clone())
                {
                    // Somebody waits.
                    app.inner.nudges.nudge(job);
                }
            }
            app.inner.nudges.forget(deletion);
        });
    }

    async fn remove_if_ended(&self, id: Id) -> Result<Ended, AppError> {
        let mut writer = self.inventory().writer().await;
        let Some(deletion) = writer.job(id) else { return Ok(Ended::Yes) };
        let Work::Remove { job } = deletion.work else { return Ok(Ended::Yes) };
        let ended = match writer.job(job) {
            Some(job) if job.is_stopping() => return Ok(Ended::No),
            Some(job) if job.work == Work::Done => self.removed(&mut writer, &job, deletion),
            Some(_) => {
                let why = "it goes on: its cloud has not stopped it. Delete it again when it has ended";
                self.end(deletion, &End::Failed(why.to_owned()))
            }
            None => self.end(deletion, &End::Success),
        };
        writer.put_job(ended);
        writer.commit().await?;
        Ok(Ended::Yes)
    }

    /// Takes a job out of everything; its deletion has ended.
    fn removed(&self, writer: &mut Writer, job: &Job, mut deletion: Job) -> Job {
        unlink(writer, job);
        writer.forget_job(job.id);
        // What is gone is not listed (5.17.1).
        deletion.attributes.remove("affectedResources");
        self.end(deletion, &End::Success)
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
}

/// Takes a job that goes out of those that it is a part of, and that are parts of it.
fn unlink(writer: &mut Writer, job: &Job) {
    let own = [Job::path(job.id)];
    for id in job.parts().into_iter().chain(job.whole()) {
        if let Some(mut other) = writer.job(id) {
            other.attributes = forget::without(other.attributes, &own);
            writer.put_job(other);
        }
    }
}
