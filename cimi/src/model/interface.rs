//! `NetworkInterface` (DSP0263 5.16.13 to 5.16.16), and the interfaces of a Machine in 1.x.
//!
//! The two editions share the name and little else: in 1.x an interface joins a Machine to a Network and its Addresses, in
//! 2.0 it is a device that Endpoints are associated with.

use super::attribute::{Attribute, Item, Type, attr};
use super::common::{self, collection};
use super::resource::ResourceType;
use super::switch;

static ADDRESS_ITEM: Item = Item { element: "address", ty: Type::Ref("Address") };

/// The addresses of an interface of 1.x.
pub(super) const ADDRESSES: Attribute = attr("addresses", Type::Array(&ADDRESS_ITEM)).v1();
/// The network that an interface of 1.x joins.
pub(super) const NETWORK: Attribute = attr("network", Type::Ref("Network")).v1();
/// The port of that network.
pub(super) const NETWORK_PORT: Attribute = attr("networkPort", Type::Ref("NetworkPort")).v1();
/// The state of an interface of 1.x: that of the link, not of a life cycle.
pub(super) const LINK_STATE: Attribute =
    attr("state", Type::String).suggested(&["Active", "Passive", "Disabled"]).v1();
/// The maximum transmission unit.
pub(super) const MTU: Attribute = attr("mtu", Type::Integer).unit("byte");

const SPEED: Attribute = attr("speed", Type::Integer).unit("bit per second").v2();
const ENDPOINTS: Attribute = collection("endpoints", "ProtocolEndpointCollection").v2();

/// The types of this family.
pub(super) static TYPES: &[ResourceType] = &[
    ResourceType::resource(
        "NetworkInterface",
        "5.16.13",
        &[
            ADDRESSES,
            NETWORK.required(),
            NETWORK_PORT,
            LINK_STATE.required(),
            common::STATE.v2(),
            ENDPOINTS,
            SPEED,
            MTU,
            common::METERS.v2(),
            common::EVENT_LOG.v2(),
        ],
    )
    .v1_lacks(common::V1_COMMON)
    .v1_dialect(common::V1_COMMON_DIALECT)
    .operations(switch::ENABLE_AND_DISABLE)
    .states(&switch::ENABLED),
    ResourceType::collection(
        "NetworkInterfaceCollection",
        "5.16.14",
        "NetworkInterface",
        "networkInterfaces",
        "NetworkInterface",
    ),
    ResourceType::resource(
        "NetworkInterfaceTemplate",
        "5.16.15",
        &[
            common::INITIAL_STATE,
            attr("endpoints", Type::Collection("ProtocolEndpointCollection")),
            SPEED,
            MTU,
            common::METER_TEMPLATES,
            common::EVENT_LOG_TEMPLATE,
        ],
    )
    .v2(),
    ResourceType::collection(
        "NetworkInterfaceTemplateCollection",
        "5.16.16",
        "NetworkInterfaceTemplate",
        "networkInterfaceTemplates",
        "NetworkInterfaceTemplate",
    )
    .v2(),
    ResourceType::resource(
        "MachineNetworkInterface",
        "DSP8009 MachineNetworkInterface",
        &[
            collection("addresses", "MachineNetworkInterfaceAddressCollection"),
            NETWORK,
            NETWORK_PORT,
            LINK_STATE,
            attr("macAddress", Type::String),
            MTU,
        ],
    )
    .v1(),
    ResourceType::collection(
        "MachineNetworkInterfaceCollection",
        "DSP8009 MachineNetworkInterface",
        "MachineNetworkInterface",
        "machineNetworkInterfaces",
        "MachineNetworkInterface",
    )
    .v1(),
    ResourceType::resource(
        "MachineNetworkInterfaceAddress",
        "DSP8009 MachineNetworkInterfaceAddress",
        &[attr("address", Type::Ref("Address"))],
    )
    .v1(),
    ResourceType::collection(
        "MachineNetworkInterfaceAddressCollection",
        "DSP8009 MachineNetworkInterfaceAddress",
        "MachineNetworkInterfaceAddress",
        "machineNetworkInterfaceAddresses",
        "MachineNetworkInterfaceAddress",
    )
    .v1(),
];
