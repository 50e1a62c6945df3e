//! Following work at a cloud until it has ended, across restarts.
//!
//! What is known is in the job's record; a follower only reads it, looks at the cloud, and writes what it saw.

use std::time::Duration;

use super::job::{End, affect};
use super::{App, AppError};
use crate::account::Account;
use crate::connector::{CloudError, JobState, Native};
use crate::record::{Id, Job, Resource, Stage, Work};
use crate::sync::{self, link_of};

/// Pauses between two looks.
const FIRST: Duration = Duration::from_millis(20);
const SLOWEST: Duration = Duration::from_secs(2);

/// Looks at a cloud that does not answer, or does not show what was asked for, before the work is given up.
const LOOKS: u32 = 1000;

/// Looks for a creation whose reply was lost before it counts as never made.
const SEARCHES: u32 = 5;

/// Whether a job goes on.
pub(super) enum Followed {
    /// It has ended with success.
    Ended,
    /// A task follows it.
    On,
}

/// What a look at the cloud showed.
enum Look {
    Again,
    Ended(End),
}

impl App {
    /// Takes up every job that had not ended when the manager stopped.
    pub fn resume(&self) {
        for job in self.inventory().jobs() {
            if job.work != Work::Done {
                self.spawn_follow(job.id);
            }
        }
    }

    /// After a cloud accepted: ends the job, or follows the cloud's.
    pub(super) async fn followed(&self, id: Id, native: Option<Native>) -> Result<Followed, AppError> {
        let Some(native) = native else {
            self.conclude(id, &End::Success).await?;
            return Ok(Followed::Ended);
        };
        let mut writer = self.inventory().writer().await;
        if let Some(mut job) = writer.job(id) {
            match &mut job.work {
                Work::Create { stage, .. } | Work::Change { stage, .. } => {
                    *stage = Stage::Followed { native_job: native.0 };
                }
                Work::Done => {}
            }
            writer.put_job(job);
        }
        writer.commit().await?;
        self.spawn_follow(id);
        Ok(Followed::On)
    }

    pub(super) fn spawn_follow(&self, id: Id) {
        let app = self.clone();
        tokio::spawn(async move {
            if let Err(error) = app.follow(id).await {
                tracing::error!(job = id.0, %error, "a job could not be followed to its end");
            }
        });
    }

