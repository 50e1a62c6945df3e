//! The pages of the OpenStack add-on. JSON has the order of its dictionaries, XML that of the schema.

use http::StatusCode;

use super::super::picture::{
    COUNT, DESCRIPTION, Form, ID, NAME, Offer, Place, STATE, Shown, Style, TYPE, Take, backward, offers,
    ordered, same, shown, text,
};
use super::super::speech::{Act, Cause, Create, Delete, Hrefs, Ids, Mend, Page, Reply, Verbs};

pub(super) static ALL: &[Page] =
    &[MACHINES, DISKS, CONFIGS, IMAGES, VOLUMES, MACHINE_VOLUMES, INTERFACES_OF, INTERFACE, ADDRESSES_OF];

const CREATED: Shown = same("created").form(Form::Seconds);
const UPDATED: Shown = same("updated").form(Form::Seconds);
/// Resources say their type in JSON alone, collections in both.
const JSON_TYPE: Shown = TYPE.place(Place::Json);
const BOTH_TYPE: Shown = TYPE.attribute();

const fn all(name: &'static str) -> Shown {
    shown(name, Take::Collection(name))
}

pub(super) const ENTRY: Page = Page {
    ty: "CloudEntryPoint",
    as_item: ordered(
        &[
            text("id", "t1/CloudEntryPoint"),
            NAME,
            DESCRIPTION,
            text("baseURI", "{root}"),
            all("machines"),
            all("machineConfigs"),
            all("machineImages"),
            all("volumes"),
            JSON_TYPE,
        ],
        &[
            "resourceURI",
            "machineImages",
            "description",
            "baseURI",
            "volumes",
            "machineConfigs",
            "id",
            "machines",
            "name",
        ],
    ),
    ..Page::new("", "", "t1/cloudEntryPoint")
};

/// Everything is offered, whatever the state.
const MACHINE_OFFERS: Shown = offers(&[
    backward("http://schemas.dmtf.org/cimi/1/action/start", "{self}"),
    backward("http://schemas.dmtf.org/cimi/1/action/stop", "{self}"),
    backward("http://schemas.dmtf.org/cimi/1/action/restart", "{self}"),
    backward("http://schemas.dmtf.org/cimi/1/action/pause", "{self}"),
    backward("http://schemas.dmtf.org/cimi/1/action/suspend", "{self}"),
    backward("delete", "{self}"),
]);
const ADD_MACHINE: Shown = offers(&[backward("add", "t1/machineCollection")]);
const INTERFACES: Shown =
    shown("networkInterfaces", Take::Text("t1/NetworkInterfacesCollection/{id}")).form(Form::Link);
const MACHINE_ORDER: &[&str] = &[
    "operations",
    "resourceURI",
    "updated",
    "name",
    "created",
    "disks",
    "cpu",
    "state",
    "volumes",
    "memory",
    "id",
    "networkInterfaces",
];

const MACHINES: Page = Page {
    listed: Some("t1/machine/{}"),
    ids: Ids::Number("s", 1),
    ty: "Machine",
    collection: "MachineCollection",
    as_list: ordered(
        &[ID, COUNT, shown("machines", Take::AllMembers), ADD_MACHINE, BOTH_TYPE],
        &["count", "resourceURI", "id", "machines", "operations"],
    ),
    as_member: ordered(
        &[
            ID,
            NAME,
            CREATED,
            UPDATED,
            STATE,
            same("cpu"),
            same("memory"),
            all("disks"),
            all("volumes"),
            INTERFACES,
            JSON_TYPE,
        ],
        MACHINE_ORDER,
    ),
    as_item: ordered(
        &[
            ID,
            NAME,
            CREATED,
            UPDATED,
            STATE,
            same("cpu"),
            same("memory"),
            all("disks"),
            all("volumes"),
            INTERFACES,
            MACHINE_OFFERS,
            JSON_TYPE,
        ],
        MACHINE_ORDER,
    ),
    verbs: Verbs {
        create: Some(&Create {
            at: None,
            mends: &[
                Mend::Need(
                    &["machineTemplate.machineImage", "machineTemplate.machineConfig"],
                    Cause::Invalid,
                ),
                Mend::Resolve(
                    &["machineTemplate.machineImage", "machineTemplate.machineConfig"],
                    Cause::Invalid,
                ),
            ],
            status: StatusCode::ACCEPTED,
            reply: Reply::Picture(ordered(
                &[
                    ID,
                    NAME,
                    shown("credentials", Take::Group(&[text("userName", "root"), text("password", "x")])),
                    JSON_TYPE,
                ],
                &["resourceURI", "name", "credentials", "id"],
            )),
            location: Hrefs::Absolute,
            job: false,
        }),
        delete: Some(&Delete {
            status: StatusCode::NO_CONTENT,
            reply: Reply::Nothing(Some("application/json")),
            unsaved: None,
            gone: Some(Cause::Missing),
            detaches: false,
            job: false,
        }),
        act: Some(&Act {
            names: &["start", "stop", "restart", "pause", "suspend"],
            at_item: true,
            status: StatusCode::ACCEPTED,
            content_type: Some("application/json"),
            refused: Some(Cause::Internal),
            unknown: Cause::Internal,
            job: false,
        }),
        ..Verbs::LOOK
    },
    ..Page::new("machines", "t1/MachineCollection", "t1/Machine/{}")
};

