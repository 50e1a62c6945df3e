//! Interfaces (DSP0263 5.16.13): what joins Machines to endpoints.
//!
//! Owns their creation, on their own or with the Machine that they are in, and their templates.

use super::super::Sim;
use super::super::defaults::complete;
use super::super::denial::Denial;
use super::super::job::{Accepted, Effect, Order};
use super::super::monitor::Monitoring;
use super::super::scope::Scope;
use super::super::site::Site;
use super::super::template::Ingredient;
use crate::world::{Draft, Field, Fields, Group, Id, Kind, Label, Link};

const TEMPLATES: Ingredient = Ingredient {
    attribute: "interfaceTemplates",
    kinds: &[Kind::NetworkInterfaceTemplate],
    by_value: ("NetworkInterface", "NetworkInterfaceTemplateByValue"),
};

const NO_ENDPOINTS: &str = "endpoints must refer to a Collection of ProtocolEndpoints: of a template, an interface, a segment or a service.";

/// An interface to be made, everything checked.
#[derive(Debug)]
pub(in crate::sim) struct InterfacePlan {
    label: Label,
    fields: Fields,
    initial: &'static str,
    endpoints: Vec<Id>,
    /// Its Meters and its log.
    monitoring: Monitoring,
}

impl Sim {
    /// Creates a `NetworkInterface` from the attributes of a `NetworkInterfaceTemplate`: of the Machine that it is created in,
    /// or of none.
    pub(in crate::sim) fn create_interface(&mut self, site: Site, draft: Draft) -> Result<Accepted, Denial> {
        let plan = self.plan_interface(&draft.fields, None)?;
        let interface = self.settle(site, Draft::new(draft.label, plan.fields).in_state("CREATING"));
        self.install_monitors(interface, plan.monitoring);
        self.connect_all(interface, plan.endpoints);
        let mut order = self.birth(Order::new("add", site.asked), interface, plan.initial);
        if let Some(machine) = site.group.owner {
            order = order.affecting(machine);
        }
        Ok(self.order(order))
    }

    /// Plans the interfaces that a `MachineTemplate` asks for (table 19).
    pub(in crate::sim) fn plan_interfaces(&self, template: &Fields) -> Result<Vec<InterfacePlan>, Denial> {
        let mut plans: Vec<InterfacePlan> = Vec::new();
        for made in self.resolve_items(template, TEMPLATES)? {
            let mut plan = self.plan_interface(&made.fields, made.id)?;
            if made.id.is_none() {
                plan.label = label_of(&made.fields);
            }
            let mut others = plans.iter().flat_map(|plan| &plan.endpoints);
            if let Some(twice) = plan.endpoints.iter().find(|endpoint| others.any(|other| other == *endpoint))
            {
                return Err(Denial::conflict(
                    *twice,
                    "Two interfaces are to have the same ProtocolEndpoint.",
                ));
            }
            plans.push(plan);
        }
        Ok(plans)
    }

    /// Puts a planned interface into a new Machine. Returns it with what happens when that is ready.
    pub(in crate::sim) fn place_interface(&mut self, machine: Id, plan: InterfacePlan) -> (Id, Effect) {
        let draft = Draft::new(plan.label, plan.fields).in_state("CREATING");
        let interface = self.world.insert(Group::inside(machine, Kind::NetworkInterface), draft);
        self.install_monitors(interface, plan.monitoring);
        self.connect_all(interface, plan.endpoints);
        (interface, Effect::State(interface, plan.initial))
    }

    /// Creates a `NetworkInterfaceTemplate`, with the endpoints of the collection that it is given.
    pub(in crate::sim) fn create_interface_template(
        &mut self,
        site: Site,
        mut draft: Draft,
    ) -> Result<Accepted, Denial> {
        let endpoints = self.endpoints_of(&draft.fields, None)?;
        draft.fields.remove("endpoints");
        let accepted = self.create_plain(site, draft)?;
        if let Some(template) = accepted.created {
            for endpoint in endpoints {
                self.enlist(Group::inside(template, Kind::InterfaceTemplateEndpoint), endpoint);
            }
        }
        Ok(accepted)
    }

    fn plan_interface(&self, template: &Fields, id: Option<Id>) -> Result<InterfacePlan, Denial> {
        Scope::check(Kind::NetworkInterface, template)?;
        let mut fields = Fields::new();
        for name in ["speed", "mtu"] {
            fields.set_some(name, template.get(name).cloned());
        }
        complete(Kind::NetworkInterface, &mut fields, &self.settings.capabilities);
        let endpoints = self.endpoints_of(template, id)?;
        for endpoint in &endpoints {
            if self.world.get(*endpoint).is_some_and(|record| record.fields.resource("interface").is_some()) {
                return Err(Denial::conflict(
                    *endpoint,
                    "The ProtocolEndpoint is at another NetworkInterface. Remove it from there first.",
                ));
            }
        }
        let initial = self.initial_state(Kind::NetworkInterface, template.text("initialState"))?;
        let monitoring = self.plan_monitors(Kind::NetworkInterface, template)?;
        Ok(InterfacePlan { label: Label::default(), fields, initial, endpoints, monitoring })
    }

    /// The endpoints in the collection of a template: of the one that is given, or that a template by value names.
    fn endpoints_of(&self, template: &Fields, id: Option<Id>) -> Result<Vec<Id>, Denial> {
        let named = match template.get("endpoints").and_then(Field::link) {
            Some(Link::Collection(group)) => Some(*group),
            Some(_) => return Err(Denial::bad(NO_ENDPOINTS)),
            None => id.map(|id| Group::inside(id, Kind::InterfaceTemplateEndpoint)),
        };
        let Some(group) = named else { return Ok(Vec::new()) };
        match group.kind.card().link {
            Some(uses) if uses.kind == Kind::ProtocolEndpoint => Ok(self.linked(group)),
            _ => Err(Denial::bad(NO_ENDPOINTS)),
        }
    }

    fn connect_all(&mut self, interface: Id, endpoints: Vec<Id>) {
        for endpoint in endpoints {
            self.connect_endpoint(endpoint, Some(interface));
        }
    }
}

/// What a template by value says for people, which is kept where the template is described within a System's.
fn label_of(fields: &Fields) -> Label {
    let text = |name: &str| fields.text(name).map(Into::into);
    let properties = match fields.get("properties") {
        Some(Field::Map(map)) => Some(map.clone()),
        _ => None,
    };
    Label { name: text("name"), description: text("description"), properties }
}
