//! What is shown of a reply: documents first, then headers and status, then the text.
//!
//! Owns which ways are about which resource in a reply.

use cimi::model::Schema;
use cimi::{Attributes, Value};
use http::{Method, StatusCode};

use super::asked::Asked;
use super::memory::{Member, Memory};
use super::message::Reply;
use super::way::{Act, Sort, Way};
use super::{document, query};

/// Changes a reply in these ways.
pub(super) fn reply(ways: &[&'static Way], asked: &Asked, memory: &Memory, reply: &mut Reply) {
    if memory.is_of_documents() || ways.iter().any(|way| is_of_documents(&way.act)) {
        let own = asked.parts.uri.path();
        reply.edit(asked.edition, |schema, attributes| {
            let mut is_root = true;
            document::visit(schema, attributes, &mut |schema, attributes| {
                let own = std::mem::take(&mut is_root).then_some(own);
                resource(ways, asked, memory, own, schema, attributes)
            })
        });
    }
    for way in ways {
        match way.act {
            Act::Status(status) => reply.set_status(StatusCode::from_u16(status).unwrap_or_default()),
            Act::NoHeader(name) => reply.remove_header(name),
            Act::Header(name, value) => reply.set_header(name, value),
            Act::HeaderText(name, change) => {
                if let Some(value) = reply.header(name).map(change) {
                    reply.set_header(name, &value);
                }
            }
            Act::Json(edit) => reply.edit_json(edit),
            Act::Xml(edit) => reply.edit_xml(edit),
            Act::Reply(edit) => edit(reply),
            _ => {}
        }
    }
}

fn is_of_documents(act: &Act) -> bool {
    matches!(act, Act::Show(..) | Act::Freeze(..) | Act::Sticky(..) | Act::Counted(..) | Act::Sorted(_))
}

/// What is shown of one resource; says whether it was changed.
fn resource(
    ways: &[&'static Way],
    asked: &Asked,
    memory: &Memory,
    own: Option<&str>,
    schema: &Schema,
    attributes: &mut Attributes,
) -> bool {
    let id = attributes.text("id").map(path_of).or(own).unwrap_or_default().to_owned();
    let mut changed = false;
    for way in ways {
        changed |= match &way.act {
            Act::Show(of, edit) if of.is(schema) => document::apply(edit, schema, attributes),
            Act::Sorted(sort) => sorted(*sort, asked, schema, attributes),
            act => !id.is_empty() && remembered(act, &id, memory, schema, attributes),
        };
    }
    for way in memory.marks(&id) {
        if let Act::Mark(edit) | Act::MarkOnce(edit) | Act::MarkJob(edit) = &way.act {
            changed |= document::apply(edit, schema, attributes);
        }
        let is_read = own.is_some() && asked.parts.method == Method::GET;
        if is_read && matches!(way.act, Act::MarkOnce(_)) {
            memory.unmark_as(way, &id);
        }
    }
    if schema.is_collection() && asked.parts.uri.query().is_none() {
        changed |= restored(&memory.members(&id), schema, attributes);
    }
    changed
}

/// What is shown by what was seen before; says whether that is something else.
fn remembered(act: &Act, id: &str, memory: &Memory, schema: &Schema, attributes: &mut Attributes) -> bool {
    let shown = match *act {
        Act::Freeze(of, name) if of.is(schema) => {
            memory.first(format!("{id} {name}"), attributes.get(name)).map(|value| (name, value))
        }
        Act::Sticky(of, name) if of.is(schema) => {
            memory.last(format!("{id} {name}"), attributes.get(name)).map(|value| (name, value))
        }
        Act::Counted(of, name) if of.is(schema) => {
            Some((name, Value::from(format!("read {} times", memory.count(id.to_owned())))))
        }
        _ => None,
    };
    match shown {
        Some((name, value)) if attributes.get(name) != Some(&value) => {
            attributes.set(name, value);
            true
        }
        _ => false,
    }
}

fn sorted(sort: Sort, asked: &Asked, schema: &Schema, attributes: &mut Attributes) -> bool {
    let Some((grouping, _, _)) = schema.members() else { return false };
    let query = asked.parts.uri.query().unwrap_or_default();
    let Some(keys) = query::values(query, "$orderby").next() else { return false };
    let key = keys.split(',').next().unwrap_or_default();
    match attributes.get_mut(grouping) {
        Some(Value::Array(members)) => document::resort(sort, key, members),
        _ => false,
    }
}

/// Puts members that are gone back.
fn restored(members: &[Member], schema: &Schema, attributes: &mut Attributes) -> bool {
    let Some((grouping, _, _)) = schema.members() else { return false };
    let mut changed = false;
    for member in members {
        let id = member.attributes.text("id");
        let has = |value: &Value| value.as_attributes().is_some_and(|fields| fields.text("id") == id);
        if attributes.items(grouping).iter().any(has) {
            continue;
        }
        let ghost = Value::Structure(member.attributes.clone());
        match attributes.get_mut(grouping) {
            Some(Value::Array(items)) => items.push(ghost),
            _ => {
                attributes.set(grouping, vec![ghost]);
            }
        }
        if let Some(count) = attributes.integer("count") {
            attributes.set("count", count + 1);
        }
        changed = true;
    }
    changed
}

/// The path of a URI.
pub(super) fn path_of(uri: &str) -> &str {
    match uri.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => uri,
    }
}
