//! Changing what a cloud has: operations, updates, deletion, connections of volumes.

use std::sync::Arc;

use cimi::Attributes;
use cimi::model::is_set_on_creation;

use super::job::{End, nest};
use super::reference::Beside;
use super::{App, AppError, Begun, Ended, Problem, growth, own, policy};
use crate::account::Account;
use crate::connector::{Class, CloudError, Native, Parts, Started};
use crate::event::{self, About, Content, Deed, Event, Origin, Severity};
use crate::kind::Role;
use crate::placement::Amounts;
use crate::record::{Id, Resource, Stage, Work};
use crate::sync::{self, link_of};
use crate::system;

/// A change of one resource.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// An operation by its bare name.
    Act {
        /// The operation.
        operation: String,
        /// Its parameters; references as paths of the manager.
        parameters: Attributes,
    },
    /// An update.
    Edit {
        /// Attributes to set.
        set: Attributes,
        /// Attributes to erase.
        erase: Vec<String>,
    },
    /// Deletion.
    Delete,
    /// A resource is put among its parts: a volume is connected to a machine.
    Insert {
        /// Which parts.
        parts: Parts,
        /// The resource.
        target: Id,
        /// Accessory attributes.
        accessories: Attributes,
    },
    /// A resource is taken out from there; it lives on.
    Remove {
        /// Which parts.
        parts: Parts,
        /// The resource.
        target: Id,
    },
    /// A part more: a disk of a machine.
    AddPart {
        /// Which parts.
        parts: Parts,
        /// What it is to be; references as paths of the manager.
        attributes: Attributes,
    },
    /// A part less.
    DeletePart {
        /// Which parts.
        parts: Parts,
        /// What its cloud calls it.
        part: Native,
    },
}

impl App {
    /// Changes a resource. `version`: only if it still has this one.
    ///
    /// # Errors
    /// If there is no such resource, its version is another, its cloud is out of reach, or the cloud refuses. Nothing is left
    /// behind then.
    pub async fn change(&self, id: Id, version: Option<i64>, change: Change) -> Result<Begun, AppError> {
        self.change_as(id, version, change, None).await
    }

    /// Changes a resource, as a part of another job.
    pub(super) async fn change_within(&self, id: Id, change: Change, whole: Id) -> Result<Begun, AppError> {
        self.change_as(id, None, change, Some(whole)).await
    }

    async fn change_as(
        &self,
        id: Id,
        version: Option<i64>,
        change: Change,
        whole: Option<Id>,
    ) -> Result<Begun, AppError> {
        let app = self.clone();
        self.whole(async move {
            // Changes of one resource come one after the other: each sees the version that the one before has made.
            let _turn = app.inner.locks.turn(id).await;
            app.change_here(id, version, change, whole).await
        })
        .await
    }

    async fn change_here(
        &self,
        id: Id,
        version: Option<i64>,
        change: Change,
        whole: Option<Id>,
    ) -> Result<Begun, AppError> {
        let resource = self.inventory().resource(id).ok_or_else(|| AppError::not_found("such resource"))?;
        self.must_change(&resource)?;
        if version.is_some_and(|version| version != resource.version) {
            return Err(AppError::new(Problem::Changed, "the resource was changed meanwhile"));
        }
        if let Change::Edit { set, .. } = &change {
            if resource.replicas.is_empty() && own::keeps(resource.kind) {
                policy::must_be_usable(set)?;
            } else {
                policy::must_not_be_said(&resource, set)?;
            }
        }
        if system::is_own(&resource) {
            return self.change_system(&resource, change, whole).await;
        }
        if resource.is_gone() {
            return self.change_of_gone(&resource, &change).await;
        }
        let Some(account) = self.home(&resource)? else {
            return match change {
                Change::Edit { set, erase } => self.update_own(&resource, &set, &erase).await,
                Change::Delete => self.delete_own(&resource).await,
                _ => Err(AppError::new(Problem::Unsupported, "there is no such operation")),
            };
        };
        if change.is_empty() {
            return self.nothing_to_do(&resource, &change).await;
        }
        let more = growth::of(&account, &resource, &change).await;
        let job = self.announce_change(&resource, &account, &change, more, whole).await?;
        if let Some(more) = more.map(Amounts::rise).filter(|more| *more != Amounts::default())
            && let Err(refusal) = self.hold_growth(job, &resource, &account, more)
        {
            self.there_was_none(job, &refusal).await;
            return Err(refusal);
        }
        match self.ask(&account, &resource, &change).await {
            Ok(started) => Ok(self.changed(&account, job, &resource, &change, started).await),
            Err(error) if error.class == Class::UnknownOutcome => {
                tracing::warn!(account = %account.name, %error, "a change went unanswered");
                account.notice(&error, self.clock().now());
                self.follow(job, Some(change));
                Ok(Begun { job, resource: id, part: None, ended: Ended::No })
            }
            Err(error) => {
                let is_gone = error.class == Class::Gone;
                let refused = self.refused(&account, job, &resource, error).await;
                match self.inventory().resource(id).filter(|now| is_gone && now.is_gone()) {
                    Some(now) => self.change_of_gone(&now, &change).await,
                    None => Err(refused),
                }
            }
        }
    }

