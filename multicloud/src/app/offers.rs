//! What the accounts offer for a request: facts that placement decides by.

use std::sync::Arc;

use cimi::model::capability;
use cimi::{Reference, Value};

use super::policy::policy_of;
use super::reference::{Beside, parse};
use super::{Absence, Allowance, App, AppError, Request};
use crate::account::{Account, Health};
use crate::placement::ledger::{Claim, Holder, Key, Shortage};
use crate::placement::{self, Amounts, Code, Layer, Level, Offer, Place, Plan, Rejected};
use crate::record::{Id, Resource, Work};
use crate::system;

/// What there is to choose from.
pub(super) struct Candidates {
    /// Offers with the template in each cloud's terms: one of its own with what overrides it, or by value.
    pub(super) offers: Vec<Offer>,
    pub(super) templates: Vec<Reference>,
    /// Accounts that are out of the question, whatever the policy.
    pub(super) rejected: Vec<Rejected>,
}

/// What is the same of a request wherever it goes.
struct Wanted {
    config: Option<String>,
    image: Option<String>,
    network: Option<String>,
    cpu: Option<i64>,
    memory: Option<i64>,
    capacity: Option<i64>,
    needs: Amounts,
}

impl Wanted {
    /// A place with what is asked for there.
    fn at(&self, place: Place) -> Place {
        let (config, image, network) = (self.config.clone(), self.image.clone(), self.network.clone());
        Place { config, image, network, ..place }
    }
}

impl App {
    /// What all policies together say about a request: the manager's, those given with it, its template's and its own.
    ///
    /// # Errors
    /// `Invalid` if the template's or the request's own cannot be used.
    pub(super) fn plan(&self, request: &Request) -> Result<Plan, AppError> {
        let mut layers = self.layers(request)?;
        layers.push(self.own_layer());
        Ok(placement::combine(&layers))
    }

    /// What the manager's policy says.
    pub(super) fn own_layer(&self) -> Layer {
        let policy = self.directory().snapshot().default_policy();
        Layer { level: Level::Manager, policy: (*policy).clone() }
    }

    /// The policies that come with a request.
    ///
    /// # Errors
    /// As [`App::plan`].
    pub(super) fn layers(&self, request: &Request) -> Result<Vec<Layer>, AppError> {
        let mut layers = request.placing.policies.clone();
        let template = request.template.href.as_deref().and_then(parse);
        let template = template.and_then(|(_, id)| self.inventory().resource(id));
        let written = template.as_ref().map(|template| (Level::Template, &template.attributes));
        for (level, attributes) in written.into_iter().chain([(Level::Request, &request.common)]) {
            layers.extend(policy_of(attributes)?.map(|policy| Layer { level, policy }));
        }
        Ok(layers)
    }

    /// What the accounts offer.
    pub(super) fn candidates(&self, request: &Request) -> Candidates {
        let wanted = self.wanted(request);
        let mut candidates = Candidates { offers: Vec::new(), templates: Vec::new(), rejected: Vec::new() };
        let shortage = self.shortage(&request.placing.allowances, wanted.needs);
        for account in self.accounts() {
            let offer = self.offer(&account, request, &wanted);
            let offer = offer.and_then(|offer| match &shortage {
                Some(shortage) => Err((Code::Quota, shortage.to_string())),
                None => Ok(offer),
            });
            match offer {
                Ok((offer, template)) => {
                    candidates.offers.push(offer);
                    candidates.templates.push(template);
                }
                Err((code, reason)) => {
                    let place = wanted.at(at(&account));
                    candidates.rejected.push(Rejected { place, code, reason });
                }
            }
        }
        let unused = self.unused().into_iter();
        candidates.rejected.extend(unused.map(|place| self.passed_over(wanted.at(place), request)));
        candidates
    }

    /// An account that is not in use: whoever asks for it is told so.
    fn passed_over(&self, place: Place, request: &Request) -> Rejected {
        if let Some(reason) = request.placing.pin.excludes(&place) {
            return Rejected { place, code: Code::Filter, reason };
        }
        let absence = self.absence(&place.account);
        let code = match absence {
            Absence::NotYet { .. } => Code::OutOfReach,
            _ => Code::Unused,
        };
        Rejected { place, code, reason: absence.to_string() }
    }

    fn offer(
        &self,
        account: &Account,
        request: &Request,
        wanted: &Wanted,
    ) -> Result<(Offer, Reference), (Code, String)> {
        let place = wanted.at(at(account));
        if let Some(reason) = request.placing.pin.excludes(&place) {
            return Err((Code::Filter, reason));
        }
        if request.placing.avoid.contains(&account.name) {
            return Err((Code::Refused, "it has refused it".to_owned()));
        }
        if !account.is_managed() {
            return Err((Code::Observed, "it is only observed: nothing is created there".to_owned()));
        }
        match account.health() {
            Health::Up => {}
            Health::Unknown => return Err((Code::OutOfReach, "it has not been reached yet".to_owned())),
            Health::Down { reason, .. } => {
                return Err((Code::OutOfReach, format!("it is out of reach: {reason}")));
            }
        }
        let discovery = account.discovery().filter(|discovery| discovery.creates.contains(&request.kind));
        let Some(discovery) = discovery else {
            return Err((Code::Unsupported, format!("it creates no {}", request.kind.type_name())));
        };
        if let Some(within) = &request.within {
            let owner = self.inventory().resource(within.owner);
            // The components of a system may be anywhere.
            let will_do =
                |owner: &Arc<Resource>| system::is_own(owner) || owner.replica_at(&account.name).is_some();
            if !owner.as_ref().is_some_and(will_do) {
                let what = within.parts.owner().type_name();
                return Err((Code::Missing, format!("it does not have the {what} that it is for")));
            }
        }
        // A template of this very cloud goes by reference: nothing is lost that the manager does not know.
        let template = self
            .reference_at_cloud(account, &request.template, Beside::All)
            .map_err(|reason| (Code::Missing, reason))?;
        let config = wanted.config.as_deref();
        let price = self.prices().price(&account.name, account.location.as_deref(), config);
        let taken = self.taken(&Key::Account(account.name.clone()));
        let stated = discovery
            .capabilities
            .iter()
            .map(|((resource, name), value)| (format!("{resource}/{name}"), shown(value)));
        let tags = account.tags.iter().map(|(key, value)| (key.clone(), value.clone()));
        let offer = Offer {
            place,
            price: price.unwrap_or(account.price),
            cpu: wanted.cpu,
            memory: wanted.memory,
            capacity: wanted.capacity,
            machines: taken.machines,
            left: account.quota.left(taken),
            needs: wanted.needs,
            latency: account.latency(),
            health: account.room(self.clock().now()),
            properties: Arc::new(stated.chain(tags).collect()),
        };
        Ok((offer, template))
    }

