//! The network resources that only CIMI 1.x has (DSP8009).

use super::card::{cloud, consumer, creator};
use super::{Card, Held, Home, Kind};

/// What an address and its template have.
const ADDRESS: [Held; 8] = [
    consumer("ip"),
    consumer("hostname"),
    consumer("allocation"),
    consumer("defaultGateway"),
    consumer("dns"),
    consumer("protocol"),
    consumer("mask"),
    consumer("network"),
];

const ADDRESS_IN_USE: &[Held] = &{
    let [ip, hostname, allocation, gateway, dns, protocol, mask, network] = ADDRESS;
    [ip, hostname, allocation, gateway, dns, protocol, mask, network, consumer("resource")]
};

/// The cards of this family.
pub(super) const CARDS: &[Card] = &[
    Card::new(
        Kind::NetworkConfiguration,
        "NetworkConfiguration",
        Home::Cloud("networkConfigs"),
        &[consumer("networkType"), consumer("mtu"), consumer("classOfService")],
    )
    .of_administrators(),
    Card::new(
        Kind::NetworkPort,
        "NetworkPort",
        Home::Cloud("networkPorts"),
        &[creator("network"), consumer("portType"), consumer("classOfService"), cloud("eventLog")],
    ),
    Card::link(
        Kind::NetworkNetworkPort,
        "NetworkNetworkPort",
        Home::Inside(Kind::Network, "networkPorts"),
        Kind::NetworkPort,
        &[creator("networkPort")],
    ),
    Card::new(
        Kind::NetworkPortTemplate,
        "NetworkPortTemplate",
        Home::Cloud("networkPortTemplates"),
        &[
            consumer("network"),
            consumer("networkPortConfig"),
            consumer("meterTemplates"),
            consumer("eventLogTemplate"),
        ],
    ),
    Card::new(
        Kind::NetworkPortConfiguration,
        "NetworkPortConfiguration",
        Home::Cloud("networkPortConfigs"),
        &[consumer("portType"), consumer("classOfService")],
    )
    .of_administrators(),
    Card::new(Kind::Address, "Address", Home::Cloud("addresses"), ADDRESS_IN_USE),
    Card::new(Kind::AddressTemplate, "AddressTemplate", Home::Cloud("addressTemplates"), &ADDRESS),
    Card::new(
        Kind::ForwardingGroup,
        "ForwardingGroup",
        Home::Cloud("forwardingGroups"),
        &[consumer("networks")],
    ),
    Card::new(
        Kind::ForwardingGroupTemplate,
        "ForwardingGroupTemplate",
        Home::Cloud("forwardingGroupTemplates"),
        &[consumer("networks")],
    ),
];
