//! The CIMI add-on of OpenStack by IBM, as recorded: relative addresses in any case, actions posted to the machine.
//!
//! Owns its speech; its pages are beside it.

use cimi::Edition;

use super::Dialect;
use super::speech::{
    Access, Cause, Expand, Fault, Filter, Form, Format, Header, Hrefs, Media, Pages, Query, Reads, Select,
    Speech, When,
};

mod pages;

pub(super) static OSADDON: Dialect = Dialect {
    name: "osaddon",
    summary: "the CIMI add-on of OpenStack by IBM",
    edition: Edition::V1,
    seed: include_str!("seed.toml"),
    speech: Speech {
        root: "/cimiv1/",
        redirects: &[],
        hrefs: Hrefs::Relative,
        any_case: true,
        media: Media {
            writes: &[Format::Json, Format::Xml],
            silent: Format::Json,
            any: Format::Json,
            lenient: true,
            parameter: None,
            json: "application/json",
            xml: "application/xml",
            declaration: true,
            reads: Reads::Either,
        },
        // Keystone stands before it, which is not part of it.
        access: Access { open_entry: true, token: None, force: None, challenge: None, owners: false },
        entry: pages::ENTRY,
        pages: pages::ALL,
        options: false,
        tags: false,
        version: None,
        headers: &[
            Header { when: When::Always, name: "server", value: "WSGIServer/0.1 Python/2.7.18" },
            Header { when: When::Document, name: "cimi-specification-version", value: "1.0.0" },
        ],
        query: Query {
            filter: Filter::Ignored,
            select: Select::Ignored,
            expand: Expand::Ignored,
            pages: Pages::Ignored,
        },
        faults: FAULTS,
        extensions: &[],
        kept: "osaddon:",
    },
};

const fn text(status: u16, text: &'static str) -> Fault {
    Fault { status, headers: &[], text, form: Form::Text(Some("text/html; charset=UTF-8")) }
}

static FAULTS: &[(Cause, Fault)] = &[
    (
        Cause::Missing,
        Fault {
            status: 404,
            headers: &[],
            text: "Instance could not be found",
            form: Form::Nova("itemNotFound"),
        },
    ),
    (Cause::Unreadable, text(400, "Request body can not be parsed, malformed request body")),
    (Cause::Invalid, text(400, "Bad request")),
    (Cause::Unauthorized, text(401, "Authentication required")),
    (Cause::WrongCredentials, text(401, "Authentication required")),
    (Cause::Forbidden, text(403, "Forbidden")),
    (Cause::Internal, text(501, "Not implemented")),
];
