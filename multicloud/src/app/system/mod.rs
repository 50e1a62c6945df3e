//! Systems of the manager's own (DSP0263 5.13): many resources, which may be at several clouds, made, used and deleted as one.
//!
//! Each is a saga. The job of the whole says what becomes of the system, and is written down before anything is asked of a cloud;
//! what is done with each component is a job within it, carried out as if somebody had asked for that alone. How far the whole is
//! can be told from those jobs and from nothing else, so that a manager that was stopped anywhere takes it up again.

mod again;
mod blueprint;
mod drive;
mod make;
mod operate;
mod plan;
mod records;
mod unmake;

use super::job::End;
use super::{App, AppError, Begun, Change, Ended, Problem};
use crate::connector::{Nature, Parts};
use crate::kind::Kind;
use crate::record::{Course, Id, Job, Resource, Stage, Why, Work};
use crate::sync::link_of;
use crate::system::{self, Component, Tie};

/// How deep systems may be nested.
const DEPTH: usize = 8;

/// Why a system of the manager's own has no meters: its parts may be at several clouds, and none of them measures all (5.13.1).
const NOT_MEASURED: &str = "no cloud measures a system as a whole; each of its components can have meters";

/// Components that are begun, changed or deleted at a time.
const DEGREE: usize = 8;

impl App {
    /// Changes a system of the manager's own. `whole`: the job that this is a part of.
    pub(super) async fn change_system(
        &self,
        resource: &Resource,
        change: Change,
        whole: Option<Id>,
    ) -> Result<Begun, AppError> {
        match change {
            Change::Edit { set, erase } => self.update_own(resource, &set, &erase).await,
            Change::Delete => self.begin_course(resource, "delete", whole).await,
            Change::Act { operation, .. } => self.begin_course(resource, &operation, whole).await,
            Change::Insert { parts, target, .. } => self.associate(resource, parts, target).await,
            Change::Remove { parts, target } => self.dissociate(resource, parts, target).await,
            Change::AddPart { .. } | Change::DeletePart { .. } => {
                Err(AppError::new(Problem::Unsupported, "this manager has no such parts of systems"))
            }
        }
    }

    /// Begins something that is done with all components: an operation, or deletion.
    async fn begin_course(
        &self,
        resource: &Resource,
        operation: &str,
        whole: Option<Id>,
    ) -> Result<Begun, AppError> {
        let id = resource.id;
        let path = link_of(Kind::System, id);
        let is_deletion = operation == "delete";
        let course = if is_deletion {
            Course::Unmake { why: Why::Asked { state: resource.attributes.text("state").map(str::to_owned) } }
        } else {
            Course::Operate { operation: operation.to_owned() }
        };
        let work = Work::System { resource: id, course, stage: Stage::Accepted };
        let mut job = self.new_job(operation, &path, &[], work);
        let begun = Begun { job: job.id, resource: id, part: None, ended: Ended::No };
        let mut writer = self.inventory().writer().await;
        let mut now = writer.resource(id).ok_or_else(|| AppError::not_found("such system"))?;
        must_be_settled(&now)?;
        if is_deletion {
            now.attributes.set("state", "DELETING");
            writer.put_resource(now);
        } else if !self.system_offers(&now).contains(&operation) {
            let message = format!("nothing in the system can {operation} now");
            return Err(AppError::new(Problem::Conflict, message));
        }
        super::job::nest(&mut writer, &mut job, whole)?;
        writer.put_job(job);
        writer.commit().await?;
        self.drive(begun.job);
        Ok(begun)
    }

    /// Whether what is done with a system can be stopped before all of it is done.
    pub(super) fn can_go_no_further(&self, job: &Job, system: Id, course: &Course) -> bool {
        let parts = self.parts_of(job);
        let has_more = match course {
            Course::Make { .. } => false,
            Course::Unmake { .. } => self.has_more_to_delete(system, &parts),
            Course::Operate { operation } => self.has_more_to_ask(system, &parts, operation),
        };
        has_more || parts.iter().any(|part| self.can_stop(part))
    }

