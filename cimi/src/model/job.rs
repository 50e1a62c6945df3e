//! Job (DSP0263 5.17.1, 5.17.2): what becomes of a request.

use super::attribute::{Item, Type, attr};
use super::common;
use super::resource::{Operation, ResourceType, State, States, Transition};

static AFFECTED: Item = Item { element: "affectedResource", ty: Type::Ref("") };
static NESTED: Item = Item { element: "nestedJob", ty: Type::Ref("Job") };

/// 5.17.1.1. A Job moves by itself; deleting one that runs stops it first.
static STATES: States = States {
    all: &[
        State::Transient("QUEUED"),
        State::Transient("RUNNING"),
        State::Stable("FAILED"),
        State::Stable("SUCCESS"),
        State::Transient("STOPPING"),
        State::Stable("STOPPED"),
    ],
    transitions: &[
        Transition::new("stop", &["QUEUED", "RUNNING"], &["STOPPING"], Some("STOPPED")),
        Transition::delete(&["FAILED", "SUCCESS", "STOPPED"], &[]),
        Transition::delete(&["RUNNING"], &["STOPPING", "STOPPED"]),
    ],
};

/// The types of this family.
pub(super) static TYPES: &[ResourceType] = &[
    ResourceType::resource(
        "Job",
        "5.17.1",
        &[
            common::STATE,
            attr("targetResource", Type::Ref("")).read_only(),
            attr("affectedResources", Type::Array(&AFFECTED)).read_only(),
            attr("action", Type::String).read_only().v1(),
            attr("action", Type::Uri).read_only().v2(),
            attr("returnCode", Type::Integer).read_only(),
            attr("progress", Type::Integer).range(0, 100).read_only(),
            attr("statusMessage", Type::String).read_only(),
            attr("timeOfStatusChange", Type::DateTime).read_only(),
            attr("parentJob", Type::Ref("Job")).read_only(),
            attr("nestedJobs", Type::Array(&NESTED)).read_only(),
        ],
    )
    .v1_dialect(&[attr("status", Type::String), attr("isCancellable", Type::Boolean)])
    .operations(&[Operation::new("stop")])
    .states(&STATES),
    // Nobody adds a Job: the schema of 1.x has no operations here.
    ResourceType::collection("JobCollection", "5.17.2", "Job", "jobs", "Job").v1_lacks(&["operations"]),
];
