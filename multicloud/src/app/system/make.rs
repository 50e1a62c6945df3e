//! Makes the components of a system, each as if it had been asked for alone.

use cimi::Reference;
use futures::stream::{self, StreamExt as _};

use super::super::create::Planned;
use super::super::job::{End, affect};
use super::super::{App, AppError, Placing, Problem, Request, forget};
use super::drive::Round;
use super::{DEGREE, blueprint, plan};
use crate::inventory::Writer;
use crate::kind::Kind;
use crate::placement::{Broken, Draft, Layer, Level, Policy};
use crate::record::{Course, Id, Job, Stage, Step, Why, Work};
use crate::store::{StoreError, body};
use crate::sync::link_of;

/// Where a step stands.
enum Standing {
    Planned,
    UnderWay,
    Made,
    /// Why not.
    Failed(String),
}

impl App {
    /// One round of a creation.
    pub(super) async fn make(
        &self,
        job: Id,
        system: Id,
        steps: &[Step],
        policies: &[Draft],
        on_failure: Broken,
    ) -> Result<Round, AppError> {
        let standings: Vec<Standing> = steps.iter().map(|step| self.standing(step)).collect();
        let failures: Vec<String> = steps.iter().zip(&standings).filter_map(failure).collect();
        if !failures.is_empty() && on_failure == Broken::Undo {
            let why = Why::Failed { reason: failures.join("; ") };
            self.turn_back(job, &why).await?;
            return Ok(Round::Again);
        }
        let step_of =
            |path: &String| steps.iter().position(|step| link_of(step.kind, step.resource) == *path);
        // What was there before is no step.
        let made = |path: &String| step_of(path).is_none_or(|at| matches!(standings[at], Standing::Made));
        let failed =
            |path: &String| step_of(path).is_some_and(|at| matches!(standings[at], Standing::Failed(_)));
        let planned = || {
            let planned = steps.iter().zip(&standings);
            planned.filter(|(_, standing)| matches!(standing, Standing::Planned)).map(|(step, _)| step)
        };
        let hopeless: Vec<&Step> = planned().filter(|step| step.needs.values().any(failed)).collect();
        let ready: Vec<&Step> = planned().filter(|step| step.needs.values().all(made)).collect();
        if !(hopeless.is_empty() && ready.is_empty()) {
            for step in hopeless {
                self.component_failed(step, "what it refers to could not be made").await?;
            }
            let begun: Vec<_> =
                ready.into_iter().map(|step| self.make_component(system, step, policies)).collect();
            let begun: Vec<Result<(), AppError>> =
                stream::iter(begun).buffer_unordered(DEGREE).collect().await;
            begun.into_iter().collect::<Result<(), AppError>>()?;
            return Ok(Round::Again);
        }
        let waits = |standing: &Standing| matches!(standing, Standing::Planned | Standing::UnderWay);
        if standings.iter().any(waits) {
            self.progress_of_whole(job, 0).await?;
            return Ok(Round::Waits);
        }
        self.made(job, system, &failures, steps.len()).await
    }

    fn standing(&self, step: &Step) -> Standing {
        let Some(job) = self.inventory().job(step.job) else {
            return Standing::Failed("its job is gone".to_owned());
        };
        match &job.work {
            Work::Done if job.succeeded() => Standing::Made,
            Work::Done => {
                let reason = job.attributes.text("statusMessage").unwrap_or("it was not made");
                Standing::Failed(reason.to_owned())
            }
            work if work.is_planned() => Standing::Planned,
            _ => Standing::UnderWay,
        }
    }

    /// Begins to make a component.
    async fn make_component(&self, system: Id, step: &Step, policies: &[Draft]) -> Result<(), AppError> {
        if step.kind == Kind::System {
            self.rewrite_job(step.job, |job| job.work.set_stage(Stage::Accepted)).await?;
            self.drive(step.job);
            return Ok(());
        }
        let begun = async {
            self.must_create()?;
            let mut request = request_of(system, step)?;
            request.placing.policies = layers_of(policies)?;
            // It may be another one than when all were placed.
            request.placing.prefer = self.inventory().job(step.job).and_then(|job| planned_at(&job));
            let request = self.in_its_bounds(request);
            self.create_planned(request, Planned { resource: step.resource, job: step.job }).await
        };
        match begun.await {
            Ok(_) => Ok(()),
            Err(error) => self.component_failed(step, &error.message).await,
        }
    }

    /// A component is not made: no cloud has been asked, or all that were have refused.
    async fn component_failed(&self, step: &Step, reason: &str) -> Result<(), AppError> {
        let mut writer = self.inventory().writer().await;
        let mut gone = Vec::new();
        self.withdraw(&mut writer, step.job, &End::Failed(reason.to_owned()), &mut gone);
        self.commit_without(writer, &gone).await
    }

    /// Writes a change without what is not made after all, which holds no quota any more.
    pub(in crate::app) async fn commit_without(
        &self,
        mut writer: Writer,
        gone: &[(Kind, Id)],
    ) -> Result<(), AppError> {
        forget(&mut writer, gone);
        writer.commit().await?;
        for (_, id) in gone {
            self.inner.ledger.release(id.0);
        }
        Ok(())
    }