    /// What its cloud does not have any more can be deleted, which no cloud hears of. It is not made again.
    async fn change_of_gone(&self, resource: &Resource, change: &Change) -> Result<Begun, AppError> {
        if *change == Change::Delete {
            return self.delete_own(resource).await;
        }
        let accounts: Vec<&str> = resource.replicas.iter().map(|replica| replica.account.as_str()).collect();
        let message = format!(
            "{} does not have it any more: all that is left is to delete it here",
            accounts.join(", ")
        );
        Err(AppError::new(Problem::Conflict, message))
    }

    /// The account of a resource; `None` for the manager's own.
    ///
    /// # Errors
    /// `Unsupported` for what several clouds have, `Conflict` while it is being created, `Unavailable` if its cloud is.
    fn home(&self, resource: &Resource) -> Result<Option<Arc<Account>>, AppError> {
        match resource.replicas.as_slice() {
            [] if own::keeps(resource.kind) => Ok(None),
            [] => Err(AppError::new(Problem::Conflict, "the resource is still being created")),
            [replica] => self.reachable(&replica.account).map(Some),
            replicas => {
                let clouds: Vec<&str> = replicas.iter().map(|replica| replica.account.as_str()).collect();
                let message =
                    format!("{} have it, each its own: it cannot be changed here", clouds.join(" and "));
                Err(AppError::new(Problem::Unsupported, message))
            }
        }
    }

    async fn announce_change(
        &self,
        resource: &Resource,
        account: &Account,
        change: &Change,
        more: Option<Amounts>,
        whole: Option<Id>,
    ) -> Result<Id, AppError> {
        let work = Work::Change {
            resource: resource.id,
            account: account.name.clone(),
            operation: change.operation().to_owned(),
            parts: change.parts().map(|parts| parts.attribute().to_owned()),
            more,
            stage: Stage::Sent,
        };
        let affected = match &change {
            Change::Insert { target, .. } | Change::Remove { target, .. } => {
                let target = self.inventory().resource(*target);
                target.iter().map(|target| link_of(target.kind, target.id)).collect()
            }
            _ => Vec::new(),
        };
        let path = link_of(resource.kind, resource.id);
        let (target, affected) = match &change {
            // The target of an add is the collection (5.17.1).
            Change::AddPart { parts, .. } => (format!("{path}/{}", parts.attribute()), vec![path]),
            _ => (path, affected),
        };
        let mut job = self.new_job(change.name(), &target, &affected, work);
        let id = job.id;
        let mut writer = self.inventory().writer().await;
        nest(&mut writer, &mut job, whole)?;
        writer.put_job(job);
        writer.commit().await?;
        Ok(id)
    }

    async fn ask(
        &self,
        account: &Account,
        resource: &Resource,
        change: &Change,
    ) -> Result<Started, CloudError> {
        let native = resource.replica_at(&account.name);
        let native = native.ok_or_else(|| CloudError::new(Class::Gone, "it is at no cloud"))?;
        let cloud = account.connector.of(resource.kind)?;
        let translated = |attributes: &Attributes| {
            let translated = self.at_cloud(account, attributes, Beside::Overrides);
            translated.map_err(|reason| CloudError::new(Class::Invalid, reason))
        };
        match change {
            Change::Act { operation, parameters } => {
                cloud.act(resource.kind, native, operation, &translated(parameters)?).await
            }
            Change::Edit { set, erase } => {
                cloud.update(resource.kind, native, &translated(set)?, erase).await
            }
            Change::Delete => cloud.delete(resource.kind, native).await,
            Change::Insert { parts, target, accessories } => {
                let target = self.native_at(account, *target)?;
                cloud.insert(native, *parts, &target, &translated(accessories)?).await
            }
            Change::Remove { parts, target } => {
                cloud.remove(native, *parts, &self.native_at(account, *target)?).await
            }
            Change::AddPart { parts, attributes } => {
                cloud.add_part(native, *parts, &translated(attributes)?).await
            }
            Change::DeletePart { parts, part } => cloud.delete_part(native, *parts, part).await,
        }
    }

