//! The life of a Machine (DSP0263 5.14.1, 5.14.2.1).
//!
//! Owns creation from a template and the operations. States and transitions are the model's.

use cimi::model::State;

use super::Sim;
use super::defaults::complete;
use super::denial::Denial;
use super::job::{Accepted, Effect, Order};
use super::monitor::Monitoring;
use super::network::{InterfacePlan, NicPlan};
use super::scope::Scope;
use super::site::Site;
use super::template::{Ingredient, items};
use super::volume::VolumePlan;
use crate::world::{Draft, Field, Fields, Group, Id, Kind, Label, Usage};

const CONFIG: Ingredient = Ingredient {
    attribute: "machineConfig",
    kinds: &[Kind::MachineConfiguration],
    by_value: ("Machine", "MachineConfigByValue"),
};

const IMAGE: Ingredient = Ingredient {
    attribute: "machineImage",
    kinds: &[Kind::MachineImage],
    by_value: ("Machine", "MachineImageByValue"),
};

const CREDENTIAL: Ingredient = Ingredient {
    attribute: "credential",
    kinds: &[Kind::Credential, Kind::CredentialTemplate],
    by_value: ("Machine", "MachineCredentialByValue"),
};

/// The attributes that a Machine takes over from its configuration.
const HARDWARE: [&str; 4] = ["cpu", "memory", "cpuArch", "cpuSpeed"];

/// A Machine to be made, everything checked.
struct MachinePlan {
    machine: Draft,
    initial: &'static str,
    disks: Vec<Fields>,
    connected: Vec<Fields>,
    made: Vec<(VolumePlan, Option<Field>)>,
    interfaces: Vec<InterfacePlan>,
    nics: Vec<NicPlan>,
    monitoring: Monitoring,
}

impl MachinePlan {
    /// What it takes of the cloud.
    fn usage(&self) -> Usage {
        let machine = Usage::of(Kind::Machine, &self.machine.fields);
        let disks = self.disks.iter().map(|disk| Usage::of(Kind::Disk, disk));
        let volumes = self.made.iter().map(|(volume, _)| Usage::of(Kind::Volume, &volume.draft.fields));
        disks.chain(volumes).fold(machine, Usage::plus)
    }
}

impl Sim {
    /// Creates a Machine from the attributes of a `MachineTemplate`.
    pub(super) fn create_machine(
        &mut self,
        site: Site,
        label: Label,
        template: &Fields,
    ) -> Result<Accepted, Denial> {
        let plan = self.plan_machine(label, template)?;
        self.afford(plan.usage())?;
        let machine = self.settle(site, plan.machine);
        self.install_monitors(machine, plan.monitoring);
        let mut order = Order::new("add", site.asked).creating(machine);
        let mut effects = vec![Effect::State(machine, plan.initial)];
        let mut undo = vec![Effect::Remove(machine)];
        for disk in plan.disks {
            self.world.insert(Group::inside(machine, Kind::Disk), Draft { fields: disk, ..Draft::default() });
        }
        let inside = Group::inside(machine, Kind::MachineVolume);
        for connection in plan.connected {
            self.world.insert(inside, Draft { fields: connection, ..Draft::default() });
        }
        for (made, location) in plan.made {
            let volume = self.settle(site.beside(Kind::Volume), made.draft);
            self.install_monitors(volume, made.monitoring);
            let mut connection = Fields::new().with("volume", volume);
            connection.set_some("initialLocation", location);
            self.world.insert(inside, Draft { fields: connection, ..Draft::default() });
            order = order.affecting(volume);
            effects.push(Effect::State(volume, "AVAILABLE"));
            undo.push(Effect::Remove(volume));
        }
        for interface in plan.interfaces {
            let (interface, ready) = self.place_interface(machine, interface);
            order = order.affecting(interface);
            effects.push(ready);
        }
        for nic in plan.nics {
            self.place_nic(machine, nic);
        }
        self.expect_of_meters(machine);
        let wait = self.settings.timing.of(Kind::Machine, "create");
        Ok(self.order(order.then(wait, effects).undone_by(undo)))
    }

    /// Performs an operation on a Machine (5.14.1.2).
    pub(super) fn act_on_machine(
        &mut self,
        id: Id,
        operation: &str,
        parameters: &Fields,
    ) -> Result<Accepted, Denial> {
        match operation {
            "start" => self.move_machine(id, "start", false),
            "stop" => self.move_machine(id, "stop", self.forced(parameters)),
            "restart" => self.move_machine(id, "restart", self.forced(parameters)),
            "pause" => self.move_machine(id, "pause", false),
            "suspend" => self.move_machine(id, "suspend", false),
            "restore" => self.restore_machine(id, parameters),
            "capture" => self.image_of_machine(id, Draft::default(), "capture"),
            "snapshot" => self.image_of_machine(id, Draft::default(), "snapshot"),
            "connectvolume" => self.connect(id, Label::default(), parameters, "connectvolume"),
            _ => Err(Denial::missing(format!("Machine has no operation {operation}."))),
        }
    }