    /// The first of these quotas that leaves too little, wherever something goes.
    pub(super) fn shortage(&self, allowances: &[Allowance], needs: Amounts) -> Option<Shortage> {
        allowances.iter().find_map(|Allowance { key, quota, used }| {
            let taken = self.inner.ledger.taken(key, |held| used(held), |holder| self.is_settled(holder));
            let (what, left, needs) = quota.left(taken).lacks(needs)?;
            Some(Shortage { key: key.clone(), what, left, needs })
        })
    }

    fn wanted(&self, request: &Request) -> Wanted {
        let template = &request.template.attributes;
        let configuration =
            ["machineConfig", "volumeConfig"].into_iter().find_map(|it| template.reference(it));
        let meant = configuration.map(|reference| self.meant(reference)).unwrap_or_default();
        let network = template.items("networkInterfaces").first();
        let network = network.and_then(|item| item.as_attributes()?.reference("network"));
        let image = ["machineImage", "volumeImage"].into_iter().find_map(|name| template.reference(name));
        Wanted {
            config: configuration.and_then(|reference| self.name_of(reference)),
            image: image.and_then(|reference| self.name_of(reference)),
            network: network.and_then(|reference| self.name_of(reference)),
            cpu: meant.integer("cpu"),
            memory: meant.integer("memory"),
            capacity: meant.integer("capacity"),
            needs: Resource::amounts_of(request.kind, &meant),
        }
    }

    /// What a request takes of quotas.
    pub(super) fn needs(&self, request: &Request) -> Amounts {
        self.wanted(request).needs
    }

    /// The name of what a reference points to.
    fn name_of(&self, reference: &Reference) -> Option<String> {
        let (_, id) = reference.href.as_deref().and_then(parse)?;
        self.inventory().resource(id)?.attributes.text("name").map(str::to_owned)
    }

    /// How much of a quota is taken, by what is there and by what is being created.
    pub fn taken(&self, key: &Key) -> Amounts {
        self.inner.ledger.taken(key, |held| self.used(key, held), |holder| self.is_settled(holder))
    }

    /// How much there is of a quota, those aside that are still counted in the ledger: whosever they are.
    pub(super) fn used(&self, key: &Key, held: &[Holder]) -> Amounts {
        let inventory = &self.inner.inventory;
        let counted_twice = held.iter().filter_map(|holder| inventory.resource(Id(*holder)));
        let counted_twice = counted_twice.filter(|resource| resource.counts_against().contains(key));
        counted_twice.fold(inventory.used(key), |sum, resource| sum.minus(resource.amounts()))
    }

    /// Holds what something takes of the quota of the account where it is to be, if that is known, and of others.
    ///
    /// # Errors
    /// The quota that leaves too little; nothing is held then.
    pub(super) fn reserve(
        &self,
        holder: Holder,
        needs: Amounts,
        account: Option<&Account>,
        allowances: &[Allowance],
    ) -> Result<(), Shortage> {
        if needs == Amounts::default() {
            return Ok(());
        }
        let own = account.map(|account| (Key::Account(account.name.clone()), account.quota));
        let used =
            |held: &[Holder]| own.as_ref().map_or_else(Amounts::default, |(key, _)| self.used(key, held));
        let own = own.as_ref().map(|(key, quota)| Claim { key, quota: *quota, needs, used: &used });
        let others = allowances.iter().map(|Allowance { key, quota, used }| Claim {
            key,
            quota: *quota,
            needs,
            used: &**used,
        });
        let claims: Vec<_> = own.into_iter().chain(others).collect();
        self.inner.ledger.reserve(holder, &claims, |holder| self.is_settled(holder))
    }

    /// Whether a creation or a change holds nothing any more: what came of it is counted with all that is there, or nothing came.
    pub(super) fn is_settled(&self, holder: Holder) -> bool {
        if let Some(job) = self.inner.inventory.job(Id(holder)) {
            return job.work == Work::Done;
        }
        self.inner.inventory.resource(Id(holder)).is_none_or(|resource| {
            let attributes = &resource.attributes;
            let sized = ["cpu", "capacity"].iter().any(|name| attributes.contains(name));
            !resource.replicas.is_empty() && (sized || attributes.text("state") != Some("CREATING"))
        })
    }
}

/// An account as a place, whatever is made there.
pub(super) fn at(account: &Account) -> Place {
    Place {
        account: account.name.clone(),
        provider: account.provider.clone(),
        location: account.location.clone(),
        ..Place::default()
    }
}

/// A capability as a filter compares it.
fn shown(value: &Value) -> String {
    match value {
        Value::Boolean(truth) => truth.to_string(),
        Value::Integer(number) => number.to_string(),
        listed => capability::items(listed).join(","),
    }
}
