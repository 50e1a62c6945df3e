//! Deltacloud's networks and addresses.

use http::StatusCode;

use super::super::picture::{
    COUNT, DESCRIPTION, Form, ID, NAME, PROPERTIES, STATE, Shown, Take, offer, offers, picture, same, shown,
    text,
};
use super::super::speech::{Cause, Create, Hrefs, Ids, Mend, Page, Reply, Verbs};
use super::compute::{ADD, SHORT_DELETE};
use super::pages::{DELETE, HREF, OF_TYPE, PLAIN};

/// What its own files describe can be edited, as it says; nothing is there when one tries.
const EDIT: Shown = offers(&[offer("edit", "{self}", &[]), offer("delete", "{self}", &[])]);

/// The dates of what comes from its files are words.
const WORDS: Shown = same("created").form(Form::Words);

const NETWORK_DESCRIPTION: Shown = shown(
    "description",
    Take::Either(&[Take::Of("description"), Take::Text("No description set for Network {name}")]),
);
const NETWORK_TYPE: Shown =
    shown("networkType", Take::Either(&[Take::Of("networkType"), Take::Text("PRIVATE")]));
const PORTS: Shown = shown("networkPorts", Take::Collection("networkPorts"));

pub(super) const NETWORKS: Page = Page {
    ids: Ids::Attribute("name"),
    ty: "Network",
    collection: "NetworkCollection",
    as_list: picture(&[ID, HREF, COUNT, shown("networks", Take::Members), ADD, OF_TYPE]),
    as_expanded: picture(&[ID, HREF, COUNT, shown("networks", Take::Members), ADD]),
    as_member: picture(&[ID, NAME, NETWORK_DESCRIPTION, STATE, NETWORK_TYPE, PORTS, SHORT_DELETE]),
    as_item: picture(&[ID, NAME, NETWORK_DESCRIPTION, STATE, NETWORK_TYPE, PORTS, SHORT_DELETE, OF_TYPE]),
    verbs: Verbs {
        create: Some(&Create {
            at: None,
            // The driver looks for the template's group where it never is.
            mends: &[Mend::Drop("resourceURI"), Mend::Need(&["forwardingGroup"], Cause::Missing)],
            status: StatusCode::CREATED,
            reply: Reply::Item,
            location: Hrefs::Absolute,
            job: false,
        }),
        delete: Some(&DELETE),
        ..Verbs::LOOK
    },
    ..Page::new("networks", "networks", "networks/{}")
};

pub(super) const NETWORK_PORTS_OF: Page = Page {
    verbs: Verbs::NONE,
    unserved: Cause::Lacking("networks_ports"),
    ..Page::new("networks/*/networkPorts", "networks/{}/network_ports", "networks/{}/network_ports/{}")
};

pub(super) const NETWORK_PORTS: Page = Page {
    verbs: Verbs::NONE,
    unserved: Cause::Lacking("networks_ports"),
    ..Page::new("networkPorts", "network_ports", "network_ports/{}")
};

pub(super) const FORWARDING_GROUP_TEMPLATES: Page = Page {
    verbs: Verbs::NONE,
    unserved: Cause::Lacking("forwarding_groups"),
    ..Page::new("forwardingGroupTemplates", "forwarding_group_templates", "forwarding_group_templates/{}")
};

pub(super) const NETWORK_TEMPLATES: Page = Page {
    ids: Ids::Attribute("name"),
    ty: "NetworkTemplate",
    collection: "NetworkTemplateCollection",
    as_list: picture(&[ID, HREF, COUNT, shown("networkTemplates", Take::Members), OF_TYPE]),
    as_expanded: picture(&[ID, HREF, COUNT, shown("networkTemplates", Take::Members)]),
    as_member: picture(&[ID, NAME, DESCRIPTION, WORDS, same("networkConfig"), same("forwardingGroup"), EDIT]),
    as_item: picture(&[
        ID,
        NAME,
        DESCRIPTION,
        WORDS,
        same("networkConfig"),
        same("forwardingGroup"),
        EDIT,
        OF_TYPE,
    ]),
    ..Page::new("networkTemplates", "network_templates", "network_templates/{}")
};

pub(super) const NETWORK_CONFIGS: Page = Page {
    ids: Ids::Attribute("name"),
    ty: "NetworkConfiguration",
    collection: "NetworkConfigurationCollection",
    as_list: picture(&[ID, HREF, COUNT, shown("networkConfigurations", Take::Members), OF_TYPE]),
    as_expanded: picture(&[ID, HREF, COUNT, shown("networkConfigurations", Take::Members)]),
    as_member: picture(&[
        ID,
        NAME,
        DESCRIPTION,
        WORDS,
        same("networkType"),
        same("mtu"),
        same("classOfService"),
        EDIT,
    ]),
    as_item: picture(&[
        ID,
        NAME,
        DESCRIPTION,
        WORDS,
        same("networkType"),
        same("mtu"),
        same("classOfService"),
        EDIT,
        OF_TYPE,
    ]),
    ..Page::new("networkConfigs", "network_configurations", "network_configurations/{}")
};

