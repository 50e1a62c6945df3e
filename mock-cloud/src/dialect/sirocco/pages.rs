//! The pages of Sirocco: attributes in the order in which its classes name them.

use super::super::picture::{
    COUNT, DESCRIPTION, Form, ID, NAME, Offer, PROPERTIES, STATE, Shown, Take, offer, offers, picture, same,
    shown, text,
};
use super::super::speech::{Ids, Page, Verbs};
use super::parts::{
    ACT, ADD, BY_JOBS, CHANGES, CREATED, DELETE, LIST_TYPE, OWN_TYPE, PROVIDER, SYNCHRONOUS, UPDATED,
    all_members, inside, kind, members, resource,
};

pub(super) static ALL: &[Page] = &[
    METADATA,
    MACHINES,
    DISKS,
    MACHINE_VOLUMES,
    MACHINE_TEMPLATES,
    MACHINE_CONFIGS,
    MACHINE_IMAGES,
    CREDENTIALS,
    CREDENTIAL_TEMPLATES,
    VOLUMES,
    VOLUME_VOLUME_IMAGES,
    VOLUME_TEMPLATES,
    VOLUME_CONFIGS,
    VOLUME_IMAGES,
    NETWORKS,
    NETWORK_TEMPLATES,
    NETWORK_CONFIGS,
    NETWORK_PORTS,
    ADDRESSES,
    ADDRESS_TEMPLATES,
    FORWARDING_GROUPS,
    FORWARDING_GROUP_TEMPLATES,
    SYSTEMS,
    SYSTEM_TEMPLATES,
    JOBS,
];

/// Ports and event logs are served, but not told.
pub(super) const ENTRY: Page = Page {
    ty: "CloudEntryPoint",
    as_item: picture(&[
        OWN_TYPE,
        ID,
        NAME,
        DESCRIPTION,
        CREATED,
        UPDATED,
        PROPERTIES,
        text("baseURI", "{root}"),
        inside("resourceMetadata"),
        inside("systems"),
        inside("systemTemplates"),
        inside("machines"),
        inside("machineTemplates"),
        inside("machineConfigs"),
        inside("machineImages"),
        inside("credentials"),
        inside("credentialTemplates"),
        inside("volumes"),
        inside("volumeTemplates"),
        inside("volumeConfigs"),
        inside("volumeImages"),
        inside("networks"),
        inside("networkTemplates"),
        inside("networkConfigs"),
        inside("addresses"),
        inside("addressTemplates"),
        inside("forwardingGroups"),
        inside("forwardingGroupTemplates"),
        inside("jobs"),
    ]),
    ..Page::new("", "", "cloudEntryPoint")
};

const METADATA: Page = Page {
    ids: Ids::Number("", 1),
    ty: "ResourceMetadata",
    collection: "ResourceMetadataCollection",
    as_list: picture(&[LIST_TYPE, ID, COUNT, members("resourceMetadatas")]),
    as_member: picture(&[OWN_TYPE, ID, NAME, same("typeURI")]),
    as_item: picture(&[OWN_TYPE, ID, NAME, same("typeURI")]),
    // It knows two types, and nothing of what the cloud can.
    only: Some(("name", "Credential")),
    ..Page::new("resourceMetadata", "resourceMetadata", "resourceMetadata/{}")
};

const START: &str = "http://schemas.dmtf.org/cimi/1/action/start";
const STOP: &str = "http://schemas.dmtf.org/cimi/1/action/stop";
const RESTART: &str = "http://schemas.dmtf.org/cimi/1/action/restart";
const PAUSE: &str = "http://schemas.dmtf.org/cimi/1/action/pause";
const SUSPEND: &str = "http://schemas.dmtf.org/cimi/1/action/suspend";
const CAPTURE: &str = "http://schemas.dmtf.org/cimi/1/action/capture";

/// By its table of states, whatever the cloud behind can do.
const MACHINE_OFFERS: &[Offer] = &[
    offer("edit", "{self}", &[]),
    offer("delete", "{self}", &[]),
    offer(
        START,
        "{self}",
        &["ERROR", "STOPPED", "STARTING", "STOPPING", "PAUSING", "PAUSED", "SUSPENDING", "SUSPENDED"],
    ),
    offer(
        RESTART,
        "{self}",
        &[
            "ERROR",
            "STOPPED",
            "STARTING",
            "STARTED",
            "STOPPING",
            "PAUSING",
            "PAUSED",
            "SUSPENDING",
            "SUSPENDED",
        ],
    ),
    offer(STOP, "{self}", &["ERROR", "STARTING", "STARTED", "PAUSED"]),
    offer(PAUSE, "{self}", &["STARTED"]),
    offer(SUSPEND, "{self}", &["STARTED"]),
    offer(CAPTURE, "{self}", &["STOPPED", "STARTED", "PAUSED", "SUSPENDED"]),
];

