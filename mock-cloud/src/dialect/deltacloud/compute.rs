//! Deltacloud's machines and what they are made of.

use http::StatusCode;

use super::super::picture::{
    COUNT, DESCRIPTION, Form, ID, NAME, Offer, PROPERTIES, STATE, Shown, Take, offer, offers, picture, same,
    shown, text,
};
use super::super::speech::{Act, Cause, Create, Delete, Hrefs, Ids, Mend, Page, Reply, Verbs};
use super::NOW;
use super::pages::{DELETE, GONE, HREF, OF_TYPE, PLAIN};

const START: &str = "http://schemas.dmtf.org/cimi/1/action/start";
const STOP: &str = "http://schemas.dmtf.org/cimi/1/action/stop";
const RESTART: &str = "http://schemas.dmtf.org/cimi/1/action/restart";
const CAPTURE: &str = "http://schemas.dmtf.org/cimi/1/action/capture";
pub(super) const REMOVE: &str = "http://schemas.dmtf.org/cimi/1/action/delete";

/// `delete`, under the name that machines and what is stored by Deltacloud itself have for it.
pub(super) const LONG_DELETE: Shown = offers(&[offer(REMOVE, "{self}", &[])]);
/// `delete`, under its own name.
pub(super) const SHORT_DELETE: Shown = offers(&[offer("delete", "{self}", &[])]);
/// Where members are made.
pub(super) const ADD: Shown = offers(&[offer("add", "{self}", &[])]);

const MACHINE_OFFERS: &[Offer] = &[
    offer(RESTART, "{self}/restart", &["STARTED"]),
    offer(STOP, "{self}/stop", &["STARTED"]),
    offer(START, "{self}/start", &["STOPPED"]),
    offer(REMOVE, "{self}", &["STOPPED"]),
    offer(CAPTURE, "{root}machine_images", &[]),
];

const MACHINE_DESCRIPTION: Shown = shown(
    "description",
    Take::Either(&[Take::Of("description"), Take::Text("No description set for Machine {name}")]),
);

const fn inside(name: &'static str) -> Shown {
    shown(name, Take::Collection(name))
}

pub(super) const MACHINES: Page = Page {
    ids: Ids::Number("inst", 0),
    ty: "Machine",
    collection: "MachineCollection",
    as_list: picture(&[ID, HREF, COUNT, shown("machines", Take::Members), ADD, OF_TYPE]),
    as_expanded: picture(&[ID, HREF, COUNT, shown("machines", Take::Members), ADD]),
    as_member: picture(&[
        ID,
        NAME,
        MACHINE_DESCRIPTION,
        NOW,
        PROPERTIES,
        shown("realm", Take::Either(&[Take::Kept("realm"), Take::Text("us")])),
        shown("machineImage", Take::KeptLink("image")),
        STATE,
        same("cpu").form(Form::Text),
        same("memory"),
        inside("disks"),
        inside("volumes"),
        offers(MACHINE_OFFERS),
    ]),
    as_item: picture(&[
        ID,
        NAME,
        MACHINE_DESCRIPTION,
        NOW,
        PROPERTIES,
        shown("realm", Take::Either(&[Take::Kept("realm"), Take::Text("us")])),
        shown("machineImage", Take::KeptLink("image")),
        STATE,
        same("cpu").form(Form::Text),
        same("memory"),
        inside("disks"),
        inside("volumes"),
        offers(MACHINE_OFFERS),
        OF_TYPE,
    ]),
    verbs: Verbs {
        create: Some(&Create {
            at: None,
            mends: &[
                Mend::Drop("resourceURI"),
                Mend::Name("i-"),
                Mend::First("machineTemplate.machineConfig", "machineConfigs"),
                Mend::Keep("image", &["machineTemplate.machineImage"], ""),
                Mend::Keep("realm", &["machineTemplate.realm", "realm"], "us"),
                Mend::Keep("saved", &[], "true"),
                Mend::Forget("machineTemplate.machineImage"),
                Mend::Drop("realm"),
                Mend::Drop("machineTemplate.realm"),
            ],
            status: StatusCode::CREATED,
            reply: Reply::Item,
            location: Hrefs::Absolute,
            job: false,
        }),
        delete: Some(&Delete {
            status: StatusCode::OK,
            reply: GONE,
            unsaved: Some(Cause::Unsaved),
            gone: Some(Cause::Nothing),
            detaches: false,
            job: false,
        }),
        act: Some(&ACT),
        ..Verbs::LOOK
    },
    ..Page::new("machines", "machines", "machines/{}")
};

