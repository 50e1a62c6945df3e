//! Stopping what a job does (DSP0263 5.17.1.1): what no cloud was asked for is not asked for any more, what a cloud works on is
//! stopped there, and what became of it is followed as ever.
//!
//! That a job is to be stopped is recorded before anybody is asked, as its state: whoever follows it asks for it as long as it
//! can be, after a restart as well. What cannot be stopped is not offered to be.

use std::sync::Arc;

use super::job::{End, date_time};
use super::{App, AppError, Ended, Problem};
use crate::account::Account;
use crate::connector::{Class, CloudError, JobState, Native, Stop};
use crate::inventory::Writer;
use crate::record::{Course, Id, Job, Stage, Why, Work};

/// What stopping a job takes.
enum Means {
    /// It has not begun, and does not.
    Withdraw,
    /// The cloud's job is stopped, under this account.
    AtCloud(String, Native),
    /// What was made of a system is taken away again.
    TurnBack,
    /// Nothing more of a system is touched; what goes on is stopped as far as it can be.
    GoNoFurther,
}

impl App {
    /// Whether a job can be stopped now.
    pub fn can_stop(&self, job: &Job) -> bool {
        self.means(job).is_ok()
    }

    /// Stops a job (5.17.1.1).
    ///
    /// # Errors
    /// `Conflict` with the reason if it cannot be stopped, or not now; what the cloud says if it does not stop it: the job goes
    /// on then.
    pub async fn stop_job(&self, id: Id) -> Result<Ended, AppError> {
        let app = self.clone();
        self.whole(async move { app.stop_job_here(id).await }).await
    }

    async fn stop_job_here(&self, id: Id) -> Result<Ended, AppError> {
        let job = self.changeable_job(id)?;
        match self.means(&job).map_err(refused)? {
            Means::Withdraw => self.withdraw_alone(id).await?,
            Means::TurnBack => self.turn_back(id, &Why::Stopped).await?,
            Means::GoNoFurther => {
                self.note_stop(id).await?;
                self.inner.nudges.nudge(id);
            }
            Means::AtCloud(account, native) => {
                let account = self.reachable(&account)?;
                self.note_stop(id).await?;
                self.halt(&account, id, &native).await?;
                self.look_once(id).await;
            }
        }
        let ended = self.inventory().job(id).is_none_or(|job| job.work == Work::Done);
        Ok(if ended { Ended::Yes } else { Ended::No })
    }

