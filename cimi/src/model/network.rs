//! Network and its template in both editions (DSP0263 5.16.1 to 5.16.4), and what runs in and over a Network of 2.0:
//! segments, endpoints and services (5.16.5 to 5.16.12, 5.16.17 to 5.16.20).

use super::attribute::{Attribute, Item, Type, attr};
use super::common::{self, collection};
use super::resource::ResourceType;
use super::switch;

/// The protocols that the text knows (table 32).
pub const PROTOCOLS: &[&str] = &["Ethernet", "IPv4", "IPv6"];

const PROTOCOL: Attribute = attr("protocol", Type::String).one_of(PROTOCOLS);
const ORIGIN: Attribute = attr("origin", Type::String).one_of(&["STATIC", "DYNAMIC"]);
const NO_DEFAULT_ROUTING: Attribute = attr("noDefaultRouting", Type::Boolean);
const SERVICE_TYPE: Attribute = attr("type", Type::String).one_of(&[
    "Load Balancer",
    "QoS",
    "Firewall",
    "VPN",
    "DHCP",
    "DNS",
    "NAT",
    "Gateway",
    "Layer4 Port Forwarding",
    "IP Routing",
    "Virtual Network Device",
    "Other",
]);
const POLICIES: Attribute = attr("policies", Type::Map("policy"));
const MTU: Attribute = attr("mtu", Type::Integer).unit("byte");
const SPEED: Attribute = attr("speed", Type::Integer).unit("bit per second");
const PREFIX_LENGTH: Attribute = attr("prefixLength", Type::Integer).range(0, 128);

/// What the network of 1.x is, in itself and in its configuration.
pub(super) const NETWORK_TYPE: Attribute =
    attr("networkType", Type::String).suggested(&["PUBLIC", "PRIVATE"]).v1();
/// The class of service of 1.x.
pub(super) const CLASS_OF_SERVICE: Attribute =
    attr("classOfService", Type::String).suggested(&["GOLD", "SILVER", "BRONZE"]).v1();

static ALIAS: Item = Item { element: "alias", ty: Type::String };
static GROUP_ADDRESS: Item = Item { element: "groupAddress", ty: Type::String };

/// What the map `parameters` of a segment of this protocol means (tables 33 to 35); each value is written as a string.
pub fn segment_parameters(protocol: &str) -> &'static [Attribute] {
    match protocol {
        "IPv6" => const { &[PREFIX_LENGTH, attr("subnetAddress", Type::String)] },
        "IPv4" => const { &[attr("netmask", Type::String), attr("subnetAddress", Type::String)] },
        "Ethernet" => const { &[SPEED, MTU] },
        _ => &[],
    }
}

/// What the map `parameters` of an endpoint of this protocol means (tables 38 to 40); each value is written as a string.
pub fn endpoint_parameters(protocol: &str) -> &'static [Attribute] {
    match protocol {
        "IPv6" => {
            const {
                &[
                    attr("addressType", Type::String).one_of(&[
                        "Unspecified",
                        "Loopback",
                        "Multicast",
                        "Link Local Unicast",
                        "Global Unicast",
                        "Embedded IPv4 Address",
                        "Site Local Unicast",
                    ]),
                    PREFIX_LENGTH,
                ]
            }
        }
        "IPv4" => const { &[attr("hostname", Type::String)] },
        "Ethernet" => {
            const { &[attr("aliases", Type::Array(&ALIAS)), attr("groupAddresses", Type::Array(&GROUP_ADDRESS))] }
        }
        _ => &[],
    }
}

static SEGMENT: Item = Item { element: "segment", ty: Type::Ref("ProtocolSegment") };
static SEGMENT_TEMPLATE: Item = Item { element: "segmentTemplate", ty: Type::Ref("ProtocolSegmentTemplate") };
static SERVICE: Item = Item { element: "service", ty: Type::Ref("NetworkService") };
static SERVICE_TEMPLATE: Item = Item { element: "serviceTemplate", ty: Type::Ref("NetworkServiceTemplate") };
static SUBNETWORK: Item = Item { element: "subnetwork", ty: Type::Ref("Network") };
static SUBNETWORK_TEMPLATE: Item = Item { element: "subnetworkTemplate", ty: Type::Ref("NetworkTemplate") };
static ENDPOINT: Item = Item { element: "endpoint", ty: Type::Ref("ProtocolEndpoint") };
static ENDPOINT_TEMPLATE: Item =
    Item { element: "endpointTemplate", ty: Type::Ref("ProtocolEndpointTemplate") };

/// 5.16.3, and the template of 1.x.
const TEMPLATE_ATTRIBUTES: &[Attribute] = &[
    common::INITIAL_STATE,
    attr("networkConfig", Type::Ref("NetworkConfiguration")).v1(),
    attr("forwardingGroup", Type::Ref("ForwardingGroup")).v1(),
    attr("segments", Type::Array(&SEGMENT)).v2(),
    attr("segmentTemplates", Type::Array(&SEGMENT_TEMPLATE)).v2(),
    attr("services", Type::Array(&SERVICE)).v2(),
    attr("serviceTemplates", Type::Array(&SERVICE_TEMPLATE)).v2(),
    attr("subnetworks", Type::Array(&SUBNETWORK)).v2(),
    attr("subnetworkTemplates", Type::Array(&SUBNETWORK_TEMPLATE)).v2(),
    common::METER_TEMPLATES,
    common::EVENT_LOG_TEMPLATE,
];

