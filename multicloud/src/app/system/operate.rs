//! An operation on a system: the same on every machine and every system in it (DSP0263 5.13.1.2). One that does not take it stays
//! as it is.

use std::collections::BTreeSet;
use std::sync::Arc;

use cimi::Attributes;
use cimi::Reference;
use futures::stream::{self, StreamExt as _};

use super::super::job::{End, nest};
use super::super::{App, AppError, Change};
use super::DEGREE;
use super::drive::Round;
use crate::kind::Kind;
use crate::record::{Id, Job, Resource, Work};
use crate::sync::link_of;
use crate::system;

impl App {
    /// One round of an operation.
    pub(super) async fn operate(&self, job: &Job, system: Id, operation: &str) -> Result<Round, AppError> {
        let Some(record) = self.inventory().resource(system) else {
            return self.end_whole(job.id, &End::Failed("the system is gone".to_owned())).await;
        };
        let parts = self.parts_of(job);
        let to_ask = self.to_ask(&record, &parts, operation);
        if !to_ask.is_empty() && !job.is_stopping() {
            let asked: Vec<_> =
                to_ask.iter().map(|it| self.operate_component(it, operation, job.id)).collect();
            let asked: Vec<Result<(), AppError>> =
                stream::iter(asked).buffer_unordered(DEGREE).collect().await;
            asked.into_iter().collect::<Result<(), AppError>>()?;
            return Ok(Round::Again);
        }
        if parts.iter().any(|part| part.work != Work::Done) {
            if job.is_stopping() {
                self.stop_parts(&parts).await;
            }
            self.progress_of_whole(job.id, 0).await?;
            return Ok(Round::Waits);
        }
        let failed = parts.iter().filter(|part| !part.succeeded()).count();
        let end = match failed {
            // It was too late if all of it had been done.
            0 if to_ask.is_empty() => End::Success,
            _ if job.is_stopping() => End::Stopped,
            _ => End::Failed(format!("{failed} of {} nested Jobs did not succeed", parts.len())),
        };
        self.end_whole(job.id, &end).await
    }

    /// The components that are to be asked, and have not been.
    fn to_ask(&self, system: &Resource, parts: &[Arc<Job>], operation: &str) -> Vec<Arc<Resource>> {
        let target = |part: &Arc<Job>| part.attributes.href("targetResource").map(str::to_owned);
        let asked: BTreeSet<String> = parts.iter().filter_map(target).collect();
        let components = system::components(&system.attributes).into_iter();
        let able = components.filter(|it| matches!(it.kind, Kind::Machine | Kind::System));
        let left = able.filter(|it| !asked.contains(&link_of(it.kind, it.id)));
        let left = left.filter_map(|it| self.inventory().resource(it.id));
        left.filter(|it| !is_there_already(it, operation)).collect()
    }

    /// Whether something in a system has not been asked to do it yet.
    pub(super) fn has_more_to_ask(&self, system: Id, parts: &[Arc<Job>], operation: &str) -> bool {
        let system = self.inventory().resource(system);
        system.is_some_and(|system| !self.to_ask(&system, parts, operation).is_empty())
    }

    async fn operate_component(
        &self,
        component: &Resource,
        operation: &str,
        whole: Id,
    ) -> Result<(), AppError> {
        let change = Change::Act { operation: operation.to_owned(), parameters: Attributes::new() };
        let Err(error) = Box::pin(self.change_within(component.id, change, whole)).await else {
            return Ok(());
        };
        // A cloud that refused has its job already; who was not asked gets one, too.
        let path = link_of(component.kind, component.id);
        let mut writer = self.inventory().writer().await;
        let Some(now) = writer.job(whole).filter(|whole| !whole.is_stopping()) else { return Ok(()) };
        let parts = now.parts();
        let mut parts = parts.into_iter().filter_map(|part| writer.job(part));
        if parts
            .any(|part| part.attributes.reference("targetResource") == Some(&Reference::to(path.as_str())))
        {
            return Ok(());
        }
        drop(parts);
        let mut job = self.new_job(operation, &path, &[], Work::Done);
        nest(&mut writer, &mut job, Some(whole))?;
        writer.put_job(self.end(job, &End::Failed(error.message)));
        Ok(writer.commit().await?)
    }
}

/// Whether a component is in the state that an operation leads to: there is nothing to do.
fn is_there_already(component: &Resource, operation: &str) -> bool {
    let state = component.attributes.text("state");
    let transitions = component.kind.schema().ty.states.map_or(&[][..], |states| states.transitions);
    operation != "restart"
        && transitions.iter().any(|it| it.operation == operation && it.to.is_some() && it.to == state)
}
