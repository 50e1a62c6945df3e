//! Meters (DSP0263 5.17.3 to 5.17.7): what they measure of which resource, and whether they run.
//!
//! Owns creation from a template, start and stop, and the times at which a Meter ends. What is measured is `load`'s, the taking
//! of samples `sample`'s.

use cimi::Value;
use cimi::model::meter::Aspect;
use cimi::{Edition, data::Duration as Span};
use jiff::Timestamp;

use super::Sim;
use super::agenda::Event;
use super::defaults::complete;
use super::denial::Denial;
use super::job::{Accepted, Effect, Order};
use super::scope::Scope;
use super::site::Site;
use super::template::Ingredient;
use crate::world::{Change, Draft, Field, Fields, Group, Id, Kind, Label, Link};

const CONFIG: Ingredient = Ingredient {
    attribute: "meterConfig",
    kinds: &[Kind::MeterConfiguration],
    by_value: ("Meter", "MeterConfigByValue"),
};

const TEMPLATE: Ingredient = Ingredient {
    attribute: "meterTemplate",
    kinds: &[Kind::MeterTemplate],
    by_value: ("Meter", "MeterTemplateByValue"),
};

/// What a Meter takes over from its configuration.
const TAKES: [&str; 6] =
    ["aspect", "units", "sampleInterval", "timeScope", "intervalDuration", "isContinuous"];

impl Sim {
    /// Creates a Meter from the attributes of a `MeterTemplate` (5.17.4.1).
    pub(super) fn create_meter(
        &mut self,
        site: Site,
        label: Label,
        template: &Fields,
    ) -> Result<Accepted, Denial> {
        let target = self.target(site.group.owner, template, "A Meter")?;
        let fields = self.plan_meter(target.kind(), template)?;
        let meter = self.install_meter(target, label, fields);
        Ok(self.order(Order::new("add", site.asked).creating(meter).affecting(target)))
    }

    /// The resource that a new Meter or `EventLog` is for: the owner of the collection that is asked, or the one that the template
    /// names (tables 49 and 53).
    pub(super) fn target(&self, owner: Option<Id>, template: &Fields, what: &str) -> Result<Id, Denial> {
        match (owner, template.link("targetResource")) {
            (Some(owner), None) => Ok(owner),
            (Some(owner), Some(Link::Resource(target))) if owner == *target => Ok(owner),
            (Some(_), Some(_)) => Err(Denial::bad(
                "targetResource is another resource than the one whose collection is added to. Leave it out there.",
            )),
            (None, Some(Link::Resource(target))) if self.world.get(*target).is_some() => Ok(*target),
            (None, Some(_)) => Err(Denial::bad("targetResource must refer to a resource of this cloud.")),
            (None, None) => Err(Denial::bad(format!(
                "{what} needs targetResource in its template: the resource that it is for."
            ))),
        }
    }

    /// Plans a Meter from an item of `meterTemplates`, for a resource of a kind that is about to be made.
    pub(super) fn plan_meter_of(&self, kind: Kind, item: &Field) -> Result<Fields, Denial> {
        let item = Fields::new().with("meterTemplate", item.clone());
        match self.resolve(&item, TEMPLATE)? {
            Some(template) if template.fields.get("targetResource").is_some() => Err(Denial::bad(
                "A MeterTemplate in meterTemplates has a targetResource of its own; it must be without.",
            )),
            Some(template) => self.plan_meter(kind, &template.fields),
            None => Err(Denial::bad("Each item of meterTemplates is a MeterTemplate.")),
        }
    }