    /// The operations that a system of the manager's own offers now: what its state allows, and one of its machines does.
    pub fn system_offers(&self, resource: &Resource) -> Vec<&'static str> {
        if must_be_settled(resource).is_err() {
            return Vec::new();
        }
        let mut offers = vec!["edit", "delete"];
        let state = resource.attributes.text("state").unwrap_or("MIXED");
        let transitions = Kind::System.schema().ty.states.map_or(&[][..], |states| states.transitions);
        for transition in transitions.iter().filter(|it| it.from.contains(&state)) {
            let operation = transition.operation;
            if !offers.contains(&operation) && self.does(resource, operation, DEPTH) {
                offers.push(operation);
            }
        }
        offers
    }

    /// Whether a machine in a system, or in a system within it, offers an operation.
    fn does(&self, system: &Resource, operation: &str, depth: usize) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        system::components(&system.attributes).into_iter().any(|component| {
            let found = self.inventory().resource(component.id);
            found.is_some_and(|found| match found.kind {
                Kind::System if system::is_own(&found) => self.does(&found, operation, depth),
                Kind::System | Kind::Machine => found
                    .replicas
                    .first()
                    .filter(|replica| self.account(&replica.account).is_some())
                    .is_some_and(|replica| replica.offers.iter().any(|offer| offer == operation)),
                _ => false,
            })
        })
    }

    /// Puts what is there already among the components; it stays when the system goes (5.13.1).
    async fn associate(&self, resource: &Resource, parts: Parts, target: Id) -> Result<Begun, AppError> {
        let writer = self.inventory().writer().await;
        let mut system = writer.resource(resource.id).ok_or_else(|| AppError::not_found("such system"))?;
        must_be_settled(&system)?;
        let kind = writer.kind_of(target).filter(|kind| lists(parts, *kind)).ok_or_else(|| {
            let message = format!("that is nothing that the {} of a system lists", parts.attribute());
            AppError::new(Problem::Invalid, message)
        })?;
        if system::components(&system.attributes).iter().any(|it| it.id == target) {
            return Err(AppError::new(Problem::Conflict, "the system has it already"));
        }
        if target == system.id || self.is_within(system.id, target, DEPTH) {
            let message = "a system cannot be in itself, and systems are nested up to 8 deep";
            return Err(AppError::new(Problem::Conflict, message));
        }
        system::add(&mut system.attributes, Component { kind, id: target, tie: Tie::Associate });
        self.regrouped(writer, system, "insert", (kind, target)).await
    }

    /// Takes a component out; it lives on.
    async fn dissociate(&self, resource: &Resource, parts: Parts, target: Id) -> Result<Begun, AppError> {
        let mut writer = self.inventory().writer().await;
        let mut system = writer.resource(resource.id).ok_or_else(|| AppError::not_found("such system"))?;
        must_be_settled(&system)?;
        let components = system::components(&system.attributes);
        let found = components.iter().find(|it| it.id == target && lists(parts, it.kind));
        let Some(Component { kind, .. }) = found.copied() else {
            let message = format!("it is not among the {} of the system", parts.attribute());
            return Err(AppError::new(Problem::Conflict, message));
        };
        system::remove(&mut system.attributes, target);
        if let Some(component) = writer.resource(target) {
            // Its parent is another one now.
            writer.put_resource(component);
        }
        self.regrouped(writer, system, "remove", (kind, target)).await
    }

    async fn regrouped(
        &self,
        mut writer: crate::inventory::Writer,
        mut system: Resource,
        action: &str,
        (kind, target): (Kind, Id),
    ) -> Result<Begun, AppError> {
        let path = link_of(Kind::System, system.id);
        let job = self.new_job(action, &path, &[link_of(kind, target)], Work::Done);
        let begun = Begun { job: job.id, resource: system.id, part: None, ended: Ended::Yes };
        system.attributes.set("updated", super::job::date_time(self.clock().now()));
        writer.put_resource(system);
        writer.put_job(self.end(job, &End::Success));
        writer.commit().await?;
        Ok(begun)
    }

    /// Whether a system is in another one, or in what is in it; or too deep to tell.
    fn is_within(&self, system: Id, other: Id, depth: usize) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return true };
        let around = self.itself().inventory().systems_of(system);
        around.into_iter().any(|it| it == other || self.is_within(it, other, depth))
    }

    /// The manager as whoever a job belongs to uses it, when nobody waits for it any more.
    fn as_owner_of(&self, job: &Job) -> Self {
        let Some(tenant) = &job.owner else { return self.itself() };
        let snapshot = self.directory().snapshot();
        self.on_behalf_of(&crate::access::Actor::for_tenant(tenant, &snapshot))
    }
}

/// Whether consumers put something into a collection of a system.
pub(crate) fn gathers(parts: Parts) -> bool {
    Kind::ALL.into_iter().any(|kind| lists(parts, kind))
}

/// Whether a collection of a system lists resources of a kind.
pub(crate) fn lists(parts: Parts, kind: Kind) -> bool {
    let mut natures = cimi::Edition::ALL.into_iter().filter_map(|edition| parts.nature(edition));
    kind != Kind::Meter
        && natures.any(|nature| matches!(nature, Nature::Members(it) | Nature::Links(it, _) if it == kind))
}

/// Refuses to make something in a system of the manager's own that it does not list.
pub(super) fn must_list(owner: &Resource, parts: Parts, kind: Kind) -> Result<(), AppError> {
    if !system::is_own(owner) || lists(parts, kind) {
        return Ok(());
    }
    let reason =
        if kind == Kind::Meter { NOT_MEASURED } else { "this manager makes no such part of a system" };
    Err(AppError::new(Problem::Unsupported, reason))
}

/// Refuses what cannot be done with a system that is being made or deleted.
pub(super) fn must_be_settled(system: &Resource) -> Result<(), AppError> {
    match system.attributes.text("state") {
        Some("CREATING") => {
            Err(AppError::new(Problem::Conflict, "the system is being created: wait, or stop its job"))
        }
        Some("DELETING") => Err(AppError::new(Problem::Conflict, "the system is being deleted")),
        _ => Ok(()),
    }
}
