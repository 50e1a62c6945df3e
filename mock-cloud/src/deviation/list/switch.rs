//! Clause 5.16: what has states in the network family, by the same pattern: operations, new resources, their meters.

use super::super::Deviation;
use super::super::way::{Act, Edit, Seen, V, add, delete, operation, show};

/// An operation that is not carried out, and one that ends in ERROR.
macro_rules! operation {
    ($ty:literal, $name:literal, $end:literal, $do:literal, $to:literal) => {
        [
            $crate::deviation::Deviation {
                name: concat!($ty, "-", $name, "-does-nothing"),
                summary: concat!($name, " of a ", $ty, " is answered with success, and nothing happens"),
                breaks: &[$do, $to],
                ways: &[operation(&[$ty], $name).then(Act::Swallow)],
            },
            $crate::deviation::Deviation {
                name: concat!($ty, "-", $name, "-to-error"),
                summary: concat!("a ", $ty, " of which ", $name, " was asked ends in ERROR"),
                breaks: &[$to],
                ways: &[operation(&[$ty], $name).then(Act::Mark(Edit::Swap("state", $end, "ERROR")))],
            },
        ]
    };
}

/// What becomes of a new resource, by its template.
macro_rules! creation {
    (
        $ty:literal, $template:literal, $template_ty:literal, $on:literal, $initial:literal, $default:literal,
        $fails:literal, $advertised:literal, $meters:literal, $log:literal
    ) => {
        [
            $crate::deviation::Deviation {
                name: concat!($ty, "-initial-state-ignored"),
                summary: concat!("the state that the template of a new ", $ty, " asks for is passed over"),
                breaks: &[$initial],
                ways: &[add(&[$ty])
                    .then(Act::Ask(Edit::Inside($template, &Edit::Drop("initialState"))))
                    .needing(&[($template_ty, "initialState")])],
            },
            $crate::deviation::Deviation {
                name: concat!($ty, "-always-", $on),
                summary: concat!("a new ", $ty, " whose template asks for no state is ", $on),
                breaks: &[$default],
                ways: &[add(&[$ty])
                    .asks(|asked| super::by_value(asked) && !super::template_has(asked, "initialState"))
                    .then(Act::Ask(Edit::Inside($template, &Edit::Set("initialState", V::Text($on)))))],
            },
            $crate::deviation::Deviation {
                name: concat!($ty, "-unreachable-state-passed-over"),
                summary: concat!("a ", $ty, " is made though the state that is asked for cannot be reached"),
                breaks: &[$fails],
                ways: &[add(&[$ty])
                    .asks(super::odd_initial_state)
                    .then(Act::Ask(Edit::Inside($template, &Edit::Drop("initialState"))))],
            },
            $crate::deviation::Deviation {
                name: concat!($ty, "-initial-states-not-advertised"),
                summary: concat!("InitialStates of a ", $ty, " lacks what templates ask for"),
                breaks: &[$advertised],
                ways: &[show(
                    &["ResourceMetadata"],
                    Edit::With(|attributes| {
                        super::without_state(attributes, $ty, $on);
                    }),
                )
                .needing(&[($ty, ""), ($template_ty, "initialState")])],
            },
            $crate::deviation::Deviation {
                name: concat!("meter-templates-of-", $ty, "-not-used"),
                summary: concat!("templates of Meters in a ", $template_ty, " yield nothing"),
                breaks: &[$meters],
                ways: &[add(&[$ty])
                    .then(Act::Ask(Edit::Inside($template, &Edit::Drop("meterTemplates"))))
                    .needing(&[($template_ty, "meterTemplates")])],
            },
            $crate::deviation::Deviation {
                name: concat!("event-log-template-of-", $ty, "-not-used"),
                summary: concat!("the template of an EventLog in a ", $template_ty, " yields nothing"),
                breaks: &[$log],
                ways: &[add(&[$ty])
                    .then(Act::Ask(Edit::Inside($template, &Edit::Drop("eventLogTemplate"))))
                    .needing(&[($template_ty, "eventLogTemplate")])],
            },
        ]
    };
}

/// What is deleted is still listed.
macro_rules! listed {
    ($ty:literal, $id:literal) => {
        [$crate::deviation::Deviation {
            name: concat!("deleted-", $ty, "-still-listed"),
            summary: concat!("a ", $ty, " that is deleted is still in the Collections that listed it"),
            breaks: &[$id, "5.5.12/deleted-item-leaves-collections"],
            ways: &[delete(&[$ty]).then(Act::Ghost(Seen::InCollections))],
        }]
    };
}

/// A resource is shown in another state while an operation is carried out.
macro_rules! through {
    ($ty:literal, $name:literal, $id:literal) => {
        [$crate::deviation::Deviation {
            name: concat!($ty, "-", $name, "-through-another-state"),
            summary: concat!("a ", $ty, " of which ", $name, " was asked is in CREATING meanwhile"),
            breaks: &[$id],
            ways: &[operation(&[$ty], $name).then(Act::MarkOnce(Edit::Set("state", V::Text("CREATING"))))],
        }]
    };
}

