//! `MachineImage` and `VolumeImage` (DSP0263 5.14.7, 5.14.8, 5.15.7, 5.15.8): what Machines and Volumes are made from.

use super::attribute::{Type, attr};
use super::common;
use super::resource::{ResourceType, State, States, Transition};

/// 5.14.7, 5.15.7: the same for both.
static STATES: States = States {
    all: &[
        State::Transient("CREATING"),
        State::Stable("AVAILABLE"),
        State::Transient("DELETING"),
        State::Stable("ERROR"),
    ],
    transitions: &[
        Transition::create(&["CREATING"], Some("AVAILABLE")),
        Transition::delete(&["AVAILABLE", "ERROR"], &["DELETING"]),
    ],
};

/// The types of this family.
pub(super) static TYPES: &[ResourceType] = &[
    ResourceType::resource(
        "MachineImage",
        "5.14.7",
        &[
            common::STATE,
            attr("type", Type::String).suggested(&["IMAGE", "SNAPSHOT", "PARTIAL_SNAPSHOT"]),
            attr("imageLocation", Type::Uri),
            attr("relatedImage", Type::Ref("MachineImage")),
        ],
    )
    .states(&STATES),
    ResourceType::collection(
        "MachineImageCollection",
        "5.14.8",
        "MachineImage",
        "machineImages",
        "MachineImage",
    ),
    ResourceType::resource(
        "VolumeImage",
        "5.15.7",
        &[common::STATE, attr("imageLocation", Type::Uri), attr("bootable", Type::Boolean)],
    )
    .states(&STATES),
    ResourceType::collection("VolumeImageCollection", "5.15.8", "VolumeImage", "volumeImages", "VolumeImage"),
];
