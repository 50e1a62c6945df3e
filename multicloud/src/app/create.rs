//! Creating things at a cloud: choose, record, ask, follow.

use std::collections::BTreeSet;
use std::sync::Arc;

use cimi::{Attributes, Reference};

use super::job;
use super::offers::{Candidates, without_policy};
use super::{App, AppError, Begun, Ended, Problem, forget, own};
use crate::account::{Account, Health};
use crate::connector::{self, Class, CloudError, Creation, Native, Parts, Started};
use crate::directory::Tenant;
use crate::kind::Kind;
use crate::placement::ledger::{Claim, Key, Shortage};
use crate::placement::{Amounts, Choice, Code, Decision, Layer, Level, OnFailure, Plan, Quota, decide};
use crate::record::{Id, Replica, Resource, Stage, Work};
use crate::sync::link_of;

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

/// A creation that looks for a cloud.
struct Search<'a> {
    request: &'a Request,
    plan: Plan,
    candidates: Candidates,
    choice: Choice,
    /// Offers that were asked, by number.
    asked: BTreeSet<usize>,
    /// Why they refused.
    refusals: Refusals,
    resource: Id,
    job: Id,
}

/// What came of asking an offer.
enum Answer {
    Begun(Begun),
    Refused(CloudError),
    /// It was not asked: no cloud may be.
    TooMuch(Shortage),
}

/// Clouds that were asked and refused, each with the reason.
type Refusals = Vec<(String, CloudError)>;

impl App {
    /// Creates a resource: in the manager itself, or at the cloud that the policy puts first. If that one has no room, is out
    /// of reach or does not do it, the next is asked within the same job.
    ///
    /// # Errors
    /// If no cloud will do: with the reason for each. Nothing is left behind then.
    pub async fn create(&self, request: Request) -> Result<Begun, AppError> {
        self.must_create()?;
        let request = self.in_its_bounds(request);
        let app = self.clone();
        self.whole(async move {
            if own::keeps(request.kind) {
                return app.create_own(request).await;
            }
            app.create_at_cloud(&request).await
        })
        .await
    }

    async fn create_at_cloud(&self, request: &Request) -> Result<Begun, AppError> {
        let plan = self.plan(request)?;
        // Where rules count what is placed, nobody else decides before this one counts.
        let turn = if plan.needs_placed() { Some(self.inner.placing.lock().await) } else { None };
        let candidates = self.candidates(request);
        let mut choice = self.choose(request, &plan, &candidates, 0);
        let Some(first) = choice.order.first().copied() else {
            return Err(self.nowhere(request, &choice.decision));
        };
        choice.decision.ask(&candidates.offers[first].place);
        let (resource, job) = self.announce(request, &choice.decision).await?;
        let (asked, refusals) = (BTreeSet::new(), Refusals::new());
        let search = Search { request, plan, candidates, choice, asked, refusals, resource, job };
        if let Some(account) = self.account(&search.candidates.offers[first].place.account) {
            // Should it fail, it fails again when the cloud is about to be asked, and leads to the next.
            let _ = self.reserve(&search, &account);
        }
        drop(turn);
        self.search(search).await
    }

    /// Asks one offer after the other, and goes on to fallbacks when none of those left has taken it.
    async fn search(&self, mut search: Search<'_>) -> Result<Begun, AppError> {
        while let Some(at) = search.next() {
            // The first is announced already; of each further one is written down that it is asked before it is.
            if !search.refusals.is_empty() {
                self.note_account(&mut search, at).await?;
            }
            search.asked.insert(at);
            match self.ask_offer(&search, at).await {
                Answer::Begun(begun) => return Ok(begun),
                Answer::TooMuch(shortage) => return Err(self.too_much(search, &shortage).await),
                Answer::Refused(error) => {
                    let go_on = error.class != Class::Invalid;
                    search.choice.decision.refused(code_of(error.class), &error.message);
                    let account = search.candidates.offers[at].place.account.clone();
                    search.refusals.push((account, error));
                    if !go_on || search.gives_up() {
                        break;
                    }
                }
            }
            if search.next().is_none() {
                self.fall_back(&mut search);
            }
        }
        Err(self.give_up(search.request.kind, search.job, search.resource, search.refusals).await)
    }

