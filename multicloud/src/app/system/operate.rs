//! An operation on a system: the same on every machine and every system in it (DSP0263 5.13.1.2). One that does not take it stays
//! as it is.

use std::collections::BTreeSet;

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
        let target = |part: &std::sync::Arc<Job>| part.attributes.href("targetResource").map(str::to_owned);
        let asked: BTreeSet<String> = parts.iter().filter_map(target).collect();
        let components = system::components(&record.attributes);
        let to_ask: Vec<_> = components
            .into_iter()
            .filter(|it| matches!(it.kind, Kind::Machine | Kind::System))
            .filter(|it| !asked.contains(&link_of(it.kind, it.id)))
            .filter_map(|it| self.inventory().resource(it.id))
            .filter(|it| !is_there_already(it, operation))
            .collect();
        if !to_ask.is_empty() {
            let asked: Vec<_> =
                to_ask.iter().map(|it| self.operate_component(it, operation, job.id)).collect();
            let asked: Vec<Result<(), AppError>> =
                stream::iter(asked).buffer_unordered(DEGREE).collect().await;
            asked.into_iter().collect::<Result<(), AppError>>()?;
            return Ok(Round::Again);
        }
        if parts.iter().any(|part| part.work != Work::Done) {
            self.progress_of_whole(job.id, 0).await?;
            return Ok(Round::Waits);
        }
        let failed = parts.iter().filter(|part| !part.succeeded()).count();
        let end = match failed {
            0 => End::Success,
            _ => End::Failed(format!("{failed} of {} nested Jobs did not succeed", parts.len())),
        };
        self.end_whole(job.id, &end).await
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
        let parts = writer.job(whole).map(|whole| whole.parts()).unwrap_or_default();
        let mut parts = parts.into_iter().filter_map(|part| writer.job(part));
        if parts
            .any(|part| part.attributes.reference("targetResource") == Some(&Reference::to(path.as_str())))
        {
            return Ok(());
        }
        drop(parts);
        let mut job = self.new_job(operation, &path, &[], Work::Done);
        nest(&mut writer, &mut job, Some(whole));
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
