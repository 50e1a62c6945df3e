//! Goes on with what is done with a system until it has ended, round by round, across restarts.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::job::End;
use crate::app::{App, AppError};
use crate::record::{Course, Id, Job, Work};

/// How long a round waits where nobody tells that something has ended.
const PAUSE: Duration = Duration::from_millis(250);

/// What came of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Round {
    /// The job has ended.
    Ended,
    /// There is more to do now.
    Again,
    /// Others have to end first.
    Waits,
}

/// What a driver remembers of its rounds; after a restart, it begins anew.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// How often components could not be deleted, weighed.
    pub(super) refused: BTreeMap<Id, u32>,
    /// Components that are given up, each with the reason.
    pub(super) left: BTreeMap<Id, String>,
}

impl App {
    /// Goes on with a job of a system, in a task of its own.
    pub(in crate::app) fn drive(&self, id: Id) {
        let app = self.itself();
        self.spawn(async move {
            app.drive_to_the_end(id).await;
            app.inner.nudges.forget(id);
        });
    }

    async fn drive_to_the_end(&self, id: Id) {
        let nudge = self.inner.nudges.of(id);
        let mut memory = Memory::default();
        loop {
            let Some(job) = self.inventory().job(id) else { return };
            let Work::System { resource, course, .. } = &job.work else { return };
            let app = self.as_owner_of(&job);
            // Futures of systems within systems are as deep as those are.
            let round = Box::pin(app.round(&job, *resource, course, &mut memory)).await;
            match round {
                Ok(Round::Ended) => return,
                Ok(Round::Again) => continue,
                Ok(Round::Waits) => {}
                Err(error) => tracing::warn!(job = id.0, %error, "a system is gone on with later"),
            }
            if tokio::time::timeout(PAUSE, nudge.notified()).await.is_ok() {
                for part in job.parts() {
                    self.inner.nudges.nudge(part);
                }
            }
        }
    }

    async fn round(
        &self,
        job: &Job,
        system: Id,
        course: &Course,
        memory: &mut Memory,
    ) -> Result<Round, AppError> {
        match course {
            Course::Make { steps, policies, on_failure } => {
                self.make(job.id, system, steps, policies, *on_failure).await
            }
            Course::Unmake { why } => self.unmake(job, system, why, memory).await,
            Course::Operate { operation } => self.operate(job, system, operation).await,
        }
    }

    /// The jobs within a job that have been begun.
    pub(super) fn parts_of(&self, job: &Job) -> Vec<std::sync::Arc<Job>> {
        // Those that the consumer has deleted since have ended.
        job.parts().into_iter().filter_map(|id| self.inventory().job(id)).collect()
    }

    /// Notes how far a whole is: as far as its parts are, of which some have not been begun.
    pub(super) async fn progress_of_whole(&self, id: Id, to_come: usize) -> Result<(), AppError> {
        let Some(job) = self.inventory().job(id) else { return Ok(()) };
        let parts = self.parts_of(&job);
        let done: i64 =
            parts
                .iter()
                .map(|part| {
                    if part.work == Work::Done {
                        100
                    } else {
                        part.attributes.integer("progress").unwrap_or(0)
                    }
                })
                .sum();
        let all = i64::try_from(parts.len() + to_come).unwrap_or(i64::MAX).max(1);
        let percent = u8::try_from((done / all).clamp(0, 99)).unwrap_or(0);
        self.progress(id, percent, None).await
    }

    /// Ends the job of a whole.
    pub(super) async fn end_whole(&self, id: Id, end: &End) -> Result<Round, AppError> {
        let mut writer = self.inventory().writer().await;
        if let Some(job) = writer.job(id).filter(|job| job.work != Work::Done) {
            writer.put_job(self.end(job, end));
            writer.commit().await?;
        }
        self.tell_whole(id);
        Ok(Round::Ended)
    }
}
