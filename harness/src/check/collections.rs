//! Collections of a kind: what the clause of each says beside the pattern that all of them follow.

use crate::event::{At, BodyAt};
use crate::meaning::{Note, NoteKind};
use crate::spec::Tables;

use super::{Context, Seen, Violation, bare};

/// The requirements of clauses that define a Collection; the clause is what stands before the slash.
const BY_CLAUSE: [&str; 29] = [
    "5.11.2/collection",
    "5.13.2/collection",
    "5.13.5/collection",
    "5.14.2/collection",
    "5.14.4/collection",
    "5.14.6/collection",
    "5.14.8/collection",
    "5.14.10/collection",
    "5.14.12/collection",
    "5.15.2/collection",
    "5.15.4/collection",
    "5.15.6/collection",
    "5.15.8/collection",
    "5.16.2/collection",
    "5.16.4/collection",
    "5.16.6/collection",
    "5.16.8/collection",
    "5.16.10/collection",
    "5.16.12/collection",
    "5.16.14/collection",
    "5.16.16/collection",
    "5.16.18/serialised",
    "5.16.20/collection",
    "5.17.2/collection",
    "5.17.4/collection",
    "5.17.6/collection",
    "5.17.9/collection",
    "5.17.10/collection",
    "5.17.12/collection",
];

/// The requirement of the clause that a Collection departs from when it is named as another kind. In which namespace it is
/// named so, clause 4.1.4 says for all of them.
pub(super) fn of_another_kind(note: &Note, tables: &Tables) -> Option<&'static str> {
    let NoteKind::TypeUri(_) = note.kind else { return None };
    let collection = tables.collections.get(note.subject.split('.').next()?)?;
    let is_another = are_other_kinds(&note.got, &collection.uri);
    let of_clause = |id: &&str| id.split('/').next() == Some(collection.clause.as_str());
    is_another.then(|| BY_CLAUSE.into_iter().find(of_clause)).flatten()
}

/// Whether two type URIs name different kinds, in whatever namespace.
pub(super) fn are_other_kinds(one: &str, other: &str) -> bool {
    one.rsplit('/').next() != other.rsplit('/').next()
}

/// DSP0263 5.12: what is behind a link of the Cloud Entry Point is a Collection of the kind that the link is named for.
pub(super) fn of_entry_point(seen: &Seen<'_>, context: &Context<'_>) -> Vec<Violation> {
    let Some(reading) = seen.reading.as_ref().filter(|_| seen.is_success()) else { return Vec::new() };
    let named = context.links.entry.get(&bare(&seen.exchange.request.url));
    let (Some(named), Some(shown), "GET") =
        (named, reading.resource.type_name.as_ref(), seen.exchange.request.method.as_str())
    else {
        return Vec::new();
    };
    let wrong = named.iter().filter(|(_, expected)| *expected != shown);
    wrong
        .map(|(attribute, expected)| {
            let subject = format!("CloudEntryPoint.{attribute}");
            let at = At::Body(BodyAt { path: "/resourceURI".to_owned(), line: 1, column: 1 });
            Violation::new("5.12/collections-typed", subject, at, expected.clone(), shown.clone())
        })
        .collect()
}
