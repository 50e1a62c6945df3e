//! System (DSP0263 5.13.1): many resources that are created, operated and deleted as one.
//!
//! Owns creation from what a template describes, deletion, and the state that a System has by that of its Machines. What is
//! recursive is a Job with nested ones; what a component does is its own kind's.

use std::collections::BTreeMap;

use super::Sim;
use super::denial::Denial;
use super::job::{Accepted, Effect, Order};
use super::site::Site;
use crate::world::{Draft, Field, Fields, Group, Id, Kind, Label, Link};

mod blueprint;
mod operate;
mod recovery;
mod service;

use blueprint::{Blueprint, Component, Origin};

/// How deep Systems may be nested: recursive operations and this text's readers follow them.
const MAX_DEPTH: usize = 16;

/// States that a System has for itself, whatever its Machines are doing.
const OWN_STATES: [&str; 2] = ["CREATING", "DELETING"];

/// Held by a System that was not made or deleted as it should have been: it stays in ERROR.
const SPOILT: &str = "spoilt";

impl Sim {
    /// Creates a System from the attributes of a `SystemTemplate` (5.13.4): every component is a Job within its Job.
    pub(super) fn create_system(
        &mut self,
        site: Site,
        label: Label,
        template: &Fields,
    ) -> Result<Accepted, Denial> {
        let blueprint = Blueprint::read(template, &self.settings.capabilities)?;
        if self.depth(site.group.owner) >= MAX_DEPTH {
            return Err(Denial::bad(format!("Systems are nested up to {MAX_DEPTH} deep in this cloud.")));
        }
        let monitoring = self.plan_monitors(Kind::System, template)?;
        let mark = self.world.mark();
        let system = self.settle(site, Draft::new(label, Fields::new()).in_state("CREATING"));
        let order = Order::new("add", site.asked)
            .creating(system)
            .then(std::time::Duration::ZERO, [Effect::Reckon(system)])
            .undone_by([Effect::Remove(system)])
            .spoilt_by(spoilt(system));
        let result = self.order_whole(order, |sim| {
            sim.install_monitors(system, monitoring);
            sim.build(system, &blueprint)
        });
        if result.is_err() {
            self.undo_since(&mark);
        }
        result
    }

    /// Creates the components and services of a System.
    fn build(&mut self, system: Id, blueprint: &Blueprint) -> Result<(), Denial> {
        let mut named = BTreeMap::new();
        for component in blueprint.in_order() {
            let made = self.add_component(system, component, &named).map_err(|denial| Denial {
                message: format!("Component {}: {}", component.name(), denial.message),
                ..denial
            })?;
            if let (Some(name), Some(id)) = (component.label.name.as_deref(), made) {
                named.insert(name.to_owned(), id);
            }
        }
        for service in &blueprint.services {
            self.build_service(system, service, &named)?;
        }
        Ok(())
    }

    fn add_component(
        &mut self,
        system: Id,
        component: &Component,
        named: &BTreeMap<String, Id>,
    ) -> Result<Option<Id>, Denial> {
        match &component.origin {
            Origin::Resource(id) => {
                let link = component.kind.listed_by(Kind::System);
                let uses = link.card().link.ok_or_else(|| {
                    Denial::bad(format!("A System does not list a {}.", component.kind.name()))
                })?;
                let fields = Fields::new().with(uses.attribute, *id);
                self.associate(Group::inside(system, link), Label::default(), &fields, "insert")?;
                Ok(Some(*id))
            }
            Origin::Template(template) => {
                let mut fields = self.template_fields(component, template)?;
                fields.replace_names(&|name| named.get(name).copied());
                let draft = Draft::new(component.label.clone(), fields);
                Ok(self.create_at(Site::within(system, component.kind), draft)?.created)
            }
        }
    }

    /// Performs an operation on a System (5.13.1.2).
    pub(super) fn act_on_system(
        &mut self,
        id: Id,
        operation: &str,
        parameters: &Fields,
    ) -> Result<Accepted, Denial> {
        let recursive = ["start", "stop", "restart", "pause", "suspend"];
        match recursive.into_iter().find(|name| *name == operation) {
            Some(operation) => self.operate_system(id, operation, parameters),
            None => Err(Denial::missing(format!("System has no operation {operation}."))),
        }
    }

