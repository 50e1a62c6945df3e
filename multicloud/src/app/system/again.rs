//! Places a system anew when a cloud has refused a component for want of room, or was out of reach: that one and all that no cloud
//! was asked for yet, together, with what stands or is on its way where it is.
//!
//! Owns which components these are and what is written down of it. How they are placed is `together`'s; what is asked next, the
//! search's.

use std::collections::{BTreeMap, BTreeSet};

use super::super::forget::without;
use super::super::{App, AppError, Request};
use super::make::{layers_of, planned_at, request_of};
use crate::placement::{Decision, Layer};
use crate::record::{Course, Id, Step, Work};
use crate::sync::link_of;

/// What is placed anew.
struct Rest {
    steps: Vec<Step>,
    requests: Vec<Request>,
    /// Pairs of which the first refers to what the second makes.
    tied: Vec<(usize, usize)>,
    layers: Vec<Layer>,
}

impl App {
    /// Where a component goes that was refused by these accounts, and the rest of its system with it. `None`: it is alone, all were
    /// not placed together, or there are no places for all of them; then it looks for itself.
    pub(in crate::app) async fn place_again(
        &self,
        job: Id,
        resource: Id,
        refused: &BTreeSet<String>,
    ) -> Result<Option<String>, AppError> {
        let _turn = self.inner.placing.lock().await;
        let Some(rest) = self.rest_of(job, resource, refused)? else { return Ok(None) };
        // What they hold themselves is not in their way.
        let held: BTreeMap<i64, _> =
            rest.steps.iter().map(|it| (it.resource.0, self.inner.ledger.release(it.resource.0))).collect();
        let Rest { steps, requests, tied, layers } = rest;
        let placed = self.place_tied_apart(requests, tied, layers).await;
        for (id, before) in held {
            // One that has begun meanwhile holds what it takes where it asks.
            let now = self.inner.ledger.release(id);
            let holds = if now.is_empty() { before } else { now };
            if !holds.is_empty() {
                self.inner.ledger.restore(id, holds);
            }
        }
        let decisions = match placed {
            Ok(decisions) => decisions,
            Err(error) => {
                tracing::info!(job = job.0, %error, "the rest of a system stays where it was placed");
                return Ok(None);
            }
        };
        self.note_places(&steps, &decisions, resource).await?;
        let own = steps.iter().position(|it| it.resource == resource);
        let place = own.and_then(|at| decisions.get(at)?.winner());
        Ok(place.map(|place| place.account.clone()))
    }

    /// A component and all of its system that no cloud was asked for yet, if these were placed together.
    fn rest_of(&self, job: Id, resource: Id, refused: &BTreeSet<String>) -> Result<Option<Rest>, AppError> {
        let whole = self.inventory().job(job).and_then(|job| self.inventory().job(job.whole()?));
        let Some(Work::System { resource: system, course: Course::Make { steps, policies, .. }, .. }) =
            whole.as_deref().map(|whole| &whole.work)
        else {
            return Ok(None);
        };
        let is_open = |step: &&Step| {
            let planned = || self.inventory().job(step.job).and_then(|job| planned_at(&job));
            step.resource == resource || planned().is_some()
        };
        let open: Vec<Step> = steps.iter().filter(is_open).cloned().collect();
        if open.len() < 2 {
            return Ok(None);
        }
        let mut rest =
            Rest { steps: open, requests: Vec::new(), tied: Vec::new(), layers: layers_of(policies)? };
        for (at, step) in rest.steps.iter().enumerate() {
            let mut request = request_of(*system, step)?;
            let mut unmade = Vec::new();
            for path in step.needs.values() {
                let of = |other: &Step| link_of(other.kind, other.resource) == *path;
                if let Some(other) = rest.steps.iter().position(of) {
                    rest.tied.push((at, other));
                    unmade.push(path.clone());
                } else if let Some(account) = steps.iter().find(|it| of(it)).and_then(|it| self.bound_for(it))
                {
                    // It is on its way there, and this follows it.
                    request.placing.pin.account = Some(account);
                    unmade.push(path.clone());
                }
            }
            request.template.attributes = without(request.template.attributes, &unmade);
            if step.resource == resource {
                request.placing.avoid.clone_from(refused);
            }
            rest.requests.push(request);
        }
        Ok(Some(rest))
    }

    /// The account where a component is on its way.
    fn bound_for(&self, step: &Step) -> Option<String> {
        let job = self.inventory().job(step.job)?;
        job.work.target().map(|(_, account)| account.to_owned())
    }

    /// Writes down where those are to be that no cloud was asked for yet, and holds what they take there.
    async fn note_places(&self, steps: &[Step], decisions: &[Decision], asks: Id) -> Result<(), AppError> {
        let mut writer = self.inventory().writer().await;
        let mut moved = Vec::new();
        for (step, decision) in steps.iter().zip(decisions).filter(|(step, _)| step.resource != asks) {
            let (Some(mut job), Some(place)) = (writer.job(step.job), decision.winner()) else { continue };
            if planned_at(&job).is_none_or(|account| account == place.account) {
                continue;
            }
            if let Work::Create { account, .. } = &mut job.work {
                account.clone_from(&place.account);
            }
            moved.push((step.resource, decision));
            writer.put_decision(step.job, decision.clone());
            writer.put_job(job);
        }
        writer.commit().await?;
        let allowances = self.bounds().allowances;
        for (id, decision) in moved {
            if let Err(shortage) = self.hold(id, decision.needs, Some(decision), &allowances) {
                // It looks for another place when its turn comes.
                tracing::debug!(resource = id.0, %shortage, "somebody else was quicker");
            }
        }
        Ok(())
    }
}
