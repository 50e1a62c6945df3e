//! All that is written down of a plan before the first cloud hears of it: the system, its components, and their jobs.

use cimi::{Attributes, Reference, Value};

use super::super::policy::without_policy;
use super::super::{App, AppError, Within, job};
use super::must_be_settled;
use super::plan::{Accounts, Plan, Terms};
use crate::kind::Kind;
use crate::record::{Course, Id, Job, Resource, Stage, Work};
use crate::store::body;
use crate::sync::link_of;
use crate::system::{self, Component, Tie};

/// Records that are not written yet.
struct Written {
    records: Vec<Resource>,
    jobs: Vec<Job>,
}

impl App {
    /// Records everything, in one change.
    pub(super) async fn write_down(
        &self,
        plan: &Plan,
        terms: &Terms,
        accounts: &Accounts<'_>,
        within: Option<&Within>,
    ) -> Result<(), AppError> {
        let mut written = Written { records: Vec::new(), jobs: Vec::new() };
        let target = match within {
            None => Kind::System.link().to_owned(),
            Some(within) => format!("{}/{}", link_of(Kind::System, within.owner), within.parts.attribute()),
        };
        self.records(plan, (&target, None), terms, accounts, &mut written);
        let mut writer = self.inventory().writer().await;
        if let Some(within) = within {
            let owner = writer.resource(within.owner).filter(system::is_own);
            let mut owner = owner.ok_or_else(|| AppError::not_found("such system"))?;
            must_be_settled(&owner)?;
            let component = Component { kind: Kind::System, id: plan.system, tie: Tie::Child };
            system::add(&mut owner.attributes, component);
            writer.put_resource(owner);
        }
        for resource in written.records {
            writer.put_resource(resource);
        }
        for job in written.jobs {
            if let Work::Create { resource, .. } = &job.work
                && let Some((_, decision)) = accounts.get(resource)
            {
                writer.put_decision(job.id, (*decision).clone());
            }
            writer.put_job(job);
        }
        Ok(writer.commit().await?)
    }

    /// The records of a plan. `place`: the collection where it comes, and the job that its own is part of.
    fn records(
        &self,
        plan: &Plan,
        (target, whole): (&str, Option<Id>),
        terms: &Terms,
        accounts: &Accounts<'_>,
        written: &mut Written,
    ) {
        let path = link_of(Kind::System, plan.system);
        let mut record = self.record_of(Kind::System, plan.system, &plan.common);
        record.attributes.set("updated", job::date_time(self.clock().now()));
        for component in &plan.components {
            system::add(&mut record.attributes, *component);
        }
        written.records.push(record);
        written.records.extend(plan.logs.iter().cloned());
        let steps = plan.steps.clone();
        let stage = if whole.is_some() { Stage::Planned } else { Stage::Accepted };
        let parts =
            steps.iter().map(|step| Value::Ref(Reference::to(Job::path(step.job)))).collect::<Vec<_>>();
        let jobs_of_components = steps.clone();
        let course = Course::Make { steps, policies: terms.policies.clone(), on_failure: terms.on_failure };
        let work = Work::System { resource: plan.system, course, stage };
        let mut job = self.new_job("add", target, std::slice::from_ref(&path), work);
        job.id = plan.job;
        if !parts.is_empty() {
            job.attributes.set("nestedJobs", parts);
        }
        job.attributes.set_some("parentJob", whole.map(|whole| Reference::to(Job::path(whole))));
        written.jobs.push(job);
        for step in jobs_of_components {
            let target = format!("{path}/{}", step.kind.link());
            if step.kind == Kind::System {
                let inner = plan.inner.iter().find(|inner| inner.system == step.resource);
                let place = (target.as_str(), Some(plan.job));
                if let Some(inner) = inner {
                    self.records(inner, place, terms, accounts, written);
                }
                continue;
            }
            let common = body::from_text(step.kind.type_name(), &step.common).unwrap_or_default();
            written.records.push(self.record_of(step.kind, step.resource, &common));
            // Where it is to be, if all were placed together: that cloud is asked first.
            let account =
                accounts.get(&step.resource).map(|(account, _)| account.clone()).unwrap_or_default();
            let work = Work::Create { resource: step.resource, account, stage: Stage::Planned };
            let mut job = self.new_job("add", &target, &[link_of(step.kind, step.resource)], work);
            job.id = step.job;
            job.attributes.set("parentJob", Reference::to(Job::path(plan.job)));
            written.jobs.push(job);
        }
    }

    fn record_of(&self, kind: Kind, id: Id, common: &Attributes) -> Resource {
        let mut attributes = without_policy(common);
        attributes.set("created", job::date_time(self.clock().now()));
        if kind.schema().ty.states.is_some() {
            attributes.set("state", "CREATING");
        }
        Resource::new(id, kind, attributes, self.owner())
    }

    /// Nothing of it has been.
    pub(super) async fn take_back(&self, plan: &Plan) -> Result<(), AppError> {
        let mut writer = self.inventory().writer().await;
        let (mut gone, mut jobs) = (Vec::new(), Vec::new());
        plan.each(&mut |plan| {
            gone.push((Kind::System, plan.system));
            gone.extend(plan.steps.iter().map(|step| (step.kind, step.resource)));
            jobs.push(plan.job);
            jobs.extend(plan.steps.iter().map(|step| step.job));
        });
        for job in jobs {
            writer.forget_job(job);
        }
        self.commit_without(writer, &gone).await
    }
}
