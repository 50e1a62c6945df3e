//! Machine and its family (DSP0263 5.14).

use super::attribute::{Attribute, Type, attr};
use super::resource::{Operation, ResourceType, State, States, Transition};
use crate::edition::Span;

const ARCHITECTURES: &[&str] = &[
    "68000",
    "Alpha",
    "ARM",
    "Itanium",
    "MIPS",
    "PA_RISC",
    "POWER",
    "PowerPC",
    "x86",
    "x86_64",
    "z/Architecture",
    "SPARC",
];

const FORCE: &[Attribute] = &[attr("force", Type::Boolean).optional()];

static MACHINE_STATES: States = States {
    all: &[
        State::Transient("CREATING"),
        State::Transient("STARTING"),
        State::Stable("STARTED"),
        State::Transient("STOPPING"),
        State::Stable("STOPPED"),
        State::Transient("PAUSING"),
        State::Stable("PAUSED"),
        State::Transient("SUSPENDING"),
        State::Stable("SUSPENDED"),
        State::Transient("CAPTURING"),
        State::Transient("RESTORING"),
        State::Transient("DELETING"),
        State::Stable("ERROR"),
        State::Stable("FAILED"),
    ],
    transitions: &[Transition {
        operation: "start",
        from: &["STOPPED", "PAUSED", "SUSPENDED"],
        through: "STARTING",
        to: "STARTED",
    }],
};

/// 5.14.1
pub static MACHINE: ResourceType = ResourceType::resource(
    "Machine",
    "5.14.1",
    &[
        attr("state", Type::String).read_only(),
        attr("cpu", Type::Integer),
        attr("memory", Type::Integer).unit("kibibyte"),
        attr("disks", Type::Collection("DiskCollection")).read_only(),
        attr("cpuArch", Type::String).suggested(ARCHITECTURES),
        attr("cpuSpeed", Type::Integer).unit("megahertz"),
    ],
)
.operations(&[
    Operation { name: "start", span: Span::Both, parameters: &[] },
    Operation { name: "stop", span: Span::Both, parameters: FORCE },
])
.states(&MACHINE_STATES);

/// 5.14.2
pub static MACHINE_COLLECTION: ResourceType =
    ResourceType::collection("MachineCollection", "5.14.2", "Machine", "machines", "Machine");

/// 5.14.1.1.1
pub static DISK: ResourceType = ResourceType::resource(
    "Disk",
    "5.14.1.1.1",
    &[attr("capacity", Type::Integer).unit("kilobyte"), attr("initialLocation", Type::String)],
);

/// 5.14.1.1.1
pub static DISK_COLLECTION: ResourceType =
    ResourceType::collection("DiskCollection", "5.14.1.1.1", "Disk", "disks", "Disk");

/// The types of this family.
pub(super) static TYPES: &[&ResourceType] = &[&MACHINE, &MACHINE_COLLECTION, &DISK, &DISK_COLLECTION];
