//! Machine, its template and its configuration (DSP0263 5.14.1 to 5.14.6), its disks, and the volumes connected to it.

use super::attribute::{Attribute, Item, Layout, Structure, Type, attr};
use super::common::{self, collection};
use super::interface;
use super::resource::{Operation, ResourceType, State, States, Transition};

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

const CPU: Attribute = attr("cpu", Type::Integer);
const MEMORY: Attribute = attr("memory", Type::Integer).unit("kibibyte");
const CPU_ARCH: Attribute = attr("cpuArch", Type::String).suggested(ARCHITECTURES);
const CPU_SPEED: Attribute = attr("cpuSpeed", Type::Integer).unit("megahertz");
const CAPACITY: Attribute = attr("capacity", Type::Integer).unit("kilobyte");
const INITIAL_LOCATION: Attribute = attr("initialLocation", Type::String);

const FORCE: &[Attribute] = &[attr("force", Type::Boolean).optional()];

/// 5.14.1.2
const MACHINE_OPERATIONS: &[Operation] = &[
    Operation::new("start"),
    Operation::new("stop").with(FORCE),
    Operation::new("restart").with(FORCE),
    Operation::new("pause"),
    Operation::new("suspend"),
    Operation::new("capture").making("MachineImage"),
    Operation::new("snapshot").making("MachineImage"),
    Operation::new("restore").with(&[attr("image", Type::Ref("MachineImage")).required()]),
    Operation::new("connectvolume")
        .with(&[
            attr("volume", Type::Ref("Volume")).required(),
            attr("initialLocation", Type::String).optional(),
            attr("credentials", Type::Ref("Credential")).optional(),
        ])
        .v2(),
];

/// Every stable state that a working Machine may be in.
const WORKING: &[&str] = &["STARTED", "STOPPED", "PAUSED", "SUSPENDED"];
/// Every stable state.
const SETTLED: &[&str] = &["STARTED", "STOPPED", "PAUSED", "SUSPENDED", "ERROR", "FAILED"];

/// 5.14.1.2. The text names the states before an operation for start and restart only; the others are our reading.
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
    transitions: &[
        Transition::create(&["CREATING"], Some("STOPPED")),
        Transition::new("start", &["STOPPED", "PAUSED", "SUSPENDED"], &["STARTING"], Some("STARTED")),
        // A stop may be repeated while it runs, with force this time.
        Transition::new(
            "stop",
            &["STARTED", "PAUSED", "SUSPENDED", "STOPPING"],
            &["STOPPING"],
            Some("STOPPED"),
        ),
        Transition::new("restart", &["STARTED"], &["STOPPING", "STARTING"], Some("STARTED")),
        Transition::new("restart", &["STOPPED"], &["STARTING"], Some("STARTED")),
        Transition::new("pause", &["STARTED"], &["PAUSING"], Some("PAUSED")),
        Transition::new("suspend", &["STARTED"], &["SUSPENDING"], Some("SUSPENDED")),
        Transition::new("capture", WORKING, &["CAPTURING"], None),
        Transition::new("snapshot", WORKING, &["CAPTURING"], None),
        // To the state that the image holds, if it holds one.
        Transition::new("restore", SETTLED, &["RESTORING"], None),
        Transition::new("connectvolume", WORKING, &[], None),
        Transition::delete(SETTLED, &["DELETING"]),
    ],
};

static CONFIGURED_DISK_V1: Structure = Structure {
    name: "disk",
    layout: Layout::Elements,
    fields: &[CAPACITY.required(), attr("format", Type::String).required(), INITIAL_LOCATION],
};

static CONFIGURED_DISK: Structure = Structure {
    name: "disk",
    layout: Layout::Attributes,
    fields: &[CAPACITY, attr("format", Type::String), INITIAL_LOCATION],
};

static CONFIGURED_DISK_V1_ITEM: Item = Item { element: "disk", ty: Type::Structure(&CONFIGURED_DISK_V1) };
static CONFIGURED_DISK_ITEM: Item = Item { element: "disk", ty: Type::Structure(&CONFIGURED_DISK) };

static CONNECTED_VOLUME: Structure = Structure {
    name: "volume",
    layout: Layout::Attributes,
    fields: &[
        INITIAL_LOCATION,
        attr("href", Type::Uri).v1(),
        attr("credential", Type::Ref("Credential")).v2(),
        attr("volume", Type::Ref("Volume")).v2(),
    ],
};

/// A reference to a template with one more XML attribute. What may be inside is what a `VolumeTemplate` has.
static CONNECTED_VOLUME_TEMPLATE_V1: Structure = Structure {
    name: "volumeTemplate",
    layout: Layout::Mixed(&["initialLocation", "href"]),
    fields: &[
        INITIAL_LOCATION,
        attr("href", Type::Uri),
        common::ID,
        common::NAME,
        common::DESCRIPTION,
        common::CREATED,
        common::UPDATED,
        common::PROPERTIES,
        attr("volumeConfig", Type::Ref("VolumeConfiguration")),
        attr("volumeImage", Type::Ref("VolumeImage")),
        common::METER_TEMPLATES,
        common::EVENT_LOG_TEMPLATE,
        common::OPERATIONS,
    ],
};

static CONNECTED_VOLUME_TEMPLATE: Structure = Structure {
    name: "volumeTemplate",
    layout: Layout::Elements,
    fields: &[INITIAL_LOCATION, attr("volumeTemplate", Type::Ref("VolumeTemplate"))],
};

static CONNECTED_VOLUME_ITEM: Item = Item { element: "volume", ty: Type::Structure(&CONNECTED_VOLUME) };
static CONNECTED_VOLUME_TEMPLATE_V1_ITEM: Item =
    Item { element: "volumeTemplate", ty: Type::Structure(&CONNECTED_VOLUME_TEMPLATE_V1) };
