//! The pages of Deltacloud: the entry point, metadata, and the list of all.

use super::super::picture::{COUNT, DESCRIPTION, ID, NAME, Shown, TYPE, Take, picture, shown, text};
use super::super::speech::{Cause, Create, Delete, Hrefs, Ids, Mend, Page, Reply, Verbs};
use super::{NOW, compute, network, storage, system};
use http::StatusCode;

pub(super) static ALL: &[Page] = &[
    METADATA,
    compute::MACHINES,
    compute::DISKS,
    compute::MACHINE_VOLUMES,
    compute::MACHINE_TEMPLATES,
    compute::MACHINE_CONFIGS,
    compute::MACHINE_IMAGES,
    compute::CREDENTIALS,
    storage::VOLUMES,
    storage::VOLUME_TEMPLATES,
    storage::VOLUME_CONFIGS,
    storage::VOLUME_IMAGES,
    network::NETWORKS,
    network::NETWORK_PORTS_OF,
    network::NETWORK_TEMPLATES,
    network::NETWORK_CONFIGS,
    network::NETWORK_PORTS,
    network::NETWORK_PORT_TEMPLATES,
    network::NETWORK_PORT_CONFIGS,
    network::ADDRESSES,
    network::ADDRESS_TEMPLATES,
    network::FORWARDING_GROUPS,
    network::FORWARDING_GROUP_TEMPLATES,
    system::SYSTEMS,
    system::SYSTEM_TEMPLATES,
    system::SYSTEM_MACHINES,
    system::SYSTEM_VOLUMES,
    system::SYSTEM_NETWORKS,
    system::SYSTEM_ADDRESSES,
    system::SYSTEM_FORWARDING_GROUPS,
    system::SYSTEM_CREDENTIALS,
    system::SYSTEM_SYSTEMS,
    system::SYSTEM_NETWORK_PORTS,
];

/// The root element of XML says its type, always.
pub(super) const OF_TYPE: Shown = TYPE.attribute();
/// Collections have their address twice.
pub(super) const HREF: Shown = shown("href", Take::Id).attribute();

/// A collection of the cloud, in the entry point.
const fn all(name: &'static str) -> Shown {
    shown(name, Take::Collection(name))
}

pub(super) const ENTRY: Page = Page {
    ty: "CloudEntryPoint",
    as_item: picture(&[
        ID,
        NAME,
        DESCRIPTION,
        NOW,
        text("driver", "mock"),
        text("provider", "default"),
        text("baseURI", "{root}"),
        all("resourceMetadata"),
        all("systems"),
        all("systemTemplates"),
        all("machines"),
        all("machineTemplates"),
        all("machineConfigs"),
        all("machineImages"),
        all("credentials"),
        all("volumes"),
        all("volumeTemplates"),
        all("volumeConfigs"),
        all("volumeImages"),
        all("networks"),
        all("networkTemplates"),
        all("networkConfigs"),
        all("networkPortTemplates"),
        all("networkPortConfigs"),
        all("addresses"),
        all("addressTemplates"),
        all("forwardingGroups"),
        OF_TYPE,
    ]),
    ..Page::new("", "", "cloudEntryPoint")
};

const METADATA: Page = Page {
    ids: Ids::Snake,
    ty: "ResourceMetadata",
    collection: "ResourceMetadataCollection",
    as_list: picture(&[ID, HREF, COUNT, shown("resourceMetadata", Take::Members), OF_TYPE]),
    as_member: picture(&[ID, NAME, TYPE_URI, ATTRIBUTES, CAPABILITIES]),
    as_item: picture(&[ID, NAME, TYPE_URI, ATTRIBUTES, CAPABILITIES, OF_TYPE]),
    told: true,
    missing: Cause::Unsupported,
    ..Page::new("resourceMetadata", "resource_metadata", "resource_metadata/{}")
};

const TYPE_URI: Shown = shown("typeUri", Take::Of("typeURI"));
const ATTRIBUTES: Shown = shown("attributes", Take::Extensions).element("attribute");
const CAPABILITIES: Shown = shown("capabilities", Take::Capabilities).element("capability");

/// What deleting ends with.
pub(super) const GONE: Reply = Reply::Nothing(Some("text/html;charset=utf-8"));

/// Makes what is asked for, and shows it.
pub(super) static CREATE: Create = Create {
    at: None,
    mends: &[Mend::Drop("resourceURI")],
    status: StatusCode::CREATED,
    reply: Reply::Item,
    location: Hrefs::Absolute,
    job: false,
};

/// What most kinds take beside a look: they are made and deleted.
pub(super) const PLAIN: Verbs = Verbs { create: Some(&CREATE), delete: Some(&DELETE), ..Verbs::LOOK };

/// Deletes, and is done.
pub(super) static DELETE: Delete =
    Delete { status: StatusCode::OK, reply: GONE, unsaved: None, gone: None, detaches: false, job: false };
