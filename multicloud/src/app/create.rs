//! Creating things at a cloud: choose, record, ask, follow.

use std::collections::BTreeSet;
use std::sync::Arc;

use cimi::{Attributes, Reference, Value};

use super::job;
use super::offers::{Candidates, at};
use super::policy::without_policy;
use super::reference::parse;
use super::search::{Refusals, Search};
use super::{App, AppError, Begun, Ended, Problem, forget, own, policy};
use crate::account::Account;
use crate::connector::{Native, Parts, Started};
use crate::directory::Tenant;
use crate::kind::{Kind, Role};
use crate::placement::ledger::Key;
use crate::placement::{Amounts, Choice, Code, Decision, Layer, Level, Pin, Plan, Quota, decide};
use crate::record::{Id, Replica, Resource, Stage, Work};
use crate::sync::link_of;
use crate::system::{self, Component, Tie};

/// Offers that the description of a job tells of; its decision has more.
const TOLD: usize = 16;

/// A request to create.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// What.
    pub kind: Kind,
    /// Name, description, properties.
    pub common: Attributes,
    /// The template with everything that it and the request say together, its path in `href` if it is one of the manager's. For
    /// kinds without templates, the resource's attributes. References as paths of the manager.
    pub template: Reference,
    /// Among the parts of which resource it is made, if it is.
    pub within: Option<Within>,
    /// What is said about where it may go, beside the manager's policy.
    pub placing: Placing,
}

/// The parts of a resource among which another one is made.
#[derive(Clone, Debug, PartialEq)]
pub struct Within {
    /// The resource that has the parts.
    pub owner: Id,
    /// Which parts.
    pub parts: Parts,
    /// What is said of the new resource there: accessory attributes.
    pub accessories: Attributes,
}

/// What is said about where something may go, and how much of it there may be.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Placing {
    /// Policies beside the manager's; that of the tenant comes with the tenant.
    pub policies: Vec<Layer>,
    /// Quotas beside that of the account; that of the tenant comes with the tenant.
    pub allowances: Vec<Allowance>,
    /// Where it has to be, whatever policies say.
    pub pin: Pin,
    /// The account that is asked first, if it will do.
    pub prefer: Option<String>,
    /// Accounts that have refused it.
    pub avoid: BTreeSet<String>,
    /// The path of the system that it is made with, if it is.
    pub system: Option<String>,
}

/// The records of a creation that were written before its turn came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Planned {
    /// The resource.
    pub(super) resource: Id,
    /// Its job.
    pub(super) job: Id,
}

/// A quota with what is taken of it.
#[derive(Clone)]
pub struct Allowance {
    /// Whose.
    pub key: Key,
    /// How much there may be.
    pub quota: Quota,
    /// How much there is already.
    pub used: Used,
}

/// How much there is of a quota already, resources of these numbers aside.
pub type Used = Arc<dyn Fn(&[i64]) -> Amounts + Send + Sync>;

impl App {
    /// Creates a resource: in the manager itself, or at the cloud that the policy puts first. If that one has no room, is out
    /// of reach or does not do it, the next is asked within the same job.
    ///
    /// # Errors
    /// If no cloud will do: with the reason for each. Nothing is left behind then.
    pub async fn create(&self, request: Request) -> Result<Begun, AppError> {
        self.must_create()?;
        self.must_list(&request)?;
        policy::must_be_usable(&request.common)?;
        policy::must_be_usable(&request.template.attributes)?;
        let app = self.clone();
        self.whole(async move {
            if request.kind == Kind::System {
                return app.create_system(&request).await;
            }
            let request = app.where_it_belongs(app.in_its_bounds(request));
            if own::keeps(request.kind) {
                return app.create_own(request).await;
            }
            app.create_at_cloud(request, None).await
        })
        .await
    }

    /// Creates what was written down before, as [`App::create`] does.
    pub(super) async fn create_planned(&self, request: Request, planned: Planned) -> Result<Begun, AppError> {
        self.create_at_cloud(request, Some(planned)).await
    }

