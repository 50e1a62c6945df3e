//! Endpoints (DSP0263 5.16.9): what can be addressed in a segment, and reached through an interface.
//!
//! Owns their addresses: checked where a consumer gives them, assigned where the cloud does. An endpoint is in one segment at
//! most, whose protocol is its own, and at one interface at most.

use std::net::Ipv6Addr;

use cimi::Map;
use cimi::model::network::{PROTOCOLS, endpoint_parameters};

use super::super::Sim;
use super::super::denial::Denial;
use super::super::job::{Accepted, Order};
use super::super::site::Site;
use super::map;
use super::protocol::{Protocol, Subnet, check_parameters, is_address, kind_of};
use crate::world::{Change, Draft, Field, Fields, Group, Id, Kind, Usage};

impl Sim {
    /// Creates a `ProtocolEndpoint` from the attributes of a `ProtocolEndpointTemplate`: in a segment, if it is created
    /// there, at the interface that the template names, or at the one it is created at.
    pub(in crate::sim) fn create_endpoint(&mut self, site: Site, draft: Draft) -> Result<Accepted, Denial> {
        let template = draft.fields;
        let initial = self.initial_state(Kind::ProtocolEndpoint, template.text("initialState"))?;
        let owner = site.asked.owner;
        let segment = owner.filter(|id| id.kind() == Kind::ProtocolSegment);
        let at = owner.filter(|id| id.kind() == Kind::NetworkInterface);
        let interface = template.resource("interface");
        if at.is_some() && interface.is_some_and(|interface| Some(interface) != at) {
            return Err(Denial::bad(
                "interface is another NetworkInterface than the one that the ProtocolEndpoint is created at.",
            ));
        }
        let fields = self.plan_endpoint(segment, &template)?;
        self.afford(Usage::of(Kind::ProtocolEndpoint, &fields))?;
        // What only refers to endpoints does not own them.
        let refers = owner.is_some_and(|id| {
            matches!(
                id.kind(),
                Kind::NetworkInterface | Kind::NetworkInterfaceTemplate | Kind::NetworkService
            )
        });
        let group = if refers { Group::of_cloud(Kind::ProtocolEndpoint) } else { site.group };
        let monitoring = self.plan_monitors(Kind::ProtocolEndpoint, &template)?;
        let endpoint =
            self.settle(Site { group, ..site }, Draft::new(draft.label, fields).in_state("CREATING"));
        self.install_monitors(endpoint, monitoring);
        if let Some(interface) = interface {
            self.connect_endpoint(endpoint, Some(interface));
        }
        let order = self.birth(Order::new("add", site.asked), endpoint, initial);
        Ok(self.order(order))
    }

    /// Whether an endpoint may come into a segment.
    pub(super) fn may_enter(&self, endpoint: Id, segment: Id) -> Result<(), Denial> {
        if let Some(other) = self.segment_of(endpoint).filter(|other| *other != segment) {
            return Err(Denial {
                about: vec![endpoint, other],
                ..Denial::conflict(
                    endpoint,
                    "The ProtocolEndpoint is in another ProtocolSegment. Remove it from there first.",
                )
            });
        }
        let Some(record) = self.world.get(endpoint) else { return Ok(()) };
        self.fits(segment, record.fields.text("address"), &map(&record.fields, "parameters"), Some(endpoint))
    }

    /// An endpoint is in a segment now: it has the protocol of that, and an address.
    pub(super) fn enter_segment(&mut self, endpoint: Id, segment: Id) {
        let Some((protocol, parameters, subnet)) = self.subnet_of(segment) else { return };
        let Some(record) = self.world.get(endpoint) else { return };
        let given = record.fields.text("address").and_then(|address| protocol.read(address));
        let is_assigned = given.is_none();
        let place = Some(segment);
        let Some(address) = given.or_else(|| self.leases.next_free(place, subnet.assigned)) else { return };
        if is_assigned {
            self.leases.give(place, subnet.assigned, address);
        }
        self.leases.take(place, address, endpoint);
        let address = protocol.write(address);
        self.world.edit(endpoint, Change::Implicit, |record| {
            record.fields.set("protocol", Field::Word(protocol.name()));
            if is_assigned {
                let mut own = map(&record.fields, "parameters");
                protocol.complete_endpoint(&address, &parameters, &mut own);
                record.fields.set("address", address.as_str());
                if !own.is_empty() {
                    record.fields.set("parameters", own);
                }
            }
        });
    }

