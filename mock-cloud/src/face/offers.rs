//! The operations that a representation offers (DSP0263 4.2): what this caller may do, in this state, in this cloud.
//!
//! Owns their list. Whether a state allows an operation is the simulation's to say.

use cimi::{Attributes, Value};

use super::atlas::IMPORT;
use super::render::View;
use crate::world::{Group, Id, Record};

/// Those of a resource; none if there is none.
pub(super) fn of_resource(view: &View<'_>, record: &Record, path: &str) -> Option<Value> {
    let kind = record.id.kind();
    if !view.caller.may_change(kind) {
        return None;
    }
    let edition = view.atlas.edition();
    let href = view.absolute(path);
    let mut offers = Vec::with_capacity(8);
    offers.push(offer("edit", href.clone()));
    if record.id != Id::CLOUD && view.sim.offers(record.id, "delete") {
        offers.push(offer("delete", href.clone()));
    }
    if let Some(schema) = view.atlas.page(kind).resource {
        for operation in schema.operations().filter(|operation| view.sim.offers(record.id, operation.name)) {
            offers.push(offer(
                edition.action_uri(operation.name),
                [href.as_str(), "/", operation.name].concat(),
            ));
        }
    }
    Some(Value::Array(offers))
}

/// Those of a collection; none if there is none.
pub(super) fn of_collection(view: &View<'_>, group: Group, path: &str) -> Option<Value> {
    let href = view.absolute(path);
    let mut offers = Vec::new();
    if view.caller.may_create(group.kind) && view.atlas.addition(group.kind).is_some() {
        offers.push(offer("add", href.clone()));
    }
    if view.caller.may_change(group.kind) && view.atlas.gathers(group.kind) {
        offers.push(offer("insert", format!("{href}/insert")));
        offers.push(offer("remove", format!("{href}/remove")));
    }
    if group.owner.is_none() && view.caller.may_create(group.kind) && view.atlas.imports(group.kind) {
        offers.push(offer(view.atlas.edition().action_uri(IMPORT), format!("{href}/{IMPORT}")));
    }
    if offers.is_empty() { None } else { Some(Value::Array(offers)) }
}

fn offer(rel: impl Into<String>, href: String) -> Value {
    Value::Structure(Attributes::with_capacity(2).with("rel", rel.into()).with("href", href))
}
