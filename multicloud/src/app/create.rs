//! Creating things at a cloud: choose, record, ask, follow.

use cimi::{Attributes, Value};

use super::follow::Followed;
use super::job::{self, End};
use super::reference;
use super::{App, AppError, Begun, Ended, Problem, own};
use crate::account::{Account, Health};
use crate::connector::{Class, CloudError, Creation, Native, Started};
use crate::kind::Kind;
use crate::placement::{Decision, Offer};
use crate::record::{Id, Job, Resource, Stage, Work};
use crate::sync::link_of;

/// A request to create.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// What.
    pub kind: Kind,
    /// Name, description, properties.
    pub common: Attributes,
    /// The template's attributes, or, for kinds without templates, the resource's; references as paths of the manager.
    pub template: Attributes,
}

impl App {
    /// Creates a resource: in the manager itself, or at the cloud that the policy puts first. If that one has no room, is out
    /// of reach or does not do it, the next is asked within the same job.
    ///
    /// # Errors
    /// If no cloud will do: with the reason for each.
    pub async fn create(&self, request: Request) -> Result<Begun, AppError> {
        if own::KINDS.contains(&request.kind) {
            return self.create_own(request).await;
        }
        let decision = self.place(&request);
        if decision.ranked.is_empty() {
            return Err(self.nowhere(&request, &decision));
        }
        let (resource, job) = self.announce(&request, &decision).await?;
        let mut refusals = Vec::new();
        for offer in &decision.ranked {
            let Some(account) = self.account(&offer.account).cloned() else { continue };
            self.note_account(job, resource, &offer.account).await?;
            let creation = Creation {
                kind: request.kind,
                common: request.common.clone(),
                template: offer.template.clone(),
                token: self.inventory().token(resource),
            };
            match account.connector.create(&creation).await {
                Ok(started) => return self.created(&account, job, resource, started).await,
                Err(error) if error.class == Class::UnknownOutcome => {
                    // Not asked again: it is looked for until it is known whether it is there.
                    self.spawn_follow(job);
                    return Ok(Begun { job, resource, ended: Ended::No });
                }
                Err(error) => {
                    account.notice(&error, self.clock().now());
                    let go_on = moves_on(&error);
                    refusals.push((account.name.clone(), error));
                    if !go_on {
                        break;
                    }
                }
            }
        }
        self.give_up(request.kind, job, resource, refusals).await
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
        let discovery = match account.health() {
            Health::Up(discovery) => discovery,
            Health::Unknown => return Err("it has not been reached yet".to_owned()),
            Health::Down { reason, .. } => return Err(format!("it is out of reach: {reason}")),
        };
        if !discovery.creates.contains(&request.kind) {
            return Err(format!("it creates no {}", request.kind.type_name()));
        }
        let template = self.at_cloud(account, &self.located(account, &request.template)?)?;
        let attributes = self.offer_attributes(account, &request.template);
        Ok(Offer { account: account.name.clone(), attributes, template })
    }

    /// `imageLocation` is a URI, not a reference; if it names a machine or volume of ours, it binds to its cloud.
    fn located(&self, account: &Account, template: &Attributes) -> Result<Attributes, String> {
        let mut located = template.clone();
        let source = template.text("imageLocation").and_then(reference::parse);
        if let Some((kind, id)) = source {
            let resource =
                self.inventory().resource(id).ok_or_else(|| format!("there is no {}", link_of(kind, id)))?;
            let replica = resource.replicas.iter().find(|replica| replica.account == account.name);
            let native = &replica.ok_or_else(|| format!("{} is elsewhere", link_of(kind, id)))?.native;
            located.set("imageLocation", native.0.clone());
        }
        Ok(located)
    }

