//! Creating things at a cloud: choose, record, ask, follow.

use std::sync::Arc;

use cimi::{Attributes, Reference};

use super::job;
use super::reference::Beside;
use super::{App, AppError, Begun, Ended, Problem, forget, own};
use crate::account::{Account, Health};
use crate::connector::{Class, CloudError, Creation, Native, Started};
use crate::kind::Kind;
use crate::placement::{Decision, Offer};
use crate::record::{Id, Replica, Resource, Stage, Work};
use crate::sync::link_of;

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
        let app = self.clone();
        self.whole(async move {
            if own::KINDS.contains(&request.kind) {
                return app.create_own(request).await;
            }
            app.create_at_cloud(&request).await
        })
        .await
    }

    async fn create_at_cloud(&self, request: &Request) -> Result<Begun, AppError> {
        let decision = self.place(request);
        if decision.ranked.is_empty() {
            return Err(self.nowhere(request, &decision));
        }
        let (resource, job) = self.announce(request, &decision).await?;
        let mut refusals = Refusals::new();
        for offer in &decision.ranked {
            let Some(account) = self.account(&offer.account).cloned() else { continue };
            // The first is announced already; of each further one is written down that it is asked before it is.
            if !refusals.is_empty() {
                self.note_account(job, &decision, &refusals, offer).await?;
            }
            let creation = Creation {
                kind: request.kind,
                common: request.common.clone(),
                template: offer.template.clone(),
                token: self.inventory().token(resource),
            };
            match account.connector.create(&creation).await {
                Ok(started) => return Ok(self.created(&account, job, resource, started).await),
                Err(error) if error.class == Class::UnknownOutcome => {
                    // Not asked again: it is looked for until it is known whether it is there.
                    tracing::warn!(account = %account.name, %error, "a creation went unanswered");
                    self.follow(job, None);
                    return Ok(Begun { job, resource, part: None, ended: Ended::No });
                }
                Err(error) => {
                    account.notice(&error, self.clock().now());
                    let go_on = error.class != Class::Invalid;
                    refusals.push((account.name.clone(), error));
                    if !go_on {
                        break;
                    }
                }
            }
        }
        Err(self.give_up(request.kind, job, resource, refusals).await)
    }

    /// The clouds where a request could be carried out, best first, and why not the others. Changes nothing.
    pub fn place(&self, request: &Request) -> Decision {
        let mut offers = Vec::new();
        let mut rejected = Vec::new();
        for account in self.accounts() {
            match self.offer(account, request) {
                Ok(offer) => offers.push(offer),
                Err(reason) => rejected.push((account.name.clone(), reason)),
            }
        }
        self.policy().decide(offers, rejected)
    }

    fn offer(&self, account: &Account, request: &Request) -> Result<Offer, String> {
        match account.health() {
            Health::Up => {}
            Health::Unknown => return Err("it has not been reached yet".to_owned()),
            Health::Down { reason, .. } => return Err(format!("it is out of reach: {reason}")),
        }
        if account.discovery().is_none_or(|discovery| !discovery.creates.contains(&request.kind)) {
            return Err(format!("it creates no {}", request.kind.type_name()));
        }
        // A template of this very cloud goes by reference: nothing is lost that the manager does not know.
        let template = self.reference_at_cloud(account, &request.template, Beside::All)?;
        let attributes = self.offer_attributes(account, &request.template.attributes);
        Ok(Offer { account: account.name.clone(), attributes, template })
    }

    fn offer_attributes(&self, account: &Account, template: &Attributes) -> Attributes {
        let configuration = ["machineConfig", "volumeConfig"]
            .into_iter()
            .find_map(|name| template.reference(name))
            .map(|reference| self.meant(reference))
            .unwrap_or_default();
        let machines = self
            .inventory()
            .of_kind(Kind::Machine)
            .iter()
            .filter(|machine| machine.replica_at(&account.name).is_some())
            .count();
        let mut attributes = Attributes::new();
        attributes.set("account", account.name.clone());
        attributes.set_some("location", account.location.clone());
        attributes.set("price", account.price);
        for name in ["cpu", "memory", "capacity"] {
            attributes.set_some(name, configuration.integer(name));
        }
        attributes.set("machines", i64::try_from(machines).unwrap_or(i64::MAX));
        attributes
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
        let mut attributes = request.common.clone();
        attributes.set("created", job::date_time(self.clock().now()));
        if cimi::model::schema(cimi::Edition::V2, request.kind.type_name()).ty.states.is_some() {
            attributes.set("state", "CREATING");
        }
        let resource = Resource { id, kind: request.kind, attributes, version: 0, replicas: Vec::new() };
        let path = link_of(request.kind, id);
        let account = decision.ranked.first().map(|offer| offer.account.clone()).unwrap_or_default();
        let work = Work::Create { resource: id, account, stage: Stage::Sent };
        let mut job = self.new_job("add", request.kind.link(), &[path], work);
        job.attributes.set("description", explained(decision, &Refusals::new()));
        let job_id = job.id;
        let mut writer = self.inventory().writer().await;
        writer.put_resource(resource);
        writer.put_job(job);
        writer.commit().await?;
        Ok((id, job_id))
    }

    async fn note_account(
        &self,
        job: Id,
        decision: &Decision,
        refusals: &Refusals,
        offer: &Offer,
    ) -> Result<(), AppError> {
        self.rewrite_job(job, |job| {
            if let Work::Create { account, .. } = &mut job.work {
                account.clone_from(&offer.account);
            }
            job.attributes.set("description", explained(decision, refusals));
        })
        .await
        // Nobody may be asked of whom it is not written down; the one asked before has refused.
        .inspect_err(|_| self.follow(job, None))
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

/// A decision in words, with what came of it so far.
fn explained(decision: &Decision, refusals: &Refusals) -> String {
    let mut words = decision.explain();
    words.extend(refusals.iter().map(|(account, error)| format!("{account} was asked and refused: {error}")));
    format!("placement: {}", words.join("; "))
}