    fn plan_machine(&self, label: Label, template: &Fields) -> Result<MachinePlan, Denial> {
        let mut config = self.resolve(template, CONFIG)?.ok_or_else(|| {
            Denial::bad("A Machine needs machineConfig in its template: a reference, or the attributes.")
        })?;
        Scope::check(Kind::MachineConfiguration, &config.fields)?;
        complete(Kind::MachineConfiguration, &mut config.fields, &self.settings.capabilities);
        self.resolve(template, IMAGE)?;
        self.resolve(template, CREDENTIAL)?;
        let mut fields = Fields::new();
        for name in HARDWARE {
            fields.set_some(name, config.fields.get(name).cloned());
        }
        fields.set_some("userData", template.get("userData").cloned());
        let mut made = Vec::new();
        for item in items(template, "volumeTemplates") {
            made.push((self.plan_volume_in_machine(item)?, item.get("initialLocation").cloned()));
        }
        let disks = items(&config.fields, "disks").map(|disk| {
            let mut fields = Fields::new();
            for name in ["capacity", "initialLocation"] {
                fields.set_some(name, disk.get(name).cloned());
            }
            fields
        });
        Ok(MachinePlan {
            machine: Draft::new(label, fields).in_state("CREATING"),
            initial: self.initial_state(Kind::Machine, template.text("initialState"))?,
            disks: disks.collect(),
            connected: self.plan_connections(template)?,
            monitoring: self.plan_monitors(Kind::Machine, template)?,
            made,
            interfaces: self.plan_interfaces(template)?,
            nics: self.plan_nics(template)?,
        })
    }

    /// A transition of the model, with the duration that belongs to each state on the way.
    fn move_machine(&mut self, id: Id, operation: &'static str, forced: bool) -> Result<Accepted, Denial> {
        let transition = self.transition(id, operation)?;
        let timing = self.settings.timing.clone();
        let stay = |state: &str| {
            let takes = match state {
                "STARTING" => "start",
                "STOPPING" if forced => "force-stop",
                "STOPPING" => "stop",
                _ => operation,
            };
            timing.of(Kind::Machine, takes)
        };
        let order = self.pass(Order::new(operation, id), id, transition, None, stay, Vec::new());
        Ok(self.order(order))
    }

    fn restore_machine(&mut self, id: Id, parameters: &Fields) -> Result<Accepted, Denial> {
        let transition = self.transition(id, "restore")?;
        let image = self.image_parameter(parameters, Kind::MachineImage)?;
        let record = self.world.get(image).ok_or_else(|| Denial::bad("image refers to nothing."))?;
        let is_snapshot = record.fields.text("type").is_some_and(|ty| ty.ends_with("SNAPSHOT"));
        if !is_snapshot && !self.settings.capabilities.has("Machine", "RestoreFromImage") {
            return Err(Denial::bad(
                "image must be a SNAPSHOT: this cloud does not restore from others (capability RestoreFromImage).",
            ));
        }
        let content = record.fields.get("content").and_then(Field::fields).cloned().unwrap_or_default();
        let before = self.state(id);
        let after = content
            .text("state")
            .and_then(|state| Kind::Machine.states()?.find(state))
            .map_or(if matches!(before, "ERROR" | "FAILED") { "STOPPED" } else { before }, State::name);
        let present = self.world.get(id).map(|record| Usage::of(Kind::Machine, &record.fields));
        self.afford(Usage::of(Kind::Machine, &content).beyond(present.unwrap_or_default()))?;
        let mut effects = Vec::new();
        for name in HARDWARE {
            effects.extend(content.get(name).map(|field| Effect::Set(id, name, field.clone())));
        }
        if is_snapshot {
            effects.push(Effect::Set(id, "latestSnapshot", image.into()));
        }
        let wait = self.settings.timing.of(Kind::Machine, "restore");
        let order = Order::new("restore", id);
        let order = self.pass(order, id, transition, Some(after), |_| wait, effects);
        Ok(self.order(order))
    }

    /// The reference in the parameter `image`.
    pub(super) fn image_parameter(&self, parameters: &Fields, kind: Kind) -> Result<Id, Denial> {
        let ingredient = Ingredient {
            attribute: "image",
            kinds: if kind == Kind::MachineImage { &[Kind::MachineImage] } else { &[Kind::VolumeImage] },
            by_value: ("", ""),
        };
        let resolved = self.resolve(parameters, ingredient)?;
        resolved.and_then(|image| image.id).ok_or_else(|| {
            Denial::bad(format!("restore needs image: a reference to a {} of this cloud.", kind.name()))
        })
    }

    /// What is captured of a Machine: for [`Sim::restore_machine`].
    pub(super) fn content_of_machine(&self, id: Id) -> Fields {
        let mut content = Fields::new();
        if let Some(record) = self.world.get(id) {
            for name in HARDWARE {
                content.set_some(name, record.fields.get(name).cloned());
            }
            content.set_some("state", record.state.map(Field::Word));
        }
        content
    }

    /// Adds a Disk to a Machine (table 16: adding to this list creates a disk).
    pub(super) fn add_disk(&mut self, machine: Id, draft: Draft) -> Result<Accepted, Denial> {
        self.require_settled(machine, "adding a Disk")?;
        if draft.fields.integer("capacity").is_none_or(|capacity| capacity <= 0) {
            return Err(Denial::bad("A Disk needs capacity: a number of kilobytes greater than 0."));
        }
        self.afford(Usage::of(Kind::Disk, &draft.fields))?;
        let group = Group::inside(machine, Kind::Disk);
        let disk = self.world.insert(group, draft);
        Ok(self.order(Order::new("add", group).creating(disk).affecting(machine)))
    }

    fn forced(&self, parameters: &Fields) -> bool {
        let default = self.settings.capabilities.has("Machine", "MachineStopForceDefault");
        self.settings.capabilities.has("Machine", "MachineStopForce")
            && parameters.boolean("force").unwrap_or(default)
    }
}
