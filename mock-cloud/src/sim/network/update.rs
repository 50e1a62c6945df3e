//! Updates of the resources of the network families, and what follows from them.
//!
//! Owns the way from an update to the rules of the kind that it is about.

use super::super::Sim;
use super::super::change::Patch;
use super::super::denial::Denial;
use super::address::check_address_template;
use super::endpoint::check_origin;
use super::segment::check_segment_template;
use crate::world::{Fields, Id, Kind};

impl Sim {
    /// Whether a resource may be as an update wants it.
    pub(in crate::sim) fn check_network_update(&self, id: Id, patch: &Patch) -> Result<(), Denial> {
        let Some(record) = self.world.get(id) else { return Ok(()) };
        let mut wanted = record.fields.clone().overlaid(&patch.set);
        for name in &patch.reset {
            wanted.remove(name);
        }
        match id.kind() {
            Kind::ProtocolSegment => self.check_segment(id, &wanted),
            Kind::ProtocolEndpoint => self.check_endpoint(id, &wanted),
            Kind::Address => self.check_address_update(id, &wanted),
            Kind::MachineNetworkInterface => self.check_nic(&wanted),
            Kind::ForwardingGroup => self.check_group(Some(id), &wanted),
            kind => check_network_template(kind, &wanted),
        }
    }

    /// What follows from an update that has been made.
    pub(in crate::sim) fn follow_network_update(&mut self, id: Id) {
        match id.kind() {
            Kind::ProtocolSegment => self.complete_segment(id),
            Kind::ProtocolEndpoint => self.follow_endpoint(id),
            Kind::Address => self.allocate(id),
            Kind::ForwardingGroup => self.follow_group(id),
            Kind::Network => self.follow_network(id),
            _ => {}
        }
    }
}

/// Whether a template of the network families makes sense, as far as it goes.
pub(in crate::sim) fn check_network_template(kind: Kind, template: &Fields) -> Result<(), Denial> {
    match kind {
        Kind::ProtocolSegmentTemplate => check_segment_template(template)?,
        Kind::ProtocolEndpointTemplate if template.get("address").is_some() => {
            check_origin(template)?;
        }
        Kind::AddressTemplate => check_address_template(template)?,
        _ => {}
    }
    let made = match kind {
        Kind::NetworkTemplate => Kind::Network,
        Kind::ProtocolSegmentTemplate => Kind::ProtocolSegment,
        Kind::ProtocolEndpointTemplate => Kind::ProtocolEndpoint,
        Kind::NetworkInterfaceTemplate => Kind::NetworkInterface,
        Kind::NetworkServiceTemplate => Kind::NetworkService,
        _ => return Ok(()),
    };
    let Some((state, states)) = template.text("initialState").zip(made.states()) else { return Ok(()) };
    match states.find(state) {
        Some(state) if !state.is_transient() => Ok(()),
        _ => Err(Denial::bad(format!(
            "initialState is {state}, which is no stable state of a {}.",
            made.name()
        ))),
    }
}