    fn native_at(&self, account: &Account, id: Id) -> Result<Native, CloudError> {
        let resource = self.inventory().resource(id);
        let native = resource.as_ref().and_then(|resource| resource.replica_at(&account.name));
        native.cloned().ok_or_else(|| {
            let kind = resource.as_ref().map_or("resource", |resource| resource.kind.type_name());
            CloudError::new(Class::Invalid, format!("that {kind} is not in the cloud {}", account.name))
        })
    }

    async fn changed(
        &self,
        account: &Account,
        job: Id,
        resource: &Resource,
        change: &Change,
        started: Started,
    ) -> Begun {
        self.tell_of_secrets(resource, change).await;
        let part = started.created.filter(|_| matches!(change, Change::AddPart { .. }));
        let ended = self.accepted(job, started.rest).await;
        if ended == Ended::No || *change != Change::Delete {
            // Where this fails, the next look shows the same.
            let _ = sync::resource_once(self, account, resource).await;
        }
        Begun { job, resource: resource.id, part, ended }
    }

    /// Tells that something secret was changed, which no record shows, and what it is called.
    async fn tell_of_secrets(&self, resource: &Resource, change: &Change) {
        let Change::Edit { set, .. } = change else { return };
        let unseen = set.filtered(|name| !resource.attributes.contains(name) && !is_set_on_creation(name));
        if resource.kind.role() != Role::Secret || unseen.is_empty() {
            return;
        }
        let (about, by) = (About::resource(resource), self.actor().user.as_deref().map(str::to_owned));
        let detail = "what is secret of it was changed, and is not shown";
        let event = Event::notice(self.clock().now(), about, Severity::Low, detail);
        let content = Content::Model {
            change: Deed::Update,
            before: serde_json::Map::new(),
            after: event::shown(resource.kind, &unseen),
            detail: Some(detail.to_owned()),
        };
        let event =
            Event { origin: Origin::Asked { by }, content, ..event.of_tenant(resource.owner.clone()) };
        let mut writer = self.inventory().writer().await;
        writer.tell(event);
        if let Err(error) = writer.commit().await {
            tracing::error!(%error, "that a secret was changed cannot be told");
        }
    }

    /// The cloud refused: there has been no job, unless it is a part of another.
    async fn refused(&self, account: &Account, job: Id, resource: &Resource, error: CloudError) -> AppError {
        account.notice(&error, self.clock().now());
        let refusal = AppError::at(&account.name, &error);
        self.there_was_none(job, &refusal).await;
        if matches!(error.class, Class::Gone | Class::Conflict) {
            // What the manager thought of it was not so; where this look fails, the next shows it.
            let _ = sync::resource_once(self, account, resource).await;
        }
        refusal
    }

    /// Drops the job of a change that was refused.
    pub(super) async fn there_was_none(&self, job: Id, refusal: &AppError) {
        let mut writer = self.inventory().writer().await;
        self.drop_job(&mut writer, job, refusal);
        if let Err(error) = writer.commit().await {
            tracing::error!(job = job.0, %error, "a refusal cannot be recorded yet");
            self.follow(job, None);
        }
        self.inner.ledger.release(job.0);
    }

    /// A change that changes nothing has its job all the same (4.2.1.6).
    async fn nothing_to_do(&self, resource: &Resource, change: &Change) -> Result<Begun, AppError> {
        let job = self.new_job(change.name(), &link_of(resource.kind, resource.id), &[], Work::Done);
        let job = self.end(job, &End::Success);
        let begun = Begun { job: job.id, resource: resource.id, part: None, ended: Ended::Yes };
        let mut writer = self.inventory().writer().await;
        writer.put_job(job);
        writer.commit().await?;
        Ok(begun)
    }
}

impl Change {
    /// The action's bare name.
    pub fn name(&self) -> &str {
        match self {
            Self::Act { operation, .. } => operation,
            Self::Edit { .. } => "edit",
            Self::Delete | Self::DeletePart { .. } => "delete",
            Self::Insert { .. } => "insert",
            Self::Remove { .. } => "remove",
            Self::AddPart { .. } => "add",
        }
    }

    /// What a record of the work calls it: what happens to the resource itself.
    fn operation(&self) -> &str {
        match self {
            Self::AddPart { .. } => "add-part",
            Self::DeletePart { .. } => "delete-part",
            _ => self.name(),
        }
    }

    /// The collection of parts that it is about.
    fn parts(&self) -> Option<Parts> {
        match self {
            Self::Insert { parts, .. }
            | Self::Remove { parts, .. }
            | Self::AddPart { parts, .. }
            | Self::DeletePart { parts, .. } => Some(*parts),
            Self::Act { .. } | Self::Edit { .. } | Self::Delete => None,
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Edit { set, erase } if set.is_empty() && erase.is_empty())
    }
}
