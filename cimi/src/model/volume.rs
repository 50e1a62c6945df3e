//! Volume, its template and its configuration (DSP0263 5.15.1 to 5.15.6).

use super::attribute::{Attribute, Type, attr};
use super::common::{self, collection};
use super::resource::{Operation, ResourceType, State, States, Transition};

const MAPPED: &[&str] = &["http://schemas.dmtf.org/cimi/2/mapped"];
const MAPPED_V1: &[&str] = &["http://schemas.dmtf.org/cimi/1/mapped"];
/// Table 28 has the URI of 1.x, table 26 that of 2.0 for the same thing.
const MAPPED_EITHER: &[&str] =
    &["http://schemas.dmtf.org/cimi/2/mapped", "http://schemas.dmtf.org/cimi/1/mapped"];

const CAPACITY: Attribute = attr("capacity", Type::Integer).unit("kilobyte");

/// 5.15.1.2
const VOLUME_OPERATIONS: &[Operation] = &[
    Operation::new("snapshot").making("VolumeImage"),
    Operation::new("restore").with(&[attr("image", Type::Ref("VolumeImage")).required()]),
];

/// 5.15.1.2. The text does not name the states before an operation.
static VOLUME_STATES: States = States {
    all: &[
        State::Transient("CREATING"),
        State::Stable("AVAILABLE"),
        State::Transient("CAPTURING"),
        State::Transient("RESTORING"),
        State::Transient("DELETING"),
        State::Stable("ERROR"),
    ],
    transitions: &[
        Transition::create(&["CREATING"], Some("AVAILABLE")),
        Transition::new("snapshot", &["AVAILABLE"], &["CAPTURING"], None),
        Transition::new("restore", &["AVAILABLE", "ERROR"], &["RESTORING"], Some("AVAILABLE")),
        Transition::delete(&["AVAILABLE", "ERROR"], &["DELETING"]),
    ],
};

/// The types of this family.
pub(super) static TYPES: &[ResourceType] = &[
    ResourceType::resource(
        "Volume",
        "5.15.1",
        &[
            common::STATE,
            attr("type", Type::String).suggested(MAPPED_V1).v1(),
            attr("type", Type::Uri).suggested(MAPPED).v2(),
            CAPACITY,
            attr("bootable", Type::Boolean),
            collection("images", "VolumeVolumeImageCollection").v1(),
            collection("images", "VolumeImageCollection").v2(),
            common::METERS,
            common::EVENT_LOG,
        ],
    )
    .operations(VOLUME_OPERATIONS)
    .states(&VOLUME_STATES),
    ResourceType::collection("VolumeCollection", "5.15.2", "Volume", "volumes", "Volume"),
    ResourceType::resource(
        "VolumeVolumeImage",
        "DSP8009 VolumeVolumeImage",
        &[attr("volumeImage", Type::Ref("VolumeImage"))],
    )
    .v1(),
    ResourceType::collection(
        "VolumeVolumeImageCollection",
        "DSP8009 VolumeVolumeImage",
        "VolumeVolumeImage",
        "volumeVolumeImages",
        "VolumeVolumeImage",
    )
    .v1_lacks(&["operations"])
    .v1(),
    ResourceType::resource(
        "VolumeTemplate",
        "5.15.3",
        &[
            attr("volumeConfig", Type::Ref("VolumeConfiguration")),
            attr("volumeImage", Type::Ref("VolumeImage")),
            common::METER_TEMPLATES,
            common::EVENT_LOG_TEMPLATE,
            common::GEN_RESOURCE_METADATA,
        ],
    ),
    ResourceType::collection(
        "VolumeTemplateCollection",
        "5.15.4",
        "VolumeTemplate",
        "volumeTemplates",
        "VolumeTemplate",
    ),
    ResourceType::resource(
        "VolumeConfiguration",
        "5.15.5",
        &[
            attr("type", Type::Uri).suggested(MAPPED_V1).v1(),
            attr("type", Type::Uri).suggested(MAPPED_EITHER).v2(),
            attr("format", Type::String).optional(),
            CAPACITY,
        ],
    ),
    ResourceType::collection(
        "VolumeConfigurationCollection",
        "5.15.6",
        "VolumeConfiguration",
        "volumeConfigurations",
        "VolumeConfiguration",
    ),
];
