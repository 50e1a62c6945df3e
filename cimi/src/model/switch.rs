//! States and operations of the network resources of DSP0263 5.16, which recur: what runs, and what is switched on and off.
//!
//! The text names no states before these operations; those here are our reading.

use super::resource::{Operation, State, States, Transition};

/// 5.16.1.2, 5.16.5.3, 5.16.17.2
pub(super) const START_AND_STOP: &[Operation] = &[Operation::new("start"), Operation::new("stop")];

/// 5.16.9.3, 5.16.13.2
pub(super) const ENABLE_AND_DISABLE: &[Operation] =
    &[Operation::new("enable").v2(), Operation::new("disable").v2()];

/// Of a resource that takes time to start and to stop: Network, and the `NetworkPort` of 1.x.
pub(super) static RUNNING: States = States {
    all: &[
        State::Transient("CREATING"),
        State::Transient("STARTING"),
        State::Stable("STARTED"),
        State::Transient("STOPPING"),
        State::Stable("STOPPED"),
        State::Transient("DELETING"),
        State::Stable("ERROR"),
    ],
    transitions: &[
        Transition::create(&["CREATING"], Some("STOPPED")),
        Transition::new("start", &["STOPPED"], &["STARTING"], Some("STARTED")),
        Transition::new("stop", &["STARTED"], &["STOPPING"], Some("STOPPED")),
        Transition::delete(&["STARTED", "STOPPED", "ERROR"], &["DELETING"]),
    ],
};

/// Of a resource that starts and stops at once: `ProtocolSegment`, `NetworkService`.
pub(super) static STARTED: States = States {
    all: &[
        State::Transient("CREATING"),
        State::Stable("STARTED"),
        State::Stable("STOPPED"),
        State::Transient("DELETING"),
        State::Stable("ERROR"),
    ],
    transitions: &[
        Transition::create(&["CREATING"], Some("STOPPED")),
        Transition::new("start", &["STOPPED"], &[], Some("STARTED")),
        Transition::new("stop", &["STARTED"], &[], Some("STOPPED")),
        Transition::delete(&["STARTED", "STOPPED", "ERROR"], &["DELETING"]),
    ],
};

/// Of a resource that is enabled and disabled: `ProtocolEndpoint`, `NetworkInterface`.
pub(super) static ENABLED: States = States {
    all: &[
        State::Transient("CREATING"),
        State::Stable("ENABLED"),
        State::Stable("DISABLED"),
        State::Transient("DELETING"),
        State::Stable("ERROR"),
    ],
    transitions: &[
        Transition::create(&["CREATING"], Some("DISABLED")),
        Transition::new("enable", &["DISABLED"], &[], Some("ENABLED")),
        Transition::new("disable", &["ENABLED"], &[], Some("DISABLED")),
        Transition::delete(&["ENABLED", "DISABLED", "ERROR"], &["DELETING"]),
    ],
};
