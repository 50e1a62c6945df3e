//! Creation without a life of its own, updates and deletion.
//!
//! Owns what is the same for all kinds, and which updates the cloud refuses.

use std::time::Duration;

use super::Sim;
use super::defaults::complete;
use super::denial::Denial;
use super::job::{Accepted, Effect, Order};
use super::log::check_persistence;
use super::meter::check_configuration;
use super::network::check_network_template;
use super::scope::Scope;
use super::site::Site;
use crate::world::{Change, Draft, Field, Fields, Group, Id, Kind, Label, Usage};

/// Changes of attributes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Patch {
    /// The label as it is to be; none if it stays.
    pub label: Option<Label>,
    /// Attributes that get a value.
    pub set: Fields,
    /// Attributes that become empty.
    pub reset: Vec<&'static str>,
    /// The collection whose owner it becomes a child component of (5.10.2, 5.13.1).
    pub parent: Option<Group>,
}

impl Patch {
    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.label.is_none() && self.set.is_empty() && self.reset.is_empty() && self.parent.is_none()
    }
}

impl Sim {
    /// Creates what simply is: templates, configurations, credentials.
    pub(super) fn create_plain(&mut self, site: Site, mut draft: Draft) -> Result<Accepted, Denial> {
        let kind = site.group.kind;
        check_words(kind, &draft.fields)?;
        check_network_template(kind, &draft.fields)?;
        complete(kind, &mut draft.fields, &self.settings.capabilities);
        self.afford(Usage::of(kind, &draft.fields))?;
        let id = self.settle(site, draft);
        Ok(self.order(Order::new("add", site.asked).creating(id)))
    }

    /// Updates attributes (4.2.1.3). Complete on return; if it fails, nothing has changed.
    pub(super) fn update(&mut self, id: Id, patch: &Patch) -> Result<Accepted, Denial> {
        check_words(id.kind(), &patch.set)?;
        self.check_properties(patch.label.as_ref().and_then(|label| label.properties.as_deref()))?;
        if !patch.set.is_empty() || !patch.reset.is_empty() {
            self.check_update(id, patch)?;
            if let Some(record) = self.world.get(id) {
                let wanted = record.fields.clone().overlaid(&patch.set);
                let before = Usage::of(id.kind(), &record.fields);
                self.afford(Usage::of(id.kind(), &wanted).beyond(before))?;
            }
        }
        if let Some(parent) = patch.parent {
            self.check_parent(id, parent)?;
        }
        if !patch.is_empty() {
            let capabilities = &self.settings.capabilities;
            self.world.edit(id, Change::Explicit, |record| {
                if let Some(label) = &patch.label {
                    record.label = label.clone();
                }
                record.fields = std::mem::take(&mut record.fields).overlaid(&patch.set);
                for name in &patch.reset {
                    record.fields.remove(name);
                }
                complete(id.kind(), &mut record.fields, capabilities);
            });
            self.follow_network_update(id);
            match id.kind() {
                Kind::Meter => self.retime_meter(id),
                Kind::EventLog => self.retime_log(id),
                _ => self.expect_of_meters(id),
            }
        }
        if let Some(parent) = patch.parent {
            self.world.set_owner(id, parent.owner);
            if let Some(uses) = parent.kind.card().link.filter(|_| self.link(parent, id).is_none()) {
                let link = Draft::new(Label::default(), Fields::new().with(uses.attribute, id));
                self.world.insert(parent, link);
                self.reckon_owner(parent);
            }
        }
        Ok(self.order(Order::new("edit", id)))
    }

    /// Whether a resource may become a child component by way of a collection: one that lists its kind, and not within itself.
    fn check_parent(&self, id: Id, parent: Group) -> Result<(), Denial> {
        let kind = id.kind();
        let lists = match parent.owner {
            None => parent.kind == kind,
            Some(owner) => kind.listed_by(owner.kind()) == parent.kind && parent.kind.card().link.is_some(),
        };
        if !lists || kind.is_addressed_below() {
            return Err(Denial::bad(format!(
                "parent must be a collection that lists a {} among others.",
                kind.name()
            )));
        }
        let mut above = std::iter::successors(parent.owner, |owner| self.world.get(*owner)?.owner);
        if above.any(|owner| owner == id) {
            return Err(Denial::conflict(
                id,
                format!("The {} cannot be a component of itself.", kind.name()),
            ));
        }
        Ok(())
    }

    /// Deletes a resource.
    pub(super) fn delete(&mut self, id: Id) -> Result<Accepted, Denial> {
        let card = id.kind().card();
        match id.kind() {
            Kind::Job => self.delete_job(id),
            Kind::System => self.delete_system(id),
            _ if card.link.is_some() => self.delete_link(id),
            kind if kind.states().is_some() => self.delete_with_states(id),
            _ => {
                if let Some(owner) = self.world.get(id).and_then(|record| record.owner) {
                    self.require_settled(owner, "removing from its collections")?;
                }
                Ok(self.order(Order::new("delete", id).then(Duration::ZERO, [Effect::Remove(id)])))
            }
        }
    }

    /// Deletes what has states: its components go with it, what it only refers to stays (5.10.2).
    fn delete_with_states(&mut self, id: Id) -> Result<Accepted, Denial> {
        let transition = self.transition(id, "delete")?;
        self.may_leave_owner(id)?;
        let wait = self.settings.timing.of(id.kind(), "delete");
        let order = self.pass(Order::new("delete", id), id, transition, None, |_| wait, Vec::new());
        Ok(self.order(order.then(Duration::ZERO, [Effect::Remove(id)])))
    }

    fn check_update(&self, id: Id, patch: &Patch) -> Result<(), Denial> {
        match id.kind() {
            Kind::Machine => {
                self.require_settled(id, "changing its hardware")?;
                if let Some(name) = patch.reset.first() {
                    return Err(Denial::bad(format!("A Machine cannot be without {name}.")));
                }
            }
            Kind::Volume => {
                self.require_settled(id, "changing its capacity")?;
                let present = self.world.get(id).and_then(|record| record.fields.integer("capacity"));
                let wanted = patch.set.integer("capacity");
                if patch.reset.contains(&"capacity") || wanted.zip(present).is_some_and(|(w, p)| w < p) {
                    return Err(Denial::bad(format!(
                        "A Volume only grows: capacity is {} now.",
                        present.unwrap_or_default()
                    )));
                }
            }
            Kind::MachineTemplate => {
                if let Some(Field::Text(state)) = patch.set.get("initialState")
                    && Kind::Machine.states().is_none_or(|states| states.find(state).is_none())
                {
                    return Err(Denial::bad(format!(
                        "initialState is {state}, which is no state of a Machine."
                    )));
                }
            }
            _ => self.check_network_update(id, patch)?,
        }
        Ok(())
    }
}

/// Holds what is said of a resource against what its kind may be.
fn check_words(kind: Kind, fields: &Fields) -> Result<(), Denial> {
    match kind {
        Kind::MeterConfiguration => check_configuration(fields),
        Kind::EventLog | Kind::EventLogTemplate => check_persistence(fields),
        _ => Scope::check(kind, fields),
    }
}