    async fn create_at_cloud(&self, request: Request, planned: Option<Planned>) -> Result<Begun, AppError> {
        let plan = self.plan(&request)?;
        let turn = self.turn(&plan).await;
        // What it holds itself is not in its way.
        let held = planned.map(|planned| self.inner.ledger.release(planned.resource.0));
        let candidates = self.candidates(&request);
        let mut choice = self.choose(&request, &plan, &candidates, 0);
        if let Some((planned, held)) = planned.zip(held) {
            self.inner.ledger.restore(planned.resource.0, held);
        }
        let Some(first) = choice.order.first().copied() else {
            return Err(self.nowhere(&request, &choice.decision));
        };
        choice.decision.ask(&candidates.offers[first].place);
        let (resource, job) = match planned {
            None => self.announce(&request, &choice.decision).await?,
            Some(planned) => self.announce_planned(planned, &choice.decision).await?,
        };
        let (asked, refusals) = (BTreeSet::new(), Refusals::new());
        let search = Search { request, plan, candidates, choice, asked, refusals, resource, job };
        self.reserve_ahead(&search, first);
        drop(turn);
        self.search(search, first).await
    }

    /// Where a request would go, and why there. Changes nothing.
    ///
    /// # Errors
    /// `Forbidden` if whoever asks may not create it; `Invalid` if a policy of the request or its template cannot be used, or
    /// there is nothing to decide.
    pub fn place(&self, request: &Request) -> Result<Decision, AppError> {
        self.must_create()?;
        if own::keeps(request.kind) {
            let what = request.kind.type_name();
            let message = format!("the manager itself keeps a {what}: there is no cloud to choose");
            return Err(AppError::new(Problem::Invalid, message));
        }
        self.must_list(request)?;
        let request = &self.where_it_belongs(self.in_its_bounds(request.clone()));
        let plan = self.plan(request)?;
        Ok(self.choose(request, &plan, &self.candidates(request), 0).decision)
    }

    pub(super) fn choose(
        &self,
        request: &Request,
        plan: &Plan,
        candidates: &Candidates,
        from: usize,
    ) -> Choice {
        let (offers, rejected) = (&candidates.offers, &candidates.rejected);
        let mut choice = decide(plan, from, offers, rejected, &Self::demand(request), &self.placed(plan));
        let preferred = request.placing.prefer.as_ref();
        let preferred = preferred.and_then(|name| offers.iter().position(|it| it.place.account == *name));
        if let Some(offer) = preferred {
            choice.prefer(offer);
        }
        choice
    }

    /// A request with what its tenant's policy and quota say of it.
    pub(super) fn in_its_bounds(&self, mut request: Request) -> Request {
        let Placing { policies, allowances, .. } = self.bounds();
        request.placing.policies.extend(policies);
        request.placing.allowances.extend(allowances);
        request
    }

    /// Refuses what a system of the manager's own does not list.
    fn must_list(&self, request: &Request) -> Result<(), AppError> {
        let Some(within) = &request.within else { return Ok(()) };
        let owner =
            self.inventory().resource(within.owner).ok_or_else(|| AppError::not_found("such resource"))?;
        super::system::must_list(&owner, within.parts, request.kind)
    }

    /// A request that says where it has to be, if that is where something is that it is part of or made from: no other cloud could.
    fn where_it_belongs(&self, mut request: Request) -> Request {
        let source = request.template.attributes.text("imageLocation").and_then(parse).map(|(_, id)| id);
        let beside = request.within.as_ref().map(|within| within.owner).or(source);
        let beside = beside.and_then(|id| self.inventory().resource(id));
        if let Some([replica]) = beside.as_ref().map(|it| it.replicas.as_slice()) {
            request.placing.pin.account.get_or_insert_with(|| replica.account.clone());
        }
        request
    }

    /// What the policy and the quota of the tenant say, of whatever it asks for.
    pub(super) fn bounds(&self) -> Placing {
        let Some(name) = self.owner() else { return Placing::default() };
        let snapshot = self.directory().snapshot();
        let policy = snapshot.policy_of(&name);
        let policies = policy
            .map(|policy| Layer { level: Level::Tenant, policy: (*policy).clone() })
            .into_iter()
            .collect();
        Placing { policies, allowances: vec![self.allowance(name)], ..Placing::default() }
    }

