//! Capabilities (DSP0263 5.11.1, table 7): what a provider says of itself in its `ResourceMetadata`.
//!
//! Owns their names, the kinds of their values, and what one implies about another. Knows no provider.

use crate::edition::{Edition, Span};
use crate::value::Value;

/// A capability.
#[derive(Debug)]
pub struct Capability {
    /// The type in whose metadata it stands; `CloudEntryPoint` for the provider as a whole.
    pub resource: &'static str,
    /// Its name, unique within the resource.
    pub name: &'static str,
    /// What its value is.
    pub kind: Kind,
    /// The editions that have it: those that have its resource, unless the feature itself came with 2.0.
    pub span: Span,
    /// The capability of the same resource that must be true if this one is.
    pub implies: Option<&'static str>,
}

/// What the value of a capability is, and with that what its absence means (5.11.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Absent: false.
    Boolean,
    /// A count or a time, in this unit (empty: items). Absent: no limit.
    Integer(&'static str),
    /// One stable state of the resource. Absent: no preference.
    State,
    /// Some stable states of the resource. Absent: no restriction.
    States,
    /// One of these. Absent: no preference.
    OneOf(&'static [&'static str]),
}

impl Capability {
    /// Its URI.
    pub fn uri(&self, edition: Edition) -> String {
        edition.capability_uri(self.resource, self.name)
    }

    /// Whether `value` is of its kind. States are checked by the resource's own states, which the caller knows.
    pub fn admits(&self, value: &Value) -> bool {
        match self.kind {
            Kind::Boolean => value.as_boolean().is_some(),
            Kind::Integer(_) => value.as_integer().is_some_and(|number| number >= 0),
            Kind::State => value.as_str().is_some(),
            Kind::States => !items(value).is_empty(),
            Kind::OneOf(values) => value.as_str().is_some_and(|text| values.contains(&text)),
        }
    }
}

/// The capability of this name.
pub fn find(resource: &str, name: &str) -> Option<&'static Capability> {
    ALL.iter().find(|capability| capability.resource == resource && capability.name == name)
}

/// The capability of this URI, and the edition it belongs to.
pub fn by_uri(uri: &str) -> Option<(Edition, &'static Capability)> {
    let (edition, rest) = Edition::split(uri)?;
    let (resource, name) = rest.strip_prefix("capability/")?.split_once('/')?;
    let capability = find(resource, name)?;
    capability.span.contains(edition).then_some((edition, capability))
}

/// The capabilities of a resource type in an edition, in the order of table 7.
pub fn of(edition: Edition, resource: &str) -> impl Iterator<Item = &'static Capability> {
    ALL.iter().filter(move |capability| capability.resource == resource && capability.span.contains(edition))
}

/// A value that lists states. The text leaves its form open; real servers write the names in one string, with commas, which
/// reads the same in JSON and XML.
pub fn list(items: &[&str]) -> Value {
    Value::String(items.join(","))
}

/// The items of a value that lists states: of one string, or of an array of strings.
pub fn items(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect(),
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

const fn new(resource: &'static str, name: &'static str, kind: Kind) -> Capability {
    Capability { resource, name, kind, span: Span::Both, implies: None }
}

const fn flag(resource: &'static str, name: &'static str) -> Capability {
    new(resource, name, Kind::Boolean)
}

impl Capability {
    const fn implies(mut self, name: &'static str) -> Self {
        self.implies = Some(name);
        self
    }

    const fn v2(mut self) -> Self {
        self.span = Span::V2;
        self
    }
}

const BY_VALUE: &str = "MachineTemplateByValue";

/// Table 7, in its order.
pub static ALL: &[Capability] = &[
    flag("CloudEntryPoint", "ExpandParameter"),
    flag("CloudEntryPoint", "FilterParameter"),
    flag("CloudEntryPoint", "FirstParameter"),
    flag("CloudEntryPoint", "SelectParameter"),
    flag("CloudEntryPoint", "FormatParameter"),
    flag("CloudEntryPoint", "OrderByParameter"),
    flag("CloudEntryPoint", "QueryPathNotation").v2(),
    new("CloudEntryPoint", "MaxPropertyItems", Kind::Integer("")),
    flag("CloudEntryPoint", "ValueScopes").v2(),
    flag("System", "SystemComponentTemplateByValue"),
    new("Machine", "DefaultInitialState", Kind::State),
    new("Machine", "InitialStates", Kind::States),
    flag("Machine", "MachineConfigByValue").implies(BY_VALUE),
    flag("Machine", "MachineCredentialByValue").implies(BY_VALUE),
    flag("Machine", "MachineImageByValue").implies(BY_VALUE),
    flag("Machine", "MachineVolumeTemplatesByValue").implies(BY_VALUE),
    flag("Machine", BY_VALUE),
    flag("Machine", "MachineStopForce"),
    flag("Machine", "MachineStopForceDefault"),
    flag("Machine", "RestoreFromImage"),
    new("Machine", "UserData", Kind::OneOf(&["metadata", "disk", "imgmod"])),
    flag("Machine", "MachineAvailabilityLevel"),
    flag("Credential", "CredentialTemplateByValue"),
    flag("Volume", "SharedVolumeSupport"),
    flag("Volume", "VolumeConfigByValue").implies("VolumeTemplateByValue"),
    flag("Volume", "VolumeImageByValue").implies("VolumeTemplateByValue"),
    flag("Volume", "VolumeSnapshot"),
    flag("Volume", "VolumeTemplateByValue"),
    flag("Volume", "VolumeAvailabilityLevel"),
    flag("Network", "NetworkTemplateByValue"),
    new("Network", "DefaultInitialState", Kind::State),
    new("Network", "InitialStates", Kind::States),
    flag("NetworkInterface", "NetworkInterfaceTemplateByValue").v2(),
    new("NetworkInterface", "DefaultInitialState", Kind::State).v2(),
    new("NetworkInterface", "InitialStates", Kind::States).v2(),
    flag("NetworkService", "NetworkServiceTemplateByValue").v2(),
    new("NetworkService", "DefaultInitialState", Kind::State).v2(),
    new("NetworkService", "InitialStates", Kind::States).v2(),
    flag("ProtocolEndpoint", "ProtocolEndpointTemplateByValue").v2(),
    new("ProtocolEndpoint", "DefaultInitialState", Kind::State).v2(),
    new("ProtocolEndpoint", "InitialStates", Kind::States).v2(),
    flag("ProtocolSegment", "ProtocolSegmentTemplateByValue").v2(),
    new("ProtocolSegment", "DefaultInitialState", Kind::State).v2(),
    new("ProtocolSegment", "InitialStates", Kind::States).v2(),
    new("Job", "JobRetention", Kind::Integer("minute")),
    flag("Meter", "MeterConfigByValue"),
    flag("Meter", "MeterTemplateByValue"),
    flag("EventLog", "Linked"),
];
