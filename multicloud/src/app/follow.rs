//! Following work at a cloud until it has ended, across restarts.
//!
//! What is known is in the job's record; a follower only reads it, looks at the cloud, and writes what it saw.

use std::sync::Arc;
use std::time::Duration;

use cimi::Value;
use cimi::model::States;
use jiff::Timestamp;

use super::job::{End, affect};
use super::search::Search;
use super::{App, AppError, Change, Ended, Problem, forget, growth};
use crate::account::Account;
use crate::connector::{Class, CloudError, JobState, Native, Parts, Rest, Stop};
use crate::directory;
use crate::record::{Id, Job, Resource, Stage, Work};
use crate::sync::{self, link_of};

/// Pauses between two looks.
const FIRST: Duration = Duration::from_millis(20);
const SLOWEST: Duration = Duration::from_secs(2);

/// How much longer than a request may take a cloud has to show what it was asked for, before what it does not show counts as not
/// done.
const MARGIN: Duration = Duration::from_secs(5);

/// What a look at the cloud showed.
enum Look {
    /// The work goes on.
    Again,
    /// What was asked for cannot be seen, or not yet.
    Nothing,
    /// It has ended; what else the cloud's job touched.
    Ended(End, Vec<Native>),
}

/// What came of following a job.
enum Followed {
    /// It has ended.
    Ended,
    /// It has had its time.
    GivenUp(Arc<Job>, Lack),
}

/// What has not come about in time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lack {
    /// Its cloud does not show what it was asked for.
    Unseen,
    /// Its cloud has not come to an end.
    Unended,
}

impl Look {
    fn success() -> Self {
        Self::Ended(End::Success, Vec::new())
    }

    fn failed(reason: impl Into<String>) -> Self {
        Self::Ended(End::Failed(reason.into()), Vec::new())
    }
}

impl App {
    /// Takes up every job that had not ended when the manager stopped.
    pub fn resume(&self) {
        for job in self.inventory().jobs() {
            match &job.work {
                Work::Done => {}
                // Whoever does the whole begins it.
                work if work.is_planned() => {}
                Work::System { .. } => self.drive(job.id),
                Work::Remove { .. } => self.remove_later(job.id),
                Work::Create { .. } | Work::Change { .. } => self.follow(job.id, None),
            }
        }
    }

    /// After a cloud accepted: ends the job, or follows what the cloud does. What goes wrong in the manager from here on does
    /// not make undone what the cloud has done: the job goes on until it is recorded.
    pub(super) async fn accepted(&self, id: Id, rest: Rest) -> Ended {
        let stage = match rest {
            Rest::None => None,
            Rest::Job(native, stop) => Some(Stage::Followed { native_job: native.0, stop }),
            Rest::Unknown => Some(Stage::Accepted),
        };
        let recorded = match &stage {
            None => self.conclude(id, &End::Success, &[]).await,
            Some(stage) => self.rewrite_job(id, |job| job.work.set_stage(stage.clone())).await,
        };
        match recorded {
            Ok(()) if stage.is_none() => return Ended::Yes,
            Ok(()) => {}
            Err(error) => tracing::error!(job = id.0, %error, "recorded later"),
        }
        self.follow(id, None);
        Ended::No
    }

    /// Follows a job in a task of its own. `change`: what was asked for, where that helps to see whether it was done.
    pub(super) fn follow(&self, id: Id, change: Option<Change>) {
        let app = self.itself();
        self.spawn(async move {
            app.follow_or_give_in(id, change.as_ref()).await;
            app.inner.nudges.forget(id);
        });
    }

    /// Follows a creation that gave no answer in a task of its own. Where it turns out that it was not taken, the search goes on.
    pub(super) fn pursue(&self, search: Search) {
        let app = self.clone();
        self.spawn(async move {
            let (id, itself) = (search.job, app.itself());
            let followed = itself.follow_to_the_end(id, None).await;
            if matches!(followed, Followed::GivenUp(_, Lack::Unseen)) {
                app.inner.nudges.forget(id);
                return app.search_on(search).await;
            }
            itself.give_in(&followed).await;
            itself.follow_or_give_in(id, None).await;
            app.inner.nudges.forget(id);
        });
    }