const DISKS: Page = Page {
    verbs: Verbs::NONE,
    unserved: Cause::Internal,
    ..Page::new("machines/*/disks", "t1/MachineDiskCollection/{}", "t1/MachineDisk/{}/{}")
};

const CONFIG_DISKS: Shown =
    shown("disks", Take::Items("disks", &[same("capacity"), same("format")])).element("disk");
const CONFIG_ORDER: &[&str] = &["resourceURI", "name", "disks", "id", "memory", "cpu"];
const CONFIG: &[Shown] = &[ID, NAME, same("cpu"), same("memory"), CONFIG_DISKS, JSON_TYPE];

const CONFIGS: Page = Page {
    ty: "MachineConfiguration",
    collection: "MachineConfigurationCollection",
    as_list: ordered(
        &[ID, COUNT, shown("machineConfigurations", Take::AllMembers), BOTH_TYPE],
        &["count", "resourceURI", "id", "machineConfigurations"],
    ),
    as_member: ordered(CONFIG, CONFIG_ORDER),
    as_item: ordered(CONFIG, CONFIG_ORDER),
    ..Page::new("machineConfigs", "t1/MachineConfigurationCollection", "t1/MachineConfiguration/{}")
};

const IMAGE: &[Shown] =
    &[ID, NAME, CREATED, UPDATED, STATE, same("type"), text("imageLocation", "{self}"), JSON_TYPE];
const IMAGE_ORDER: &[&str] =
    &["resourceURI", "updated", "name", "created", "state", "imageLocation", "type", "id"];

const IMAGES: Page = Page {
    ids: Ids::Number("i", 1),
    ty: "MachineImage",
    collection: "MachineImageCollection",
    as_list: ordered(
        &[ID, COUNT, shown("machineImages", Take::AllMembers), BOTH_TYPE],
        &["count", "resourceURI", "machineImages", "id"],
    ),
    as_member: ordered(IMAGE, IMAGE_ORDER),
    as_item: ordered(IMAGE, IMAGE_ORDER),
    ..Page::new("machineImages", "t1/MachineImageCollection", "t1/MachineImage/{}")
};

const VOLUME: &[Shown] = &[
    ID,
    NAME,
    DESCRIPTION,
    CREATED,
    STATE,
    same("type"),
    same("capacity"),
    same("bootable").form(Form::Text),
    JSON_TYPE,
];
const VOLUME_ORDER: &[&str] =
    &["resourceURI", "capacity", "description", "created", "bootable", "state", "type", "id", "name"];
/// Written as elements, which nobody reads.
const ADD_VOLUME: Shown =
    offers(&[Offer { rel: "add", href: "t1/volumeCollection", states: &[], style: Style::Elements }]);

const VOLUMES: Page = Page {
    ids: Ids::Number("v", 1),
    ty: "Volume",
    collection: "VolumeCollection",
    as_list: ordered(
        &[ID, COUNT, shown("volumes", Take::AllMembers), ADD_VOLUME, BOTH_TYPE],
        &["operations", "resourceURI", "id", "volumes", "count"],
    ),
    as_member: ordered(VOLUME, VOLUME_ORDER),
    as_item: ordered(VOLUME, VOLUME_ORDER),
    verbs: Verbs {
        create: Some(&Create {
            at: None,
            mends: &[
                Mend::Need(&["resourceURI", "volumeTemplate.volumeConfig.capacity"], Cause::Invalid),
                Mend::Times("volumeTemplate.volumeConfig.capacity", GIGABYTE),
            ],
            status: StatusCode::CREATED,
            // What is told here is not what is told from then on.
            reply: Reply::Picture(ordered(
                &[ID, NAME, DESCRIPTION, CREATED, same("capacity").form(Form::Per(GIGABYTE)), JSON_TYPE],
                &["resourceURI", "capacity", "name", "created", "id", "description"],
            )),
            location: Hrefs::Absolute,
            job: false,
        }),
        ..Verbs::LOOK
    },
    ..Page::new("volumes", "t1/VolumeCollection", "t1/Volume/{}")
};