    /// Decides anew by the fallbacks that are left.
    fn fall_back(&self, search: &mut Search<'_>) {
        while search.next().is_none() && search.choice.stage + 1 < search.plan.stages() {
            let from = search.choice.stage + 1;
            let choice = self.choose(search.request, &search.plan, &search.candidates, from);
            let before = std::mem::replace(&mut search.choice, choice);
            search.choice.decision.asked = before.decision.asked;
        }
    }

    async fn ask_offer(&self, search: &Search<'_>, at: usize) -> Answer {
        let (job, resource) = (search.job, search.resource);
        let offer = &search.candidates.offers[at];
        let Some(account) = self.account(&offer.place.account) else {
            return Answer::Refused(CloudError::new(Class::Unavailable, "it is not used any more"));
        };
        match self.reserve(search, &account) {
            Ok(()) => {}
            Err(shortage) if matches!(shortage.key, Key::Tenant(_)) => return Answer::TooMuch(shortage),
            Err(shortage) => {
                return Answer::Refused(CloudError::new(Class::Quota, shortage.to_string()));
            }
        }
        let creation = Creation {
            kind: search.request.kind,
            common: without_policy(&search.request.common),
            template: search.candidates.templates[at].clone(),
            within: search.request.within.as_ref().and_then(|within| self.within_at(&account, within)),
            token: self.inventory().token(resource),
        };
        let asked = async { account.connector.of(creation.kind)?.create(&creation).await };
        match asked.await {
            Ok(started) => Answer::Begun(self.created(&account, job, resource, started).await),
            Err(error) if error.class == Class::UnknownOutcome => {
                // Not asked again: it is looked for until it is known whether it is there.
                tracing::warn!(account = %account.name, %error, "a creation went unanswered");
                account.notice(&error, self.clock().now());
                self.follow(job, None);
                Answer::Begun(Begun { job, resource, part: None, ended: Ended::No })
            }
            Err(error) => {
                account.notice(&error, self.clock().now());
                Answer::Refused(error)
            }
        }
    }

    fn within_at(&self, account: &Account, within: &Within) -> Option<connector::Within> {
        let Within { owner, parts, accessories } = within;
        let owner = self.inventory().resource(*owner)?.replica_at(&account.name)?.clone();
        Some(connector::Within { owner, parts: *parts, accessories: accessories.clone() })
    }

    /// Holds what the creation takes of all quotas, until it shows or has failed.
    fn reserve(&self, search: &Search<'_>, account: &Account) -> Result<(), Shortage> {
        let needs = search.choice.decision.needs;
        if needs == Amounts::default() {
            return Ok(());
        }
        let key = Key::Account(account.name.clone());
        let used = |held: &[i64]| self.used(&key, held);
        let mut claims = vec![Claim { key: &key, quota: account.quota, needs, used: &used }];
        for allowance in &search.request.placing.allowances {
            let Allowance { key, quota, used } = allowance;
            claims.push(Claim { key, quota: *quota, needs, used: &**used });
        }
        self.inner.ledger.reserve(search.resource.0, &claims, |holder| self.is_settled(holder))
    }

    /// Where a request would go, and why there. Changes nothing.
    ///
    /// # Errors
    /// `Invalid` if a policy of the request or its template cannot be used.
    pub fn place(&self, request: &Request) -> Result<Decision, AppError> {
        let request = &self.in_its_bounds(request.clone());
        let plan = self.plan(request)?;
        Ok(self.choose(request, &plan, &self.candidates(request), 0).decision)
    }

    fn choose(&self, request: &Request, plan: &Plan, candidates: &Candidates, from: usize) -> Choice {
        decide(
            plan,
            from,
            &candidates.offers,
            &candidates.rejected,
            &Self::demand(request),
            &self.placed(plan),
        )
    }