    fn offer_attributes(&self, account: &Account, template: &Attributes) -> Attributes {
        let configuration = ["machineConfig", "volumeConfig"]
            .into_iter()
            .find_map(|name| template.reference(name))
            .map(|reference| self.meant(Some(reference)))
            .unwrap_or_default();
        let machines = self
            .inventory()
            .of_kind(Kind::Machine)
            .iter()
            .filter(|machine| machine.replicas.iter().any(|replica| replica.account == account.name))
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
        let down = self.accounts().iter().any(|account| !matches!(account.health(), Health::Up(_)));
        let problem = if self.accounts().is_empty() {
            Problem::Unsupported
        } else if down {
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
        attributes.set("state", "CREATING");
        let resource = Resource { id, kind: request.kind, attributes, version: 0, replicas: Vec::new() };
        let path = link_of(request.kind, id);
        let account = decision.ranked.first().map(|offer| offer.account.clone()).unwrap_or_default();
        let work = Work::Create { resource: id, account, stage: Stage::Sent };
        let mut job = self.new_job("add", request.kind.link(), &[path], work);
        job.attributes.set("description", format!("placement: {}", decision.explain().join("; ")));
        let job_id = job.id;
        let mut writer = self.inventory().writer().await;
        writer.put_resource(resource);
        writer.put_job(job);
        writer.commit().await?;
        Ok((id, job_id))
    }

    async fn note_account(&self, job: Id, resource: Id, account: &str) -> Result<(), AppError> {
        let mut writer = self.inventory().writer().await;
        let Some(mut record) = writer.job(job) else { return Ok(()) };
        let work = Work::Create { resource, account: account.to_owned(), stage: Stage::Sent };
        if record.work == work {
            return Ok(());
        }
        record.work = work;
        writer.put_job(record);
        Ok(writer.commit().await?)
    }

    /// A cloud took the request: the resource gets its replica, the job follows the cloud's or ends.
    pub(super) async fn created(
        &self,
        account: &Account,
        job: Id,
        resource: Id,
        started: Started,
    ) -> Result<Begun, AppError> {
        if let Some(native) = &started.created {
            self.adopt(account, resource, native).await?;
        }
        match self.followed(job, started.job).await? {
            Followed::Ended => Ok(Begun { job, resource, ended: Ended::Yes }),
            Followed::On => Ok(Begun { job, resource, ended: Ended::No }),
        }
    }

    /// Ties the announced resource to what the cloud made of it.
    async fn adopt(&self, account: &Account, id: Id, native: &Native) -> Result<(), AppError> {
        let mut writer = self.inventory().writer().await;
        let Some(mut resource) = writer.resource(id) else { return Ok(()) };
        if resource.replicas.iter().any(|replica| replica.account == account.name) {
            return Ok(());
        }
        resource.replicas.push(crate::record::Replica {
            account: account.name.clone(),
            native: native.clone(),
            offers: Vec::new(),
            seen: self.clock().now(),
        });
        writer.put_resource(resource);
        Ok(writer.commit().await?)
    }

    /// No cloud took it: the resource is forgotten, the job says why.
    async fn give_up(
        &self,
        kind: Kind,
        job: Id,
        resource: Id,
        refusals: Vec<(String, CloudError)>,
    ) -> Result<Begun, AppError> {
        let details: Vec<String> =
            refusals.iter().map(|(account, error)| format!("{account}: {error}")).collect();
        let mut writer = self.inventory().writer().await;
        if let Some(record) = writer.job(job) {
            let mut ended: Job = self.end(record, &End::Failed(details.join("; ")));
            let path = Value::Ref(cimi::Reference::to(link_of(kind, resource)));
            let kept: Vec<Value> = ended
                .attributes
                .items("affectedResources")
                .iter()
                .filter(|item| **item != path)
                .cloned()
                .collect();
            ended.attributes.set("affectedResources", kept);
            writer.put_job(ended);
        }
        writer.forget_resource(resource);
        writer.commit().await?;
        let last = refusals.into_iter().next_back().map(|(_, error)| AppError::from(error));
        let error = last.unwrap_or_else(|| AppError::new(Problem::Internal, "no cloud was asked"));
        Err(error.with(details))
    }
}

/// Whether another cloud may well do what this one did not.
fn moves_on(error: &CloudError) -> bool {
    matches!(
        error.class,
        Class::Capacity
            | Class::Quota
            | Class::Throttled
            | Class::Unavailable
            | Class::Unsupported
            | Class::Auth
            | Class::Gone
    )
}