    /// An endpoint is in no segment any more: what the cloud has assigned is given back.
    pub(super) fn leave_segment(&mut self, endpoint: Id) {
        self.leases.release(endpoint);
        self.world.edit(endpoint, Change::Implicit, |record| {
            let protocol = record.fields.remove("protocol");
            if record.fields.text("origin") != Some("DYNAMIC") {
                return;
            }
            record.fields.remove("address");
            let mut parameters = map(&record.fields, "parameters");
            if let Some(Field::Word(protocol)) = protocol {
                for known in endpoint_parameters(protocol) {
                    parameters.shift_remove(known.name);
                }
            }
            if parameters.is_empty() {
                record.fields.remove("parameters");
            } else {
                record.fields.set("parameters", parameters);
            }
        });
    }

    /// The segment that an endpoint is in.
    pub(super) fn segment_of(&self, endpoint: Id) -> Option<Id> {
        self.owner_of_link(endpoint, Kind::SegmentEndpoint)
    }

    /// Makes an endpoint one of an interface, or of none: on both sides.
    pub(super) fn connect_endpoint(&mut self, endpoint: Id, interface: Option<Id>) {
        let links = self.world.referrers_of(endpoint);
        for link in links.into_iter().filter(|link| link.kind() == Kind::InterfaceEndpoint) {
            if self.world.get(link).is_some_and(|record| record.owner != interface) {
                self.world.remove(link);
            }
        }
        if let Some(interface) = interface {
            self.enlist(Group::inside(interface, Kind::InterfaceEndpoint), endpoint);
        }
        if self.world.get(endpoint).is_some_and(|record| record.fields.resource("interface") != interface) {
            self.world.edit(endpoint, Change::Implicit, |record| match interface {
                Some(interface) => record.fields.set("interface", interface),
                None => drop(record.fields.remove("interface")),
            });
        }
    }

    /// Whether an endpoint may be as an update wants it.
    pub(super) fn check_endpoint(&self, endpoint: Id, wanted: &Fields) -> Result<(), Denial> {
        let Some(record) = self.world.get(endpoint) else { return Ok(()) };
        let (before, address) = (record.fields.text("address"), wanted.text("address"));
        match wanted.text("origin") {
            Some("DYNAMIC") if address.is_some() && address != before => {
                return Err(Denial::bad(
                    "origin is DYNAMIC: the cloud assigns the address. To choose it, make origin STATIC.",
                ));
            }
            Some("DYNAMIC") => {}
            _ if address.is_none() => {
                return Err(Denial::bad("origin is STATIC: address is missing."));
            }
            _ => {}
        }
        let parameters = map(wanted, "parameters");
        match self.segment_of(endpoint) {
            Some(segment) => self.fits(segment, address, &parameters, Some(endpoint)),
            None => check_address(address),
        }
    }

    /// After an update: its address is noted, its interface knows of it.
    pub(super) fn follow_endpoint(&mut self, endpoint: Id) {
        if let Some(segment) = self.segment_of(endpoint) {
            self.enter_segment(endpoint, segment);
        }
        let interface = self.world.get(endpoint).and_then(|record| record.fields.resource("interface"));
        self.connect_endpoint(endpoint, interface);
    }