    /// Ends a job whose turn has not come, and those within it; `gone`: what they were to make.
    pub(in crate::app) fn withdraw(
        &self,
        writer: &mut Writer,
        id: Id,
        end: &End,
        gone: &mut Vec<(Kind, Id)>,
    ) {
        let Some(job) = writer.job(id).filter(|job| job.work.is_planned()) else { return };
        match &job.work {
            Work::Create { resource, .. } => {
                gone.extend(writer.kind_of(*resource).map(|kind| (kind, *resource)));
            }
            Work::System { resource, course, .. } => {
                if let Course::Make { steps, .. } = course {
                    for step in steps {
                        self.withdraw(writer, step.job, end, gone);
                    }
                }
                gone.push((Kind::System, *resource));
            }
            Work::Change { .. } | Work::Remove { .. } | Work::Done => {}
        }
        writer.put_job(self.end(job, end));
    }

    /// From now on what was made is taken away again. What was not begun is not begun any more.
    pub(in crate::app) async fn turn_back(&self, id: Id, why: &Why) -> Result<(), AppError> {
        let mut writer = self.inventory().writer().await;
        let Some(mut job) = writer.job(id) else { return Ok(()) };
        let Work::System { resource, course, .. } = &mut job.work else { return Ok(()) };
        let Course::Make { steps, .. } = course else { return Ok(()) };
        let end = match why {
            Why::Stopped => End::Stopped,
            _ => End::Failed("it was not begun: another component could not be made".to_owned()),
        };
        let mut gone = Vec::new();
        for step in std::mem::take(steps) {
            self.withdraw(&mut writer, step.job, &end, &mut gone);
        }
        if let Some(mut system) = writer.resource(*resource) {
            system.attributes.set("state", "DELETING");
            writer.put_resource(system);
        }
        *course = Course::Unmake { why: why.clone() };
        if *why == Why::Stopped {
            job = self.stopping(job);
        }
        writer.put_job(job);
        self.commit_without(writer, &gone).await?;
        self.inner.nudges.nudge(id);
        Ok(())
    }

    /// All has ended that was to be made.
    async fn made(&self, id: Id, system: Id, failures: &[String], all: usize) -> Result<Round, AppError> {
        let mut writer = self.inventory().writer().await;
        let Some(mut job) = writer.job(id).filter(|job| job.work != Work::Done) else {
            return Ok(Round::Ended);
        };
        let end = if failures.is_empty() {
            End::Success
        } else {
            End::Failed(format!(
                "{} of {all} components could not be made: {}",
                failures.len(),
                failures.join("; ")
            ))
        };
        if let Some(mut resource) = writer.resource(system) {
            // Without a state of its own, it has that of its machines.
            resource.attributes.set("state", if failures.is_empty() { "MIXED" } else { "ERROR" });
            resource.attributes.set("updated", super::super::job::date_time(self.clock().now()));
            writer.put_resource(resource);
            affect(&mut job, &link_of(Kind::System, system));
        }
        writer.put_job(self.end(job, &end));
        writer.commit().await?;
        self.tell_whole(id);
        Ok(Round::Ended)
    }
}

fn failure((step, standing): (&Step, &Standing)) -> Option<String> {
    let Standing::Failed(reason) = standing else { return None };
    let common = body::from_text(step.kind.type_name(), &step.common).unwrap_or_default();
    let name = common.text("name").unwrap_or("without name");
    Some(format!("{} {name}: {reason}", step.kind.type_name()))
}

/// The request that makes a component, with what it refers to.
pub(super) fn request_of(system: Id, step: &Step) -> Result<Request, AppError> {
    let unreadable =
        |error: StoreError| AppError::new(Problem::Internal, format!("its record cannot be read: {error}"));
    let template = body::from_text(plan::template_type(step.kind), &step.template).map_err(unreadable)?;
    let common = body::from_text(step.kind.type_name(), &step.common).map_err(unreadable)?;
    let attributes = blueprint::named(&template, &|name| step.needs.get(name).cloned());
    let placing = Placing { system: Some(link_of(Kind::System, system)), ..Placing::default() };
    Ok(Request {
        kind: step.kind,
        common,
        template: Reference { href: step.href.clone(), attributes },
        within: None,
        placing,
    })
}

/// What was said of where the components of a system may go.
pub(super) fn layers_of(policies: &[Draft]) -> Result<Vec<Layer>, AppError> {
    let layer = |draft: &Draft| {
        let policy = Policy::read(draft.clone());
        let policy = policy.map_err(|error| AppError::new(Problem::Internal, error.to_string()))?;
        Ok(Layer { level: Level::Template, policy })
    };
    policies.iter().map(layer).collect()
}

/// Where a component is to be whose turn has not come, if all were placed together.
pub(super) fn planned_at(job: &Job) -> Option<String> {
    match &job.work {
        Work::Create { account, stage: Stage::Planned, .. } => {
            Some(account.clone()).filter(|it| !it.is_empty())
        }
        _ => None,
    }
}
