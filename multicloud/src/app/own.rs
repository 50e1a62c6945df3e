//! Resources that the manager itself has: templates and configurations, given to clouds by value.

use super::job::{self, End};
use super::{App, AppError, Begun, Ended, Problem, Request, forget, log};
use crate::kind::{Kind, Role};
use crate::record::{Resource, Work};
use crate::sync::link_of;

/// Whether the manager keeps resources of a kind itself.
pub(crate) fn keeps(kind: Kind) -> bool {
    matches!(kind.role(), Role::Configuration | Role::Template | Role::Log)
}

impl App {
    /// Creates a resource in the manager itself.
    pub(super) async fn create_own(&self, request: Request) -> Result<Begun, AppError> {
        if request.kind == Kind::EventLog {
            return self.create_log(request).await;
        }
        let id = self.inventory().next_id();
        let mut attributes = request.common;
        attributes.extend(request.template.attributes);
        if request.kind.role() == Role::Log {
            log::must_be_known(&attributes)?;
        }
        let now = job::date_time(self.clock().now());
        attributes.set("created", now.clone());
        attributes.set("updated", now);
        let resource = Resource::new(id, request.kind, attributes, self.owner());
        let job = self.new_job("add", request.kind.link(), &[link_of(request.kind, id)], Work::Done);
        let begun = Begun { job: job.id, resource: id, part: None, ended: Ended::Yes };
        let mut writer = self.inventory().writer().await;
        writer.put_resource(resource);
        writer.put_job(self.end(job, &End::Success));
        writer.commit().await?;
        Ok(begun)
    }

    /// Changes attributes of the manager's own resource.
    pub(super) async fn update_own(
        &self,
        resource: &Resource,
        set: &cimi::Attributes,
        erase: &[String],
    ) -> Result<Begun, AppError> {
        if resource.kind.role() == Role::Log {
            log::check(resource, set)?;
        }
        let id = resource.id;
        let mut writer = self.inventory().writer().await;
        let mut resource = writer.resource(id).ok_or_else(|| AppError::not_found("such resource"))?;
        for (name, value) in set.iter() {
            resource.attributes.set(name.to_owned(), value.clone());
        }
        for name in erase {
            resource.attributes.remove(name);
        }
        let path = link_of(resource.kind, id);
        if !(set.is_empty() && erase.is_empty()) {
            resource.attributes.set("updated", job::date_time(self.clock().now()));
            writer.put_resource(resource);
        }
        let job = self.new_job("edit", &path, &[], Work::Done);
        let begun = Begun { job: job.id, resource: id, part: None, ended: Ended::Yes };
        writer.put_job(self.end(job, &End::Success));
        writer.commit().await?;
        Ok(begun)
    }

    /// Deletes the manager's own resource, and references to it (5.10.1).
    pub(super) async fn delete_own(&self, resource: &Resource) -> Result<Begun, AppError> {
        // Its target will be gone: as 5.17.1 has it, the job names it, and does not list it.
        let job = self.new_job("delete", &link_of(resource.kind, resource.id), &[], Work::Done);
        let begun = Begun { job: job.id, resource: resource.id, part: None, ended: Ended::Yes };
        let mut writer = self.inventory().writer().await;
        if writer.resource(resource.id).is_none() {
            return Err(AppError::new(Problem::NotFound, "there is no such resource"));
        }
        writer.put_job(self.end(job, &End::Success));
        forget(&mut writer, &[(resource.kind, resource.id)]);
        writer.commit().await?;
        Ok(begun)
    }
}
