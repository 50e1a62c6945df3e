//! What clients send: documents of the right type, with the attributes that there are, and values of their types.

use super::asked::Asked;
use super::known::Known;
use super::request::ACTION;
use crate::check::Violation;
use crate::meaning::{NoteKind, Reading, Tree, Value};
use crate::spec::Tables;

/// The body of a request to an operation that was offered.
fn body<'a>(asked: &'a Asked<'_>) -> Option<(&'a Tree, &'a Reading)> {
    let tree = asked.tree.as_ref()?.as_ref().ok()?;
    let reading = asked.reading.as_ref()?;
    (!asked.expected.is_empty()).then_some((tree, reading))
}

/// The same where the body is of a type that fits: what is of another is judged as that, not attribute by attribute.
fn fitting<'a>(asked: &'a Asked<'_>, known: &Known<'_>) -> Option<&'a Reading> {
    let is_right = right_type(asked, known)?.is_empty();
    asked.reading.as_ref().filter(|_| is_right)
}

/// DSP0263 4.1.2: XML is in the namespace of the edition.
pub(super) fn namespace(asked: &Asked<'_>, known: &Known<'_>) -> Option<Vec<Violation>> {
    let Tree::Xml(root) = asked.tree.as_ref()?.as_ref().ok()? else { return None };
    let got = root.name.namespace.as_deref().unwrap_or("no namespace");
    let fits = got == known.tables.namespace;
    let violation =
        || asked.violation("4.1.2/client-namespace", asked.what(), known.tables.namespace.clone(), got);
    Some((!fits).then(violation).into_iter().collect())
}

/// DSP0263 4.1.4, 4.2.1.1: a request is of a type that its target takes, and says no other.
pub(super) fn right_type(asked: &Asked<'_>, known: &Known<'_>) -> Option<Vec<Violation>> {
    let (tree, _) = body(asked)?;
    let names = said(tree, known.tables);
    let fits = |name: &String| asked.expected.iter().any(|expected| known_as(expected, name, known.tables));
    let wrong = names.into_iter().find(|name| !fits(name));
    let expected = asked.expected.join(" or ");
    Some(
        wrong
            .map(|got| asked.violation("4.1.4/client-right-type", asked.what(), expected, got))
            .into_iter()
            .collect(),
    )
}

/// What a body says that it is: by root element, by resourceURI.
fn said(tree: &Tree, tables: &Tables) -> Vec<String> {
    match tree {
        Tree::Json(root) => {
            root.get("resourceURI").and_then(|uri| uri.as_str()).map(str::to_owned).into_iter().collect()
        }
        Tree::Xml(root) => {
            let uri = root.attribute("resourceURI").map(str::to_owned);
            let element = format!("{}{}", tables.type_base, root.name.local);
            // An element of another namespace is judged as such.
            uri.into_iter().chain([element]).collect()
        }
    }
}

fn known_as(expected: &str, uri: &str, tables: &Tables) -> bool {
    let declared = tables.types.get(expected);
    let collection = tables.collections.get(expected).map(|it| it.uri.as_str());
    declared.is_some_and(|it| it.uris.iter().any(|known| known == uri))
        || collection == Some(uri)
        || (collection.is_some() && uri == format!("{}Collection", tables.type_base))
}

/// DSP0263 5.3: a client makes up no attributes.
pub(super) fn known_attributes(asked: &Asked<'_>, known: &Known<'_>) -> Option<Vec<Violation>> {
    let reading = fitting(asked, known)?;
    let (rel, of) = asked.operation()?;
    // What belongs to an item of a Collection goes with it (5.5.12.2).
    if matches!(rel, "insert" | "remove") {
        return None;
    }
    let shown = known.shown(of).filter(|_| rel == "edit").map(|shown| &shown.resource.attributes);
    let strange = reading.notes.iter().filter(|note| {
        note.kind == NoteKind::Unknown && !shown.is_some_and(|shown| shown.contains_key(&note.got))
    });
    let found = strange.map(|note| {
        let expected = "an attribute of the type, or one that the provider showed";
        asked.violation("5.3/client-known-attributes", &note.subject, expected, note.got.clone())
    });
    Some(found.collect())
}

/// DSP0263 5.5: values are of the types of their attributes.
pub(super) fn attribute_types(asked: &Asked<'_>, known: &Known<'_>) -> Option<Vec<Violation>> {
    let reading = fitting(asked, known)?;
    let wrong = reading.notes.iter().filter(|note| {
        matches!(
            note.kind,
            NoteKind::Scalar(_)
                | NoteKind::Value(_)
                | NoteKind::Ref
                | NoteKind::Array
                | NoteKind::Map
                | NoteKind::Structure
                | NoteKind::Repeated
                | NoteKind::RepeatedKey
        )
    });
    let found = wrong.map(|note| {
        let got = if crate::redact::is_secret(&note.subject) { crate::event::REDACTED } else { &note.got };
        asked.violation("5.5/client-attribute-types", &note.subject, note.expected.clone(), got)
    });
    Some(found.collect())
}

/// DSP0263 4.2.1.5: an operation beyond CRUD is asked for by an Action that names it.
pub(super) fn action(asked: &Asked<'_>, known: &Known<'_>) -> Option<Vec<Violation>> {
    let reading = fitting(asked, known)?;
    let (rel, _) = asked.operation().filter(|_| asked.expected.iter().all(|name| name == ACTION))?;
    let named = reading.resource.text("action").unwrap_or_default();
    if known.tables.short_rel(&named) == rel || named == rel {
        return Some(Vec::new());
    }
    let got = if named.is_empty() { "no action" } else { &named };
    let expected = known.tables.full_rel(rel);
    Some(vec![asked.violation("4.2.1.5/client-names-action", rel, expected, got)])
}

/// DSP0263 5.11.1: where the states are told in which a resource can be made, it is asked for in one of them.
pub(super) fn initial_state(asked: &Asked<'_>, known: &Known<'_>) -> Option<Vec<Violation>> {
    let reading = fitting(asked, known)?;
    let creation = known.tables.creations.get(reading.resource.type_name.as_deref()?)?;
    let (states, from) = known.initial_states.get(&creation.makes)?;
    let Value::Record(template) = reading.resource.attributes.get(&creation.template)? else { return None };
    let state = template.get("initialState").and_then(Value::as_text)?;
    let violation = || {
        let expected = format!("one of {}, as exchange {from} says", states.join(", "));
        asked.violation("5.11.1/client-initial-state", &creation.makes, expected, state.clone())
    };
    Some((!states.contains(&state)).then(violation).into_iter().collect())
}