    async fn follow_or_give_in(&self, id: Id, change: Option<&Change>) {
        loop {
            let followed = self.follow_to_the_end(id, change).await;
            if matches!(followed, Followed::Ended) {
                return;
            }
            self.give_in(&followed).await;
        }
    }

    async fn follow_to_the_end(&self, id: Id, change: Option<&Change>) -> Followed {
        let nudge = self.inner.nudges.of(id);
        let mut pause = FIRST;
        let mut nothing_since = None;
        loop {
            let Some(job) = self.inventory().job(id).filter(|job| job.work != Work::Done) else {
                return Followed::Ended;
            };
            let now = self.clock().now();
            match self.look(&job, change).await {
                Ok(Look::Ended(end, touched)) => match self.conclude(id, &end, &touched).await {
                    Ok(()) => return Followed::Ended,
                    Err(error) => tracing::warn!(job = id.0, %error, "has ended, recorded later"),
                },
                Ok(Look::Again) if self.is_overdue(&job, now) => {
                    return Followed::GivenUp(job, Lack::Unended);
                }
                Ok(Look::Again) => nothing_since = None,
                Ok(Look::Nothing) => {
                    let since = *nothing_since.get_or_insert(now);
                    // However often somebody has asked meanwhile.
                    if now.duration_since(since).unsigned_abs() >= self.patience(&job.work) {
                        return Followed::GivenUp(job, Lack::Unseen);
                    }
                }
                Err(error) => tracing::debug!(job = id.0, %error, "look again later"),
            }
            tokio::time::sleep(FIRST).await;
            pause = match tokio::time::timeout(pause.saturating_sub(FIRST), nudge.notified()).await {
                Ok(()) => FIRST,
                Err(_) => (pause * 2).min(SLOWEST),
            };
        }
    }

    /// How long a cloud has to show what was asked for.
    fn patience(&self, work: &Work) -> Duration {
        let account = work.target().and_then(|(_, account)| self.account(account));
        account.map_or(MARGIN, |account| account.connector.deadline() + MARGIN)
    }

    /// Whether its cloud has worked on a job for longer than it may.
    fn is_overdue(&self, job: &Job, now: Timestamp) -> bool {
        let Some(Value::DateTime(created)) = job.attributes.get("created") else { return false };
        let Some(created) = created.instant() else { return false };
        let age = now.duration_since(created);
        !age.is_negative() && age.unsigned_abs() > self.inner.times.longest_job
    }

    /// Ends a job that has had its time, if that can be recorded now. What it was about is looked at once more.
    async fn give_in(&self, followed: &Followed) {
        let Followed::GivenUp(job, lack) = followed else { return };
        let reason = match lack {
            Lack::Unseen => unseen(&job.work),
            Lack::Unended => self.unended(&job.work),
        };
        let target = job.work.target().and_then(|(id, _)| self.inventory().resource(id));
        let is_nowhere = target.is_some_and(|it| it.replicas.is_empty());
        let given_in = match &job.work {
            Work::Create { .. } if is_nowhere => self.unanswered(job.id, reason).await,
            _ => self.conclude(job.id, &End::Failed(reason), &[]).await,
        };
        if let Err(error) = given_in {
            tracing::warn!(job = job.id.0, %error, "has ended, recorded later");
        }
    }

    /// Why a job counts as failed on which its cloud goes on.
    fn unended(&self, work: &Work) -> String {
        let account = work.target().map_or("its cloud", |(_, account)| account);
        let minutes = self.inner.times.longest_job.as_secs() / 60;
        format!(
            "{account} has not come to an end in {minutes} minutes: it may go on, look at what it is about"
        )
    }

    /// One look at a job that is followed, for somebody who waits for it. What cannot be seen now is seen by its follower.
    pub(super) async fn look_once(&self, id: Id) {
        let Some(job) = self.inventory().job(id).filter(|job| job.work != Work::Done) else { return };
        if let Ok(Look::Ended(end, touched)) = self.look(&job, None).await
            && let Err(error) = self.conclude(id, &end, &touched).await
        {
            tracing::warn!(job = id.0, %error, "has ended, recorded later");
        }
    }

