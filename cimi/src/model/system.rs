//! System, its services and its template (DSP0263 5.13), and what 1.x hangs on a System.

use super::attribute::{Attribute, Item, Layout, Structure, Type, attr};
use super::common::{self, collection};
use super::resource::{Operation, ResourceType, State, States, Transition};
use crate::edition::Edition;

const EXPORT: Operation = Operation::new("export")
    .with(&[attr("format", Type::String).optional(), attr("destination", Type::Uri).optional()]);

const IMPORT: &[Operation] = &[Operation::new("import").with(&[attr("source", Type::Uri).required()])];

/// 5.13.1.2
const SYSTEM_OPERATIONS: &[Operation] = &[
    Operation::new("start"),
    Operation::new("stop"),
    Operation::new("restart"),
    Operation::new("pause"),
    Operation::new("suspend"),
    EXPORT,
];

const NODE: Attribute = attr("node", Type::Ref("Machine")).required();

/// 5.13.3.1.2, 5.13.3.2.1. Which of them a service has depends on its type.
const SERVICE_OPERATIONS: &[Operation] = &[
    Operation::new("forceSync").with(&[NODE]),
    Operation::new("swapBackup").with(&[NODE]),
    Operation::new("addRM").with(&[NODE, attr("backup", Type::Ref("Machine")).optional()]),
    Operation::new("removeRM").with(&[NODE]),
];

const SETTLED: &[&str] = &["STARTED", "STOPPED", "PAUSED", "SUSPENDED", "MIXED", "ERROR"];

/// 5.13.1.2. The state is that of all Machines if they agree, else MIXED; the text names no states before an operation.
static SYSTEM_STATES: States = States {
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
        State::Stable("MIXED"),
        State::Transient("DELETING"),
        State::Stable("ERROR"),
    ],
    transitions: &[
        Transition::create(&["CREATING"], None),
        Transition::new(
            "start",
            &["STOPPED", "PAUSED", "SUSPENDED", "MIXED"],
            &["STARTING"],
            Some("STARTED"),
        ),
        Transition::new("stop", &["STARTED", "PAUSED", "SUSPENDED", "MIXED"], &["STOPPING"], Some("STOPPED")),
        Transition::new("restart", &["STARTED", "MIXED"], &["STOPPING", "STARTING"], Some("STARTED")),
        Transition::new("restart", &["STOPPED"], &["STARTING"], Some("STARTED")),
        Transition::new("pause", &["STARTED", "MIXED"], &["PAUSING"], Some("PAUSED")),
        Transition::new("suspend", &["STARTED", "MIXED"], &["SUSPENDING"], Some("SUSPENDED")),
        Transition::new("export", SETTLED, &[], None),
        Transition::delete(SETTLED, &["DELETING"]),
    ],
};

/// A service that a System may have, as the text defines it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// 5.13.3.1 with backup Machines that run.
    ActiveHighReliability,
    /// 5.13.3.1 with images of the Machines.
    PassiveHighReliability,
    /// 5.13.6.1: one of the two, at the provider's choice.
    HighReliability,
    /// 5.13.3.2
    DisasterRecovery,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::ActiveHighReliability,
        Self::PassiveHighReliability,
        Self::HighReliability,
        Self::DisasterRecovery,
    ];

    const fn path(self) -> &'static str {
        match self {
            Self::ActiveHighReliability => "SystemService/highreliability/active",
            Self::PassiveHighReliability => "SystemService/highreliability/passive",
            Self::HighReliability => "SystemService/highreliability",
            Self::DisasterRecovery => "SystemService/disasterrecovery/",
        }
    }

    /// The URI of its `serviceType`, as tables 11 and 13 have it.
    pub fn uri(self) -> String {
        Edition::V2.type_uri(self.path())
    }

    /// The service of a `serviceType`. Table 13 prints a slash at the end of one, 5.13.4 does not: either is read.
    pub fn by_uri(uri: &str) -> Option<Self> {
        let (_, path) = Edition::split(uri).filter(|(edition, _)| *edition == Edition::V2)?;
        let path = path.trim_end_matches('/');
        Self::ALL.into_iter().find(|service| service.path().trim_end_matches('/') == path)
    }

    /// What the map `parameters` of the service means (tables 11 and 13); each value is written as a string.
    pub const fn parameters(self) -> &'static [Attribute] {
        match self {
            Self::DisasterRecovery => DISASTER_RECOVERY,
            _ => HIGH_RELIABILITY,
        }
    }

    /// What the map `parameters` of a descriptor in a template means (table 15); each value is written as a string.
    pub const fn descriptor_parameters(self) -> &'static [Attribute] {
        match self {
            Self::DisasterRecovery => &[],
            _ => HIGH_RELIABILITY_DESCRIPTOR,
        }
    }

    /// The operations of a service of this type beside CRUD (5.13.3.1.2, 5.13.3.2.1).
    pub const fn operations(self) -> &'static [&'static str] {
        match self {
            Self::DisasterRecovery => &["addRM", "removeRM"],
            _ => &["forceSync", "swapBackup", "addRM", "removeRM"],
        }
    }
}