pub(super) static ACT: Act = Act {
    names: &["start", "stop", "restart"],
    at_item: false,
    status: StatusCode::ACCEPTED,
    content_type: Some("text/html;charset=utf-8"),
    refused: None,
    unknown: Cause::NoRoute,
    job: false,
};

pub(super) const DISKS: Page = Page {
    ty: "Disk",
    collection: "DiskCollection",
    as_list: picture(&[ID, HREF, COUNT, shown("disks", Take::Members), OF_TYPE]),
    as_expanded: picture(&[ID, HREF, COUNT, shown("disks", Take::Members)]),
    as_member: picture(&[
        shown("id", Take::Text("{root}machines/{owner}/disks/{owner}_disk_{position}")),
        text("name", "{owner}_disk_{position}"),
        text("description", "Disk for Machine {owner}"),
        NOW,
        same("capacity"),
    ]),
    verbs: Verbs { show: false, ..Verbs::LOOK },
    ..Page::new("machines/*/disks", "machines/{}/disks", "machines/{}/disks/{}")
};

const ATTACH: Shown = offers(&[offer("add", "{root}machines/{owner}/volume_attach", &[])]);
const VIA_NAME: Shown = shown("name", Take::Via("volume", "name"));
const VIA_DESCRIPTION: Shown = text("description", "MachineVolume {id} for Machine {owner}");
const VIA_CREATED: Shown = shown("created", Take::Via("volume", "created")).form(Form::Offset);

pub(super) const MACHINE_VOLUMES: Page = Page {
    ids: Ids::Of("volume"),
    ty: "MachineVolume",
    collection: "MachineVolumeCollection",
    as_list: picture(&[ID, HREF, COUNT, shown("machineVolumes", Take::Members), ATTACH, OF_TYPE]),
    as_expanded: picture(&[ID, HREF, COUNT, shown("machineVolumes", Take::Members)]),
    as_member: picture(&[
        ID,
        VIA_NAME,
        VIA_DESCRIPTION,
        VIA_CREATED,
        same("initialLocation"),
        same("volume"),
        SHORT_DELETE,
    ]),
    as_item: picture(&[
        ID,
        VIA_NAME,
        VIA_DESCRIPTION,
        VIA_CREATED,
        same("initialLocation"),
        same("volume"),
        SHORT_DELETE,
        OF_TYPE,
    ]),
    verbs: Verbs {
        create: Some(&Create {
            at: Some("machines/{}/volume_attach"),
            mends: &[Mend::Drop("resourceURI")],
            status: StatusCode::CREATED,
            reply: Reply::Item,
            location: Hrefs::Absolute,
            job: false,
        }),
        delete: Some(&Delete {
            status: StatusCode::OK,
            reply: Reply::List,
            unsaved: None,
            gone: Some(Cause::Missing),
            detaches: false,
            job: false,
        }),
        ..Verbs::LOOK
    },
    ..Page::new("machines/*/volumes", "machines/{}/volumes", "machines/{}/volumes/{}")
};