    async fn look(&self, job: &Job, change: Option<&Change>) -> Result<Look, CloudError> {
        let (resource, name, stage) = match &job.work {
            Work::Done => return Ok(Look::success()),
            Work::System { .. } | Work::Remove { .. } => return Ok(Look::Again),
            Work::Create { resource, account, stage } | Work::Change { resource, account, stage, .. } => {
                (*resource, account, stage)
            }
        };
        let Some(account) = self.account(name) else {
            return match self.directory().get::<directory::Account>(name) {
                // It goes on once the account does.
                Some(_) => Err(CloudError::new(Class::Unavailable, self.absence(name))),
                None => Ok(Look::failed(self.absence(name).to_string())),
            };
        };
        account.must_be_up()?;
        if let Stage::Followed { native_job, .. } = stage {
            let native = Native(native_job.clone());
            match account.connector.job(&native).await {
                Ok(JobState::Running { percent, stop }) => {
                    return Ok(self.goes_on(job, &account, &native, (percent, stop)).await);
                }
                Ok(ended) => return self.has_ended(job, &account, resource, ended).await,
                // Clouds forget their jobs sooner or later: the resource itself shows what came of it.
                Err(error) if error.class == Class::Gone => {}
                Err(error) => {
                    account.notice(&error, self.clock().now());
                    return Err(error);
                }
            }
        }
        let Some(record) = self.inventory().resource(resource) else {
            return Ok(match job.work {
                Work::Create { .. } => Look::failed("it was deleted meanwhile"),
                _ => Look::success(),
            });
        };
        match &job.work {
            Work::Change { operation, parts, .. } => {
                if matches!(operation.as_str(), "insert" | "remove") {
                    // Records of old are all of volumes.
                    let parts = parts.as_deref().unwrap_or(Parts::VOLUMES.attribute());
                    return self.look_at_parts(&account, &record, parts, operation, job).await;
                }
                self.look_at_change(&account, &record, operation, change).await
            }
            _ => self.look_for_creation(&account, &record).await,
        }
    }

    async fn goes_on(
        &self,
        job: &Job,
        account: &Account,
        native: &Native,
        (percent, stop): (u8, Stop),
    ) -> Look {
        if let Err(error) = self.progress(job.id, percent, Some(stop)).await {
            tracing::debug!(job = job.id.0, %error, "progress is not recorded");
        }
        // It was to be stopped, and its cloud has not heard of it.
        if job.is_stopping()
            && stop == Stop::Offered
            && let Err(error) = self.halt(account, job.id, native).await
        {
            tracing::info!(job = job.id.0, %error, "is not stopped");
        }
        Look::Again
    }

    async fn has_ended(
        &self,
        job: &Job,
        account: &Account,
        resource: Id,
        state: JobState,
    ) -> Result<Look, CloudError> {
        Ok(match state {
            JobState::Running { .. } => Look::Again,
            JobState::Succeeded(touched) => {
                let record = self.inventory().resource(resource);
                let is_creation = matches!(job.work, Work::Create { .. });
                match record.filter(|record| is_creation && record.replicas.is_empty()) {
                    // The cloud has not said what it made: that carries the token.
                    Some(record) => self.look_for_creation(account, &record).await?,
                    None => Look::Ended(End::Success, touched),
                }
            }
            JobState::Failed(reason) => Look::failed(reason),
            JobState::Stopped => Look::Ended(End::Stopped, Vec::new()),
        })
    }

