//! Deltacloud's systems.

use http::StatusCode;

use super::super::picture::{
    COUNT, DESCRIPTION, Form, ID, NAME, PROPERTIES, STATE, Shown, Take, offer, offers, picture, same, shown,
};
use super::super::speech::{Act, Cause, Ids, Page, Verbs};
use super::compute::SHORT_DELETE;
use super::pages::{CREATE, DELETE, HREF, OF_TYPE};

/// Where its example files say that things are.
const ELSEWHERE_START: &str = "http://cimi.example.org/systems/{id}/start";
const ELSEWHERE_EXPORT: &str = "http://cimi.example.org/systems/{id}/export";
const ELSEWHERE_TEMPLATE: &str = "http://cimi.example.org/system_templates/{id}/export";
const EXPORT: &str = "http://schemas.dmtf.org/cimi/1/action/export";
const START: &str = "http://schemas.dmtf.org/cimi/1/action/start";
const STOP: &str = "http://schemas.dmtf.org/cimi/1/action/stop";

/// Systems of its files are dated in words, those that were made by a language's way to write instants.
const CREATED: Shown = same("created").form(Form::Words);
const ALWAYS: Shown =
    shown("created", Take::Either(&[Take::Of("created")])).form(Form::Spaced).without("seed");
const SEEDED: Shown = CREATED.given("seed");

const MADE_OFFERS: Shown =
    offers(&[offer(STOP, "{self}/stop", &[]), offer("edit", "{self}", &[]), offer("delete", "{self}", &[])])
        .without("seed");
const SEED_OFFERS: Shown = offers(&[
    offer(START, ELSEWHERE_START, &[]),
    offer(EXPORT, ELSEWHERE_EXPORT, &[]),
    offer("edit", "{self}", &[]),
    offer("delete", "{self}", &[]),
])
.given("seed");

const fn inside(name: &'static str) -> Shown {
    shown(name, Take::Collection(name))
}

pub(super) const SYSTEMS: Page = Page {
    ids: Ids::Attribute("name"),
    ty: "System",
    collection: "SystemCollection",
    as_list: picture(&[ID, HREF, COUNT, shown("systems", Take::Members), ADD, OF_TYPE]),
    as_expanded: picture(&[ID, HREF, COUNT, shown("systems", Take::Members), ADD]),
    as_member: picture(&[
        ID,
        NAME,
        DESCRIPTION,
        ALWAYS,
        SEEDED,
        PROPERTIES,
        STATE,
        inside("systems"),
        inside("machines"),
        inside("credentials"),
        inside("volumes"),
        inside("networks"),
        inside("networkPorts"),
        inside("addresses"),
        inside("forwardingGroups"),
        MADE_OFFERS,
        SEED_OFFERS,
    ]),
    as_item: picture(&[
        ID,
        NAME,
        DESCRIPTION,
        ALWAYS,
        SEEDED,
        PROPERTIES,
        STATE,
        inside("systems"),
        inside("machines"),
        inside("credentials"),
        inside("volumes"),
        inside("networks"),
        inside("networkPorts"),
        inside("addresses"),
        inside("forwardingGroups"),
        MADE_OFFERS,
        SEED_OFFERS,
        OF_TYPE,
    ]),
    verbs: Verbs {
        create: Some(&CREATE),
        delete: Some(&DELETE),
        act: Some(&Act {
            names: &["start", "stop", "restart", "pause", "suspend"],
            at_item: false,
            status: StatusCode::ACCEPTED,
            content_type: Some("text/html;charset=utf-8"),
            refused: None,
            unknown: Cause::NoRoute,
            job: false,
        }),
        ..Verbs::LOOK
    },
    ..Page::new("systems", "systems", "systems/{}")
};

const ADD: Shown = offers(&[
    offer("add", "{self}", &[]),
    offer("http://schemas.dmtf.org/cimi/1/action/import", "{self}/import", &[]),
]);
const IMPORT: Shown = offers(&[offer("http://schemas.dmtf.org/cimi/1/action/import", "{self}/import", &[])]);
const TEMPLATE_OFFERS: Shown = offers(&[
    offer(EXPORT, ELSEWHERE_TEMPLATE, &[]),
    offer("edit", "{self}", &[]),
    offer("delete", "{self}", &[]),
]);

const COMPONENTS: Shown = shown(
    "componentDescriptors",
    Take::Items(
        "componentDescriptors",
        &[NAME, DESCRIPTION, same("type"), MACHINE_TEMPLATE, same("quantity")],
    ),
)
.element("componentDescriptor");
const MACHINE_TEMPLATE: Shown = shown(
    "machineTemplate",
    Take::Either(&[
        Take::Inside("machineTemplate", &[same("machineConfig"), same("machineImage")]),
        Take::Of("machineTemplate"),
    ]),
);