    /// Plans a Meter of a resource of a kind from the attributes of a `MeterTemplate`.
    fn plan_meter(&self, kind: Kind, template: &Fields) -> Result<Fields, Denial> {
        let mut config = self.resolve(template, CONFIG)?.ok_or_else(|| {
            Denial::bad("A Meter needs meterConfig in its template: a reference, or the attributes.")
        })?;
        complete(Kind::MeterConfiguration, &mut config.fields, &self.settings.capabilities);
        check_configuration(&config.fields)?;
        let uri = config.fields.text("aspect").ok_or_else(|| {
            Denial::bad("The MeterConfiguration says no aspect: what the Meter is to measure.")
        })?;
        let aspect = Aspect::by_uri(uri).expect("a checked aspect is known");
        let listed = config.fields.items("associatedResources");
        let name = kind.name();
        let is_listed = |field: &Field| type_name(field).is_some_and(|ty| ty == name);
        if !listed.is_empty() && !listed.iter().any(is_listed) {
            return Err(Denial::bad(format!(
                "The MeterConfiguration is not for a {name}: its list of resource types does not have it."
            )));
        }
        if !is_measured(aspect, kind) {
            return Err(Denial::bad(format!(
                "{} of a {name} is not measured here; it is of {}.",
                aspect.name(),
                aspect.resources().join(", ")
            )));
        }
        let mut fields = Fields::new();
        for name in TAKES {
            fields.set_some(name, config.fields.get(name).cloned());
        }
        Ok(fields)
    }

    /// Brings a planned Meter into the world: a child component of what it measures, with which it goes, unless that is the
    /// whole cloud.
    pub(super) fn install_meter(&mut self, target: Id, label: Label, fields: Fields) -> Id {
        let owner = Some(target).filter(|target| *target != Id::CLOUD);
        let draft = Draft::new(label, fields.with("targetResource", target));
        let meter = self.world.insert(Group { owner, kind: Kind::Meter }, draft);
        self.expect_of_meter(meter);
        self.start_meter(meter);
        meter
    }

    /// Sets a Meter going that a seed has planted: as a child component of what it measures.
    pub(super) fn adopt_meter(&mut self, meter: Id) {
        let capabilities = &self.settings.capabilities;
        self.world.edit(meter, Change::Implicit, |record| {
            complete(Kind::MeterConfiguration, &mut record.fields, capabilities);
        });
        let target = self.measured(meter).map(|(target, _)| target);
        self.world.set_owner(meter, target.filter(|target| *target != Id::CLOUD));
        self.expect_of_meter(meter);
        self.retime_meter(meter);
        self.start_meter(meter);
    }

    /// Performs an operation on a Meter (5.17.3.2).
    pub(super) fn act_on_meter(&mut self, id: Id, operation: &str) -> Result<Accepted, Denial> {
        let (operation, run) = match operation {
            "start" => ("start", true),
            "stop" => ("stop", false),
            _ => return Err(Denial::missing(format!("Meter has no operation {operation}."))),
        };
        if self.is_running(id) == run {
            let state = if run { "runs" } else { "is stopped" };
            return Err(Denial::conflict(id, format!("The Meter {state} already.")));
        }
        if run && self.moment(id, "stopTime").is_some_and(|stop| stop <= self.world.now()) {
            return Err(Denial::conflict(
                id,
                "The stopTime of the Meter has passed. Set a later one, or none.",
            ));
        }
        let order = Order::new(operation, id);
        Ok(self.order(order.then(std::time::Duration::ZERO, [Effect::Run(id, run)])))
    }

    /// Whether a Meter records samples.
    pub(super) fn is_running(&self, meter: Id) -> bool {
        self.monitors.ticks.contains_key(&meter)
    }

    /// Lets a Meter record samples, or stop to.
    pub(super) fn run_meter(&mut self, meter: Id, run: bool) {
        if self.world.get(meter).is_none() {
            return;
        }
        if run {
            self.start_meter(meter);
        } else {
            self.stop_meter(meter);
        }
        // What is offered changes.
        self.world.edit(meter, Change::Implicit, |_| {});
    }

    /// A Meter has got other times to end at (table 47: `stopTime`, `expiresTime`).
    pub(super) fn retime_meter(&mut self, meter: Id) {
        if let Some(slot) = self.monitors.ends.remove(&meter) {
            self.agenda.cancel(slot);
        }
        if let Some(expires) = self.moment(meter, "expiresTime") {
            let slot = self.agenda.plan(expires, Event::Expire(meter));
            self.monitors.ends.insert(meter, slot);
        }
        if self.is_running(meter) {
            self.replan_sample(meter);
        }
    }