    /// Is what was to be created there? Found by its token, if the cloud's reply was lost or never waited for.
    async fn look_for_creation(&self, account: &Account, record: &Resource) -> Result<Look, CloudError> {
        if record.replicas.is_empty() {
            let look = self.inventory().look();
            let token = self.inventory().token(record.id);
            let found = account.connector.of(record.kind)?.find(record.kind, &token).await;
            let found = found.inspect_err(|error| account.notice(error, self.clock().now()))?;
            let Some(found) = found else { return Ok(Look::Nothing) };
            sync::record(self, account, record.kind, found, look).await?;
        } else if sync::resource_once(self, account, record).await?.is_none() {
            return Ok(Look::failed("the cloud does not have it any more"));
        }
        let now = self.inventory().resource(record.id);
        Ok(match now.as_deref().map(standing) {
            Some(Standing::Moving) => Look::Again,
            Some(Standing::Broken(state)) => Look::failed(format!("it came to the state {state}")),
            Some(Standing::Stable) => Look::success(),
            None => Look::failed("it was deleted meanwhile"),
        })
    }

    /// Does the resource show what was asked for?
    async fn look_at_change(
        &self,
        account: &Account,
        record: &Resource,
        operation: &str,
        change: Option<&Change>,
    ) -> Result<Look, CloudError> {
        let there = sync::resource_once(self, account, record).await?;
        let Some(now) = there.and_then(|id| self.inventory().resource(id)) else {
            return Ok(if operation == "delete" { Look::success() } else { Look::failed("it is gone") });
        };
        if matches!(standing(&now), Standing::Moving) {
            return Ok(Look::Again);
        }
        let done = match (operation, change) {
            ("delete", _) => false,
            ("edit", Some(Change::Edit { set, erase })) => {
                set.iter().all(|(name, value)| now.attributes.get(name) == Some(value))
                    && !erase.iter().any(|name| now.attributes.contains(name))
            }
            _ => reached(&now, operation),
        };
        Ok(if done { Look::success() } else { Look::Nothing })
    }

    /// Is what was to be put among the parts of a resource there, or what was to be taken out not?
    async fn look_at_parts(
        &self,
        account: &Account,
        owner: &Resource,
        parts: &str,
        operation: &str,
        job: &Job,
    ) -> Result<Look, CloudError> {
        let Some(id) = sync::resource_once(self, account, owner).await? else {
            return Ok(Look::failed("it is gone"));
        };
        let now = self.inventory().resource(id);
        let (Some(now), Some(parts)) = (now, Parts::of(owner.kind, parts)) else { return Ok(Look::Nothing) };
        if matches!(standing(&now), Standing::Moving) {
            return Ok(Look::Again);
        }
        let is_there = self.is_among(account, &now, parts, job).await?;
        Ok(if is_there == (operation == "insert") { Look::success() } else { Look::Nothing })
    }

    async fn is_among(
        &self,
        account: &Account,
        owner: &Resource,
        parts: Parts,
        job: &Job,
    ) -> Result<bool, CloudError> {
        let Some(replica) = owner.replicas.first() else { return Ok(false) };
        let parts = account.connector.of(owner.kind)?.parts(&replica.native, parts).await;
        let parts = parts.inspect_err(|error| account.notice(error, self.clock().now()))?;
        let among = |path: &str| {
            parts.members.iter().filter_map(|part| part.target.as_ref()).any(|native| {
                let id = self.inventory().by_native(&account.name, native);
                let target = id.and_then(|id| self.inventory().resource(id));
                target.is_some_and(|target| link_of(target.kind, target.id) == path)
            })
        };
        let affected = job.attributes.items("affectedResources").iter();
        let mut paths = affected.filter_map(|item| item.as_ref()?.href.as_deref());
        Ok(paths.any(among))
    }

