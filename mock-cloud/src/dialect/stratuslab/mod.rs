//! StratusLab's CIMI server, as recorded: JSON alone, owners and access lists, no machines.
//!
//! Owns its speech; its pages are beside it.

use cimi::Edition;

use super::Dialect;
use super::speech::{
    Access, Cause, Expand, Fault, Filter, Form, Format, Header, Hrefs, Media, Pages, Query, Reads, Select,
    Speech, When,
};

mod pages;

pub(super) static STRATUSLAB: Dialect = Dialect {
    name: "stratuslab",
    summary: "StratusLab, its CIMI server in Clojure",
    edition: Edition::V1,
    seed: include_str!("seed.toml"),
    speech: Speech {
        root: "/cimi/",
        redirects: &[],
        hrefs: Hrefs::Relative,
        any_case: false,
        media: Media {
            writes: &[Format::Json],
            silent: Format::Json,
            any: Format::Json,
            lenient: true,
            parameter: None,
            json: "application/json;charset=utf-8",
            xml: "",
            declaration: false,
            reads: Reads::Json,
        },
        access: Access {
            open_entry: true,
            token: Some("stratuslab"),
            force: None,
            challenge: None,
            owners: true,
        },
        entry: pages::ENTRY,
        pages: pages::ALL,
        options: false,
        tags: false,
        version: None,
        headers: &[Header { when: When::Always, name: "server", value: "Jetty(9.4.57.v20241219)" }],
        query: Query {
            filter: Filter::Ignored,
            select: Select::Ignored,
            expand: Expand::Ignored,
            pages: Pages::Ignored,
        },
        faults: FAULTS,
        extensions: &[],
        kept: "stratuslab:",
    },
};

const fn ring(status: u16, text: &'static str) -> Fault {
    Fault { status, headers: &[], text, form: Form::Ring }
}

/// Who is not let in is told so, and never asked who they are.
const NOT_YOURS: &str = "unauthorized ({method}) for {path}";

static FAULTS: &[(Cause, Fault)] = &[
    (Cause::NoRoute, ring(405, "invalid method ({method}) for {path}")),
    (Cause::Method, ring(405, "invalid method ({method}) for {path}")),
    (Cause::Missing, ring(404, "{id}not found ({method})")),
    (Cause::Unauthorized, ring(403, NOT_YOURS)),
    (Cause::WrongCredentials, ring(403, NOT_YOURS)),
    (Cause::Forbidden, ring(403, NOT_YOURS)),
    (Cause::Conflict, ring(409, "{message}")),
    (
        Cause::Schema,
        Fault {
            status: 400,
            headers: &[],
            text: "resource does not satisfy defined schema: {message}",
            form: Form::Text(None),
        },
    ),
    (
        Cause::Invalid,
        Fault {
            status: 400,
            headers: &[],
            text: "resource does not satisfy defined schema: {message}",
            form: Form::Text(None),
        },
    ),
    (
        Cause::Unsupported,
        Fault {
            status: 404,
            headers: &[],
            text: "unknown resource",
            form: Form::Text(Some("text/html;charset=utf-8")),
        },
    ),
    (
        Cause::Internal,
        Fault {
            status: 500,
            headers: &[],
            text: "Unexpected exception thrown: {message}",
            form: Form::RingShort,
        },
    ),
];
