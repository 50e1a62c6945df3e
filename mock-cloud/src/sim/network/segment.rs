//! Segments (DSP0263 5.16.5): a channel of one protocol, and what subnet it is.
//!
//! Owns their creation and their parameters. What is addressed in them is the endpoints' own.

use cimi::Map;
use cimi::model::network::segment_parameters;

use super::super::Sim;
use super::super::denial::Denial;
use super::super::job::{Accepted, Order};
use super::super::site::Site;
use super::super::template::Ingredient;
use super::protocol::{Protocol, check_parameters};
use super::{Running, map, unnamed};
use crate::world::{Change, Draft, Field, Fields, Group, Id, Kind};

const ENDPOINT_TEMPLATES: Ingredient = Ingredient {
    attribute: "endpointTemplates",
    kinds: &[Kind::ProtocolEndpointTemplate],
    by_value: ("ProtocolEndpoint", "ProtocolEndpointTemplateByValue"),
};

impl Sim {
    /// Creates a `ProtocolSegment` from the attributes of a `ProtocolSegmentTemplate`, with the endpoints that it names and
    /// makes.
    pub(in crate::sim) fn create_segment(
        &mut self,
        site: Site,
        draft: Draft,
        running: Running,
    ) -> Result<Accepted, Denial> {
        let template = draft.fields;
        let asked = running.or(template.text("initialState"), "STARTED");
        let initial = self.initial_state(Kind::ProtocolSegment, asked)?;
        let (site, network) = self.site_of_part(site, &template)?;
        let fields = plan_segment(&template)?;
        let made = self.resolve_items(&template, ENDPOINT_TEMPLATES)?;
        let monitoring = self.plan_monitors(Kind::ProtocolSegment, &template)?;
        let segment = self.settle(site, Draft::new(draft.label, fields).in_state("CREATING"));
        self.install_monitors(segment, monitoring);
        self.complete_segment(segment);
        if let Some(network) = network {
            self.enlist(Group::inside(network, Kind::NetworkSegment), segment);
        }
        let group = Group::inside(segment, Kind::SegmentEndpoint);
        let order = self.birth(Order::new("add", site.asked), segment, initial);
        let existing = template.items("endpoints");
        let result = self.order_made(order, !(made.is_empty() && existing.is_empty()), |sim| {
            sim.enlist_all(group, existing, running)?;
            for made in made {
                let mut made = unnamed(made);
                if running == Running::Yes {
                    made.fields.set("initialState", Field::Word("ENABLED"));
                }
                sim.create_endpoint(Site::of(group), made)?;
            }
            Ok(())
        });
        result.inspect_err(|_| self.remove(segment))
    }

    /// What a segment has where nobody has said anything.
    pub(super) fn complete_segment(&mut self, segment: Id) {
        self.world.edit(segment, Change::Implicit, |record| {
            let Some(protocol) = record.fields.text("protocol").and_then(Protocol::named) else { return };
            let mut parameters = map(&record.fields, "parameters");
            protocol.complete_segment(segment.number(), &mut parameters);
            record.fields.set("parameters", parameters);
        });
    }

    /// Whether a segment may be as an update wants it: the endpoints in it must still be.
    pub(super) fn check_segment(&self, segment: Id, wanted: &Fields) -> Result<(), Denial> {
        let (protocol, parameters) = checked(wanted, segment.number())?;
        let subnet = protocol.subnet(&parameters).map_err(Denial::bad)?;
        let outside = |(number, _): &(u128, Id)| !(subnet.all.0..=subnet.all.1).contains(number);
        match self.leases.holders(segment).into_iter().find(outside) {
            Some((number, endpoint)) => Err(Denial::conflict(
                endpoint,
                format!("The endpoint {} would be outside of the subnet.", protocol.write(number)),
            )),
            None => Ok(()),
        }
    }
}

/// Whether a template of segments makes sense.
pub(super) fn check_segment_template(template: &Fields) -> Result<(), Denial> {
    if template.get("protocol").is_some() { checked(template, 1).map(drop) } else { Ok(()) }
}

/// The attributes of a segment that is to be, everything checked.
fn plan_segment(template: &Fields) -> Result<Fields, Denial> {
    checked(template, 1)?;
    let mut fields = Fields::new().with("noDefaultRouting", Field::Boolean(false));
    for name in ["protocol", "noDefaultRouting", "parameters"] {
        fields.set_some(name, template.get(name).cloned());
    }
    Ok(fields)
}

/// The protocol and the whole parameters of a segment.
fn checked(fields: &Fields, number: u64) -> Result<(Protocol, Map), Denial> {
    let name = fields.text("protocol").ok_or_else(|| {
        Denial::bad("A ProtocolSegment needs protocol in its template: Ethernet, IPv4 or IPv6.")
    })?;
    let protocol = Protocol::named(name).ok_or_else(|| {
        Denial::bad(format!("protocol is {name}; this cloud knows Ethernet, IPv4 and IPv6."))
    })?;
    let mut parameters = map(fields, "parameters");
    check_parameters(&parameters, segment_parameters(protocol.name())).map_err(Denial::bad)?;
    protocol.complete_segment(number, &mut parameters);
    protocol.subnet(&parameters).map_err(Denial::bad)?;
    Ok((protocol, parameters))
}