    /// How a job can be stopped now.
    ///
    /// # Errors
    /// Why it cannot.
    fn means(&self, job: &Job) -> Result<Means, &'static str> {
        if job.work == Work::Done {
            return Err("the job has ended");
        }
        if job.is_stopping() {
            return Err("the job is being stopped already");
        }
        if job.work.is_planned() {
            return Ok(Means::Withdraw);
        }
        match &job.work {
            Work::Create { account, stage, .. } | Work::Change { account, stage, .. } => match stage {
                Stage::Followed { native_job, stop: Stop::Offered } => {
                    Ok(Means::AtCloud(account.clone(), Native(native_job.clone())))
                }
                Stage::Followed { .. } => Err("its cloud offers no way to stop what it does for this job"),
                Stage::Accepted => Err("its cloud does it without a job of its own that could be stopped"),
                Stage::Sent | Stage::Planned => {
                    Err("its cloud is being asked: it cannot be stopped yet, look again in a moment")
                }
            },
            Work::System { course: Course::Make { .. }, .. } => Ok(Means::TurnBack),
            Work::System { course: Course::Unmake { why: Why::Stopped | Why::Failed { .. } }, .. } => {
                Err("what was made is being taken away again, and that is not stopped")
            }
            Work::System { resource, course, .. } if self.can_go_no_further(job, *resource, course) => {
                Ok(Means::GoNoFurther)
            }
            Work::System { .. } => {
                Err("all of it has been asked for by now, and no cloud offers to stop what is left of it")
            }
            Work::Remove { .. } => Err("a job is being stopped and removed, and that is not stopped"),
            Work::Done => Err("the job has ended"),
        }
    }

    /// Notes that a job is to be stopped, before anybody is asked.
    async fn note_stop(&self, id: Id) -> Result<(), AppError> {
        let mut writer = self.inventory().writer().await;
        let job = writer.job(id).ok_or_else(|| AppError::not_found("such job"))?;
        self.means(&job).map_err(refused)?;
        writer.put_job(self.stopping(job));
        Ok(writer.commit().await?)
    }

    /// A job that is being stopped.
    pub(super) fn stopping(&self, mut job: Job) -> Job {
        job.attributes.set("state", "STOPPING");
        job.attributes.set("timeOfStatusChange", date_time(self.clock().now()));
        job
    }

    /// Asks a cloud to stop its job. Without an answer, whoever follows the job asks again.
    ///
    /// # Errors
    /// What the cloud says if it does not stop it: the job goes on then.
    pub(super) async fn halt(&self, account: &Account, id: Id, native: &Native) -> Result<(), AppError> {
        let Err(error) = account.connector.cancel(native).await else { return Ok(()) };
        account.notice(&error, self.clock().now());
        if !is_refusal(&error) {
            tracing::warn!(job = id.0, account = %account.name, %error, "is asked to stop again");
            return Ok(());
        }
        // Somebody else may have been quicker: the cloud, or who follows the job.
        if !matches!(account.connector.job(native).await, Ok(JobState::Running { stop, .. }) if stop != Stop::UnderWay)
        {
            return Ok(());
        }
        let mut writer = self.inventory().writer().await;
        if let Some(mut job) = writer.job(id).filter(Job::is_stopping) {
            job.attributes.set("state", "RUNNING");
            job.attributes.set("timeOfStatusChange", date_time(self.clock().now()));
            let native_job = native.0.clone();
            job.work.set_stage(Stage::Followed { native_job, stop: Stop::No });
            writer.put_job(job);
            writer.commit().await?;
        }
        Err(AppError::at(&account.name, &error))
    }

    /// What a part of a whole was to make is not made: its turn had not come.
    async fn withdraw_alone(&self, id: Id) -> Result<(), AppError> {
        let mut writer = self.inventory().writer().await;
        if writer.job(id).is_none_or(|job| !job.work.is_planned()) {
            return Err(refused("it has begun meanwhile: look at it, and ask again"));
        }
        let mut gone = Vec::new();
        self.withdraw(&mut writer, id, &End::Stopped, &mut gone);
        self.commit_without(writer, &gone).await?;
        self.tell_whole(id);
        Ok(())
    }

    /// Stops the jobs within one, as far as they can be: what cannot is waited for.
    pub(super) async fn stop_parts(&self, parts: &[Arc<Job>]) {
        for part in parts.iter().filter(|part| self.can_stop(part)) {
            if let Err(error) = Box::pin(self.stop_job(part.id)).await {
                tracing::debug!(job = part.id.0, %error, "is waited for");
            }
        }
    }
}

/// Refuses to begin a part of a whole that is being stopped; what is being undone goes on.
///
/// # Errors
/// `Conflict`
pub(super) fn must_go_on(writer: &Writer, whole: Option<Id>) -> Result<(), AppError> {
    let whole = whole.and_then(|whole| writer.job(whole));
    match whole.filter(Job::is_stopping).map(|job| job.work) {
        None
        | Some(Work::System { course: Course::Unmake { why: Why::Stopped | Why::Failed { .. } }, .. }) => {
            Ok(())
        }
        Some(_) => Err(refused("the job that it is a part of was stopped before it began")),
    }
}

fn refused(why: &str) -> AppError {
    AppError::new(Problem::Conflict, why)
}

/// Whether a cloud will not do it however often it is asked.
fn is_refusal(error: &CloudError) -> bool {
    match error.class {
        Class::Throttled | Class::Auth | Class::Unavailable | Class::Unreachable | Class::UnknownOutcome => {
            false
        }
        Class::Capacity
        | Class::Quota
        | Class::Forbidden
        | Class::Invalid
        | Class::Conflict
        | Class::Gone
        | Class::Unsupported => true,
    }
}
