//! The operations that a representation offers (DSP0263 4.2): what this caller may do, in this state, in this cloud.
//!
//! Owns their list. Whether a state allows an operation is the simulation's to say.
//!
//! What the state of a resource forbids is left out, as it will be forbidden until somebody does something about it. What
//! passes by itself is shown as not available, in the edition that has a word for it: an operation that is possible once the Job
//! that is at the resource has ended, and one that there is no room for until a moment that is known.

use cimi::{Attributes, Value};

use super::atlas::IMPORT;
use super::render::View;
use super::words;
use crate::world::{Group, Id, Kind, Record};

/// Whether an operation can be asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Offer {
    /// Now.
    Now,
    /// Later.
    Later,
}

/// Those of a resource; none if there is none.
pub(super) fn of_resource(view: &View<'_>, record: &Record, path: &str) -> Option<Value> {
    let kind = record.id.kind();
    if !view.caller.may_change(kind) {
        return None;
    }
    let edition = view.atlas.edition();
    let href = view.absolute(path);
    let mut offers = Vec::with_capacity(8);
    offers.push(shown("edit", href.clone(), Offer::Now));
    if record.id != Id::CLOUD
        && let Some(offer) = offer(view, record, "delete")
    {
        offers.push(shown("delete", href.clone(), offer));
    }
    if let Some(schema) = view.atlas.page(kind).resource {
        for operation in schema.operations() {
            if let Some(offer) = offer(view, record, operation.name) {
                let href = [href.as_str(), "/", operation.name].concat();
                offers.push(shown(edition.action_uri(operation.name), href, offer));
            }
        }
    }
    Some(Value::Array(offers))
}

/// Those of a collection; none if there is none.
pub(super) fn of_collection(view: &View<'_>, group: Group, path: &str) -> Option<Value> {
    let href = view.absolute(path);
    let mut offers = Vec::new();
    if view.caller.may_create(group.kind) && view.atlas.addition(group.kind).is_some() {
        let full = has_no_room(view, group.kind, "create", None);
        offers.push(shown("add", href.clone(), if full { Offer::Later } else { Offer::Now }));
    }
    if view.caller.may_change(group.kind) && view.atlas.gathers(group.kind) {
        offers.push(shown("insert", format!("{href}/insert"), Offer::Now));
        offers.push(shown("remove", format!("{href}/remove"), Offer::Now));
    }
    if group.owner.is_none() && view.caller.may_create(group.kind) && view.atlas.imports(group.kind) {
        offers.push(shown(view.atlas.edition().action_uri(IMPORT), format!("{href}/{IMPORT}"), Offer::Now));
    }
    if offers.is_empty() { None } else { Some(Value::Array(offers)) }
}

/// Whether an operation of a resource is shown, and how.
fn offer(view: &View<'_>, record: &Record, operation: &str) -> Option<Offer> {
    if view.sim.offers(record.id, operation) {
        let full = has_no_room(view, record.id.kind(), operation, record.label.name.as_deref());
        return Some(if full { Offer::Later } else { Offer::Now });
    }
    let later = view.sim.will_offer(record.id, operation);
    (later && words::tells_available(view.atlas.edition())).then_some(Offer::Later)
}

/// In 1.x there is no word for what is not available; it is shown, and refused.
fn has_no_room(view: &View<'_>, kind: Kind, operation: &str, resource: Option<&str>) -> bool {
    view.sim.has_no_room(kind, operation, resource, view.now) && words::tells_available(view.atlas.edition())
}

fn shown(rel: impl Into<String>, href: String, offer: Offer) -> Value {
    let fields = Attributes::with_capacity(3).with("rel", rel.into()).with("href", href);
    Value::Structure(if offer == Offer::Later { fields.with("available", false) } else { fields })
}
