//! The use of Volumes by Machines (DSP0263 5.14.1.1.2): connected and disconnected, in the words of either edition.
//!
//! Owns the rules of connecting. The link itself is a resource of the world.

use super::Sim;
use super::denial::Denial;
use super::job::{Accepted, Effect, Order};
use super::template::items;
use crate::world::{Draft, Fields, Group, Id, Kind, Label, Link, Usage};

impl Sim {
    /// Connects a Volume to a Machine. `fields` has `volume` and perhaps `initialLocation`.
    pub(super) fn connect(
        &mut self,
        machine: Id,
        label: Label,
        fields: &Fields,
        action: &'static str,
    ) -> Result<Accepted, Denial> {
        self.transition(machine, "connectvolume")?;
        let connection = self.plan_connection(fields)?;
        let volume = connection.resource("volume").expect("a planned connection has a Volume");
        let group = Group::inside(machine, Kind::MachineVolume);
        if self.connection(machine, volume).is_some() {
            return Err(Denial::conflict(volume, "The Volume is connected to this Machine already."));
        }
        let link = self.world.insert(group, Draft::new(label, connection));
        let target: Link = if action == "connectvolume" { machine.into() } else { group.into() };
        let order = Order::new(action, target).creating(link).affecting(volume);
        Ok(self.order(if action == "connectvolume" { order } else { order.affecting(machine) }))
    }

    /// Creates a Volume from the attributes of a `VolumeTemplate` and connects it to a Machine.
    pub(super) fn create_connected(
        &mut self,
        machine: Id,
        label: Label,
        template: &Fields,
        location: Option<&str>,
    ) -> Result<Accepted, Denial> {
        self.transition(machine, "connectvolume")?;
        let plan = self.plan_volume(label, template)?;
        self.afford(Usage::of(Kind::Volume, &plan.draft.fields))?;
        let volume = self.world.insert(Group::of_cloud(Kind::Volume), plan.draft);
        self.install_monitors(volume, plan.monitoring);
        let mut connection = Fields::new().with("volume", volume);
        connection.set_some("initialLocation", location);
        let group = Group::inside(machine, Kind::MachineVolume);
        self.world.insert(group, Draft::new(Label::default(), connection));
        let wait = self.settings.timing.of(Kind::Volume, "create");
        let order = Order::new("add", group).creating(volume).affecting(machine);
        let order = order.then(wait, [Effect::State(volume, "AVAILABLE")]);
        Ok(self.order(order.undone_by([Effect::Remove(volume)])))
    }

    /// Puts an existing resource into a collection that only refers to it (5.5.12.2).
    pub(super) fn insert(&mut self, group: Group, fields: &Fields) -> Result<Accepted, Denial> {
        match (group.kind, group.owner) {
            (Kind::MachineVolume, Some(machine)) => self.connect(machine, Label::default(), fields, "insert"),
            _ => self.associate(group, Label::default(), fields, "insert"),
        }
    }

    /// Takes a resource out of a collection that only refers to it (5.5.12.3).
    pub(super) fn withdraw(&mut self, group: Group, fields: &Fields) -> Result<Accepted, Denial> {
        let (Kind::MachineVolume, Some(machine)) = (group.kind, group.owner) else {
            return self.dissociate(group, fields);
        };
        let volume = volume_of(fields)?;
        let link = self
            .connection(machine, volume)
            .ok_or_else(|| Denial::conflict(volume, "The Volume is not connected to this Machine."))?;
        self.transition(machine, "connectvolume")?;
        let order = Order::new("remove", group).affecting(volume).affecting(machine);
        Ok(self.order(order.then(std::time::Duration::ZERO, [Effect::Remove(link)])))
    }

    /// Takes a link out of the collection that it is in: the resource that it is about stays.
    pub(super) fn delete_link(&mut self, link: Id) -> Result<Accepted, Denial> {
        if let Some(owner) = self.world.get(link).and_then(|record| record.owner) {
            self.require_settled(owner, "removing from its collections")?;
        }
        Ok(self.order(Order::new("delete", link).then(std::time::Duration::ZERO, self.unlinking(link))))
    }

    /// The connections that a `MachineTemplate` asks for (table 19).
    pub(super) fn plan_connections(&self, template: &Fields) -> Result<Vec<Fields>, Denial> {
        let mut plans: Vec<Fields> = Vec::new();
        for item in items(template, "volumes") {
            let plan = self.plan_connection(item)?;
            if plans.iter().any(|other| other.resource("volume") == plan.resource("volume")) {
                return Err(Denial::bad("volumes names the same Volume twice."));
            }
            plans.push(plan);
        }
        Ok(plans)
    }

    fn plan_connection(&self, fields: &Fields) -> Result<Fields, Denial> {
        let volume = volume_of(fields)?;
        let record = self
            .world
            .get(volume)
            .ok_or_else(|| Denial::bad("volume refers to a Volume that does not exist."))?;
        // What is made along with the Machine in one System is connected when both are there.
        let made_along = record.is("CREATING") && self.within.is_some();
        if !record.is("AVAILABLE") && !made_along {
            let state = record.state.unwrap_or_default();
            return Err(Denial::conflict(volume, format!("The Volume is {state}, not AVAILABLE.")));
        }
        let shared = self.settings.capabilities.has("Volume", "SharedVolumeSupport");
        let connected =
            self.world.referrers_of(volume).into_iter().any(|from| from.kind() == Kind::MachineVolume);
        if connected && !shared {
            return Err(Denial::conflict(
                volume,
                "The Volume is connected to a Machine; this cloud does not share Volumes (capability SharedVolumeSupport).",
            ));
        }
        let mut plan = Fields::new().with("volume", volume);
        plan.set_some("initialLocation", fields.get("initialLocation").cloned());
        Ok(plan)
    }

    fn connection(&self, machine: Id, volume: Id) -> Option<Id> {
        self.link(Group::inside(machine, Kind::MachineVolume), volume)
    }
}

fn volume_of(fields: &Fields) -> Result<Id, Denial> {
    match fields.link("volume") {
        Some(Link::Resource(id)) if id.kind() == Kind::Volume => Ok(*id),
        Some(_) => Err(Denial::bad("volume must refer to a Volume of this cloud.")),
        None => Err(Denial::bad("volume is missing: a reference to a Volume of this cloud was expected.")),
    }
}