pub(super) const SYSTEM_TEMPLATES: Page = Page {
    ids: Ids::Attribute("name"),
    ty: "SystemTemplate",
    collection: "SystemTemplateCollection",
    as_list: picture(&[ID, HREF, COUNT, shown("systemTemplates", Take::Members), IMPORT, OF_TYPE]),
    as_expanded: picture(&[ID, HREF, COUNT, shown("systemTemplates", Take::Members), IMPORT]),
    as_member: picture(&[ID, NAME, DESCRIPTION, CREATED, COMPONENTS, TEMPLATE_OFFERS]),
    as_item: picture(&[ID, NAME, DESCRIPTION, CREATED, COMPONENTS, TEMPLATE_OFFERS, OF_TYPE]),
    ..Page::new("systemTemplates", "system_templates", "system_templates/{}")
};

/// What was made is called as what it uses, and can be edited.
macro_rules! part_name {
    ($link:literal) => {
        shown("name", Take::Either(&[Take::Of("name"), Take::Via($link, "name"), Take::Text("{id}")]))
    };
}
macro_rules! part_description {
    ($link:literal) => {
        shown("description", Take::Either(&[Take::Of("description"), Take::Via($link, "description")]))
    };
}
const PART_DELETE: Shown = SHORT_DELETE.given("seed");
const PART_CHANGES: Shown =
    offers(&[offer("edit", "{self}", &[]), offer("delete", "{self}", &[])]).without("seed");

/// What a system uses: its items refer to it.
macro_rules! part {
    ($inner:literal, $outer:literal, $ty:literal, $key:literal, $link:literal) => {
        Page {
            ids: Ids::Number(concat!("sys_", $link, "_"), 1),
            ty: $ty,
            collection: concat!($ty, "Collection"),
            as_list: picture(&[ID, HREF, COUNT, shown($key, Take::Members), OF_TYPE]),
            as_expanded: picture(&[ID, HREF, COUNT, shown($key, Take::Members)]),
            as_member: picture(&[
                ID,
                part_name!($link),
                part_description!($link),
                ALWAYS,
                SEEDED,
                same($link),
                PART_DELETE,
                PART_CHANGES,
            ]),
            as_item: picture(&[
                ID,
                part_name!($link),
                part_description!($link),
                ALWAYS,
                SEEDED,
                same($link),
                PART_DELETE,
                PART_CHANGES,
                OF_TYPE,
            ]),
            verbs: Verbs { delete: Some(&DELETE), ..Verbs::LOOK },
            ..Page::new(
                concat!("systems/*/", $inner),
                concat!("systems/{}/", $outer),
                concat!("systems/{}/", $outer, "/{}"),
            )
        }
    };
}

pub(super) const SYSTEM_MACHINES: Page =
    part!("machines", "machines", "SystemMachine", "systemMachines", "machine");
pub(super) const SYSTEM_VOLUMES: Page =
    part!("volumes", "volumes", "SystemVolume", "systemVolumes", "volume");
pub(super) const SYSTEM_NETWORKS: Page =
    part!("networks", "networks", "SystemNetwork", "systemNetworks", "network");
pub(super) const SYSTEM_ADDRESSES: Page =
    part!("addresses", "addresses", "SystemAddress", "systemAddresses", "address");
/// Of groups it does not say which.
pub(super) const SYSTEM_FORWARDING_GROUPS: Page = Page {
    as_member: picture(&[ID, part_name!("forwardingGroup"), ALWAYS, SEEDED, PART_DELETE, PART_CHANGES]),
    ..part!(
        "forwardingGroups",
        "forwarding_groups",
        "SystemForwardingGroup",
        "systemForwardingGroups",
        "forwardingGroup"
    )
};

pub(super) const SYSTEM_CREDENTIALS: Page = Page {
    verbs: Verbs::NONE,
    unserved: Cause::Lacking("system_credentials"),
    ..Page::new("systems/*/credentials", "systems/{}/credentials", "systems/{}/credentials/{}")
};
pub(super) const SYSTEM_SYSTEMS: Page = Page {
    verbs: Verbs::NONE,
    unserved: Cause::Lacking("system_systems"),
    ..Page::new("systems/*/systems", "systems/{}/systems", "systems/{}/systems/{}")
};
pub(super) const SYSTEM_NETWORK_PORTS: Page = Page {
    verbs: Verbs::NONE,
    unserved: Cause::Lacking("system_network_ports"),
    ..Page::new("systems/*/networkPorts", "systems/{}/network_ports", "systems/{}/network_ports/{}")
};
