//! What a cloud may do, and careless clients do not expect: found in its replies.
//!
//! Owns the list. Each is legal by the text; whether the client got over it shows in what it asks for next.

use url::Url;

use super::guide;
use super::known::{Known, names_unknown, references_of};
use crate::event::Response;
use crate::meaning::{Reading, Resource};
use crate::spec::Tables;

/// Something that a cloud may do.
#[derive(Debug)]
pub(super) struct Provocation {
    /// Its name.
    pub(super) name: &'static str,
    /// What holds for a client that got over it.
    pub(super) title: &'static str,
    /// The duty of clients that it asks for.
    pub(super) requirement: &'static str,
    /// What brings a client to it.
    pub(super) step: &'static str,
}

/// Attributes that no table knows.
pub(super) const OWN_ATTRIBUTE: &str = "own-attribute";
const RELATIVE: &str = "relative-reference";
const BASE_ELSEWHERE: &str = "base-elsewhere";
const PARAMETER: &str = "provider-parameter";
const ESCAPED: &str = "escaped-path";
const OPERATION: &str = "operation-address";
const STATE: &str = "unknown-state";
const ACCEPTED: &str = "accepted-job";
const ORDER: &str = "member-order";
const PREFIX: &str = "xml-prefix";
const COMMENT: &str = "xml-comment";
const TAG: &str = "entity-tag";

const TOLERATES: &str = "4.1.1/client-tolerates-more";

/// All of them.
pub(super) const ALL: &[Provocation] = &[
    Provocation {
        name: OWN_ATTRIBUTE,
        title: "goes on after attributes that CIMI does not define",
        requirement: "5.3/client-ignores-unknown",
        step: guide::ENTRY,
    },
    Provocation {
        name: RELATIVE,
        title: "goes on from relative references",
        requirement: "5.5.10/client-resolves",
        step: guide::ENTRY,
    },
    Provocation {
        name: BASE_ELSEWHERE,
        title: "goes on where baseURI is not the URL of the entry point",
        requirement: "5.5.10/client-resolves",
        step: guide::ENTRY,
    },
    Provocation {
        name: PARAMETER,
        title: "goes on from URLs with parameters of the provider",
        requirement: "4.1.6/client-keeps-parameters",
        step: guide::READ,
    },
    Provocation {
        name: ESCAPED,
        title: "goes on from URLs with escaped characters",
        requirement: "4.1.3/uris-opaque",
        step: guide::VOLUMES,
    },
    Provocation {
        name: OPERATION,
        title: "goes on from operations with URLs of their own",
        requirement: "4.1.1/client-discovers-operations",
        step: guide::PART,
    },
    Provocation {
        name: STATE,
        title: "goes on after a state that the text does not list",
        requirement: TOLERATES,
        step: guide::VOLUMES,
    },
    Provocation {
        name: ACCEPTED,
        title: "goes on after 202 and a Job",
        requirement: TOLERATES,
        step: guide::CREATE,
    },
    Provocation {
        name: ORDER,
        title: "goes on after JSON in which resourceURI does not come first",
        requirement: TOLERATES,
        step: guide::FORMATS,
    },
    Provocation {
        name: PREFIX,
        title: "goes on after XML with a prefix",
        requirement: TOLERATES,
        step: guide::FORMATS,
    },
    Provocation {
        name: COMMENT,
        title: "goes on after XML with comments",
        requirement: TOLERATES,
        step: guide::FORMATS,
    },
    Provocation { name: TAG, title: "goes on after an ETag", requirement: TOLERATES, step: guide::PART },
];

/// The provocations in status and headers.
pub(super) fn of_head(response: &Response) -> Vec<&'static str> {
    let mut all = Vec::new();
    if response.status == 202 && response.header("CIMI-Job-URI").is_some() {
        all.push(ACCEPTED);
    }
    if response.header("ETag").is_some() {
        all.push(TAG);
    }
    all
}

/// The provocations in a body.
pub(super) fn of_body(text: &str, reading: &Reading, known: &Known<'_>, at: &Url) -> Vec<&'static str> {
    let mut all = Vec::new();
    let resource = &reading.resource;
    let mut references = Vec::new();
    collect(resource, &mut references);
    let mut add = |name: &'static str, is_there: bool| all.extend(is_there.then_some(name));
    let is_relative = references.iter().any(|reference| Url::parse(reference).is_err());
    add(OWN_ATTRIBUTE, has_own(resource, known.tables));
    add(RELATIVE, is_relative);
    add(BASE_ELSEWHERE, is_relative && known.base_is_elsewhere());
    add(PARAMETER, references.iter().any(|reference| reference.contains('?')));
    add(
        ESCAPED,
        references.iter().any(|reference| reference.split('?').next().is_some_and(|p| p.contains('%'))),
    );
    add(OPERATION, has_addresses(resource, at));
    add(STATE, has_unknown_state(resource, known.tables));
    if text.trim_start().starts_with('<') {
        let root = text.split_once("?>").map_or(text, |(_, rest)| rest).trim_start();
        let name = root.trim_start_matches('<').split([' ', '>', '\n', '/']).next().unwrap_or("");
        add(PREFIX, name.contains(':'));
        add(COMMENT, text.contains("<!--"));
    } else {
        let first = text.trim_start().trim_start_matches('{').trim_start();
        add(ORDER, !first.starts_with("\"resourceURI\""));
    }
    all
}

fn collect(resource: &Resource, all: &mut Vec<String>) {
    references_of(resource, all);
    all.extend(resource.operations.iter().map(|operation| operation.href.clone()));
    resource.items.iter().for_each(|item| collect(item, all));
}

fn has_own(resource: &Resource, tables: &Tables) -> bool {
    !names_unknown(resource, tables).is_empty() || resource.items.iter().any(|item| has_own(item, tables))
}

/// Whether an operation of the resource stands under another URL than the resource itself.
fn has_addresses(resource: &Resource, at: &Url) -> bool {
    let id = resource.id().unwrap_or(at.as_str());
    let crud = |rel: &str| matches!(rel, "edit" | "delete" | "add");
    resource.operations.iter().any(|operation| crud(&operation.rel) && operation.href != id)
        || resource.items.iter().any(|item| has_addresses(item, at))
}

fn has_unknown_state(resource: &Resource, tables: &Tables) -> bool {
    let declared = resource.type_name.as_deref().and_then(|name| tables.types.get(name));
    let state = declared.and_then(|it| it.attributes.get("state"));
    let is_unknown = |values: &[String]| {
        resource.text("state").is_some_and(|state| !values.is_empty() && !values.contains(&state))
    };
    state.is_some_and(|it| is_unknown(&it.values))
        || resource.items.iter().any(|item| has_unknown_state(item, tables))
}