const MACHINES: Page = kind!(
    "machines",
    "machines",
    "Machine",
    "MachineCollection",
    members("machines"),
    Verbs { act: Some(&ACT), ..BY_JOBS },
    [
        STATE,
        same("cpu"),
        same("memory"),
        inside("disks"),
        same("cpuArch"),
        inside("volumes"),
        inside("networkInterfaces"),
        same("eventLog"),
        PROVIDER,
        offers(MACHINE_OFFERS),
    ]
);

const DISKS: Page = Page {
    // Read only: whoever tries gets 503.
    ty: "Disk",
    collection: "DiskCollection",
    ids: Ids::Number("", 1),
    as_list: picture(&[LIST_TYPE, ID, COUNT, all_members("disks")]),
    as_expanded: picture(&[LIST_TYPE, ID, COUNT, all_members("disks")]),
    as_member: picture(&[
        OWN_TYPE,
        text("id", "{root}machines/{owner}/disks/{position}"),
        same("capacity"),
        same("initialLocation"),
    ]),
    verbs: Verbs { show: false, ..Verbs::LOOK },
    ..Page::new("machines/*/disks", "machines/{}/disks", "machines/{}/disks/{}")
};

const MACHINE_VOLUMES: Page = kind!(
    "machines/*/volumes",
    "machines/{}/volumes",
    "MachineVolume",
    "MachineVolumeCollection",
    all_members("machineVolumes"),
    BY_JOBS,
    [same("initialLocation"), same("volume"), CHANGES]
);

const MACHINE_TEMPLATES: Page = kind!(
    "machineTemplates",
    "machineTemplates",
    "MachineTemplate",
    "MachineTemplateCollection",
    members("machineTemplates"),
    SYNCHRONOUS,
    [
        same("initialState"),
        same("machineConfig"),
        same("machineImage"),
        same("credential"),
        same("userData"),
        CHANGES,
    ]
);

const CONFIG_DISKS: Shown =
    shown("disks", Take::Items("disks", &[same("capacity"), same("format"), same("initialLocation")]))
        .element("disk");
const PUBLIC: Shown = text("visibility", "PUBLIC");

const MACHINE_CONFIGS: Page = kind!(
    "machineConfigs",
    "machineConfigs",
    "MachineConfiguration",
    "MachineConfigurationCollection",
    members("machineConfigurations"),
    SYNCHRONOUS,
    [same("cpu"), same("memory"), CONFIG_DISKS, same("cpuArch"), PUBLIC, CHANGES]
);

const MACHINE_IMAGES: Page = kind!(
    "machineImages",
    "machineImages",
    "MachineImage",
    "MachineImageCollection",
    members("machineImages"),
    Verbs { delete: Some(&DELETE), ..BY_JOBS },
    [STATE, same("type"), same("imageLocation"), same("relatedImage"), PUBLIC, CHANGES]
);

const CREDENTIALS: Page = kind!(
    "credentials",
    "credentials",
    "Credential",
    "CredentialCollection",
    members("credentials"),
    SYNCHRONOUS,
    [same("userName"), same("key"), CHANGES]
);

const CREDENTIAL_TEMPLATES: Page = kind!(
    "credentialTemplates",
    "credentialTemplates",
    "CredentialTemplate",
    "CredentialTemplateCollection",
    members("credentialTemplates"),
    SYNCHRONOUS,
    [same("userName"), same("key"), CHANGES]
);

const VOLUMES: Page = kind!(
    "volumes",
    "volumes",
    "Volume",
    "VolumeCollection",
    members("volumes"),
    Verbs { update: None, ..BY_JOBS },
    [
        STATE,
        same("type"),
        same("capacity"),
        same("bootable"),
        inside("images"),
        same("eventLog"),
        PROVIDER,
        CHANGES
    ]
);

const VOLUME_VOLUME_IMAGES: Page = kind!(
    "volumes/*/images",
    "volumes/{}/volumeImages",
    "VolumeVolumeImage",
    "VolumeVolumeImageCollection",
    all_members("volumeVolumeImages"),
    Verbs::LOOK,
    [same("volumeImage"), CHANGES]
);

const VOLUME_TEMPLATES: Page = kind!(
    "volumeTemplates",
    "volumeTemplates",
    "VolumeTemplate",
    "VolumeTemplateCollection",
    members("volumeTemplates"),
    SYNCHRONOUS,
    [same("volumeConfig"), same("volumeImage"), CHANGES]
);

const VOLUME_CONFIGS: Page = kind!(
    "volumeConfigs",
    "volumeConfigs",
    "VolumeConfiguration",
    "VolumeConfigurationCollection",
    members("volumeConfigurations"),
    SYNCHRONOUS,
    [same("type"), same("format"), same("capacity"), CHANGES]
);

const VOLUME_IMAGES: Page = kind!(
    "volumeImages",
    "volumeImages",
    "VolumeImage",
    "VolumeImageCollection",
    members("volumeImages"),
    Verbs { delete: Some(&DELETE), ..BY_JOBS },
    [STATE, same("imageLocation"), same("bootable"), CHANGES]
);