    /// A request with what its tenant's policy and quota say of it.
    fn in_its_bounds(&self, mut request: Request) -> Request {
        let Placing { policies, allowances } = self.bounds();
        request.placing.policies.extend(policies);
        request.placing.allowances.extend(allowances);
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
        // Held even without a limit: there may be one before this has ended.
        let quota = snapshot.get::<Tenant>(&name).map(|tenant| tenant.record.quota).unwrap_or_default();
        let (app, key) = (self.itself(), Key::Tenant(name));
        let counted = key.clone();
        let used: Used = Arc::new(move |held| app.used(&counted, held));
        Placing { policies, allowances: vec![Allowance { key, quota, used }] }
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
        let creates = |account: &Arc<Account>| {
            account.discovery().is_none_or(|discovery| discovery.creates.contains(&request.kind))
        };
        let problem = if !self.accounts().iter().any(creates) {
            Problem::Unsupported
        } else if self.accounts().iter().any(|it| creates(it) && it.health() != Health::Up) {
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
        let reasons = decision.explain();
        let message = format!("no cloud can create this {what} ({})", reasons.join("; "));
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
        let resource = Resource::new(id, request.kind, attributes, self.owner());
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
        let mut writer = self.inventory().writer().await;
        writer.put_resource(resource);
        writer.put_job(job);
        writer.put_decision(job_id, decision.clone());
        writer.commit().await?;
        Ok((id, job_id))
    }

    async fn note_account(&self, search: &mut Search<'_>, at: usize) -> Result<(), AppError> {
        let place = search.candidates.offers[at].place.clone();
        let decision = &mut search.choice.decision;
        decision.ask(&place);
        let mut writer = self.inventory().writer().await;
        if let Some(mut job) = writer.job(search.job) {
            if let Work::Create { account, .. } = &mut job.work {
                account.clone_from(&place.account);
            }
            job.attributes.set("description", explained(decision));
            writer.put_job(job);
            writer.put_decision(search.job, decision.clone());
        }
        // Nobody may be asked of whom it is not written down; the one asked before has refused.
        writer.commit().await.inspect_err(|_| self.follow(search.job, None))?;
        Ok(())
    }

    /// A cloud took the request: the resource gets its replica, the job follows the cloud's or ends.
    async fn created(&self, account: &Account, job: Id, resource: Id, started: Started) -> Begun {
        if let Some(native) = &started.created
            && let Err(error) = self.adopt(account, resource, native).await
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
    async fn adopt(&self, account: &Account, id: Id, native: &Native) -> Result<(), AppError> {
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

    /// The tenant has what it may have: no other cloud would change that.
    async fn too_much(&self, search: Search<'_>, shortage: &Shortage) -> AppError {
        let refused = self.give_up(search.request.kind, search.job, search.resource, search.refusals).await;
        AppError::new(Problem::Conflict, shortage.to_string()).with(refused.details)
    }

    /// No cloud took it: neither resource nor job has been, and the answer says why.
    async fn give_up(&self, kind: Kind, job: Id, resource: Id, refusals: Refusals) -> AppError {
        let details: Vec<String> =
            refusals.iter().map(|(account, error)| format!("{account}: {error}")).collect();
        let mut writer = self.inventory().writer().await;
        writer.forget_job(job);
        forget(&mut writer, &[(kind, resource)]);
        if let Err(error) = writer.commit().await {
            tracing::error!(job = job.0, %error, "a refusal cannot be recorded yet");
            self.follow(job, None);
        }
        let last = refusals.into_iter().next_back();
        let error = last.map(|(account, error)| AppError::at(&account, &error));
        error.unwrap_or_else(|| AppError::new(Problem::Internal, "no cloud was asked")).with(details)
    }
}

impl Search<'_> {
    /// The best offer that was not asked.
    fn next(&self) -> Option<usize> {
        self.choice.order.iter().copied().find(|at| !self.asked.contains(at))
    }

    /// Whether the policy lets nobody else be asked.
    fn gives_up(&self) -> bool {
        let (on_failure, attempts) = self.plan.persistence(self.choice.stage);
        on_failure == OnFailure::Stop || self.refusals.len() >= attempts as usize
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

fn code_of(class: Class) -> Code {
    match class {
        Class::Capacity => Code::Capacity,
        Class::Quota => Code::Quota,
        Class::Auth | Class::Unavailable | Class::Unreachable | Class::UnknownOutcome => Code::OutOfReach,
        Class::Unsupported => Code::Unsupported,
        Class::Throttled | Class::Forbidden | Class::Invalid | Class::Conflict | Class::Gone => Code::Refused,
    }
}

/// A decision in words, with what came of it so far.
fn explained(decision: &Decision) -> String {
    let mut words = decision.explain();
    if words.len() > TOLD {
        let asked = decision.asked.iter().filter(|asked| asked.refused.is_some()).count();
        let end = words.split_off(words.len() - asked.min(TOLD));
        words.truncate(TOLD);
        words.extend(end);
    }
    format!("placement: {}", words.join("; "))
}
