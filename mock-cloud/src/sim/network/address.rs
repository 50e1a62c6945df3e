//! Addresses of 1.x (DSP8009 Address): allocated by the cloud, or brought along.
//!
//! Owns their allocation: one of a Network comes from the subnet that this cloud has for it, one of none from that of the
//! cloud. A dynamic one is the cloud's choice in all that makes it up, whatever the template suggests, as with real servers.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::super::Sim;
use super::super::denial::Denial;
use super::super::job::{Accepted, Order};
use super::super::site::Site;
use super::protocol::{Protocol, hostname};
use crate::world::{Change, Draft, Field, Fields, Id, Kind, Usage};

/// Where addresses come from.
struct Pool {
    /// The first and the last that are given out.
    range: (u128, u128),
    gateway: u128,
    mask: &'static str,
}

impl Sim {
    /// Creates an Address from the attributes of an `AddressTemplate`.
    pub(in crate::sim) fn create_address(&mut self, site: Site, draft: Draft) -> Result<Accepted, Denial> {
        let Draft { label, fields: template, .. } = draft;
        let mut fields = Fields::new();
        for held in Kind::Address.card().attributes {
            fields.set_some(held.name, template.get(held.name).cloned());
        }
        let allocation = allocation(&template)?;
        fields.set("allocation", Field::Word(allocation));
        fields.set("protocol", Field::Word(protocol(&template)?.name()));
        if allocation == "dynamic" {
            for name in ["ip", "mask", "defaultGateway"] {
                fields.remove(name);
            }
        }
        self.check_address(None, &fields)?;
        self.afford(Usage::of(Kind::Address, &fields))?;
        let address = self.settle(site, Draft::new(label, fields));
        self.allocate(address);
        Ok(self.order(Order::new("add", site.asked).creating(address)))
    }

    /// Whether an Address may be like this: a static one has an address that nobody else has, of a dynamic one there is one.
    pub(super) fn check_address(&self, id: Option<Id>, fields: &Fields) -> Result<(), Denial> {
        let protocol = protocol(fields)?;
        let network = fields.resource("network");
        if allocation(fields)? == "dynamic" {
            let held = id.is_some_and(|id| self.leases.is_in(id, network));
            if held || self.leases.next_free(network, pool(protocol, network).range).is_some() {
                return Ok(());
            }
            return Err(Denial {
                about: network.into_iter().collect(),
                ..Denial::bad(
                    "All addresses of the Network are in use. Delete some, or take another Network.",
                )
            });
        }
        let ip = fields.text("ip").ok_or_else(|| {
            Denial::bad(
                "allocation is static: ip is missing. Give it, or let the cloud allocate one (dynamic).",
            )
        })?;
        let number = protocol.expect("ip", ip).map_err(Denial::bad)?;
        match self.leases.other_holder(network, number, id) {
            Some(other) => Err(Denial::conflict(
                other,
                format!("{ip} is the ip of another Address of the same Network."),
            )),
            None => Ok(()),
        }
    }

    /// Whether an update of an Address is possible: what the cloud has allocated is not a consumer's to change.
    pub(super) fn check_address_update(&self, id: Id, wanted: &Fields) -> Result<(), Denial> {
        let Some(record) = self.world.get(id) else { return Ok(()) };
        let present = &record.fields;
        if allocation(wanted)? == "dynamic" && allocation(present)? == "dynamic" {
            for name in ["ip", "mask", "defaultGateway", "protocol"] {
                if wanted.get(name).is_some() && wanted.text(name) != present.text(name) {
                    return Err(Denial::bad(format!(
                        "allocation is dynamic: {name} is the cloud's to choose. To choose it, make allocation static."
                    )));
                }
            }
        }
        self.check_address(Some(id), wanted)
    }

    /// Gives an Address what its allocation wants, and notes it. A dynamic one is of its Network's own.
    pub(super) fn allocate(&mut self, id: Id) {
        let network = self.world.get(id).and_then(|record| record.fields.resource("network"));
        let is_there = self.leases.is_in(id, network);
        self.lease(id, |pool, number| is_there || (pool.range.0..=pool.range.1).contains(&number));
    }

    /// Notes an Address that a seed has planted: what is given stays, the rest is allocated.
    pub(super) fn take_up_address(&mut self, id: Id) {
        self.lease(id, |_, _| true);
    }