    /// Deletes a System with its child components (5.10.2); what is only associated stays.
    pub(super) fn delete_system(&mut self, id: Id) -> Result<Accepted, Denial> {
        self.transition(id, "delete")?;
        let before = self.state(id);
        self.set_state(id, "DELETING");
        let order = Order::new("delete", id)
            .then(self.settings.timing.of(Kind::System, "delete"), [Effect::Remove(id)])
            .undone_by([Effect::State(id, before)])
            .spoilt_by(spoilt(id));
        self.order_whole(order, |sim| {
            for component in sim.world.components(id) {
                // What cannot be deleted in its present state goes with the System at the end.
                if component.kind().card().link.is_none() && sim.offers(component, "delete") {
                    let _ = sim.delete(component);
                }
            }
            Ok(())
        })
    }

    /// Gives a System the state that its Machines have, if they agree, else MIXED (table 9).
    pub(super) fn reckon(&mut self, system: Id) {
        let machines = self.linked(Group::inside(system, Kind::SystemMachine));
        let mut states = machines.iter().map(|machine| self.state(*machine));
        let first = states.next();
        let same = first.filter(|first| states.all(|state| state == *first));
        let known = |state: &&'static str| {
            let own = *state == "CREATING" || *state == "DELETING";
            !own && Kind::System.states().is_some_and(|states| states.find(state).is_some())
        };
        let state = same.filter(known).unwrap_or("MIXED");
        if self.state(system) != state {
            self.world.set_state(system, state);
        }
    }

    /// Gives all Systems their state, when a seed has grown.
    pub(crate) fn reckon_all(&mut self) {
        let systems: Vec<_> =
            self.world.members(Group::of_cloud(Kind::System), 0).map(|system| system.id).collect();
        for system in systems {
            self.reckon_settled(system);
        }
    }

    /// Gives the Systems of a Machine their state.
    pub(super) fn reckon_systems_of(&mut self, machine: Id) {
        for system in self.systems_of(machine) {
            self.reckon_settled(system);
        }
    }

    /// Gives the System that has a collection its state, if the collection is one of Machines.
    pub(super) fn reckon_owner(&mut self, group: Group) {
        if let Some(system) = group.owner.filter(|_| group.kind == Kind::SystemMachine) {
            self.reckon_settled(system);
        }
    }

    /// Gives a System its state by its Machines, unless it has one for itself.
    pub(super) fn reckon_settled(&mut self, system: Id) {
        let Some(record) = self.world.get(system) else { return };
        let own = record.state.is_some_and(|state| OWN_STATES.contains(&state));
        if !own && record.fields.boolean(SPOILT).is_none() {
            self.reckon(system);
        }
    }

    /// The Systems whose state may be another one when a resource has gone.
    pub(super) fn systems_concerned(&self, id: Id) -> Vec<Id> {
        match id.kind() {
            Kind::Machine => self.systems_of(id),
            Kind::SystemMachine => self.world.get(id).and_then(|link| link.owner).into_iter().collect(),
            Kind::System => {
                let machines = self.world.components(id).into_iter();
                machines.flat_map(|machine| self.systems_of(machine)).filter(|system| *system != id).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The attributes of a component's template.
    fn template_fields(&self, component: &Component, template: &Field) -> Result<Fields, Denial> {
        let beside = template.fields().cloned().unwrap_or_default();
        match template.link() {
            None => Ok(beside),
            Some(Link::Resource(id)) => match self.world.get(*id) {
                Some(record) => Ok(record.fields.clone().overlaid(&beside)),
                None => Err(Denial::bad("Its template does not exist.")),
            },
            Some(_) => {
                let name = component.kind.name();
                Err(Denial::bad(format!("Its template must be a {name}Template of this cloud.")))
            }
        }
    }

    /// The Systems that list a Machine.
    fn systems_of(&self, machine: Id) -> Vec<Id> {
        if machine.kind() != Kind::Machine {
            return Vec::new();
        }
        let links =
            self.world.referrers_of(machine).into_iter().filter(|id| id.kind() == Kind::SystemMachine);
        links.filter_map(|link| self.world.get(link)?.owner).collect()
    }

    /// How many Systems a resource is within.
    fn depth(&self, owner: Option<Id>) -> usize {
        std::iter::successors(owner, |id| self.world.get(*id)?.owner).take(MAX_DEPTH + 1).count()
    }
}

fn spoilt(system: Id) -> [Effect; 2] {
    [Effect::State(system, "ERROR"), Effect::Set(system, SPOILT, true.into())]
}

#[cfg(test)]
mod tests;