    /// A moment that a resource holds.
    pub(super) fn moment(&self, id: Id, name: &str) -> Option<Timestamp> {
        match self.world.get(id)?.fields.get(name)? {
            Field::Time(time) => Some(*time),
            Field::Other(value) => match &**value {
                Value::DateTime(time) => time.instant(),
                _ => None,
            },
            _ => None,
        }
    }

    /// Sets what is expected of a Meter: the least and the most it can measure.
    fn expect_of_meter(&mut self, meter: Id) {
        let Some((target, aspect)) = self.measured(meter) else { return };
        let most = self.ceiling(target, aspect);
        self.world.edit(meter, Change::Implicit, |record| {
            record.fields.set("minValue", "0");
            record.fields.set_some("maxValue", most.map(|most| most.to_string()));
        });
    }

    /// A resource has changed: its Meters expect something else.
    pub(super) fn expect_of_meters(&mut self, target: Id) {
        let meters: Vec<Id> =
            self.world.members(Group::inside(target, Kind::Meter), 0).map(|record| record.id).collect();
        for meter in meters {
            self.expect_of_meter(meter);
        }
    }

    /// What a Meter measures of which resource.
    pub(super) fn measured(&self, meter: Id) -> Option<(Id, Aspect)> {
        let fields = &self.world.get(meter)?.fields;
        Some((fields.resource("targetResource")?, Aspect::by_uri(fields.text("aspect")?)?))
    }
}

/// Holds what a `MeterConfiguration` says against what this cloud can measure.
///
/// # Errors
/// What was given, and what is possible.
pub(super) fn check_configuration(fields: &Fields) -> Result<(), Denial> {
    Scope::check(Kind::MeterConfiguration, fields)?;
    if let Some(uri) = fields.text("aspect")
        && Aspect::by_uri(uri).is_none()
    {
        let names: Vec<_> = Aspect::ALL.iter().map(|aspect| aspect.name()).collect();
        let shown: String = uri.chars().take(256).collect();
        return Err(Denial::bad(format!(
            "aspect is {shown}; this cloud measures {}, each behind {}.",
            names.join(", "),
            Edition::V2.type_uri("aspect/")
        )));
    }
    if let Some(scope) = fields.text("timeScope")
        && !["Point", "Interval"].contains(&scope)
    {
        return Err(Denial::bad(format!("timeScope is {scope}; it is Point or Interval.")));
    }
    if fields.get("intervalDuration").is_some() && span(fields).is_none() {
        return Err(Denial::bad("intervalDuration is a duration of at least a second, such as PT1H or P1D."));
    }
    for field in fields.items("associatedResources") {
        if type_name(field).is_none_or(|name| !Kind::ALL.iter().any(|kind| kind.name() == name)) {
            return Err(Denial::bad(format!(
                "Each of the resource types of a MeterConfiguration is a type URI, such as {}.",
                Edition::V2.type_uri("Machine")
            )));
        }
    }
    Ok(())
}

/// Whether an aspect is measured of a kind: where table 51 has it, and of what carries traffic in a Network of 2.0.
fn is_measured(aspect: Aspect, kind: Kind) -> bool {
    let carries = matches!(
        kind,
        Kind::ProtocolSegment | Kind::ProtocolEndpoint | Kind::NetworkInterface | Kind::NetworkService
    );
    aspect.resources().contains(&kind.name()) || (aspect == Aspect::Bandwidth && carries)
}

/// The `intervalDuration` in seconds; a month counts as 30 days.
pub(super) fn span(fields: &Fields) -> Option<i64> {
    let span = match fields.get("intervalDuration")? {
        Field::Text(text) => text.parse::<Span>().ok()?,
        Field::Other(value) => match &**value {
            Value::Duration(span) => span.clone(),
            _ => return None,
        },
        _ => return None,
    };
    let (months, seconds) = span.parts();
    let seconds = months.checked_mul(30 * 86_400)?.checked_add(seconds)?;
    (seconds > 0).then_some(seconds)
}

/// The resource type that a type URI of either edition denotes.
fn type_name(field: &Field) -> Option<&str> {
    match field {
        Field::Text(uri) => Edition::split(uri).map(|(_, name)| name),
        _ => None,
    }
}