const HEARTBEAT: Attribute = attr("heartbeat", Type::Integer).unit("millisecond");
const REPLICATION: Attribute = attr("replicationType", Type::String).one_of(&[
    "synchronous",
    "asynchronous",
    "none",
    "onlyAtClusterCreation",
]);
const RPO: Attribute = attr("RPO", Type::Integer).unit("minute");
const NETWORK_SERVICES: Attribute = attr("networkServices", Type::Collection("NetworkServiceCollection"));

const HIGH_RELIABILITY: &[Attribute] = &[NETWORK_SERVICES, HEARTBEAT, REPLICATION, RPO];

const DISASTER_RECOVERY: &[Attribute] =
    &[attr("backupDataCenter", Type::Uri), attr("backupCEP", Type::Ref("CloudEntryPoint")), NETWORK_SERVICES];

static MACHINE_NAME: Item = Item { element: "machine", ty: Type::String };

const HIGH_RELIABILITY_DESCRIPTOR: &[Attribute] = &[
    attr("machines", Type::Array(&MACHINE_NAME)),
    attr("network", Type::String),
    HEARTBEAT,
    REPLICATION,
    RPO,
];

/// One of the fields that say what a component is: a template to make it from, or a resource that is there already.
const fn component(name: &'static str, ty: &'static str) -> Attribute {
    attr(name, Type::Ref(ty)).optional()
}

/// 5.13.4: exactly one of the fields between `type` and `quantity` is present.
static COMPONENT_DESCRIPTOR: Structure = Structure {
    name: "componentDescriptor",
    layout: Layout::Elements,
    fields: &[
        common::NAME,
        common::DESCRIPTION,
        common::PROPERTIES,
        attr("type", Type::Uri).required(),
        component("addressTemplate", "AddressTemplate").v1(),
        component("credentialTemplate", "CredentialTemplate"),
        component("eventLogTemplate", "EventLogTemplate"),
        component("forwardingGroupTemplate", "ForwardingGroupTemplate").v1(),
        component("machineTemplate", "MachineTemplate"),
        component("meterTemplate", "MeterTemplate"),
        component("networkPortTemplate", "NetworkPortTemplate").v1(),
        component("networkTemplate", "NetworkTemplate"),
        component("systemTemplate", "SystemTemplate"),
        component("volumeTemplate", "VolumeTemplate"),
        component("protocolSegmentTemplate", "ProtocolSegmentTemplate").v2(),
        component("protocolEndpointTemplate", "ProtocolEndpointTemplate").v2(),
        component("networkInterfaceTemplate", "NetworkInterfaceTemplate").v2(),
        component("networkServiceTemplate", "NetworkServiceTemplate").v2(),
        component("credential", "Credential").v2(),
        component("eventLog", "EventLog").v2(),
        component("machine", "Machine").v2(),
        component("meter", "Meter").v2(),
        component("network", "Network").v2(),
        component("system", "System").v2(),
        component("volume", "Volume").v2(),
        component("protocolSegment", "ProtocolSegment").v2(),
        component("protocolEndpoint", "ProtocolEndpoint").v2(),
        component("networkInterface", "NetworkInterface").v2(),
        component("networkService", "NetworkService").v2(),
        attr("quantity", Type::Integer).optional(),
    ],
};