    /// The quota of a tenant. Held even without a limit: there may be one before what is asked for has ended.
    pub(super) fn allowance(&self, tenant: String) -> Allowance {
        let record = self.directory().get::<Tenant>(&tenant);
        let quota = record.map(|tenant| tenant.record.quota).unwrap_or_default();
        let (app, key) = (self.itself(), Key::Tenant(tenant));
        let counted = key.clone();
        let used: Used = Arc::new(move |held| app.used(&counted, held));
        Allowance { key, quota, used }
    }

    /// The decision that a job was begun with, and what became of the clouds asked. `None`: there was nothing to decide.
    ///
    /// # Errors
    /// As the store.
    pub async fn decision(&self, job: Id) -> Result<Option<Decision>, AppError> {
        if self.inventory().job(job).is_none() {
            return Ok(None);
        }
        Ok(self.inventory().decision(job).await?)
    }

    fn nowhere(&self, request: &Request, decision: &Decision) -> AppError {
        let what = request.kind.type_name();
        let creates = |account: &Arc<Account>| account.takes(request.kind);
        let is_out_of_reach = |name: &str| {
            decision.rejected.iter().any(|it| it.code == Code::OutOfReach && it.place.account == name)
        };
        // What is asked for elsewhere is of no help.
        let mut considered = decision.rejected.iter().filter(|it| it.code != Code::Filter).peekable();
        let never = considered.peek().is_some()
            && considered.all(|it| matches!(it.code, Code::Unsupported | Code::Observed));
        let is_elsewhere = |account: &Arc<Account>| request.placing.pin.excludes(&at(account)).is_some();
        let problem = if decision.rejected.iter().any(|it| it.code == Code::Unused)
            && self.accounts().iter().all(is_elsewhere)
        {
            Problem::Unavailable(60)
        } else if never || !self.accounts().iter().any(creates) {
            Problem::Unsupported
        } else if self.accounts().iter().any(|it| creates(it) && is_out_of_reach(&it.name)) {
            Problem::Unavailable(5)
        } else if decision
            .rejected
            .iter()
            .any(|it| matches!(it.code, Code::Quota | Code::Share | Code::Budget))
        {
            Problem::Conflict
        } else {
            Problem::Invalid
        };
        let reasons = told(decision.explain(), 0);
        let why = if reasons.is_empty() { "there is none to ask".to_owned() } else { reasons.join("; ") };
        let message = format!("no cloud can create this {what} ({why})");
        AppError::new(problem, message).with(reasons)
    }

    /// Records the resource and its job before any cloud hears of it.
    async fn announce(&self, request: &Request, decision: &Decision) -> Result<(Id, Id), AppError> {
        let id = self.inventory().next_id();
        let mut attributes = without_policy(&request.common);
        attributes.set("created", job::date_time(self.clock().now()));
        if request.kind.schema().ty.states.is_some() {
            attributes.set("state", "CREATING");
        }
        let mut resource = Resource::new(id, request.kind, attributes, self.owner());
        resource.provenance.part_of = part_of(request);
        if request.kind == Kind::Machine {
            resource.provenance.disks = decision.needs.storage;
        }
        let path = link_of(request.kind, id);
        let account = decision.winner().map(|place| place.account.clone()).unwrap_or_default();
        let work = Work::Create { resource: id, account, stage: Stage::Sent };
        let target = request.within.as_ref().map_or_else(
            || request.kind.link().to_owned(),
            |within| format!("{}/{}", link_of(within.parts.owner(), within.owner), within.parts.attribute()),
        );
        let mut job = self.new_job("add", &target, &[path], work);
        job.attributes.set("description", explained(decision));
        let job_id = job.id;
        let log = self.log_beside(&request.template, &resource)?;
        let mut writer = self.inventory().writer().await;
        if let Some(within) = &request.within
            && let Some(mut owner) = writer.resource(within.owner).filter(system::is_own)
        {
            // It is written down with its system, and goes from there if no cloud takes it.
            super::system::must_be_settled(&owner)?;
            system::add(&mut owner.attributes, Component { kind: request.kind, id, tie: Tie::Child });
            writer.put_resource(owner);
        }
        writer.put_resource(resource);
        if let Some(log) = log {
            writer.put_resource(log);
        }
        writer.put_job(job);
        writer.put_decision(job_id, decision.clone());
        writer.commit().await?;
        Ok((id, job_id))
    }