pub(super) const NETWORK_PORT_TEMPLATES: Page = Page {
    ids: Ids::Attribute("name"),
    ty: "NetworkPortTemplate",
    collection: "NetworkPortTemplateCollection",
    as_list: picture(&[ID, HREF, COUNT, shown("networkPortTemplates", Take::Members), OF_TYPE]),
    as_expanded: picture(&[ID, HREF, COUNT, shown("networkPortTemplates", Take::Members)]),
    as_member: picture(&[ID, NAME, DESCRIPTION, WORDS, same("network"), same("networkPortConfig"), EDIT]),
    as_item: picture(&[
        ID,
        NAME,
        DESCRIPTION,
        WORDS,
        same("network"),
        same("networkPortConfig"),
        EDIT,
        OF_TYPE,
    ]),
    ..Page::new("networkPortTemplates", "network_port_templates", "network_port_templates/{}")
};

pub(super) const NETWORK_PORT_CONFIGS: Page = Page {
    ids: Ids::Attribute("name"),
    ty: "NetworkPortConfiguration",
    collection: "NetworkPortConfigurationCollection",
    as_list: picture(&[ID, HREF, COUNT, shown("networkPortConfigurations", Take::Members), OF_TYPE]),
    as_expanded: picture(&[ID, HREF, COUNT, shown("networkPortConfigurations", Take::Members)]),
    as_member: picture(&[ID, NAME, DESCRIPTION, WORDS, same("classOfService"), same("portType"), EDIT]),
    as_item: picture(&[
        ID,
        NAME,
        DESCRIPTION,
        WORDS,
        same("classOfService"),
        same("portType"),
        EDIT,
        OF_TYPE,
    ]),
    ..Page::new("networkPortConfigs", "network_port_configurations", "network_port_configurations/{}")
};

/// An attribute that the driver knows nothing of.
const fn unknown(name: &'static str, takes: &'static [Take]) -> Shown {
    shown(name, Take::Either(takes))
}

const GATEWAY: Shown = unknown("defaultGateway", &[Take::Of("defaultGateway"), Take::Text("unknown")]);
const DNS: Shown = unknown("dns", &[Take::Of("dns"), Take::Text("unknown")]).form(Form::First);
const MASK: Shown = unknown("mask", &[Take::Of("mask"), Take::Text("unknown")]);
const PROTOCOL: Shown = unknown("protocol", &[Take::Of("protocol"), Take::Text("ipv4")]);
const ALLOCATION: Shown = unknown("allocation", &[Take::Of("allocation"), Take::Text("dynamic")]);
const ADDRESS_DESCRIPTION: Shown = text("description", "Address {ip}");

pub(super) const ADDRESSES: Page = Page {
    ids: Ids::Attribute("ip"),
    ty: "Address",
    collection: "AddressCollection",
    as_list: picture(&[ID, HREF, COUNT, shown("addresses", Take::Members), ADD, OF_TYPE]),
    as_expanded: picture(&[ID, HREF, COUNT, shown("addresses", Take::Members), ADD]),
    as_member: picture(&[
        ID,
        NAME,
        ADDRESS_DESCRIPTION,
        PROPERTIES,
        same("ip"),
        ALLOCATION,
        GATEWAY,
        DNS,
        PROTOCOL,
        MASK,
    ]),
    as_item: picture(&[
        ID,
        NAME,
        ADDRESS_DESCRIPTION,
        PROPERTIES,
        same("ip"),
        ALLOCATION,
        GATEWAY,
        DNS,
        PROTOCOL,
        MASK,
        OF_TYPE,
    ]),
    verbs: PLAIN,
    ..Page::new("addresses", "addresses", "addresses/{}")
};

pub(super) const ADDRESS_TEMPLATES: Page = Page {
    ids: Ids::Attribute("name"),
    ty: "AddressTemplate",
    collection: "AddressTemplateCollection",
    as_list: picture(&[ID, HREF, COUNT, shown("addressTemplates", Take::Members), ADD, OF_TYPE]),
    as_expanded: picture(&[ID, HREF, COUNT, shown("addressTemplates", Take::Members), ADD]),
    as_member: picture(&[
        ID,
        NAME,
        DESCRIPTION,
        WORDS,
        same("ip"),
        same("hostname"),
        same("allocation"),
        same("defaultGateway"),
        same("dns").form(Form::First),
        same("protocol"),
        same("mask"),
        same("network"),
        EDIT,
    ]),
    as_item: picture(&[
        ID,
        NAME,
        DESCRIPTION,
        WORDS,
        same("ip"),
        same("hostname"),
        same("allocation"),
        same("defaultGateway"),
        same("dns").form(Form::First),
        same("protocol"),
        same("mask"),
        same("network"),
        EDIT,
        OF_TYPE,
    ]),
    ..Page::new("addressTemplates", "address_templates", "address_templates/{}")
};

const GROUP_DESCRIPTION: Shown = shown(
    "description",
    Take::Either(&[Take::Of("description"), Take::Text("No description set for Forwarding Group {name}")]),
);
const NETWORKS_IN: Shown = same("networks").element("network");

pub(super) const FORWARDING_GROUPS: Page = Page {
    ids: Ids::Number("net", 1),
    ty: "ForwardingGroup",
    collection: "ForwardingGroupCollection",
    as_list: picture(&[ID, HREF, COUNT, shown("forwardingGroups", Take::Members), OF_TYPE]),
    as_expanded: picture(&[ID, HREF, COUNT, shown("forwardingGroups", Take::Members)]),
    as_member: picture(&[ID, NAME, GROUP_DESCRIPTION, NETWORKS_IN]),
    as_item: picture(&[ID, NAME, GROUP_DESCRIPTION, NETWORKS_IN, OF_TYPE]),
    ..Page::new("forwardingGroups", "forwarding_groups", "forwarding_groups/{}")
};
