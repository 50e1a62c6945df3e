//! Changing what a cloud has: operations, updates, deletion, attachments.

use std::sync::Arc;

use cimi::Attributes;

use super::follow::Followed;
use super::job::End;
use super::{App, AppError, Begun, Ended, Problem};
use crate::account::Account;
use crate::connector::{Class, CloudError, Native, Started};
use crate::kind::Kind;
use crate::record::{Id, Resource, Stage, Work};
use crate::sync::link_of;

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
    /// Attachment of a volume to a machine.
    Attach {
        /// The volume.
        volume: Id,
        /// Accessory attributes.
        accessories: Attributes,
    },
    /// Detachment.
    Detach {
        /// The volume.
        volume: Id,
    },
}

impl App {
    /// Changes a resource. `version`: only if it still has this one.
    ///
    /// # Errors
    /// If there is no such resource, its version is another, its cloud is out of reach, or the cloud refuses.
    pub async fn change(&self, id: Id, version: Option<i64>, change: Change) -> Result<Begun, AppError> {
        let resource = self.inventory().resource(id).ok_or_else(|| AppError::not_found("such resource"))?;
        if version.is_some_and(|version| version != resource.version) {
            return Err(AppError::new(Problem::Changed, "the resource was changed meanwhile"));
        }
        let Some(account) = self.home(&resource)? else {
            return self.change_own(&resource, change).await;
        };
        account.must_be_up()?;
        let work = Work::Change {
            resource: id,
            account: account.name.clone(),
            operation: change.name().to_owned(),
            stage: Stage::Sent,
        };
        let target = link_of(resource.kind, id);
        let affected = match &change {
            Change::Attach { volume, .. } | Change::Detach { volume } => vec![link_of(Kind::Volume, *volume)],
            _ => Vec::new(),
        };
        let job = self.new_job(change.name(), &target, &affected, work);
        let job_id = job.id;
        let mut writer = self.inventory().writer().await;
        writer.put_job(job);
        writer.commit().await?;
        match self.ask(&account, &resource, &change).await {
            Ok(started) => self.changed(&account, job_id, &resource, &change, started).await,
            Err(error) if error.class == Class::UnknownOutcome => {
                self.spawn_follow(job_id);
                Ok(Begun { job: job_id, resource: id, ended: Ended::No })
            }
            Err(error) => {
                account.notice(&error, self.clock().now());
                self.end_job(job_id, &End::Failed(error.message.clone())).await?;
                Err(error.into())
            }
        }
    }

    /// The account of a resource; `None` for the manager's own.
    ///
    /// # Errors
    /// `Unsupported` for what several clouds have, `Unavailable` while it is being created.
    pub(super) fn home(&self, resource: &Resource) -> Result<Option<Arc<Account>>, AppError> {
        match resource.replicas.as_slice() {
            [] if super::own::KINDS.contains(&resource.kind) => Ok(None),
            [] => Err(AppError::new(Problem::Conflict, "the resource is still being created")),
            [replica] => match self.account(&replica.account) {
                Some(account) => Ok(Some(account.clone())),
                None => Err(AppError::new(
                    Problem::Unavailable(60),
                    format!("the account {} is not in the configuration any more", replica.account),
                )),
            },
            _ => {
                Err(AppError::new(Problem::Unsupported, "several clouds have it: it cannot be changed here"))
            }
        }
    }

    async fn change_own(&self, resource: &Resource, change: Change) -> Result<Begun, AppError> {
        match change {
            Change::Edit { set, erase } => self.update_own(resource.clone(), &set, &erase).await,
            Change::Delete => self.delete_own(resource).await,
            _ => Err(AppError::new(Problem::Unsupported, "there is no such operation")),
        }
    }

    async fn ask(
        &self,
        account: &Account,
        resource: &Resource,
        change: &Change,
    ) -> Result<Started, CloudError> {
        let replica = resource.replicas.first().map(|replica| &replica.native);
        let native = replica.ok_or_else(|| CloudError::new(Class::Gone, "it is at no cloud"))?;
        let cloud = &account.connector;
        let translated = |attributes: &Attributes| {
            self.at_cloud(account, attributes).map_err(|reason| CloudError::new(Class::Invalid, reason))
        };
        match change {
            Change::Act { operation, parameters } => {
                cloud.act(resource.kind, native, operation, &translated(parameters)?).await
            }
            Change::Edit { set, erase } => {
                cloud.update(resource.kind, native, &translated(set)?, erase).await
            }
            Change::Delete => cloud.delete(resource.kind, native).await,
            Change::Attach { volume, accessories } => {
                let volume = self.native_at(account, *volume)?;
                cloud.attach(native, &volume, accessories).await
            }
            Change::Detach { volume } => cloud.detach(native, &self.native_at(account, *volume)?).await,
        }
    }

    fn native_at(&self, account: &Account, id: Id) -> Result<Native, CloudError> {
        let resource = self.inventory().resource(id);
        let replicas = resource.iter().flat_map(|resource| &resource.replicas);
        replicas
            .filter(|replica| replica.account == account.name)
            .map(|replica| replica.native.clone())
            .next()
            .ok_or_else(|| {
                CloudError::new(Class::Invalid, format!("the volume is not in the cloud {}", account.name))
            })
    }

    async fn changed(
        &self,
        account: &Account,
        job: Id,
        resource: &Resource,
        change: &Change,
        started: Started,
    ) -> Result<Begun, AppError> {
        let followed = self.followed(job, started.job).await?;
        if matches!(followed, Followed::On) || *change != Change::Delete {
            // What the cloud says now is what the next look shows.
            let _ = crate::sync::resource_once(self, account, resource).await;
        }
        let ended = match followed {
            Followed::Ended => Ended::Yes,
            Followed::On => Ended::No,
        };
        Ok(Begun { job, resource: resource.id, ended })
    }
}

impl Change {
    /// The action's bare name.
    pub fn name(&self) -> &str {
        match self {
            Self::Act { operation, .. } => operation,
            Self::Edit { .. } => "edit",
            Self::Delete => "delete",
            Self::Attach { .. } => "insert",
            Self::Detach { .. } => "remove",
        }
    }
}