pub(super) const MACHINE_TEMPLATES: Page = Page {
    ty: "MachineTemplate",
    collection: "MachineTemplateCollection",
    as_list: picture(&[ID, HREF, COUNT, shown("machineTemplates", Take::Members), ADD, OF_TYPE]),
    as_expanded: picture(&[ID, HREF, COUNT, shown("machineTemplates", Take::Members), ADD]),
    as_member: picture(&[
        ID,
        NAME,
        DESCRIPTION,
        same("created").form(Form::Offset),
        PROPERTIES,
        same("machineConfig"),
        same("machineImage"),
        LONG_DELETE,
    ]),
    as_item: picture(&[
        ID,
        NAME,
        DESCRIPTION,
        same("created").form(Form::Offset),
        PROPERTIES,
        same("machineConfig"),
        same("machineImage"),
        LONG_DELETE,
        OF_TYPE,
    ]),
    verbs: PLAIN,
    ..Page::new("machineTemplates", "machine_templates", "machine_templates/{}")
};

const CONFIG_DISKS: Shown = shown(
    "disks",
    Take::Items(
        "disks",
        &[same("capacity"), shown("format", Take::Either(&[Take::Of("format"), Take::Text("unknown")]))],
    ),
)
.element("disk");

pub(super) const MACHINE_CONFIGS: Page = Page {
    ids: Ids::Attribute("name"),
    ty: "MachineConfiguration",
    collection: "MachineConfigurationCollection",
    as_list: picture(&[ID, HREF, COUNT, shown("machineConfigurations", Take::Members), OF_TYPE]),
    as_expanded: picture(&[ID, HREF, COUNT, shown("machineConfigurations", Take::Members)]),
    as_member: picture(&[
        ID,
        NAME,
        CONFIG_DESCRIPTION,
        NOW,
        same("cpu").form(Form::Text),
        same("memory"),
        CONFIG_DISKS,
    ]),
    as_item: picture(&[
        ID,
        NAME,
        CONFIG_DESCRIPTION,
        NOW,
        same("cpu").form(Form::Text),
        same("memory"),
        CONFIG_DISKS,
        OF_TYPE,
    ]),
    ..Page::new("machineConfigs", "machine_configurations", "machine_configurations/{}")
};

const CONFIG_DESCRIPTION: Shown =
    text("description", "Machine Configuration with {memory} KiB of memory and {cpu} CPU");

pub(super) const MACHINE_IMAGES: Page = Page {
    ids: Ids::Attribute("name"),
    ty: "MachineImage",
    collection: "MachineImageCollection",
    as_list: picture(&[ID, HREF, COUNT, shown("machineImages", Take::Members), ADD, OF_TYPE]),
    as_expanded: picture(&[ID, HREF, COUNT, shown("machineImages", Take::Members), ADD]),
    as_member: picture(&[ID, NAME, DESCRIPTION, same("created").form(Form::Offset), STATE, same("type")]),
    as_item: picture(&[
        ID,
        NAME,
        DESCRIPTION,
        same("created").form(Form::Offset),
        STATE,
        same("type"),
        OF_TYPE,
    ]),
    verbs: PLAIN,
    missing: Cause::Nothing,
    ..Page::new("machineImages", "machine_images", "machine_images/{}")
};

/// The mock driver has keys, of which nothing was recorded.
pub(super) const CREDENTIALS: Page = Page {
    ids: Ids::Attribute("name"),
    ty: "Credential",
    collection: "CredentialCollection",
    as_list: picture(&[ID, HREF, COUNT, shown("credentials", Take::Members), ADD, OF_TYPE]),
    as_expanded: picture(&[ID, HREF, COUNT, shown("credentials", Take::Members), ADD]),
    as_member: picture(&[ID, NAME, DESCRIPTION, NOW, shown("username", Take::Of("userName")), LONG_DELETE]),
    as_item: picture(&[
        ID,
        NAME,
        DESCRIPTION,
        NOW,
        shown("username", Take::Of("userName")),
        LONG_DELETE,
        OF_TYPE,
    ]),
    verbs: Verbs { delete: Some(&DELETE), ..Verbs::LOOK },
    ..Page::new("credentials", "credentials", "credentials/{}")
};