    /// Ends a job once what became of its resource is recorded.
    ///
    /// # Errors
    /// If the cloud does not say now what became of it, or it cannot be recorded: the job goes on then.
    async fn conclude(&self, id: Id, end: &End, touched: &[Native]) -> Result<(), AppError> {
        let Some(job) = self.inventory().job(id) else { return Ok(()) };
        let (resource, account, operation) = match &job.work {
            // The jobs within it tell of what is done with a system.
            Work::Done | Work::System { .. } | Work::Remove { .. } => return Ok(()),
            Work::Create { resource, account, .. } => (*resource, account, "add"),
            Work::Change { resource, account, operation, .. } => (*resource, account, operation.as_str()),
        };
        let account = self.account(account);
        let deleted = operation == "delete" && *end == End::Success;
        let record = self.inventory().resource(resource);
        if let (Some(record), Some(account)) = (&record, &account) {
            if deleted {
                sync::after_deletion(self, account, resource).await;
            } else {
                let looked = sync::resource_once(self, account, record).await;
                looked.map_err(|error| AppError::at(&account.name, &error))?;
            }
            self.import(account, touched, record).await;
        }
        let mut writer = self.inventory().writer().await;
        // It may have ended while it was looked at.
        if writer.job(id).is_none_or(|job| job.work == Work::Done) {
            return Ok(());
        }
        let now = writer.resource(resource);
        let unmade = now
            .as_ref()
            .is_some_and(|now| operation == "add" && now.replicas.is_empty() && *end != End::Success);
        if let Some(now) = now.filter(|_| deleted || unmade) {
            let look = self.inventory().look();
            for replica in &now.replicas {
                writer.saw(look, self.clock().now(), &replica.account, &replica.native);
            }
            forget(&mut writer, &[(now.kind, resource)]);
        }
        if let Some(mut now) = writer.resource(resource).filter(|_| *end == End::Success) {
            let before = now.provenance;
            growth::keep(&mut now, &job.work);
            if now.provenance != before {
                writer.put_resource(now);
            }
        }
        if let Some(mut job) = writer.job(id) {
            if let Some(kind) = writer.kind_of(resource) {
                affect(&mut job, &link_of(kind, resource));
            }
            writer.put_job(self.end(job, end));
        }
        writer.commit().await?;
        self.tell_whole(id);
        Ok(())
    }

    /// Records what a cloud's job has touched beside the resource that it was about: volumes made along with a machine.
    async fn import(&self, account: &Account, touched: &[Native], beside: &Resource) {
        for native in touched {
            if let Err(error) = self.known_with(account, native, beside).await {
                tracing::debug!(account = %account.name, %error, "to be read by the next look at all");
            }
        }
    }

    /// The account of this name, if its cloud can be asked.
    ///
    /// # Errors
    /// `Unavailable`
    pub(super) fn reachable(&self, name: &str) -> Result<Arc<Account>, AppError> {
        let account =
            self.account(name).ok_or_else(|| AppError::new(Problem::Unavailable(60), self.absence(name)))?;
        account.must_be_up().map_err(|error| AppError::at(name, &error))?;
        Ok(account)
    }
}

/// What a state says of a resource.
enum Standing {
    /// It is on the way.
    Moving,
    /// It has come to rest.
    Stable,
    /// It has come to rest where it should not.
    Broken(String),
}

fn states(resource: &Resource) -> Option<&'static States> {
    resource.kind.schema().ty.states
}

fn standing(resource: &Resource) -> Standing {
    match resource.attributes.text("state") {
        _ if resource.is_moving() => Standing::Moving,
        Some(state @ ("ERROR" | "FAILED")) => Standing::Broken(state.to_owned()),
        _ => Standing::Stable,
    }
}

fn reached(resource: &Resource, operation: &str) -> bool {
    let state = resource.attributes.text("state");
    states(resource).is_some_and(|states| {
        let mut transitions = states.transitions.iter().filter(|it| it.operation == operation);
        transitions.any(|transition| transition.to.is_some() && transition.to == state)
    })
}

/// Why work counts as not done after all.
fn unseen(work: &Work) -> String {
    match work {
        Work::Create { account, stage: Stage::Planned | Stage::Sent, .. } => {
            format!("{account} gave no answer that tells what came of it, and does not have it: ask again")
        }
        Work::Create { account, .. } => format!("{account} accepted it, but does not have it: ask again"),
        Work::Change { account, stage: Stage::Sent, .. } => {
            let silence = format!("{account} gave no answer that tells what came of it");
            format!("{silence}, and the resource does not show the change: look, then ask again")
        }
        _ => "the cloud accepted it, but the resource does not show it".to_owned(),
    }
}
