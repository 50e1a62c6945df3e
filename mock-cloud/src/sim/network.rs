//! Networks (DSP0263 5.16.1, and of 1.x): created with all that is in them, started and stopped with all of it.
//!
//! Owns what the resources of the network families have in common: how they come to be, how they belong to each other. What is
//! special to one kind is in the sibling modules.

use cimi::Map;

use super::Sim;
use super::denial::Denial;
use super::job::{Accepted, Effect, Order};
use super::scope::Scope;
use super::site::Site;
use super::template::{Ingredient, Resolved};
use crate::world::{Draft, Field, Fields, Group, Id, Kind, Label};

mod address;
mod endpoint;
mod group;
mod interface;
mod lease;
mod membership;
mod nic;
mod planted;
mod port;
mod power;
mod protocol;
mod segment;
mod service;
mod update;

pub(super) use interface::InterfacePlan;
pub(super) use lease::Leases;
pub(super) use nic::NicPlan;
pub(super) use update::check_network_template;

const CONFIG: Ingredient = Ingredient {
    attribute: "networkConfig",
    kinds: &[Kind::NetworkConfiguration],
    by_value: ("Network", "NetworkTemplateByValue"),
};

const SEGMENTS: Ingredient = Ingredient {
    attribute: "segmentTemplates",
    kinds: &[Kind::ProtocolSegmentTemplate],
    by_value: ("ProtocolSegment", "ProtocolSegmentTemplateByValue"),
};

const SERVICES: Ingredient = Ingredient {
    attribute: "serviceTemplates",
    kinds: &[Kind::NetworkServiceTemplate],
    by_value: ("NetworkService", "NetworkServiceTemplateByValue"),
};

const SUBNETWORKS: Ingredient = Ingredient {
    attribute: "subnetworkTemplates",
    kinds: &[Kind::NetworkTemplate],
    by_value: ("Network", "NetworkTemplateByValue"),
};

/// How many parts one template may make: each is a resource and a Job.
const MOST_PARTS: usize = 1000;

/// Whether what is made is part of something that is to run: that starts all of its parts (5.16.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Running {
    /// It becomes what its own template says.
    AsAsked,
    /// It runs.
    Yes,
}

impl Running {
    /// The state that is asked for: of what runs, `up`.
    fn or<'a>(self, asked: Option<&'a str>, up: &'a str) -> Option<&'a str> {
        if self == Self::Yes { Some(up) } else { asked }
    }
}

impl Sim {
    /// Creates a Network from the attributes of a `NetworkTemplate`, with all that it names and makes.
    pub(super) fn create_network(
        &mut self,
        site: Site,
        draft: Draft,
        running: Running,
    ) -> Result<Accepted, Denial> {
        let Draft { label, fields: template, .. } = draft;
        let asked = running.or(template.text("initialState"), "STARTED");
        let initial = self.initial_state(Kind::Network, asked)?;
        let fields = self.plan_network(&template)?;
        self.count_parts(&template, &mut Vec::new(), &mut 0)?;
        let group = fields.resource("forwardingGroup");
        let running = if initial == "STARTED" { Running::Yes } else { Running::AsAsked };
        let monitoring = self.plan_monitors(Kind::Network, &template)?;
        let network = self.settle(site, Draft::new(label, fields).in_state("CREATING"));
        self.install_monitors(network, monitoring);
        if let Some(group) = group {
            self.join_group(network, group);
        }
        let order = self.birth(Order::new("add", site.asked), network, initial);
        let result =
            self.order_made(order, has_parts(&template), |sim| sim.furnish(network, &template, running));
        result.inspect_err(|_| self.remove(network))
    }

    /// Creates what a template has for a new Network, and brings in what is there already.
    fn furnish(&mut self, network: Id, template: &Fields, running: Running) -> Result<(), Denial> {
        let site = |kind| Site::of(Group::inside(network, kind));
        for made in self.resolve_items(template, SEGMENTS)? {
            self.create_segment(site(Kind::NetworkSegment), unnamed(made), running)?;
        }
        for made in self.resolve_items(template, SUBNETWORKS)? {
            self.create_network(site(Kind::Subnetwork), unnamed(made), running)?;
        }
        for made in self.resolve_items(template, SERVICES)? {
            self.create_network_service(site(Kind::NetworkNetworkService), unnamed(made), running)?;
        }
        for (name, kind) in [
            ("segments", Kind::NetworkSegment),
            ("services", Kind::NetworkNetworkService),
            ("subnetworks", Kind::Subnetwork),
        ] {
            self.enlist_all(Group::inside(network, kind), template.items(name), running)?;
        }
        Ok(())
    }

