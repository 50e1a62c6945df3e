//! The network resources that only CIMI 1.x has (DSP8009): configurations, ports, addresses, forwarding groups.

use super::attribute::{Attribute, Item, Type, attr};
use super::common;
use super::network::{CLASS_OF_SERVICE, NETWORK_TYPE};
use super::resource::ResourceType;
use super::switch;

const PORT_TYPE: Attribute = attr("portType", Type::String).suggested(&["ACCESS", "TRUNK"]);
const NETWORK: Attribute = attr("network", Type::Ref("Network"));

static DNS: Item = Item { element: "dns", ty: Type::String };
static NETWORKS: Item = Item { element: "network", ty: Type::Ref("Network") };

const IP: Attribute = attr("ip", Type::String);
const HOSTNAME: Attribute = attr("hostname", Type::String);
const ALLOCATION: Attribute = attr("allocation", Type::String).suggested(&["dynamic", "static"]);
const DEFAULT_GATEWAY: Attribute = attr("defaultGateway", Type::String);
const NAME_SERVERS: Attribute = attr("dns", Type::Array(&DNS));
const PROTOCOL: Attribute = attr("protocol", Type::String).suggested(&["IPv4", "IPv6"]);
const MASK: Attribute = attr("mask", Type::String);

/// The types of this family.
pub(super) static TYPES: &[ResourceType] = &[
    ResourceType::resource(
        "NetworkConfiguration",
        "DSP8009 NetworkConfiguration",
        &[NETWORK_TYPE, attr("mtu", Type::Integer).unit("byte"), CLASS_OF_SERVICE],
    )
    .v1(),
    ResourceType::collection(
        "NetworkConfigurationCollection",
        "DSP8009 NetworkConfiguration",
        "NetworkConfiguration",
        "networkConfigurations",
        "NetworkConfiguration",
    )
    .v1(),
    ResourceType::resource(
        "NetworkNetworkPort",
        "DSP8009 NetworkNetworkPort",
        &[attr("networkPort", Type::Ref("NetworkPort"))],
    )
    .v1(),
    ResourceType::collection(
        "NetworkNetworkPortCollection",
        "DSP8009 NetworkNetworkPort",
        "NetworkNetworkPort",
        "networkNetworkPorts",
        "NetworkNetworkPort",
    )
    .v1_lacks(&["operations"])
    .v1(),
    ResourceType::resource(
        "NetworkPort",
        "DSP8009 NetworkPort",
        &[common::STATE, NETWORK, PORT_TYPE, CLASS_OF_SERVICE, common::METERS, common::EVENT_LOG],
    )
    .operations(switch::START_AND_STOP)
    .states(&switch::RUNNING)
    .v1(),
    ResourceType::collection(
        "NetworkPortCollection",
        "DSP8009 NetworkPort",
        "NetworkPort",
        "networkPorts",
        "NetworkPort",
    )
    .v1(),
    ResourceType::resource(
        "NetworkPortTemplate",
        "DSP8009 NetworkPortTemplate",
        &[
            NETWORK,
            attr("networkPortConfig", Type::Ref("NetworkPortConfiguration")),
            common::METER_TEMPLATES,
            common::EVENT_LOG_TEMPLATE,
        ],
    )
    .v1(),
    ResourceType::collection(
        "NetworkPortTemplateCollection",
        "DSP8009 NetworkPortTemplate",
        "NetworkPortTemplate",
        "networkPortTemplates",
        "NetworkPortTemplate",
    )
    .v1(),
    ResourceType::resource(
        "NetworkPortConfiguration",
        "DSP8009 NetworkPortConfiguration",
        &[PORT_TYPE, CLASS_OF_SERVICE],
    )
    .v1(),
    ResourceType::collection(
        "NetworkPortConfigurationCollection",
        "DSP8009 NetworkPortConfiguration",
        "NetworkPortConfiguration",
        "networkPortConfigurations",
        "NetworkPortConfiguration",
    )
    .v1(),
    ResourceType::resource(
        "Address",
        "DSP8009 Address",
        &[
            IP,
            HOSTNAME,
            ALLOCATION,
            DEFAULT_GATEWAY,
            NAME_SERVERS,
            PROTOCOL,
            MASK,
            NETWORK,
            attr("resource", Type::Ref("")),
        ],
    )
    .v1(),
    ResourceType::collection("AddressCollection", "DSP8009 Address", "Address", "addresses", "Address").v1(),
    ResourceType::resource(
        "AddressTemplate",
        "DSP8009 AddressTemplate",
        &[IP, HOSTNAME, ALLOCATION, DEFAULT_GATEWAY, NAME_SERVERS, PROTOCOL, MASK, NETWORK],
    )
    .v1(),
    ResourceType::collection(
        "AddressTemplateCollection",
        "DSP8009 AddressTemplate",
        "AddressTemplate",
        "addressTemplates",
        "AddressTemplate",
    )
    .v1(),
    ResourceType::resource(
        "ForwardingGroup",
        "DSP8009 ForwardingGroup",
        &[attr("networks", Type::Array(&NETWORKS))],
    )
    .v1(),
    ResourceType::collection(
        "ForwardingGroupCollection",
        "DSP8009 ForwardingGroup",
        "ForwardingGroup",
        "forwardingGroups",
        "ForwardingGroup",
    )
    .v1(),
    // The schema has the association but no collection of it; servers have one at the group's networks.
    ResourceType::resource("ForwardingGroupNetwork", "DSP8009 ForwardingGroupNetwork", &[NETWORK]).v1(),
    ResourceType::collection(
        "ForwardingGroupNetworkCollection",
        "DSP8009 ForwardingGroupNetwork",
        "ForwardingGroupNetwork",
        "forwardingGroupNetworks",
        "ForwardingGroupNetwork",
    )
    .v1(),
    ResourceType::resource(
        "ForwardingGroupTemplate",
        "DSP8009 ForwardingGroupTemplate",
        &[attr("networks", Type::Array(&NETWORKS))],
    )
    .v1(),
    ResourceType::collection(
        "ForwardingGroupTemplateCollection",
        "DSP8009 ForwardingGroupTemplate",
        "ForwardingGroupTemplate",
        "forwardingGroupTemplates",
        "ForwardingGroupTemplate",
    )
    .v1(),
];
