//! Meter, its samples, its template and its configuration (DSP0263 5.17.3 to 5.17.7, 5.17.9), and the aspects metered.

use super::attribute::{Attribute, Item, Layout, Structure, Type, attr};
use super::common::collection;
use super::resource::ResourceType;
use super::switch;
use crate::edition::Edition;

/// What a Meter measures (table 51).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aspect {
    /// Use of the processors, in percent.
    Cpu,
    /// Memory in use.
    Memory,
    /// Disk in use.
    Disk,
    /// Network traffic.
    Bandwidth,
    /// What comes in.
    InputBandwidth,
    /// What goes out.
    OutputBandwidth,
}

impl Aspect {
    /// All of them, in the order of table 51.
    pub const ALL: [Self; 6] =
        [Self::Cpu, Self::Memory, Self::Disk, Self::Bandwidth, Self::InputBandwidth, Self::OutputBandwidth];

    /// The end of its URI.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Disk => "disk",
            Self::Bandwidth => "bandwidth",
            Self::InputBandwidth => "inputBandwidth",
            Self::OutputBandwidth => "outputBandwidth",
        }
    }

    /// Its URI.
    pub fn uri(self, edition: Edition) -> String {
        format!("{}/aspect/{}", edition.namespace(), self.name())
    }

    /// The aspect of a URI of either edition.
    pub fn by_uri(uri: &str) -> Option<Self> {
        let (_, rest) = Edition::split(uri)?;
        let name = rest.strip_prefix("aspect/")?;
        Self::ALL.into_iter().find(|aspect| aspect.name() == name)
    }

    /// The resource types that it is typically measured of; `NetworkPort` in 1.x only.
    pub const fn resources(self) -> &'static [&'static str] {
        match self {
            Self::Cpu | Self::Memory => &["CloudEntryPoint", "System", "Machine"],
            Self::Disk => &["CloudEntryPoint", "System", "Machine", "Volume"],
            Self::Bandwidth => &["CloudEntryPoint", "System", "Network"],
            Self::InputBandwidth | Self::OutputBandwidth => &["Machine", "NetworkPort", "Volume"],
        }
    }
}

const ASPECT: Attribute = attr("aspect", Type::Uri);
const UNITS: Attribute = attr("units", Type::String);
const SAMPLE_INTERVAL: Attribute = attr("sampleInterval", Type::Integer).unit("second");
const TIME_SCOPE: Attribute = attr("timeScope", Type::String).one_of(&["Point", "Interval"]);
/// Only where the scope is an interval.
const INTERVAL_DURATION: Attribute = attr("intervalDuration", Type::Duration).optional();
const IS_CONTINUOUS: Attribute = attr("isContinuous", Type::Boolean);
const TARGET: Attribute = attr("targetResource", Type::Ref(""));

static SAMPLE_VALUE: Structure = Structure {
    name: "SampleValue",
    layout: Layout::Attributes,
    fields: &[attr("timestamp", Type::DateTime), attr("value", Type::String)],
};

static ASSOCIATED_TO: Item = Item { element: "associatedTo", ty: Type::Ref("") };
static ASSOCIATED_RESOURCE: Item = Item { element: "associatedResource", ty: Type::Uri };

/// The types of this family.
pub(super) static TYPES: &[ResourceType] = &[
    ResourceType::resource(
        "Meter",
        "5.17.3",
        &[
            TARGET,
            ASPECT,
            UNITS,
            SAMPLE_INTERVAL,
            TIME_SCOPE,
            INTERVAL_DURATION,
            IS_CONTINUOUS,
            collection("samples", "SampleCollection"),
            attr("minValue", Type::String),
            attr("maxValue", Type::String),
            attr("stopTime", Type::DateTime).optional(),
            attr("expiresTime", Type::DateTime).optional(),
        ],
    )
    .operations(switch::START_AND_STOP),
    ResourceType::collection("MeterCollection", "5.17.4", "Meter", "meters", "Meter"),
    ResourceType::resource(
        "Sample",
        "5.17.3.1.1",
        &[
            attr("sample", Type::Structure(&SAMPLE_VALUE)).required().v1(),
            attr("timestamp", Type::DateTime).v2(),
            attr("value", Type::String).v2(),
        ],
    )
    .v1_lacks(&["operations"]),
    ResourceType::collection("SampleCollection", "5.17.3.1.1", "Sample", "samples", "Sample")
        .v1_lacks(&["operations"]),
    ResourceType::resource(
        "MeterTemplate",
        "5.17.5",
        &[TARGET, attr("meterConfig", Type::Ref("MeterConfiguration"))],
    ),
    ResourceType::collection(
        "MeterTemplateCollection",
        "5.17.6",
        "MeterTemplate",
        "meterTemplates",
        "MeterTemplate",
    ),
    ResourceType::resource(
        "MeterConfiguration",
        "5.17.7",
        &[
            attr("associatedTo", Type::Array(&ASSOCIATED_TO)).v1(),
            attr("associatedResources", Type::Array(&ASSOCIATED_RESOURCE)).v2(),
            ASPECT,
            UNITS,
            SAMPLE_INTERVAL,
            TIME_SCOPE,
            INTERVAL_DURATION,
            IS_CONTINUOUS,
        ],
    ),
    ResourceType::collection(
        "MeterConfigurationCollection",
        "5.17.9",
        "MeterConfiguration",
        "meterConfigurations",
        "MeterConfiguration",
    ),
];