    /// The attributes of an endpoint that is to be, everything checked.
    fn plan_endpoint(&self, segment: Option<Id>, template: &Fields) -> Result<Fields, Denial> {
        let address = template.text("address");
        let parameters = map(template, "parameters");
        let origin = check_origin(template)?;
        if origin == "DYNAMIC" {
            let known = PROTOCOLS.iter().flat_map(|protocol| endpoint_parameters(protocol));
            if let Some(given) = known.map(|known| known.name).find(|name| parameters.contains_key(*name)) {
                return Err(Denial::bad(format!(
                    "origin is DYNAMIC: the cloud assigns {given}; parameters must not have it."
                )));
            }
        }
        match segment {
            Some(segment) => self.fits(segment, address, &parameters, None)?,
            None => check_address(address)?,
        }
        let mut fields = Fields::new();
        fields.set_some("address", address);
        fields.set("origin", Field::Word(origin));
        fields.set_some("interface", template.get("interface").cloned());
        fields.set_some("parameters", template.get("parameters").cloned());
        Ok(fields)
    }

    /// Whether an endpoint with this address fits into a segment, or there is an address for one without.
    fn fits(
        &self,
        segment: Id,
        address: Option<&str>,
        parameters: &Map,
        endpoint: Option<Id>,
    ) -> Result<(), Denial> {
        let Some((protocol, of_segment, subnet)) = self.subnet_of(segment) else { return Ok(()) };
        check_parameters(parameters, endpoint_parameters(protocol.name())).map_err(Denial::bad)?;
        let place = Some(segment);
        let Some(address) = address else {
            let free = self.leases.next_free(place, subnet.assigned);
            return free.map(drop).ok_or_else(|| {
                Denial::conflict(
                    segment,
                    "All addresses of the ProtocolSegment are in use. Delete some endpoints.",
                )
            });
        };
        let number = protocol.expect("address", address).map_err(Denial::bad)?;
        let v6 = if protocol == Protocol::IPv6 { Some(Ipv6Addr::from(number)) } else { None };
        let is_local = v6.is_some_and(|address| kind_of(address) == "Link Local Unicast");
        if !is_local && !(subnet.all.0..=subnet.all.1).contains(&number) {
            let subnet = of_segment.get("subnetAddress").map_or("", String::as_str);
            return Err(Denial::bad(format!(
                "address {address} is not in the subnet {subnet} of the ProtocolSegment."
            )));
        }
        if let Some(given) = parameters.get("addressType")
            && let Some(kind) = v6.map(kind_of).filter(|kind| kind != given)
        {
            return Err(Denial::bad(format!("addressType is {given}, but {address} is {kind}.")));
        }
        match self.leases.other_holder(place, number, endpoint) {
            Some(other) => Err(Denial::conflict(
                other,
                format!("{address} is the address of another ProtocolEndpoint in this ProtocolSegment."),
            )),
            None => Ok(()),
        }
    }

    fn subnet_of(&self, segment: Id) -> Option<(Protocol, Map, Subnet)> {
        let fields = &self.world.get(segment)?.fields;
        let protocol = Protocol::named(fields.text("protocol")?)?;
        let parameters = map(fields, "parameters");
        let subnet = protocol.subnet(&parameters).ok()?;
        Some((protocol, parameters, subnet))
    }
}

/// Who assigns the address of an endpoint (table 41).
///
/// # Errors
/// If its address says otherwise.
pub(super) fn check_origin(template: &Fields) -> Result<&'static str, Denial> {
    match (template.text("origin"), template.text("address")) {
        (Some("DYNAMIC"), Some(_)) => Err(Denial::bad(
            "origin is DYNAMIC: the cloud assigns the address; the template must not give one.",
        )),
        (Some("STATIC"), None) => Err(Denial::bad(
            "origin is STATIC: address is missing. Give it, or let the cloud assign one (origin DYNAMIC).",
        )),
        (Some("STATIC") | None, Some(_)) => Ok("STATIC"),
        (Some("DYNAMIC") | None, None) => Ok("DYNAMIC"),
        (Some(other), _) => Err(Denial::bad(format!("origin is {other}; expected STATIC or DYNAMIC."))),
    }
}

/// Of an endpoint that is in no segment yet.
fn check_address(address: Option<&str>) -> Result<(), Denial> {
    match address.filter(|address| !is_address(address)) {
        Some(address) => {
            let shown: String = address.chars().take(64).collect();
            Err(Denial::bad(format!(
                "address is `{shown}`, which is no address of {}.",
                PROTOCOLS.join(", ")
            )))
        }
        None => Ok(()),
    }
}
