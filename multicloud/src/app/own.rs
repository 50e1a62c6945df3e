//! Resources that the manager itself has: templates and configurations, given to clouds by value.

use cimi::{Attributes, Name, Value};

use super::job::{self, End};
use super::{App, AppError, Begun, Ended, Problem, Request};
use crate::kind::Kind;
use crate::record::{Id, Resource, Work};
use crate::sync::link_of;

/// The kinds that the manager keeps itself.
pub(crate) const KINDS: [Kind; 4] =
    [Kind::MachineConfiguration, Kind::VolumeConfiguration, Kind::MachineTemplate, Kind::VolumeTemplate];

impl App {
    /// Creates a resource in the manager itself.
    pub(super) async fn create_own(&self, request: Request) -> Result<Begun, AppError> {
        let id = self.inventory().next_id();
        let mut attributes = request.common;
        attributes.extend(request.template);
        let now = job::date_time(self.clock().now());
        attributes.set("created", now.clone());
        attributes.set("updated", now);
        let resource = Resource { id, kind: request.kind, attributes, version: 0, replicas: Vec::new() };
        let job = self.new_job("add", request.kind.link(), &[link_of(request.kind, id)], Work::Done);
        self.put_with_job(Some(resource), None, job).await.map(|job| Begun {
            job,
            resource: id,
            ended: Ended::Yes,
        })
    }

    /// Changes attributes of the manager's own resource.
    pub(super) async fn update_own(
        &self,
        mut resource: Resource,
        set: &Attributes,
        erase: &[String],
    ) -> Result<Begun, AppError> {
        for (name, value) in set.iter() {
            resource.attributes.set(name.to_owned(), value.clone());
        }
        for name in erase {
            resource.attributes.remove(name);
        }
        resource.attributes.set("updated", job::date_time(self.clock().now()));
        let id = resource.id;
        let job = self.new_job("edit", &link_of(resource.kind, id), &[], Work::Done);
        let job = self.put_with_job(Some(resource), None, job).await?;
        Ok(Begun { job, resource: id, ended: Ended::Yes })
    }

    /// Deletes the manager's own resource, and references to it (5.10.1).
    pub(super) async fn delete_own(&self, resource: &Resource) -> Result<Begun, AppError> {
        let job = self.new_job("delete", resource.kind.link(), &[], Work::Done);
        let job = self.put_with_job(None, Some(resource), job).await?;
        Ok(Begun { job, resource: resource.id, ended: Ended::Yes })
    }

    /// Writes a change that is complete, and its job, together.
    async fn put_with_job(
        &self,
        put: Option<Resource>,
        forget: Option<&Resource>,
        job: crate::record::Job,
    ) -> Result<Id, AppError> {
        let id = job.id;
        let mut writer = self.inventory().writer().await;
        if let Some(resource) = put {
            if resource.version > 0
                && writer.resource(resource.id).is_none_or(|now| now.version != resource.version)
            {
                return Err(AppError::new(Problem::Changed, "the resource was changed meanwhile"));
            }
            writer.put_resource(resource);
        }
        if let Some(resource) = forget {
            self.forget(&mut writer, resource.kind, resource.id);
        }
        writer.put_job(self.end(job, &End::Success));
        writer.commit().await?;
        Ok(id)
    }

    /// Removes a resource and every reference to it.
    pub(super) fn forget(&self, writer: &mut crate::inventory::Writer<'_>, kind: Kind, id: Id) {
        writer.forget_resource(id);
        let path = link_of(kind, id);
        job::unaffect(self, writer, &path);
        for holder in Kind::ALL.into_iter().flat_map(|kind| self.inventory().of_kind(kind)) {
            if holder.id == id || !holder.attributes.iter().any(|(_, value)| refers(value, &path)) {
                continue;
            }
            let Some(mut holder) = writer.resource(holder.id) else { continue };
            holder.attributes = without(holder.attributes, &path);
            writer.put_resource(holder);
        }
    }
}

fn refers(value: &Value, path: &str) -> bool {
    match value {
        Value::Ref(reference) => {
            reference.href.as_deref() == Some(path)
                || reference.attributes.iter().any(|(_, value)| refers(value, path))
        }
        Value::Array(items) => items.iter().any(|item| refers(item, path)),
        Value::Structure(fields) => fields.iter().any(|(_, value)| refers(value, path)),
        _ => false,
    }
}

fn without(attributes: Attributes, path: &str) -> Attributes {
    let kept = attributes.into_iter().filter_map(|(name, value)| Some((name, emptied(value, path)?)));
    kept.collect::<Vec<(Name, Value)>>().into_iter().collect()
}

fn emptied(value: Value, path: &str) -> Option<Value> {
    match value {
        Value::Ref(reference) if reference.href.as_deref() == Some(path) => None,
        Value::Ref(mut reference) => {
            reference.attributes = without(reference.attributes, path);
            Some(Value::Ref(reference))
        }
        Value::Array(items) => {
            Some(Value::Array(items.into_iter().filter_map(|item| emptied(item, path)).collect()))
        }
        Value::Structure(fields) => Some(Value::Structure(without(fields, path))),
        other => Some(other),
    }
}
