//! What whoever uses the manager may do with it: asked of `access` before anything else, by every use case that changes.

use std::sync::Arc;

use super::{App, AppError, Problem};
use crate::access::{Act, GATHER, ROUND, Refusal, Refusals, is_shared};
use crate::account::Account;
use crate::connector::{CloudError, Native};
use crate::directory::{self, Tenant};
use crate::event::About;
use crate::kind::Kind;
use crate::record::{Id, Job, Resource};
use crate::sync;

impl App {
    /// Whether a resource can be changed by whoever uses the manager.
    pub fn may_change(&self, resource: &Resource) -> bool {
        self.actor().may_change(resource)
    }

    /// Whether resources can be created by whoever uses the manager.
    pub fn may_create(&self) -> bool {
        self.actor().may(Act::Change)
    }

    /// Whether a job can be stopped or deleted by whoever uses the manager.
    pub fn may_change_job(&self, job: &Job) -> bool {
        self.actor().may_change_job(job)
    }

    /// To whom belongs what is created.
    pub(super) fn owner(&self) -> Option<String> {
        self.actor().tenant().map(str::to_owned)
    }

    pub(super) fn must_create(&self) -> Result<(), AppError> {
        if !self.may_create() {
            return Err(self.forbidden("create anything"));
        }
        let tenant = self.owner();
        let gone =
            tenant.filter(|name| !self.directory().get::<Tenant>(name).is_some_and(|it| it.is_enabled()));
        match gone {
            Some(name) => Err(AppError::new(Problem::Forbidden, format!("the tenant {name} is disabled"))),
            None => Ok(()),
        }
    }

    /// Refuses what is for who rules, in no tenant's name.
    pub(super) fn must_rule(&self, what: &str) -> Result<(), AppError> {
        if self.actor().may(Act::Rule) { Ok(()) } else { Err(self.forbidden(what)) }
    }

    pub(super) fn must_change(&self, resource: &Resource) -> Result<(), AppError> {
        if self.may_change(resource) { Ok(()) } else { Err(self.forbidden("change this resource")) }
    }

    pub(super) fn changeable_job(&self, id: Id) -> Result<Arc<Job>, AppError> {
        let job = self.inventory().job(id).ok_or_else(|| AppError::not_found("such job"))?;
        if self.may_change_job(&job) { Ok(job) } else { Err(self.forbidden("change this job")) }
    }

    /// Where refusals are counted.
    pub fn refusals(&self) -> &Arc<Refusals> {
        &self.inner.refusals
    }

    /// Counts that whoever uses the manager may not do something. `tenant`: whose admin is told.
    pub(crate) fn note_refusal(&self, tenant: Option<&str>, operation: &str, about: About, why: &str) {
        let refusal = Refusal {
            who: self.actor().user.as_deref().map(str::to_owned),
            tenant: tenant.map(str::to_owned),
            operation: operation.to_owned(),
            path: about.path,
            ty: about.ty,
            why: why.to_owned(),
        };
        self.inner.refusals.note(self.clock().now(), refusal);
    }

    /// Counts that whoever uses the manager asked for something that is not there for them. If it is there for others, the
    /// operator is told, and nobody else: it is none of theirs.
    pub(crate) fn note_unseen(&self, kind: Kind, id: Id) {
        if self.inner.inventory.resource(id).is_some_and(|resource| resource.kind == kind) {
            self.note_refusal(None, "see", About::of(kind, id, None), "it belongs to somebody else");
        }
    }

    /// Writes down what was refused, now and then, until the manager stops.
    pub async fn tell_refusals(self) {
        loop {
            self.inner.refusals.noted().await;
            tokio::time::sleep(GATHER).await;
            self.write_refusals().await;
            tokio::time::sleep(ROUND).await;
        }
    }

    /// Writes down what was refused since the last time.
    pub(super) async fn write_refusals(&self) {
        let mut writer = self.inner.inventory.writer().await;
        for event in self.inner.refusals.take() {
            writer.tell(event);
        }
        if let Err(error) = writer.commit().await {
            tracing::error!(%error, "what was refused cannot be recorded");
        }
    }

    fn forbidden(&self, what: &str) -> AppError {
        let why = format!("as {}, they may not {what}", self.actor().role);
        self.note_refusal(self.actor().tenant(), "change", About::manager(), &why);
        AppError::new(Problem::Forbidden, format!("as {}, you may not {what}", self.actor().role))
    }

    /// Whether the directory has an account, in use or not.
    pub(crate) fn is_kept(&self, name: &str) -> bool {
        self.directory().get::<directory::Account>(name).is_some()
    }

    /// What a cloud calls so, known from now on. If it is nobody's, it goes with what it was found at: the volume that was made
    /// along with a machine belongs to whom the machine does.
    ///
    /// # Errors
    /// The cloud's.
    pub(crate) async fn known_with(
        &self,
        account: &Account,
        native: &Native,
        beside: &Resource,
    ) -> Result<(), CloudError> {
        let manager = self.itself();
        let Some(id) = sync::known(&manager, account, native).await? else { return Ok(()) };
        let is_nobodys = manager.inventory().resource(id).is_some_and(|found| found.owner.is_none());
        if let (true, Some(_)) = (is_nobodys, &beside.owner)
            && let Err(error) = manager.give_to(id, beside.owner.as_deref()).await
        {
            tracing::error!(resource = id.0, %error, "whose it is cannot be recorded");
        }
        Ok(())
    }

    /// Notes whose a resource is that belonged to nobody.
    async fn give_to(&self, id: Id, owner: Option<&str>) -> Result<(), AppError> {
        let mut writer = self.inventory().writer().await;
        let Some(mut resource) = writer.resource(id).filter(|it| it.owner.is_none()) else { return Ok(()) };
        if owner.is_none() || is_shared(resource.kind) {
            return Ok(());
        }
        resource.owner = owner.map(str::to_owned);
        writer.put_resource(resource);
        Ok(writer.commit().await?)
    }
}