    /// The turn of what was recorded before has come.
    async fn announce_planned(&self, planned: Planned, decision: &Decision) -> Result<(Id, Id), AppError> {
        let Planned { resource, job: id } = planned;
        let mut writer = self.inventory().writer().await;
        let job = writer.job(id).filter(|job| job.work.is_planned());
        let mut job =
            job.ok_or_else(|| AppError::new(Problem::Conflict, "it was stopped before it began"))?;
        let account = decision.winner().map(|place| place.account.clone()).unwrap_or_default();
        job.work = Work::Create { resource, account, stage: Stage::Sent };
        job.attributes.set("description", explained(decision));
        writer.put_job(job);
        writer.put_decision(id, decision.clone());
        if let Some(mut machine) = writer.resource(resource).filter(|it| it.kind == Kind::Machine) {
            machine.provenance.disks = decision.needs.storage;
            writer.put_resource(machine);
        }
        writer.commit().await?;
        Ok((resource, id))
    }

    /// A cloud took the request: the resource gets its replica, the job follows the cloud's or ends.
    pub(super) async fn created(&self, account: &Account, job: Id, resource: Id, started: Started) -> Begun {
        if let Some(native) = &started.created
            && let Err(error) = self.tie(account, resource, native).await
        {
            // It is found by its token instead.
            tracing::error!(job = job.0, %error, "what a cloud created cannot be recorded yet");
            self.follow(job, None);
            return Begun { job, resource, part: None, ended: Ended::No };
        }
        let found = started.created.is_some() || started.rest != crate::connector::Rest::None;
        if !found {
            self.follow(job, None);
            return Begun { job, resource, part: None, ended: Ended::No };
        }
        let ended = self.accepted(job, started.rest).await;
        if ended == Ended::No {
            // What the cloud shows meanwhile is more than what was asked for.
            if let Some(record) = self.inventory().resource(resource) {
                let _ = crate::sync::resource_once(self, account, &record).await;
            }
        }
        Begun { job, resource, part: None, ended }
    }

    /// Ties the announced resource to what the cloud made of it.
    async fn tie(&self, account: &Account, id: Id, native: &Native) -> Result<(), AppError> {
        let mut writer = self.inventory().writer().await;
        let Some(mut resource) = writer.resource(id) else { return Ok(()) };
        if resource.replica_at(&account.name).is_some() {
            return Ok(());
        }
        // A look at the cloud may have seen it before the reply came, and not known whose it is.
        if let Some(stranger) = writer.by_native(&account.name, native)
            && let Some(kind) = writer.kind_of(stranger)
        {
            forget(&mut writer, &[(kind, stranger)]);
        }
        writer.knows(&account.name, native);
        resource.replicas.push(Replica {
            account: account.name.clone(),
            native: native.clone(),
            offers: Vec::new(),
        });
        writer.put_resource(resource);
        Ok(writer.commit().await?)
    }
}

impl std::fmt::Debug for Allowance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Allowance")
            .field("key", &self.key)
            .field("quota", &self.quota)
            .finish_non_exhaustive()
    }
}

impl PartialEq for Allowance {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key && self.quota == other.quota && Arc::ptr_eq(&self.used, &other.used)
    }
}

/// The resource that one goes with: among whose parts it is made, or which its template says that it is for.
fn part_of(request: &Request) -> Option<Id> {
    let thing = |value: &Value| match value {
        Value::Ref(reference) => {
            let (kind, id) = reference.href.as_deref().and_then(parse)?;
            (kind.role() == Role::Thing).then_some(id)
        }
        _ => None,
    };
    let within = request.within.as_ref().map(|within| within.owner);
    within.or_else(|| request.template.attributes.iter().find_map(|(_, value)| thing(value)))
}

/// A decision in words, with what came of it so far.
pub(super) fn explained(decision: &Decision) -> String {
    let refused = decision.asked.iter().filter(|asked| asked.refused.is_some()).count();
    format!("placement: {}", told(decision.explain(), refused).join("; "))
}

/// As many lines as people read, and the last ones whatever there is before.
fn told(mut lines: Vec<String>, last: usize) -> Vec<String> {
    let last = lines.split_off(lines.len().saturating_sub(last));
    let more = lines.len().saturating_sub(TOLD);
    lines.truncate(TOLD);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines.extend(last);
    lines
}