/// The types of this family.
pub(super) static TYPES: &[ResourceType] = &[
    ResourceType::resource(
        "Network",
        "5.16.1",
        &[
            common::STATE,
            NETWORK_TYPE,
            MTU.v1(),
            CLASS_OF_SERVICE,
            collection("networkPorts", "NetworkNetworkPortCollection").v1(),
            attr("forwardingGroup", Type::Ref("ForwardingGroup")).v1(),
            collection("segments", "ProtocolSegmentCollection").v2(),
            collection("services", "NetworkServiceCollection").v2(),
            collection("subnetworks", "NetworkCollection").v2(),
            common::METERS,
            common::EVENT_LOG,
        ],
    )
    .operations(switch::START_AND_STOP)
    .states(&switch::RUNNING),
    ResourceType::collection("NetworkCollection", "5.16.2", "Network", "networks", "Network"),
    ResourceType::resource("NetworkTemplate", "5.16.3", TEMPLATE_ATTRIBUTES),
    ResourceType::collection(
        "NetworkTemplateCollection",
        "5.16.4",
        "NetworkTemplate",
        "networkTemplates",
        "NetworkTemplate",
    ),
    ResourceType::resource(
        "ProtocolSegment",
        "5.16.5",
        &[
            common::STATE,
            PROTOCOL,
            NO_DEFAULT_ROUTING,
            collection("endpoints", "ProtocolEndpointCollection"),
            common::PARAMETERS,
            common::METERS,
            common::EVENT_LOG,
        ],
    )
    .operations(switch::START_AND_STOP)
    .states(&switch::STARTED)
    .v2(),
    ResourceType::collection(
        "ProtocolSegmentCollection",
        "5.16.6",
        "ProtocolSegment",
        "protocolSegments",
        "ProtocolSegment",
    )
    .v2(),
    ResourceType::resource(
        "ProtocolSegmentTemplate",
        "5.16.7",
        &[
            attr("network", Type::Ref("Network")),
            common::INITIAL_STATE,
            PROTOCOL,
            NO_DEFAULT_ROUTING,
            attr("endpoints", Type::Array(&ENDPOINT)),
            attr("endpointTemplates", Type::Array(&ENDPOINT_TEMPLATE)),
            common::PARAMETERS,
            common::METER_TEMPLATES,
            common::EVENT_LOG_TEMPLATE,
        ],
    )
    .v2(),
    ResourceType::collection(
        "ProtocolSegmentTemplateCollection",
        "5.16.8",
        "ProtocolSegmentTemplate",
        "protocolSegmentTemplates",
        "ProtocolSegmentTemplate",
    )
    .v2(),
    ResourceType::resource(
        "ProtocolEndpoint",
        "5.16.9",
        &[
            common::STATE,
            // A convenience: that of the endpoint's segment.
            PROTOCOL.optional(),
            attr("address", Type::String),
            ORIGIN,
            attr("interface", Type::Ref("NetworkInterface")),
            common::PARAMETERS,
            common::METERS,
            common::EVENT_LOG,
        ],
    )
    .operations(switch::ENABLE_AND_DISABLE)
    .states(&switch::ENABLED)
    .v2(),
    ResourceType::collection(
        "ProtocolEndpointCollection",
        "5.16.10",
        "ProtocolEndpoint",
        "protocolEndpoints",
        "ProtocolEndpoint",
    )
    .v2(),
    ResourceType::resource(
        "ProtocolEndpointTemplate",
        "5.16.11",
        &[
            common::INITIAL_STATE,
            attr("address", Type::String),
            ORIGIN,
            attr("interface", Type::Ref("NetworkInterface")),
            common::PARAMETERS,
            common::METER_TEMPLATES,
            common::EVENT_LOG_TEMPLATE,
        ],
    )
    .v2(),
    ResourceType::collection(
        "ProtocolEndpointTemplateCollection",
        "5.16.12",
        "ProtocolEndpointTemplate",
        "protocolEndpointTemplates",
        "ProtocolEndpointTemplate",
    )
    .v2(),
    ResourceType::resource(
        "NetworkService",
        "5.16.17",
        &[
            common::STATE,
            SERVICE_TYPE,
            collection("endpoints", "ProtocolEndpointCollection"),
            collection("segments", "ProtocolSegmentCollection"),
            POLICIES,
            common::METERS,
            common::EVENT_LOG,
        ],
    )
    .operations(switch::START_AND_STOP)
    .states(&switch::STARTED)
    .v2(),
    // 5.16.18 spells this one out, unlike the others of the network family.
    ResourceType::collection(
        "NetworkServiceCollection",
        "5.16.18",
        "NetworkService",
        "services",
        "NetworkService",
    )
    .v2(),
    ResourceType::resource(
        "NetworkServiceTemplate",
        "5.16.19",
        &[
            attr("network", Type::Ref("Network")),
            common::INITIAL_STATE,
            SERVICE_TYPE,
            attr("endpoints", Type::Array(&ENDPOINT)),
            attr("segments", Type::Array(&SEGMENT)),
            POLICIES,
            common::METER_TEMPLATES,
            common::EVENT_LOG_TEMPLATE,
        ],
    )
    .v2(),
    ResourceType::collection(
        "NetworkServiceTemplateCollection",
        "5.16.20",
        "NetworkServiceTemplate",
        "networkServiceTemplates",
        "NetworkServiceTemplate",
    )
    .v2(),
];