    /// The attributes of a Network that is to be, everything checked.
    fn plan_network(&self, template: &Fields) -> Result<Fields, Denial> {
        let config = self.resolve(template, CONFIG)?.map(|config| config.fields).unwrap_or_default();
        Scope::check(Kind::NetworkConfiguration, &config)?;
        // What 2.0 does not show is there all the same: a number has no empty value.
        let mut fields = Fields::new().with("networkType", Field::Word("PRIVATE")).with("mtu", 1500_i64);
        for name in ["networkType", "mtu", "classOfService"] {
            if let Some(held) = Kind::Network.held(name) {
                fields.set_some(held.name, config.get(name).cloned());
            }
        }
        if let Some(group) = template.resource("forwardingGroup") {
            fields.set("forwardingGroup", group);
        }
        Ok(fields)
    }

    /// Counts what a template makes in all.
    ///
    /// # Errors
    /// If that is too much, or has no end: a template that leads back to itself.
    fn count_parts(&self, template: &Fields, above: &mut Vec<Id>, count: &mut usize) -> Result<(), Denial> {
        let segments = self.resolve_items(template, SEGMENTS)?;
        let endpoints = segments.iter().map(|made| made.fields.items("endpointTemplates").len());
        *count += segments.len() + endpoints.sum::<usize>() + template.items("serviceTemplates").len();
        for made in self.resolve_items(template, SUBNETWORKS)? {
            *count += 1;
            if *count > MOST_PARTS {
                break;
            }
            if let Some(id) = made.id.filter(|id| above.contains(id)) {
                return Err(Denial {
                    about: vec![id],
                    ..Denial::bad("subnetworkTemplates lead back to a NetworkTemplate that they come from.")
                });
            }
            above.extend(made.id);
            self.count_parts(&made.fields, above, count)?;
            if made.id.is_some() {
                above.pop();
            }
        }
        if *count > MOST_PARTS {
            return Err(Denial::bad(format!(
                "The template makes more than {MOST_PARTS} resources; create some of them on their own."
            )));
        }
        Ok(())
    }

    /// The order that brings a new resource from CREATING to its first stable state.
    fn birth(&self, order: Order, id: Id, initial: &'static str) -> Order {
        let wait = self.settings.timing.of(id.kind(), "create");
        let order = order.creating(id).then(wait, [Effect::State(id, initial)]);
        order.undone_by([Effect::Remove(id)]).spoilt_by([Effect::State(id, "ERROR")])
    }

    /// Performs an order that may have parts, each a Job of its own.
    fn order_made(
        &mut self,
        order: Order,
        has_parts: bool,
        parts: impl FnOnce(&mut Self) -> Result<(), Denial>,
    ) -> Result<Accepted, Denial> {
        if has_parts { self.order_whole(order, parts) } else { Ok(self.order(order)) }
    }

    /// What an array of templates comes to.
    fn resolve_items(&self, template: &Fields, what: Ingredient) -> Result<Vec<Resolved>, Denial> {
        let mut resolved = Vec::new();
        for item in template.items(what.attribute) {
            let item = Fields::new().with(what.attribute, item.clone());
            resolved.extend(self.resolve(&item, what)?);
        }
        Ok(resolved)
    }

    /// Where a segment or a service goes: into the Network that it is created in or, anywhere else, the one that its
    /// template names (tables 36 and 45). Returns the Network that does not list it yet.
    fn site_of_part(&self, site: Site, template: &Fields) -> Result<(Site, Option<Id>), Denial> {
        let kind = site.group.kind;
        let name = kind.name();
        let named = template.resource("network");
        match site.group.owner.map(|owner| (owner, owner.kind())) {
            Some((network, Kind::Network)) => {
                if named.is_some_and(|named| named != network) {
                    return Err(Denial::bad(format!(
                        "network is another Network than the one that the {name} is created in. Leave it out, or name that one."
                    )));
                }
                Ok((site, None))
            }
            // A component of a System stays one.
            Some((_, Kind::System)) => Ok((site, named)),
            _ => {
                let network = named.ok_or_else(|| {
                    Denial::bad(format!(
                        "A {name} that is created here needs network in its template: the Network that it belongs to."
                    ))
                })?;
                self.require_settled(network, &format!("adding a {name}"))?;
                Ok((Site { group: Group::inside(network, kind), ..site }, Some(network)))
            }
        }
    }
}

/// Whether a template of Networks has anything in it.
fn has_parts(template: &Fields) -> bool {
    let arrays = [
        "segments",
        "segmentTemplates",
        "services",
        "serviceTemplates",
        "subnetworks",
        "subnetworkTemplates",
    ];
    arrays.iter().any(|name| !template.items(name).is_empty())
}

/// What is made of a template within another one has no name.
fn unnamed(made: Resolved) -> Draft {
    Draft::new(Label::default(), made.fields)
}

/// A map among the attributes; empty if there is none.
fn map(fields: &Fields, name: &str) -> Map {
    match fields.get(name) {
        Some(Field::Map(map)) => (**map).clone(),
        _ => Map::new(),
    }
}
