//! OW2 Sirocco's CIMI server, from what is known of its sources and of its client: there are no recordings of it.
//!
//! Owns its speech; its pages are beside it.

use cimi::Edition;

use super::Dialect;
use super::speech::{
    Access, Cause, Expand, Fault, Filter, Form, Format, Header, Hrefs, Media, Pages, Query, Reads, Select,
    Speech, When,
};

mod pages;
mod parts;

pub(super) static SIROCCO: Dialect = Dialect {
    name: "sirocco",
    summary: "OW2 Sirocco, the multi-cloud manager",
    edition: Edition::V1,
    seed: include_str!("seed.toml"),
    speech: Speech {
        root: "/cimi/",
        redirects: &[],
        hrefs: Hrefs::Absolute,
        any_case: false,
        media: Media {
            writes: &[Format::Json, Format::Xml],
            silent: Format::Json,
            any: Format::Json,
            lenient: false,
            parameter: None,
            json: "application/json",
            xml: "application/xml",
            declaration: true,
            reads: Reads::Either,
        },
        access: Access {
            open_entry: false,
            token: None,
            force: None,
            challenge: Some("Basic realm=\"sirocco\""),
            owners: false,
        },
        entry: pages::ENTRY,
        pages: pages::ALL,
        options: false,
        tags: false,
        version: Some("1.0"),
        headers: &[Header { when: When::Always, name: "cimi-specification-version", value: "1.0" }],
        query: Query {
            filter: Filter::Standard,
            select: Select::Everywhere,
            expand: Expand::Everywhere,
            pages: Pages::OwnCount,
        },
        faults: FAULTS,
        extensions: &[],
        kept: "sirocco:",
    },
};

/// The body of every error is its message.
const fn text(status: u16, text: &'static str) -> Fault {
    Fault { status, headers: &[], text, form: Form::Text(Some("text/plain")) }
}

static FAULTS: &[(Cause, Fault)] = &[
    (Cause::NoRoute, text(404, "Could not find resource for full path: {path}")),
    (Cause::Method, text(405, "No resource method found for {method}")),
    (Cause::Missing, text(404, "Resource {id} not found")),
    (Cause::Unreadable, text(400, "Invalid request body")),
    (Cause::Invalid, text(400, "{message}")),
    (Cause::Version, text(400, "{message}")),
    (Cause::NotAcceptable, Fault { status: 406, headers: &[], text: "", form: Form::Empty }),
    (Cause::Unauthorized, text(401, "Unauthorized")),
    (Cause::WrongCredentials, text(401, "Unauthorized")),
    (Cause::Forbidden, text(403, "{message}")),
    (Cause::Conflict, text(409, "{message}")),
    (Cause::Unsupported, text(501, "Unsupported operation")),
    (Cause::Lacking(""), text(503, "Operation not permitted")),
    (Cause::Internal, text(500, "{message}")),
];