    async fn follow(&self, id: Id) -> Result<(), AppError> {
        let mut pause = FIRST;
        for looks in 0..LOOKS {
            let Some(job) = self.inventory().job(id) else { return Ok(()) };
            match self.look(&job, looks).await {
                Ok(Look::Ended(end)) => return self.conclude(id, &end).await,
                Ok(Look::Again) => {}
                Err(error) => tracing::debug!(job = id.0, %error, "look again later"),
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(SLOWEST);
        }
        self.conclude(id, &End::Failed("the cloud did not say how it ended".to_owned())).await
    }

    async fn look(&self, job: &Job, looks: u32) -> Result<Look, CloudError> {
        let (resource, name, stage) = match &job.work {
            Work::Done => return Ok(Look::Ended(End::Success)),
            Work::Create { resource, account, stage } | Work::Change { resource, account, stage, .. } => {
                (*resource, account, stage)
            }
        };
        let Some(account) = self.account(name) else {
            let reason = format!("the account {name} is not in the configuration any more");
            return Ok(Look::Ended(End::Failed(reason)));
        };
        match (stage, &job.work) {
            (Stage::Followed { native_job }, _) => self.look_at_job(account, job, native_job).await,
            (Stage::Sent, Work::Create { .. }) => self.search(account, resource, looks).await,
            (Stage::Sent, Work::Change { operation, .. }) => {
                self.look_at_resource(account, resource, operation).await
            }
            (Stage::Sent, Work::Done) => Ok(Look::Ended(End::Success)),
        }
    }

    async fn look_at_job(&self, account: &Account, job: &Job, native: &str) -> Result<Look, CloudError> {
        Ok(match account.connector.job(&Native(native.to_owned())).await? {
            JobState::Running(percent) => {
                let _ = self.progress(job.id, percent).await;
                Look::Again
            }
            JobState::Succeeded(_) => Look::Ended(End::Success),
            JobState::Failed(reason) => Look::Ended(End::Failed(reason)),
        })
    }

    /// The reply to a creation was lost, or never waited for: is it there?
    async fn search(&self, account: &Account, resource: Id, looks: u32) -> Result<Look, CloudError> {
        let Some(record) = self.inventory().resource(resource) else {
            return Ok(Look::Ended(End::Failed("it was deleted meanwhile".to_owned())));
        };
        let found = account.connector.find(record.kind, &self.inventory().token(resource)).await?;
        Ok(match found {
            Some(found) => {
                sync::record(self, account, record.kind, found).await?;
                Look::Ended(End::Success)
            }
            None if looks < SEARCHES => Look::Again,
            None => Look::Ended(End::Failed("the cloud does not have it: ask again".to_owned())),
        })
    }

    /// The reply to a change was lost: what state is the resource in now?
    async fn look_at_resource(
        &self,
        account: &Account,
        resource: Id,
        operation: &str,
    ) -> Result<Look, CloudError> {
        let Some(record) = self.inventory().resource(resource) else {
            return Ok(Look::Ended(End::Success));
        };
        let there = sync::resource_once(self, account, &record).await?;
        let now = there.and_then(|id| self.inventory().resource(id));
        Ok(match (now, operation) {
            (None, _) => Look::Ended(End::Success),
            (Some(now), _) if transient(&now) => Look::Again,
            (Some(now), operation) if reached(&now, operation) => Look::Ended(End::Success),
            (Some(now), _) => {
                let state = now.attributes.text("state").unwrap_or("unknown").to_owned();
                Look::Ended(End::Failed(format!("the reply was lost; the resource is {state} now")))
            }
        })
    }

    /// Ends a job and records what became of its resource.
    async fn conclude(&self, id: Id, end: &End) -> Result<(), AppError> {
        let Some(job) = self.inventory().job(id) else { return Ok(()) };
        let (resource, account, is_deletion) = match &job.work {
            Work::Done => return Ok(()),
            Work::Create { resource, account, .. } => (*resource, account.clone(), false),
            Work::Change { resource, account, operation, .. } => {
                (*resource, account.clone(), operation == "delete")
            }
        };
        let record = self.inventory().resource(resource);
        let mut there = record.is_some();
        let deleted = is_deletion && *end == End::Success;
        if let (Some(record), Some(account), false) = (&record, self.account(&account), deleted)
            && let Ok(id) = sync::resource_once(self, account, record).await
        {
            there = id.is_some();
        }
        let mut writer = self.inventory().writer().await;
        let Some(mut job) = writer.job(id) else { return Ok(()) };
        if job.work == Work::Done {
            return Ok(());
        }
        if let Some(record) = record {
            let unmade = record.replicas.is_empty() && *end != End::Success;
            if deleted || !there || unmade {
                self.forget(&mut writer, record.kind, resource);
                job = writer.job(id).unwrap_or(job);
            } else {
                affect(&mut job, &link_of(record.kind, resource));
            }
        }
        writer.put_job(self.end(job, end));
        Ok(writer.commit().await?)
    }
}

fn transient(resource: &Resource) -> bool {
    let states = cimi::model::schema(cimi::Edition::V2, resource.kind.type_name()).ty.states;
    let state = resource.attributes.text("state").and_then(|state| states?.find(state));
    state.is_some_and(cimi::model::State::is_transient)
}

fn reached(resource: &Resource, operation: &str) -> bool {
    let states = cimi::model::schema(cimi::Edition::V2, resource.kind.type_name()).ty.states;
    let state = resource.attributes.text("state");
    states.is_some_and(|states| {
        let mut transitions = states.transitions.iter().filter(|t| t.operation == operation);
        transitions.any(|transition| transition.to.is_some() && transition.to == state)
    })
}
