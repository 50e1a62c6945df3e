//! How clients change resources: whole, or in named parts.

use std::collections::BTreeSet;

use super::asked::Asked;
use super::known::{Known, Shown};
use crate::check::Violation;
use crate::meaning::{Tree, Value};
use crate::spec::Duty;

/// A full update of a resource that the client was shown: what it sends, and what it was shown.
fn full<'a>(asked: &'a Asked<'_>, known: &'a Known<'_>) -> Option<(BTreeSet<&'a str>, &'a Shown)> {
    let (rel, of) = asked.operation()?;
    let tree = asked.tree.as_ref()?.as_ref().ok()?;
    let shown = known.shown(of)?;
    (asked.is_full_update() && rel == "edit").then(|| (names(asked, tree), shown))
}

/// The names of what a body carries, erasures included.
fn names<'a>(asked: &'a Asked<'_>, tree: &'a Tree) -> BTreeSet<&'a str> {
    let read = asked.reading.iter().flat_map(|it| it.resource.attributes.keys().map(String::as_str));
    match tree {
        Tree::Json(root) => read.chain(root.members().iter().map(|it| it.key.as_str())).collect(),
        Tree::Xml(root) => read.chain(root.children.iter().map(|it| it.name.local.as_str())).collect(),
    }
}

/// DSP0263 4.1.1, 4.2.1.3: what a client does not understand goes back as it came.
pub(super) fn echoes(asked: &Asked<'_>, known: &Known<'_>) -> Option<Vec<Violation>> {
    let (sent, shown) = full(asked, known)?;
    if shown.foreign.is_empty() {
        return None;
    }
    let is_same_format = asked.tree.as_ref()?.as_ref().ok()?.format() == shown.format;
    let kind = shown.resource.type_name.as_deref().unwrap_or("resource");
    let mut all = Vec::new();
    for name in &shown.foreign {
        let before = shown.resource.attributes.get(name);
        let now = asked.reading.as_ref().and_then(|it| it.resource.attributes.get(name));
        let got = if !sent.contains(name.as_str()) {
            "nothing".to_owned()
        } else if is_same_format && now != before {
            now.map_or_else(|| "nothing".to_owned(), Value::show)
        } else {
            continue;
        };
        let expected = format!(
            "{name}: {}, as exchange {} showed it",
            before.map_or_else(String::new, Value::show),
            shown.exchange
        );
        let what = format!("{kind}.{name}");
        all.push(asked.violation("4.1.1/client-echoes-unknown", &what, expected, got));
    }
    Some(all)
}

/// DSP0263 4.2.1.3: a full update has everything that has a value. What is mandatory for clients is told as that (5.3).
pub(super) fn everything(asked: &Asked<'_>, known: &Known<'_>) -> Option<Vec<Violation>> {
    missing(asked, known, Duty::Optional, "4.2.1.3/client-sends-everything")
}

/// DSP0263 5.3: what is mandatory for clients is in what they send.
pub(super) fn mandatory(asked: &Asked<'_>, known: &Known<'_>) -> Option<Vec<Violation>> {
    missing(asked, known, Duty::Mandatory, "5.3/consumer-mandatory")
}

fn missing(
    asked: &Asked<'_>,
    known: &Known<'_>,
    duty: Duty,
    requirement: &'static str,
) -> Option<Vec<Violation>> {
    let (sent, shown) = full(asked, known)?;
    let kind = shown.resource.type_name.as_deref().unwrap_or("");
    let declared = &known.tables.types.get(kind)?.attributes;
    let there = shown
        .resource
        .attributes
        .iter()
        .filter(|(name, _)| declared.get(*name).is_some_and(|attribute| attribute.from_clients == duty));
    let lacking = there.filter(|(name, _)| !sent.contains(name.as_str()));
    let found = lacking.map(|(name, value)| {
        let expected = format!("{name}: {}, as exchange {} showed it", value.show(), shown.exchange);
        let violation = asked.violation(requirement, &format!("{kind}.{name}"), expected, "nothing");
        violation.with_hint("send it back; to erase it, send it empty, or name it alone in $select")
    });
    Some(found.collect())
}

/// DSP0263 4.2.1.3.1: a partial update names in $select what it carries.
pub(super) fn named(asked: &Asked<'_>, _: &Known<'_>) -> Option<Vec<Violation>> {
    let tree = asked.tree.as_ref()?.as_ref().ok()?;
    if asked.method() != "PUT" || asked.is_full_update() {
        return None;
    }
    let selected: BTreeSet<&str> =
        asked.place.values("$select").flat_map(|it| it.split(',')).map(str::trim).collect();
    // What nobody can write may stand there all the same (interpretation `put-unselected`).
    let is_envelope = |name: &&str| {
        matches!(*name, "resourceURI" | "operations" | "operation" | "id" | "created" | "updated" | "parent")
    };
    let attributes = asked.reading.as_ref()?.resource.attributes.keys().map(String::as_str);
    let erased: Vec<&str> = match tree {
        Tree::Json(root) => root.members().iter().map(|it| it.key.as_str()).collect(),
        Tree::Xml(_) => Vec::new(),
    };
    let carried: BTreeSet<&str> = attributes.chain(erased).filter(|name| !is_envelope(name)).collect();
    let extra = carried.into_iter().filter(|name| !selected.contains(name) && !selected.contains("*"));
    let found = extra.map(|name| {
        let expected = format!("{name} among the names in $select, or not in the body");
        let got = selected.iter().copied().collect::<Vec<_>>().join(",");
        asked.violation("4.2.1.3.1/client-names-parts", name, expected, format!("$select={got}"))
    });
    Some(found.collect())
}
