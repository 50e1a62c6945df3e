//! The networks of a seed: what it does not say because it follows from the rest.
//!
//! Owns taking what has been planted into the books on addresses, and the ties that a seed gives from one side only.

use super::super::Sim;
use super::protocol::mac_of;
use crate::world::{Change, Group, Id, Kind};

/// In this order: what others depend on first.
const KINDS: [Kind; 8] = [
    Kind::ProtocolSegment,
    Kind::NetworkInterface,
    Kind::ProtocolEndpoint,
    Kind::Address,
    Kind::ForwardingGroup,
    Kind::Network,
    Kind::NetworkPort,
    Kind::MachineNetworkInterface,
];

impl Sim {
    /// Makes whole what a seed has planted, as if it had been created.
    pub(crate) fn take_up_networks(&mut self) {
        for kind in KINDS {
            let mut ids = self.world.ids(kind);
            // Addresses that are given come before those that are assigned.
            let is_given = |id: &Id| {
                let record = self.world.get(*id);
                record
                    .is_some_and(|record| ["address", "ip"].iter().any(|it| record.fields.get(it).is_some()))
            };
            ids.sort_by_key(|id| !is_given(id));
            for id in ids {
                self.take_up(id);
            }
        }
    }

    fn take_up(&mut self, id: Id) {
        match id.kind() {
            Kind::NetworkInterface => self.rejoin(Group::inside(id, Kind::InterfaceEndpoint)),
            Kind::NetworkPort => {
                let network = self.world.get(id).and_then(|record| record.fields.resource("network"));
                if let Some(network) = network {
                    self.enlist(Group::inside(network, Kind::NetworkNetworkPort), id);
                    self.world.set_owner(id, Some(network));
                }
            }
            Kind::MachineNetworkInterface => {
                self.rejoin(Group::inside(id, Kind::MachineNetworkInterfaceAddress));
                let mac = mac_of(id.number());
                self.world.edit(id, Change::Implicit, |record| record.fields.set("macAddress", mac));
            }
            Kind::Address => self.take_up_address(id),
            _ => self.follow_network_update(id),
        }
    }

    /// The members of a collection have come into it.
    fn rejoin(&mut self, group: Group) {
        for member in self.linked(group) {
            self.joined(group, member);
        }
    }
}
