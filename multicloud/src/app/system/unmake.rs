//! Takes a system away: its components are deleted, the last ones first, then it is itself. Because somebody asked for it, or
//! because it could not be made.

use std::sync::Arc;

use futures::stream::{self, StreamExt as _};

use super::super::job::End;
use super::super::{App, AppError, Change, Problem, forget};
use super::DEGREE;
use super::drive::{Memory, Round};
use crate::kind::Kind;
use crate::record::{Id, Job, Resource, Why, Work};
use crate::sync::link_of;
use crate::system::{self, Component, Tie};

/// What a component may weigh that could not be deleted, before it is given up: some seconds of a state that forbids it, or a few
/// deletions that failed.
const PATIENCE: u32 = 24;

/// What a deletion weighs that was begun: it counts if it has failed.
const BEGUN: u32 = 8;

/// What came of trying to delete a component.
enum Tried {
    /// It is on the way.
    Begun,
    /// Not now.
    Later(u32),
    /// Never.
    Refused(String),
}

impl App {
    /// One round of taking a system away.
    pub(super) async fn unmake(
        &self,
        job: &Job,
        system: Id,
        why: &Why,
        memory: &mut Memory,
    ) -> Result<Round, AppError> {
        let Some(record) = self.inventory().resource(system) else {
            return self.end_whole(job.id, &ending(why, &[])).await;
        };
        let parts = self.parts_of(job);
        let mut under_way = parts.clone();
        under_way.retain(|part| part.work != Work::Done);
        let is_stopped = job.is_stopping() && matches!(why, Why::Asked { .. });
        let mut to_stop = under_way.clone();
        to_stop.retain(|part| is_stopped || part.attributes.text("action") == Some("add"));
        if !to_stop.is_empty() {
            self.stop_parts(&to_stop).await;
            return Ok(Round::Waits);
        }
        let mut children = children(&record);
        if let (true, Why::Asked { state }, false) = (is_stopped, why, children.is_empty()) {
            return self.spared(job.id, system, state.as_deref()).await;
        }
        for child in &children {
            if was_stopped(&parts, *child) {
                memory.left.insert(child.id, "its deletion was stopped".to_owned());
            }
        }
        children.retain(|it| !memory.left.contains_key(&it.id));
        self.progress_of_whole(job.id, children.len()).await?;
        let Some(last) = children.last().copied() else {
            return self.unmade(job.id, &record, why, memory).await;
        };
        // Those of a kind go together; what they were made from goes after them.
        let group = children.into_iter().rev().take_while(|it| it.kind == last.kind);
        let group = group.filter(|it| !under_way.iter().any(|part| is_about(part, *it)));
        let tried: Vec<_> = group.map(|it| self.delete_component(it, job.id)).collect();
        let tried: Vec<(Component, Tried)> = stream::iter(tried).buffer_unordered(DEGREE).collect().await;
        for (component, tried) in tried {
            let weight = match tried {
                Tried::Begun => BEGUN,
                Tried::Later(weight) => weight,
                Tried::Refused(reason) => {
                    memory.left.insert(component.id, reason);
                    continue;
                }
            };
            let weighed = memory.refused.entry(component.id).or_default();
            *weighed += weight;
            if *weighed > PATIENCE && self.inventory().resource(component.id).is_some() {
                memory.left.insert(component.id, "its cloud does not delete it".to_owned());
            }
        }
        Ok(Round::Waits)
    }

    /// Whether there is something in a system that nobody has asked to delete yet.
    pub(super) fn has_more_to_delete(&self, system: Id, parts: &[Arc<Job>]) -> bool {
        let children = self.inventory().resource(system).map(|record| children(&record)).unwrap_or_default();
        let begun =
            |child: Component| parts.iter().any(|part| part.work != Work::Done && is_about(part, child));
        children.into_iter().any(|child| !begun(child))
    }

    /// The deletion was stopped before all was gone: what is left is there as before.
    async fn spared(&self, id: Id, system: Id, state: Option<&str>) -> Result<Round, AppError> {
        let mut writer = self.inventory().writer().await;
        let Some(job) = writer.job(id).filter(|job| job.work != Work::Done) else { return Ok(Round::Ended) };
        writer.put_job(self.end(job, &End::Stopped));
        if let Some(mut record) = writer.resource(system) {
            // Without a state of its own, it has that of its machines.
            record.attributes.set("state", state.unwrap_or("MIXED"));
            writer.put_resource(record);
        }
        writer.commit().await?;
        self.tell_whole(id);
        Ok(Round::Ended)
    }

    async fn delete_component(&self, component: Component, whole: Id) -> (Component, Tried) {
        let tried = match Box::pin(self.change_within(component.id, Change::Delete, whole)).await {
            Ok(_) => Tried::Begun,
            Err(error) => match error.problem {
                // It is gone, or asked again when its cloud is there again, however long that takes.
                Problem::NotFound | Problem::Unavailable(_) | Problem::Internal => Tried::Later(0),
                Problem::Conflict | Problem::Changed => Tried::Later(1),
                Problem::Invalid | Problem::Forbidden | Problem::Unsupported => Tried::Refused(error.message),
            },
        };
        (component, tried)
    }

    /// All components are gone, or as many as can be.
    async fn unmade(&self, id: Id, record: &Resource, why: &Why, memory: &Memory) -> Result<Round, AppError> {
        let left: Vec<String> = memory
            .left
            .iter()
            .filter_map(|(id, reason)| {
                let left = self.inventory().resource(*id)?;
                Some(format!("{} stays: {reason}", link_of(left.kind, left.id)))
            })
            .collect();
        let mut writer = self.inventory().writer().await;
        let Some(job) = writer.job(id).filter(|job| job.work != Work::Done) else { return Ok(Round::Ended) };
        writer.put_job(self.end(job, &ending(why, &left)));
        if left.is_empty() {
            forget(&mut writer, &[(Kind::System, record.id)]);
        } else if let Some(mut system) = writer.resource(record.id) {
            system.attributes.set("state", "ERROR");
            writer.put_resource(system);
        }
        writer.commit().await?;
        self.tell_whole(id);
        Ok(Round::Ended)
    }
}

/// What goes with a system, in the order in which it came.
fn children(system: &Resource) -> Vec<Component> {
    let components = system::components(&system.attributes).into_iter();
    components.filter(|it| it.tie == Tie::Child).collect()
}

/// Whether a job is the deletion of a component.
fn is_about(part: &Job, component: Component) -> bool {
    let path = link_of(component.kind, component.id);
    part.attributes.href("targetResource") == Some(path.as_str())
}

/// Whether the last deletion of a component was stopped.
fn was_stopped(parts: &[Arc<Job>], component: Component) -> bool {
    let last = parts.iter().rfind(|part| is_about(part, component));
    last.is_some_and(|part| part.attributes.text("state") == Some("STOPPED"))
}

fn ending(why: &Why, left: &[String]) -> End {
    let left = left.join("; ");
    match why {
        Why::Asked { .. } if left.is_empty() => End::Success,
        Why::Asked { .. } => End::Failed(left),
        Why::Stopped if left.is_empty() => End::Stopped,
        Why::Stopped => End::Failed(format!("stopped by request, but {left}")),
        Why::Failed { reason } if left.is_empty() => {
            End::Failed(format!("{reason}. What had been made was deleted again"))
        }
        Why::Failed { reason } => {
            End::Failed(format!("{reason}. Not all that had been made was deleted: {left}"))
        }
    }
}