    /// Gives an Address what its allocation wants; a dynamic one keeps its number where `fits` says so and nobody else has it.
    fn lease(&mut self, id: Id, fits: impl Fn(&Pool, u128) -> bool) {
        let Some(record) = self.world.get(id) else { return };
        let Ok(protocol) = protocol(&record.fields) else { return };
        let network = record.fields.resource("network");
        let is_dynamic = record.fields.text("allocation") != Some("static");
        let pool = pool(protocol, network);
        let present = record.fields.text("ip").and_then(|ip| protocol.read(ip));
        let keeps = |number: &u128| {
            let held = !is_dynamic || fits(&pool, *number);
            held && self.leases.other_holder(network, *number, Some(id)).is_none()
        };
        let kept = present.filter(keeps);
        let Some(number) = kept.or_else(|| self.leases.next_free(network, pool.range)) else { return };
        if kept.is_none() {
            self.leases.give(network, pool.range, number);
        }
        self.leases.take(network, number, id);
        if kept.is_some() && !is_dynamic {
            return;
        }
        let (ip, gateway) = (protocol.write(number), protocol.write(pool.gateway));
        self.world.edit(id, Change::Implicit, |record| {
            let fields = &mut record.fields;
            fields.set("ip", ip.as_str());
            for (name, value) in [("mask", pool.mask), ("defaultGateway", gateway.as_str())] {
                if kept.is_none() || fields.get(name).is_none() {
                    fields.set(name, value);
                }
            }
            if kept.is_none() || fields.text("hostname").is_none() {
                let given = fields.text("hostname").filter(|name| !name.starts_with("host-"));
                let name = given.map_or_else(|| hostname(&ip), str::to_owned);
                fields.set("hostname", name);
            }
            if fields.items("dns").is_empty() {
                fields.set("dns", vec![Field::from(gateway.as_str())]);
            }
        });
    }

    /// Whether an interface may use an Address: nobody else does, and both are of the same Network.
    pub(super) fn may_use_address(&self, interface: Id, address: Id) -> Result<(), Denial> {
        let other = self.owner_of_link(address, Kind::MachineNetworkInterfaceAddress);
        if other.is_some_and(|other| other != interface) {
            return Err(Denial::conflict(
                address,
                "The Address is in use by another interface. Remove it from there first.",
            ));
        }
        let network = |id: Id| self.world.get(id).and_then(|record| record.fields.resource("network"));
        match (network(interface), network(address)) {
            (Some(here), Some(there)) if here != there => {
                Err(Denial::conflict(address, "The Address is of another Network than the interface."))
            }
            _ => Ok(()),
        }
    }
}

/// How an Address comes by what it is: `dynamic` unless it says otherwise or brings an `ip` along without saying.
fn allocation(fields: &Fields) -> Result<&'static str, Denial> {
    match fields.text("allocation") {
        Some("static") => Ok("static"),
        None if fields.text("ip").is_some() => Ok("static"),
        Some("dynamic") | None => Ok("dynamic"),
        Some(other) => {
            Err(Denial::bad(format!("allocation is {other}; this cloud knows dynamic and static.")))
        }
    }
}

fn protocol(fields: &Fields) -> Result<Protocol, Denial> {
    match fields.text("protocol").unwrap_or("IPv4") {
        name if name.eq_ignore_ascii_case("IPv4") => Ok(Protocol::IPv4),
        name if name.eq_ignore_ascii_case("IPv6") => Ok(Protocol::IPv6),
        other => Err(Denial::bad(format!("protocol is {other}; this cloud knows IPv4 and IPv6."))),
    }
}

/// What a template of Addresses says must at least be one of the words.
pub(super) fn check_address_template(template: &Fields) -> Result<(), Denial> {
    allocation(template)?;
    protocol(template).map(drop)
}

/// Where the addresses of a Network come from, or those of none.
fn pool(protocol: Protocol, network: Option<Id>) -> Pool {
    let number = network.map_or(0, Id::number);
    let [.., high, low] = number.to_be_bytes();
    match protocol {
        Protocol::IPv6 => {
            let net = u16::from_be_bytes([high, low]);
            let first = u128::from(Ipv6Addr::new(0xfd00, 0, 1, net, 0, 0, 0, 0));
            Pool { range: (first + 2, first + (1 << 40)), gateway: first + 1, mask: "ffff:ffff:ffff:ffff::" }
        }
        _ if network.is_none() => {
            // What is set apart for trying things out (RFC 2544).
            let first = u128::from(u32::from(Ipv4Addr::new(198, 18, 0, 0)));
            Pool { range: (first + 2, first + 0x1_fffe), gateway: first + 1, mask: "255.254.0.0" }
        }
        _ => {
            let first = u128::from(u32::from(Ipv4Addr::new(10, low, 0, 0)));
            Pool { range: (first + 2, first + 0xfffe), gateway: first + 1, mask: "255.255.0.0" }
        }
    }
}
