//! Interfaces of Machines in 1.x (DSP8009 MachineNetworkInterface): what joins a Machine to a Network, with its Addresses.
//!
//! Owns their creation, on their own or with the Machine. Their `state` is that of the link, which consumers set.

use super::super::Sim;
use super::super::denial::Denial;
use super::super::job::{Accepted, Order};
use super::super::scope::Scope;
use super::super::site::Site;
use super::super::template::items;
use super::protocol::mac_of;
use crate::world::{Change, Draft, Field, Fields, Group, Id, Kind, Label, Link};

/// The states of a link.
const STATES: [&str; 3] = ["Active", "Passive", "Disabled"];

/// An interface to be made, everything checked.
#[derive(Debug)]
pub(in crate::sim) struct NicPlan {
    fields: Fields,
    addresses: Vec<Id>,
}

impl Sim {
    /// Creates a `MachineNetworkInterface` in a Machine's collection of them.
    pub(in crate::sim) fn create_nic(&mut self, site: Site, draft: Draft) -> Result<Accepted, Denial> {
        let Some(machine) = site.group.owner else {
            return Err(Denial::missing("Interfaces of 1.x are created in a Machine's collection of them."));
        };
        let plan = self.plan_nic(&draft.fields)?;
        let nic = self.settle(site, Draft::new(draft.label, plan.fields));
        self.furnish_nic(nic, plan.addresses);
        Ok(self.order(Order::new("add", site.asked).creating(nic).affecting(machine)))
    }

    /// Plans the interfaces that a `MachineTemplate` of 1.x asks for.
    pub(in crate::sim) fn plan_nics(&self, template: &Fields) -> Result<Vec<NicPlan>, Denial> {
        let mut plans: Vec<NicPlan> = Vec::new();
        for item in items(template, "networkInterfaces") {
            let plan = self.plan_nic(item)?;
            let mut others = plans.iter().flat_map(|plan| &plan.addresses);
            if let Some(twice) = plan.addresses.iter().find(|address| others.any(|other| other == *address)) {
                return Err(Denial::conflict(*twice, "networkInterfaces names the same Address twice."));
            }
            plans.push(plan);
        }
        Ok(plans)
    }

    /// Puts a planned interface into a new Machine.
    pub(in crate::sim) fn place_nic(&mut self, machine: Id, plan: NicPlan) {
        let group = Group::inside(machine, Kind::MachineNetworkInterface);
        let nic = self.world.insert(group, Draft::new(Label::default(), plan.fields));
        self.furnish_nic(nic, plan.addresses);
    }

    /// Whether an interface may be as an update wants it.
    pub(super) fn check_nic(&self, wanted: &Fields) -> Result<(), Denial> {
        check_state(wanted)?;
        self.network_of(wanted).map(drop)
    }

    fn plan_nic(&self, given: &Fields) -> Result<NicPlan, Denial> {
        Scope::check(Kind::MachineNetworkInterface, given)?;
        let mut fields = Fields::new().with("state", Field::Word(check_state(given)?)).with("mtu", 1500_i64);
        let network = self.network_of(given)?;
        fields.set("network", network);
        for name in ["networkPort", "mtu"] {
            fields.set_some(name, given.get(name).cloned());
        }
        let mut addresses = Vec::new();
        let listed = match given.get("addresses").and_then(Field::link) {
            Some(Link::Collection(group)) => self.linked(*group),
            _ => given.items("addresses").iter().filter_map(|item| resource(item.link()?)).collect(),
        };
        for address in listed {
            let record = self.world.get(address).filter(|_| address.kind() == Kind::Address);
            let record =
                record.ok_or_else(|| Denial::bad("addresses must refer to Addresses of this cloud."))?;
            if self.owner_of_link(address, Kind::MachineNetworkInterfaceAddress).is_some() {
                return Err(Denial::conflict(address, "The Address is in use by another interface."));
            }
            if record.fields.resource("network").is_some_and(|there| there != network) {
                return Err(Denial::conflict(
                    address,
                    "The Address is of another Network than the interface.",
                ));
            }
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        Ok(NicPlan { fields, addresses })
    }

    fn furnish_nic(&mut self, nic: Id, addresses: Vec<Id>) {
        let mac = mac_of(nic.number());
        self.world.edit(nic, Change::Implicit, |record| record.fields.set("macAddress", mac));
        for address in addresses {
            self.enlist(Group::inside(nic, Kind::MachineNetworkInterfaceAddress), address);
        }
    }

    /// The Network that an interface joins: the one named, or that of the port.
    fn network_of(&self, fields: &Fields) -> Result<Id, Denial> {
        let port = fields.resource("networkPort");
        let of_port = port.and_then(|port| self.world.get(port)?.fields.resource("network"));
        match (fields.resource("network"), of_port) {
            (Some(network), Some(other)) if network != other => Err(Denial {
                about: port.into_iter().collect(),
                ..Denial::bad("networkPort is one of another Network than network.")
            }),
            (Some(network), _) | (None, Some(network)) => Ok(network),
            (None, None) => {
                Err(Denial::bad("An interface needs network: a reference to the Network that it joins."))
            }
        }
    }
}

fn resource(link: &Link) -> Option<Id> {
    if let Link::Resource(id) = link { Some(*id) } else { None }
}

/// The state of a link; active if nothing is said.
fn check_state(fields: &Fields) -> Result<&'static str, Denial> {
    let given = fields.text("state").unwrap_or("Active");
    STATES.into_iter().find(|state| state.eq_ignore_ascii_case(given)).ok_or_else(|| {
        let shown: String = given.chars().take(64).collect();
        Denial::bad(format!("state of an interface is `{shown}`; expected {}.", STATES.join(", ")))
    })
}