const NETWORKS: Page = kind!(
    "networks",
    "networks",
    "Network",
    "NetworkCollection",
    members("networks"),
    Verbs { act: Some(&ACT), ..BY_JOBS },
    [
        STATE,
        same("networkType"),
        same("mtu"),
        same("classOfService"),
        inside("networkPorts"),
        same("forwardingGroup"),
        same("eventLog"),
        PROVIDER,
        CHANGES,
    ]
);

const NETWORK_TEMPLATES: Page = kind!(
    "networkTemplates",
    "networkTemplates",
    "NetworkTemplate",
    "NetworkTemplateCollection",
    members("networkTemplates"),
    SYNCHRONOUS,
    [same("networkConfig"), same("forwardingGroup"), CHANGES]
);

const NETWORK_CONFIGS: Page = kind!(
    "networkConfigs",
    "networkConfigs",
    "NetworkConfiguration",
    "NetworkConfigurationCollection",
    members("networkConfigurations"),
    SYNCHRONOUS,
    [same("networkType"), same("mtu"), same("classOfService"), CHANGES]
);

const NETWORK_PORTS: Page = kind!(
    "networkPorts",
    "networkPorts",
    "NetworkPort",
    "NetworkPortCollection",
    members("networkPorts"),
    Verbs { act: Some(&ACT), ..Verbs::LOOK },
    [STATE, same("network"), same("portType"), same("classOfService"), same("eventLog"), CHANGES]
);

macro_rules! addresses {
    ($inner:literal, $ty:literal, $collection:literal) => {
        kind!(
            $inner,
            $inner,
            $ty,
            $collection,
            // The same key for templates, which is a bug of its own.
            members("addresses"),
            SYNCHRONOUS,
            [
                same("ip"),
                same("hostname"),
                same("allocation"),
                same("defaultGateway"),
                same("dns"),
                same("protocol"),
                same("mask"),
                same("network"),
                CHANGES,
            ]
        )
    };
}

const ADDRESSES: Page = addresses!("addresses", "Address", "AddressCollection");
const ADDRESS_TEMPLATES: Page =
    addresses!("addressTemplates", "AddressTemplate", "AddressTemplateCollection");

const FORWARDING_GROUPS: Page = kind!(
    "forwardingGroups",
    "forwardingGroups",
    "ForwardingGroup",
    "ForwardingGroupCollection",
    members("forwardingGroups"),
    BY_JOBS,
    [STATE, same("networks").element("network"), CHANGES]
);

const FORWARDING_GROUP_TEMPLATES: Page = kind!(
    "forwardingGroupTemplates",
    "forwardingGroupTemplates",
    "ForwardingGroupTemplate",
    "ForwardingGroupTemplateCollection",
    members("forwardingGroupTemplates"),
    SYNCHRONOUS,
    [same("networks").element("network"), CHANGES]
);

const SYSTEMS: Page = kind!(
    "systems",
    "systems",
    "System",
    "SystemCollection",
    members("systems"),
    Verbs { act: Some(&ACT), ..BY_JOBS },
    [
        STATE,
        inside("systems"),
        inside("machines"),
        inside("credentials"),
        inside("volumes"),
        inside("networks"),
        inside("networkPorts"),
        inside("addresses"),
        inside("forwardingGroups"),
        same("eventLog"),
        PROVIDER,
        CHANGES,
    ]
);

const SYSTEM_TEMPLATES: Page = kind!(
    "systemTemplates",
    "systemTemplates",
    "SystemTemplate",
    "SystemTemplateCollection",
    members("systemTemplates"),
    SYNCHRONOUS,
    [same("eventLogTemplate"), PUBLIC, CHANGES]
);

/// A Job says a word where the text has a URI, and of an addition the new resource where the text has the collection. How far
/// it is and how it ended it never says.
const JOBS: Page = Page {
    ids: Ids::Uuid,
    ty: "Job",
    collection: "JobCollection",
    as_list: picture(&[LIST_TYPE, ID, COUNT, members("jobs")]),
    as_member: JOB,
    as_item: JOB,
    verbs: Verbs { delete: Some(&DELETE), ..Verbs::LOOK },
    ..Page::new("jobs", "jobs", "jobs/{}")
};

const JOB: super::super::picture::Picture = resource!(
    shown(
        "state",
        Take::Word("state", &[("STOPPED", "CANCELLED"), ("STOPPING", "RUNNING"), ("QUEUED", "RUNNING")])
    ),
    shown("targetResource", Take::Last("affectedResources")),
    same("affectedResources").element("affectedResource"),
    same("action").form(Form::Tail),
    same("statusMessage"),
    same("timeOfStatusChange").form(Form::MillisOffset),
    same("parentJob"),
    same("nestedJobs").element("nestedJob"),
    offers(&[offer("delete", "{self}", &[])]),
);