static CONNECTED_VOLUME_TEMPLATE_ITEM: Item =
    Item { element: "volumeTemplate", ty: Type::Structure(&CONNECTED_VOLUME_TEMPLATE) };

static INTERFACE: Structure = Structure {
    name: "NetworkInterface",
    layout: Layout::Elements,
    fields: &[
        interface::ADDRESSES,
        interface::NETWORK.required(),
        interface::NETWORK_PORT,
        interface::LINK_STATE.required(),
        interface::MTU,
    ],
};
static INTERFACE_ITEM: Item = Item { element: "networkInterface", ty: Type::Structure(&INTERFACE) };
static INTERFACE_TEMPLATE_ITEM: Item =
    Item { element: "interfaceTemplate", ty: Type::Ref("NetworkInterfaceTemplate") };

/// 5.14.3
const TEMPLATE_ATTRIBUTES: &[Attribute] = &[
    common::INITIAL_STATE,
    attr("machineConfig", Type::Ref("MachineConfiguration")),
    attr("machineImage", Type::Ref("MachineImage")),
    attr("credential", Type::Ref("CredentialTemplate")).v1(),
    attr("credential", Type::Ref("Credential")).v2(),
    attr("volumes", Type::Array(&CONNECTED_VOLUME_ITEM)),
    attr("volumeTemplates", Type::Array(&CONNECTED_VOLUME_TEMPLATE_V1_ITEM)).v1(),
    attr("volumeTemplates", Type::Array(&CONNECTED_VOLUME_TEMPLATE_ITEM)).v2(),
    attr("networkInterfaces", Type::Array(&INTERFACE_ITEM)).v1(),
    attr("interfaceTemplates", Type::Array(&INTERFACE_TEMPLATE_ITEM)).v2(),
    attr("userData", Type::String),
    common::METER_TEMPLATES,
    common::EVENT_LOG_TEMPLATE,
    common::GEN_RESOURCE_METADATA,
];

/// The types of this family.
pub(super) static TYPES: &[ResourceType] = &[
    ResourceType::resource(
        "Machine",
        "5.14.1",
        &[
            common::STATE,
            CPU,
            MEMORY,
            collection("disks", "DiskCollection"),
            CPU_ARCH,
            CPU_SPEED,
            collection("volumes", "MachineVolumeCollection").v1(),
            collection("volumes", "locatedVolumeCollection").v2(),
            collection("networkInterfaces", "MachineNetworkInterfaceCollection").v1(),
            collection("interfaces", "NetworkInterfaceCollection").v2(),
            attr("latestSnapshot", Type::Ref("MachineImage")).optional().read_only(),
            collection("snapshots", "MachineSnapshotCollection").v1(),
            collection("snapshots", "MachineImageCollection").v2(),
            common::METERS,
            common::EVENT_LOG,
        ],
    )
    .operations(MACHINE_OPERATIONS)
    .states(&MACHINE_STATES),
    ResourceType::collection("MachineCollection", "5.14.2", "Machine", "machines", "Machine"),
    // The schema of 1.x declares a Disk without common attributes; the servers send them, and so do we in JSON.
    ResourceType::resource("Disk", "5.14.1.1.1", &[CAPACITY, INITIAL_LOCATION])
        .v1_lacks(common::V1_COMMON)
        .v1_dialect(common::V1_COMMON_DIALECT),
    ResourceType::collection("DiskCollection", "5.14.1.1.1", "Disk", "disks", "Disk"),
    ResourceType::item("locatedVolume", "5.14.1.1.2", "Volume", &[INITIAL_LOCATION]).v2(),
    ResourceType::collection(
        "locatedVolumeCollection",
        "5.14.1.1.2",
        "locatedVolume",
        "locatedVolumes",
        "locatedVolume",
    )
    .v2(),
    ResourceType::resource(
        "MachineVolume",
        "DSP8009 MachineVolume",
        &[INITIAL_LOCATION, attr("volume", Type::Ref("Volume"))],
    )
    .v1(),
    ResourceType::collection(
        "MachineVolumeCollection",
        "DSP8009 MachineVolume",
        "MachineVolume",
        "machineVolumes",
        "MachineVolume",
    )
    .v1(),
    // `shapshot` is how the schema spells it.
    ResourceType::resource(
        "MachineSnapshot",
        "DSP8009 MachineSnapshot",
        &[attr("shapshot", Type::Ref("MachineImage"))],
    )
    .v1_dialect(&[attr("snapshot", Type::Ref("MachineImage"))])
    .v1(),
    ResourceType::collection(
        "MachineSnapshotCollection",
        "DSP8009 MachineSnapshot",
        "MachineSnapshot",
        "machineSnapshots",
        "MachineSnapshot",
    )
    .v1_lacks(&["operations"])
    .v1(),
    ResourceType::resource("MachineTemplate", "5.14.3", TEMPLATE_ATTRIBUTES),
    ResourceType::collection(
        "MachineTemplateCollection",
        "5.14.4",
        "MachineTemplate",
        "machineTemplates",
        "MachineTemplate",
    ),
    ResourceType::resource(
        "MachineConfiguration",
        "5.14.5",
        &[
            CPU,
            MEMORY,
            attr("disks", Type::Array(&CONFIGURED_DISK_V1_ITEM)).v1(),
            attr("disks", Type::Array(&CONFIGURED_DISK_ITEM)).v2(),
            CPU_ARCH,
            CPU_SPEED,
        ],
    ),
    ResourceType::collection(
        "MachineConfigurationCollection",
        "5.14.6",
        "MachineConfiguration",
        "machineConfigurations",
        "MachineConfiguration",
    ),
];
