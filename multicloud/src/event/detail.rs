//! What changed, attribute by attribute, as JSON; secrets out.

use cimi::{Attributes, Reference, Value};
use serde_json::{Map, Value as Json, json};

use super::cut;
use crate::kind::{Kind, Role};

/// Attributes that an event tells of; what more there are is told by number.
const MOST: usize = 64;
/// Items of an array that are told.
const ITEMS: usize = 32;
/// How deep values are told.
const DEPTH: usize = 6;

/// Said in place of what is not said.
pub(crate) const HIDDEN: &str = "(not shown)";

/// Attributes that say when something was written, not what.
const BOOKKEEPING: [&str; 3] = ["created", "updated", "state"];

/// Attributes as an event shows them.
pub fn shown(kind: Kind, attributes: &Attributes) -> Map<String, Json> {
    told(kind, attributes.iter().filter(|(name, _)| !BOOKKEEPING.contains(name)))
}

/// The attributes that differ, as they were and as they are. The state is an event of its own.
pub fn changed(
    kind: Kind,
    before: &Attributes,
    after: &Attributes,
) -> Option<(Map<String, Json>, Map<String, Json>)> {
    if before == after {
        return None;
    }
    let differs = |one: &Attributes, other: &Attributes| {
        let differs = |name: &str, value: &Value| other.get(name).is_none_or(|it| it != value);
        told(kind, one.iter().filter(|(name, value)| !BOOKKEEPING.contains(name) && differs(name, value)))
    };
    let (before, after) = (differs(before, after), differs(after, before));
    (!before.is_empty() || !after.is_empty()).then_some((before, after))
}

fn told<'a>(kind: Kind, attributes: impl Iterator<Item = (&'a str, &'a Value)>) -> Map<String, Json> {
    let mut told = Map::new();
    let mut more = 0;
    for (name, value) in attributes {
        if told.len() == MOST {
            more += 1;
            continue;
        }
        let is_secret = kind.role() == Role::Secret && !matches!(name, "name" | "description" | "properties");
        let value = if is_secret || opens(name, value) { json!(HIDDEN) } else { json_of(value, DEPTH) };
        told.insert(name.to_owned(), value);
    }
    if more > 0 {
        told.insert("...".to_owned(), json!(more));
    }
    told
}

/// Whether an attribute may be a secret: a reference to one is none.
fn opens(name: &str, value: &Value) -> bool {
    hides(name) && !matches!(value, Value::Ref(Reference { href: Some(_), .. }))
}

/// Whether what is called so may be a secret, wherever it stands.
pub(crate) fn hides(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["password", "secret", "token", "credential", "privatekey", "userdata"].iter().any(|it| name.contains(it))
        || name == "key"
}

fn json_of(value: &Value, depth: usize) -> Json {
    let Some(depth) = depth.checked_sub(1) else { return json!("...") };
    match value {
        Value::Null => Json::Null,
        Value::Boolean(it) => json!(it),
        Value::Integer(it) => json!(it),
        Value::Decimal(it) => json!(it.to_string()),
        Value::String(it) => json!(cut(it)),
        Value::DateTime(it) => json!(it.to_string()),
        Value::Duration(it) => json!(it.to_string()),
        Value::Bytes(it) => json!(format!("({} bytes)", it.len())),
        Value::Map(map) => {
            let said = |(key, value): (&String, &String)| {
                (key.clone(), json!(if hides(key) { HIDDEN.to_owned() } else { cut(value) }))
            };
            map.iter().take(MOST).map(said).collect::<Map<_, _>>().into()
        }
        Value::Ref(Reference { href, attributes }) => {
            let mut members = members(attributes, depth);
            if let Some(href) = href {
                members.insert("href".to_owned(), json!(href));
            }
            members.into()
        }
        Value::Structure(attributes) => members(attributes, depth).into(),
        Value::Array(items) => {
            items.iter().take(ITEMS).map(|it| json_of(it, depth)).collect::<Vec<_>>().into()
        }
        Value::Foreign(_) => json!("(XML)"),
    }
}

fn members(attributes: &Attributes, depth: usize) -> Map<String, Json> {
    let said = |(name, value): (&str, &Value)| {
        (name.to_owned(), if opens(name, value) { json!(HIDDEN) } else { json_of(value, depth) })
    };
    attributes.iter().take(MOST).map(said).collect()
}

/// The members that are otherwise than those of another object.
pub(crate) fn differing(one: &Map<String, Json>, other: &Map<String, Json>) -> Map<String, Json> {
    let differs = one.iter().filter(|(name, value)| other.get(*name) != Some(*value));
    differs.map(|(name, value)| (name.clone(), value.clone())).collect()
}