pub(super) static AREAS: &[&[Deviation]] = &[
    LIST,
    // Networks
    &operation!("Network", "start", "STARTED", "5.16.1.2/start", "5.16.1.2/start-to"),
    &operation!("Network", "stop", "STOPPED", "5.16.1.2/stop", "5.16.1.2/stop-to"),
    &through!("Network", "start", "5.16.1.2/start-through"),
    &through!("Network", "stop", "5.16.1.2/stop-through"),
    &creation!(
        "Network",
        "networkTemplate",
        "NetworkTemplate",
        "STARTED",
        "5.16.2.1/initial-state",
        "5.16.2.1/initial-state-stopped",
        "5.16.2.1/initial-state-fails",
        "5.16.3/initial-states-advertised",
        "5.16.3/meters-created",
        "5.16.3/event-log-created"
    ),
    // ProtocolSegments
    &operation!("ProtocolSegment", "start", "STARTED", "5.16.5.3/start", "5.16.5.3/start-to"),
    &operation!("ProtocolSegment", "stop", "STOPPED", "5.16.5.3/stop", "5.16.5.3/stop-to"),
    &listed!("ProtocolSegment", "5.16.5.3/delete-everywhere"),
    &creation!(
        "ProtocolSegment",
        "protocolSegmentTemplate",
        "ProtocolSegmentTemplate",
        "STARTED",
        "5.16.6.1/initial-state",
        "5.16.6.1/initial-state-default",
        "5.16.6.1/initial-state-fails",
        "5.16.7/initial-states-advertised",
        "5.16.7/meters-created",
        "5.16.7/event-log-created"
    ),
    // ProtocolEndpoints
    &operation!("ProtocolEndpoint", "enable", "ENABLED", "5.16.9.3/enable", "5.16.9.3/enable-to"),
    &operation!("ProtocolEndpoint", "disable", "DISABLED", "5.16.9.3/disable", "5.16.9.3/disable-to"),
    &listed!("ProtocolEndpoint", "5.16.9.3/delete-everywhere"),
    &creation!(
        "ProtocolEndpoint",
        "protocolEndpointTemplate",
        "ProtocolEndpointTemplate",
        "ENABLED",
        "5.16.10.1/initial-state",
        "5.16.10.1/initial-state-default",
        "5.16.10.1/initial-state-fails",
        "5.16.11/initial-states-advertised",
        "5.16.11/meters-created",
        "5.16.11/event-log-created"
    ),
    // NetworkInterfaces
    &operation!("NetworkInterface", "enable", "ENABLED", "5.16.13.2/enable", "5.16.13.2/enable-to"),
    &operation!("NetworkInterface", "disable", "DISABLED", "5.16.13.2/disable", "5.16.13.2/disable-to"),
    &listed!("NetworkInterface", "5.16.13.2/delete-everywhere"),
    &creation!(
        "NetworkInterface",
        "networkInterfaceTemplate",
        "NetworkInterfaceTemplate",
        "ENABLED",
        "5.16.14.1/initial-state",
        "5.16.14.1/initial-state-default",
        "5.16.14.1/initial-state-fails",
        "5.16.15/initial-states-advertised",
        "5.16.15/meters-created",
        "5.16.15/event-log-created"
    ),
    // NetworkServices
    &operation!("NetworkService", "start", "STARTED", "5.16.17.2/start", "5.16.17.2/start-to"),
    &operation!("NetworkService", "stop", "STOPPED", "5.16.17.2/stop", "5.16.17.2/stop-to"),
    &listed!("NetworkService", "5.16.17.2/delete-everywhere"),
    &creation!(
        "NetworkService",
        "networkServiceTemplate",
        "NetworkServiceTemplate",
        "STARTED",
        "5.16.18.1/initial-state",
        "5.16.18.1/initial-state-default",
        "5.16.18.1/initial-state-fails",
        "5.16.19/initial-states-advertised",
        "5.16.19/meters-created",
        "5.16.19/event-log-created"
    ),
];

static LIST: &[Deviation] = &[
    deviation!(
        "segment-without-network-accepted",
        "a ProtocolSegment can be made by way of the cloud entry point without a Network",
        ["5.16.7/network-required"],
        [add(&["ProtocolSegment"])
            .asks(|asked| !super::template_has(asked, "network"))
            .status(400, 499)
            .then(Act::Forgive)],
    ),
    deviation!(
        "segment-of-another-network-accepted",
        "inside of a NetworkTemplate, a segment's template may name another Network",
        ["5.16.7/network-same"],
        [add(&["Network"])
            .asks(|asked| asked.text().contains("egmentTemplate"))
            .status(400, 499)
            .then(Act::Forgive)],
    ),
    deviation!(
        "service-without-network-accepted",
        "a NetworkService can be made by way of the cloud entry point without a Network",
        ["5.16.19/network-required"],
        [add(&["NetworkService"])
            .asks(|asked| !super::template_has(asked, "network"))
            .status(400, 499)
            .then(Act::Forgive)],
    ),
    deviation!(
        "service-of-another-network-accepted",
        "inside of a NetworkTemplate, a service's template may name another Network",
        ["5.16.19/network-same"],
        [add(&["Network"])
            .asks(|asked| asked.text().contains("erviceTemplate"))
            .status(400, 499)
            .then(Act::Forgive)],
    ),
];