/// 5.13.4
static SERVICE_DESCRIPTOR: Structure = Structure {
    name: "serviceDescriptor",
    layout: Layout::Elements,
    fields: &[
        common::NAME,
        common::DESCRIPTION,
        common::PROPERTIES,
        attr("serviceType", Type::Uri).required(),
        common::PARAMETERS,
    ],
};

static COMPONENT_ITEM: Item =
    Item { element: "componentDescriptor", ty: Type::Structure(&COMPONENT_DESCRIPTOR) };
static SERVICE_ITEM: Item = Item { element: "serviceDescriptor", ty: Type::Structure(&SERVICE_DESCRIPTOR) };

/// The types of this family that both editions, or 2.0 alone, have; those of 1.x alone are in `system_v1`.
pub(super) static TYPES: &[ResourceType] = &[
    ResourceType::resource(
        "System",
        "5.13.1",
        &[
            common::STATE,
            collection("systems", "SystemSystemCollection").v1(),
            collection("systems", "SystemCollection").v2(),
            collection("machines", "SystemMachineCollection").v1(),
            collection("machines", "MachineCollection").v2(),
            collection("credentials", "SystemCredentialCollection").v1(),
            collection("credentials", "CredentialCollection").v2(),
            collection("volumes", "SystemVolumeCollection").v1(),
            collection("volumes", "VolumeCollection").v2(),
            collection("networks", "SystemNetworkCollection").v1(),
            collection("networks", "NetworkCollection").v2(),
            collection("networkPorts", "SystemNetworkPortCollection").v1(),
            collection("addresses", "SystemAddressCollection").v1(),
            collection("forwardingGroups", "SystemForwardingGroupCollection").v1(),
            collection("networkServices", "NetworkServiceCollection").v2(),
            collection("services", "SystemServiceCollection").v2(),
            common::METERS,
            common::EVENT_LOG,
        ],
    )
    .operations(SYSTEM_OPERATIONS)
    .states(&SYSTEM_STATES),
    ResourceType::collection("SystemCollection", "5.13.2", "System", "systems", "System").operations(IMPORT),
    ResourceType::resource(
        "SystemService",
        "5.13.3",
        &[
            attr("serviceType", Type::Uri).required(),
            // Of a high reliability service, a RecoverableMachineCollection.
            collection("machines", "MachineCollection"),
            collection("volumes", "VolumeCollection"),
            collection("systems", "SystemCollection"),
            common::PARAMETERS,
        ],
    )
    .operations(SERVICE_OPERATIONS)
    .v2(),
    ResourceType::collection(
        "SystemServiceCollection",
        "5.13.3",
        "SystemService",
        "systemServices",
        "SystemService",
    )
    .v2(),
    ResourceType::item(
        "RecoverableMachine",
        "5.13.3.1.1",
        "Machine",
        &[attr("backupmachine", Type::Ref("Machine"))],
    )
    .v2(),
    ResourceType::collection(
        "RecoverableMachineCollection",
        "5.13.3.1.1",
        "RecoverableMachine",
        "recoverableMachines",
        "RecoverableMachine",
    )
    .v2(),
    ResourceType::resource(
        "SystemTemplate",
        "5.13.4",
        &[
            attr("componentDescriptors", Type::Array(&COMPONENT_ITEM)),
            attr("serviceDescriptors", Type::Array(&SERVICE_ITEM)).v2(),
            common::METER_TEMPLATES,
            common::EVENT_LOG_TEMPLATE,
            attr("importImage", Type::Uri).optional(),
            common::GEN_RESOURCE_METADATA,
        ],
    )
    .operations(&[EXPORT]),
    ResourceType::collection(
        "SystemTemplateCollection",
        "5.13.5",
        "SystemTemplate",
        "systemTemplates",
        "SystemTemplate",
    )
    .operations(IMPORT),
];
