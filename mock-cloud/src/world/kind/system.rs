//! System, its template and its services (DSP0263 5.13).
//!
//! What a System is made of is found by links: in 1.x they are resources of their own (`SystemMachine`), in 2.0 the
//! collections of a System show what they refer to. A component that is a child of a System is owned by it as well.

use super::card::{cloud, consumer, creator};
use super::{Card, Home, Kind};

/// The cards of this family.
pub(super) const CARDS: &[Card] = &[
    Card::new(Kind::System, "System", Home::Cloud("systems"), &[cloud("eventLog")]),
    Card::link(
        Kind::SystemSystem,
        "SystemSystem",
        Home::Inside(Kind::System, "systems"),
        Kind::System,
        &[creator("system")],
    ),
    Card::link(
        Kind::SystemMachine,
        "SystemMachine",
        Home::Inside(Kind::System, "machines"),
        Kind::Machine,
        &[creator("machine")],
    ),
    Card::link(
        Kind::SystemCredential,
        "SystemCredential",
        Home::Inside(Kind::System, "credentials"),
        Kind::Credential,
        &[creator("credential")],
    ),
    Card::link(
        Kind::SystemVolume,
        "SystemVolume",
        Home::Inside(Kind::System, "volumes"),
        Kind::Volume,
        &[creator("volume")],
    ),
    Card::link(
        Kind::SystemNetwork,
        "SystemNetwork",
        Home::Inside(Kind::System, "networks"),
        Kind::Network,
        &[creator("network")],
    ),
    Card::link(
        Kind::SystemNetworkPort,
        "SystemNetworkPort",
        Home::Inside(Kind::System, "networkPorts"),
        Kind::NetworkPort,
        &[creator("networkPort")],
    ),
    Card::link(
        Kind::SystemAddress,
        "SystemAddress",
        Home::Inside(Kind::System, "addresses"),
        Kind::Address,
        &[creator("address")],
    ),
    Card::link(
        Kind::SystemForwardingGroup,
        "SystemForwardingGroup",
        Home::Inside(Kind::System, "forwardingGroups"),
        Kind::ForwardingGroup,
        &[creator("forwardingGroup")],
    ),
    Card::link(
        Kind::SystemNetworkService,
        "SystemNetworkService",
        Home::Inside(Kind::System, "networkServices"),
        Kind::NetworkService,
        &[creator("networkService")],
    ),
    Card::new(
        Kind::SystemService,
        "SystemService",
        Home::Flat(Kind::System, "services", "systemServices"),
        &[creator("serviceType"), consumer("parameters")],
    ),
    Card::link(
        Kind::ServiceMachine,
        "SystemServiceMachine",
        Home::Inside(Kind::SystemService, "machines"),
        Kind::Machine,
        &[creator("machine"), cloud("backupmachine")],
    ),
    Card::link(
        Kind::ServiceVolume,
        "SystemServiceVolume",
        Home::Inside(Kind::SystemService, "volumes"),
        Kind::Volume,
        &[creator("volume")],
    ),
    Card::link(
        Kind::ServiceSystem,
        "SystemServiceSystem",
        Home::Inside(Kind::SystemService, "systems"),
        Kind::System,
        &[creator("system")],
    ),
    Card::new(
        Kind::SystemTemplate,
        "SystemTemplate",
        Home::Cloud("systemTemplates"),
        &[
            consumer("componentDescriptors"),
            consumer("serviceDescriptors"),
            consumer("meterTemplates"),
            consumer("eventLogTemplate"),
            consumer("importImage"),
            consumer("genResourceMetadata"),
        ],
    ),
];