/// Kilobytes in what it takes sizes in.
const GIGABYTE: i64 = 1_000_000;

const USE_OFFERS: Shown = offers(&[backward("edit", "{self}"), backward("delete", "{self}")]);
const USE_ORDER: &[&str] = &["volume", "resourceURI", "id", "initialLocation", "operations"];
const USE: &[Shown] = &[same("volume"), USE_OFFERS, ID, same("initialLocation"), JSON_TYPE];

const MACHINE_VOLUMES: Page = Page {
    listed: Some("t1/machineVolume/{}/{}"),
    ids: Ids::Number("a", 1),
    ty: "MachineVolume",
    collection: "MachineVolumeCollection",
    as_list: ordered(
        &[
            ID,
            COUNT,
            shown("machineVolumes", Take::AllMembers),
            offers(&[backward("add", "{self}")]),
            JSON_TYPE,
        ],
        &["count", "resourceURI", "machineVolumes", "id", "operations"],
    ),
    as_member: ordered(USE, USE_ORDER),
    as_item: ordered(USE, USE_ORDER),
    verbs: Verbs {
        create: Some(&Create {
            at: None,
            mends: &[Mend::Need(&["resourceURI", "volume"], Cause::Invalid)],
            status: StatusCode::CREATED,
            reply: Reply::Picture(ordered(
                &[
                    same("volume"),
                    USE_OFFERS,
                    ID,
                    same("initialLocation"),
                    text("state", "ATTACHING"),
                    JSON_TYPE,
                ],
                &["operations", "resourceURI", "initialLocation", "volume", "state", "id"],
            )),
            location: Hrefs::Absolute,
            job: false,
        }),
        ..Verbs::LOOK
    },
    ..Page::new("machines/*/volumes", "t1/MachineVolumeCollection/{}", "t1/machineVolume/{}/{}")
};

/// Of an earlier draft: entries in place of members, and nobody counts them.
const INTERFACES_OF: Page = Page {
    collection: "MachineNetworkInterfacesCollection",
    as_list: ordered(
        &[
            text("id", "t1/networkInterfacesCollection/{owner}"),
            shown("entries", Take::AllMembers).element("Entry"),
            BOTH_TYPE,
        ],
        &["resourceURI", "id", "entries"],
    ),
    as_member: ordered(
        &[
            text("id", "t1/MachineNetworkInterfacesCollectionEntry/{id}"),
            shown("addresses", Take::Text("t1/MachineNetworkInterfaceAddressesCollection/{id}"))
                .form(Form::Link),
            text("resourceURI", "http://schemas.dmtf.org/cimi/1/MachineNetworkInterfacesCollectionEntry")
                .attribute(),
        ],
        &["resourceURI", "id", "addresses"],
    ),
    ..Page::new(
        "machines/*/networkInterfaces",
        "t1/NetworkInterfacesCollection/{}",
        "t1/NetworkInterface/{}/{}",
    )
};

const INTERFACE: Page = Page {
    ids: Ids::Number("n", 1),
    verbs: Verbs::NONE,
    ..Page::new("machineNetworkInterfaces", "t1/NetworkInterfaces", "t1/NetworkInterface/{}")
};

const ADDRESSES_OF: Page = Page {
    collection: "MachineNetworkInterfacesAddressesCollection",
    as_list: ordered(
        &[
            text("id", "t1/MachineNetworkInterfacesAddressesCollection/{owner}"),
            shown("entries", Take::AllMembers).element("Entry"),
            BOTH_TYPE,
        ],
        &["resourceURI", "id", "entries"],
    ),
    as_member: ordered(
        &[
            text("id", "t1/MachineNetworkInterfacesAddressesCollectionEntry/{owner}/{id}"),
            shown("address", Take::Text("t1/MachineNetworkInterfaceAddress/{owner}/{id}")).form(Form::Link),
            text(
                "resourceURI",
                "http://schemas.dmtf.org/cimi/1/MachineNetworkInterfacesAddressesCollectionEntry",
            )
            .attribute(),
        ],
        &["resourceURI", "id", "address"],
    ),
    ..Page::new(
        "machineNetworkInterfaces/*/addresses",
        "t1/MachineNetworkInterfaceAddressesCollection/{}",
        "t1/MachineNetworkInterfaceAddress/{}/{}",
    )
};
