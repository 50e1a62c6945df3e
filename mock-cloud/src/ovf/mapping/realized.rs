//! A System as it is, as the template that would make it again.
//!
//! Owns which of the world's resources a System's description is made of: its components, and what its Machines use.

use cimi::Edition;

use super::by_value;
use crate::world::{Draft, Field, Fields, Group, Id, Kind, Label, Record, World};

/// How deep Systems are followed; a package takes no more.
const DEPTH: usize = super::super::limits::NESTING + 1;

/// The `SystemTemplate` of what a System consists of in an edition; none if there is no such System.
pub fn template_of_system(world: &World, system: Id, edition: Edition) -> Option<Draft> {
    let record = world.get(system)?;
    Some(Draft::new(record.label.clone(), components(world, system, edition, DEPTH)))
}

fn components(world: &World, system: Id, edition: Edition, depth: usize) -> Fields {
    let mut descriptors = Vec::new();
    let linked = |kind: Kind| linked(world, system, kind);
    for machine in linked(Kind::SystemMachine) {
        descriptors.push(descriptor(
            &machine.label,
            "machineTemplate",
            by_value(of_machine(world, machine, edition)),
        ));
    }
    if depth > 0 {
        for inner in linked(Kind::SystemSystem) {
            let fields = components(world, inner.id, edition, depth - 1);
            descriptors.push(descriptor(&inner.label, "systemTemplate", by_value(fields)));
        }
    }
    for network in linked(Kind::SystemNetwork) {
        descriptors.push(descriptor(&network.label, "network", network.id.into()));
    }
    for volume in linked(Kind::SystemVolume) {
        descriptors.push(descriptor(&volume.label, "volume", volume.id.into()));
    }
    Fields::new().with("componentDescriptors", descriptors)
}

fn descriptor(label: &Label, attribute: &'static str, what: Field) -> Field {
    let mut fields = Fields::new();
    fields.set_some("name", label.name.as_deref());
    fields.set_some("description", label.description.as_deref());
    fields.set_some("properties", label.properties.as_deref().cloned());
    fields.set(attribute, what);
    fields.into()
}

fn of_machine(world: &World, machine: &Record, edition: Edition) -> Fields {
    let inside = |kind| world.members(Group::inside(machine.id, kind), 0);
    let mut config = Fields::new();
    for name in ["cpu", "memory", "cpuArch", "cpuSpeed"] {
        config.set_some(name, machine.fields.get(name).cloned());
    }
    config.set("disks", inside(Kind::Disk).map(|disk| disk.fields.clone().into()).collect::<Vec<Field>>());
    let volumes = inside(Kind::MachineVolume).map(|link| link.fields.clone().into());
    let joined = inside(Kind::MachineNetworkInterface).map(|interface| interface.fields.clone().into());
    let devices = inside(Kind::NetworkInterface).map(|interface| {
        let mut fields = Fields::new();
        fields.set_some("name", interface.label.name.as_deref());
        fields.set_some("properties", interface.label.properties.as_deref().cloned());
        by_value(fields)
    });
    let mut fields = Fields::new().with("machineConfig", by_value(config));
    fields.set("volumes", volumes.collect::<Vec<Field>>());
    // The world may hold the interfaces of either edition.
    match edition {
        Edition::V1 => fields.set("networkInterfaces", joined.collect::<Vec<Field>>()),
        Edition::V2 => fields.set("interfaceTemplates", devices.collect::<Vec<Field>>()),
    }
    fields.set_some("userData", machine.fields.get("userData").cloned());
    fields
}

/// The resources that the links of a kind in a System refer to.
fn linked(world: &World, system: Id, kind: Kind) -> impl Iterator<Item = &Record> {
    let uses = kind.card().link;
    world
        .members(Group::inside(system, kind), 0)
        .filter_map(move |link| world.get(link.fields.resource(uses?.attribute)?))
}
