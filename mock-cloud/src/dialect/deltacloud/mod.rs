//! Apache Deltacloud's CIMI face over its mock driver, as recorded.
//!
//! Owns its speech; its pages are beside it.

use super::Dialect;
use super::picture::{Form, Shown, Take, shown, text};
use super::speech::{
    Access, Cause, Expand, Extension, Fault, Filter, Form as Body, Format, Header, Hrefs, Media, Pages,
    Query, Reads, Select, Speech, When,
};
use cimi::Edition;

mod compute;
mod network;
mod pages;
mod storage;
mod system;

pub(super) static DELTACLOUD: Dialect = Dialect {
    name: "deltacloud",
    summary: "Apache Deltacloud, its CIMI face over its mock driver",
    edition: Edition::V1,
    seed: include_str!("seed.toml"),
    speech: Speech {
        root: "/cimi/",
        redirects: &["", "/"],
        hrefs: Hrefs::Absolute,
        any_case: false,
        media: Media {
            writes: &[Format::Xml, Format::Json],
            silent: Format::Xml,
            any: Format::Json,
            lenient: false,
            parameter: Some("format"),
            json: "application/json",
            xml: "application/xml",
            declaration: false,
            reads: Reads::Exactly,
        },
        access: Access {
            open_entry: true,
            token: Some("deltacloud"),
            force: Some("force_auth"),
            challenge: Some("Basic realm=\"mock-deltacloud@localhost\""),
            owners: false,
        },
        entry: pages::ENTRY,
        pages: pages::ALL,
        options: true,
        tags: true,
        version: None,
        headers: &[
            Header { when: When::Always, name: "server", value: "thin" },
            Header { when: When::Always, name: "x-content-type-options", value: "nosniff" },
            Header {
                when: When::Cached,
                name: "cache-control",
                value: "max-age=0, private, must-revalidate",
            },
            Header { when: When::Markup, name: "x-xss-protection", value: "1; mode=block" },
            Header { when: When::Markup, name: "x-frame-options", value: "SAMEORIGIN" },
        ],
        query: Query {
            filter: Filter::OneText,
            select: Select::Members,
            expand: Expand::Items,
            pages: Pages::Ignored,
        },
        faults: FAULTS,
        extensions: EXTENSIONS,
        kept: "deltacloud:",
    },
};

const HTML: Body = Body::Text(Some("text/html;charset=utf-8"));

const fn ruby(status: u16, text: &'static str, class: &'static str) -> Fault {
    Fault { status, headers: &[], text, form: Body::Ruby(class) }
}

/// A path or a method that is not there: nothing in between.
const NO_ROUTE: Fault =
    Fault { status: 404, headers: &[("x-cascade", "pass")], text: "<h1>Not Found</h1>", form: HTML };

static FAULTS: &[(Cause, Fault)] = &[
    (Cause::NoRoute, NO_ROUTE),
    (Cause::Method, NO_ROUTE),
    (Cause::Missing, ruby(404, "Not found", "Deltacloud::Exceptions::ObjectNotFound")),
    (
        Cause::Unreadable,
        ruby(400, "Bad request (unexpected token)", "Deltacloud::Exceptions::ValidationFailure"),
    ),
    (Cause::Invalid, ruby(400, "Bad request ({message})", "Deltacloud::Exceptions::ValidationFailure")),
    (Cause::MediaType, ruby(500, "Can not parse content type {type}", "RuntimeError")),
    (Cause::NotAcceptable, Fault { status: 406, headers: &[], text: "", form: Body::Empty }),
    (Cause::Unauthorized, ruby(401, "Unauthorized", "Deltacloud::Exceptions::AuthenticationFailure")),
    (
        Cause::WrongCredentials,
        ruby(401, "Authentication Failure", "Deltacloud::Exceptions::AuthenticationFailure"),
    ),
    (Cause::Forbidden, ruby(403, "Not allowed", "Deltacloud::Exceptions::ForbiddenError")),
    (
        Cause::Lacking(""),
        Fault {
            status: 412,
            headers: &[("expect", "{word}")],
            text: "The required capability to execute this operation is missing",
            form: HTML,
        },
    ),
    (Cause::Query, ruby(500, "must have one of id and href set", "RuntimeError")),
    (
        Cause::Unsaved,
        ruby(
            500,
            "Attempt to delete object did not result in a single row modification",
            "Sequel::NoExistingObject",
        ),
    ),
    (Cause::Nothing, ruby(500, "undefined method `[]' for nil:NilClass", "NoMethodError")),
    (Cause::Bug, ruby(500, "undefined method `gsub!' for nil:NilClass", "NoMethodError")),
    (Cause::Unsupported, ruby(500, "uninitialized constant", "NameError")),
    (Cause::Internal, ruby(500, "{message}", "Deltacloud::Exceptions::BackendError")),
];

/// An attribute of Deltacloud's own, in its metadata.
const fn own(name: &'static str, namespace: &'static str, required: &'static str) -> [Shown; 4] {
    [
        text("name", name).attribute(),
        text("namespace", namespace).attribute(),
        text("type", "text").attribute(),
        text("required", required).attribute(),
    ]
}

const REALMS: Shown = shown("constraints", Take::Constants(&["us", "eu"])).element("constraint");

static DRIVER: [Shown; 4] = own("driver", "http://deltacloud.org/cimi/cloud_entry_point/driver", "true");
static PROVIDER: [Shown; 4] =
    own("provider", "http://deltacloud.org/cimi/cloud_entry_point/provider", "true");
static REALM: [Shown; 5] = {
    let [name, namespace, ty, required] = own("realm", "http://deltacloud.org/cimi/machine/realm", "false");
    [name, namespace, ty, required, REALMS]
};
static TEMPLATE_REALM: [Shown; 5] = {
    let [name, namespace, ty, required] =
        own("realm", "http://deltacloud.org/cimi/machine_template/realm", "false");
    [name, namespace, ty, required, REALMS]
};
static IMAGE: [Shown; 4] = {
    let own = own("machine_image", "http://deltacloud.org/cimi/machine/machine_image", "false");
    [own[0], own[1], text("type", "URI").attribute(), own[3]]
};

static EXTENSIONS: &[Extension] = &[
    Extension { ty: "CloudEntryPoint", attributes: &[&DRIVER, &PROVIDER], capabilities: &[] },
    Extension {
        ty: "Machine",
        attributes: &[&REALM, &IMAGE],
        capabilities: &[
            ("DefaultInitialState", "The state of a new Machine that asks for none"),
            ("InitialStates", "The states that a new Machine may ask for"),
        ],
    },
    Extension { ty: "MachineTemplate", attributes: &[&TEMPLATE_REALM], capabilities: &[] },
];

/// The present moment, which much is created at.
const NOW: Shown = shown("created", Take::Now).form(Form::Offset);
