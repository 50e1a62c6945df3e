//! JSON bodies gone wrong.
//!
//! Owns edits of a JSON tree. Knows the shape of CIMI's JSON, no schema.

use serde_json::{Map, Value};

pub(super) fn numbers_as_strings(value: &mut Value) {
    each(value, &mut |value| {
        if let Value::Number(number) = value {
            *value = Value::String(number.to_string());
        }
    });
}

pub(super) fn booleans_as_strings(value: &mut Value) {
    each(value, &mut |value| {
        if let Value::Bool(truth) = value {
            *value = Value::String(truth.to_string());
        }
    });
}

pub(super) fn other_resource_uri(value: &mut Value) {
    each(value, &mut |value| {
        if let Value::Object(object) = value
            && let Some(Value::String(uri)) = object.get_mut("resourceURI")
        {
            *uri = uri.replace("http://schemas.dmtf.org/cimi/", "http://www.example.com/cimi/");
        }
    });
}

/// The grouping of an empty collection is the type's own name in the plural; the last segment of the URI is near enough.
pub(super) fn empty_list(value: &mut Value) {
    let Some(object) = collection(value) else { return };
    if grouping(object).is_none() {
        let id = object.get("id").and_then(Value::as_str).unwrap_or_default();
        let name = id.rsplit('/').next().unwrap_or_default().to_owned();
        object.insert(name, Value::Array(Vec::new()));
    }
}

/// Changes every string for which there is a change.
pub(super) fn strings(value: &mut Value, edit: fn(&str) -> Option<String>) {
    each(value, &mut |value| {
        if let Value::String(text) = value
            && let Some(changed) = edit(text)
        {
            *text = changed;
        }
    });
}

fn collection(value: &mut Value) -> Option<&mut Map<String, Value>> {
    let object = value.as_object_mut()?;
    let uri = object.get("resourceURI")?.as_str()?;
    if uri.ends_with("Collection") { Some(object) } else { None }
}

/// The name of the list of members.
pub(super) fn grouping(object: &Map<String, Value>) -> Option<String> {
    let is_list = |(name, value): &(&String, &Value)| *name != "operations" && value.is_array();
    object.iter().find(is_list).map(|(name, _)| name.clone())
}

fn each(value: &mut Value, edit: &mut impl FnMut(&mut Value)) {
    edit(value);
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| each(item, edit)),
        Value::Object(object) => object.values_mut().for_each(|item| each(item, edit)),
        _ => {}
    }
}

/// Changes the value of every member of this name, wherever it stands.
pub(super) fn key(value: &mut Value, name: &str, edit: &impl Fn(&mut Value)) {
    each(value, &mut |value| {
        if let Some(inner) = value.as_object_mut().and_then(|object| object.get_mut(name)) {
            edit(inner);
        }
    });
}

/// Says of everything of one type that it is of another.
pub(super) fn retyped(value: &mut Value, from: &str, to: &str) {
    key(value, "resourceURI", &|uri| {
        if let Value::String(text) = uri
            && let Some(base) = text.strip_suffix(from).filter(|base| base.ends_with('/'))
        {
            *text = format!("{base}{to}");
        }
    });
}

/// Adds to every resource of a type what it lacks.
pub(super) fn added(value: &mut Value, ty: &str, name: &str, new: &Value) {
    each(value, &mut |value| {
        if is_a(value, ty)
            && let Some(object) = value.as_object_mut().filter(|object| !object.contains_key(name))
        {
            object.insert(name.to_owned(), new.clone());
        }
    });
}

/// Changes every resource of a type.
pub(super) fn of_type(value: &mut Value, ty: &str, edit: &impl Fn(&mut Map<String, Value>)) {
    each(value, &mut |value| {
        if is_a(value, ty)
            && let Some(object) = value.as_object_mut()
        {
            edit(object);
        }
    });
}

/// Whether it is a resource of a type; of any, if the name is empty.
fn is_a(value: &Value, ty: &str) -> bool {
    let uri = value.get("resourceURI").and_then(Value::as_str).and_then(|uri| uri.rsplit('/').next());
    uri.is_some_and(|name| name == ty || ty.is_empty())
}

/// Whether it is a Collection.
pub(super) fn is_collection(value: &Value) -> bool {
    let uri = value.get("resourceURI").and_then(Value::as_str);
    uri.is_some_and(|uri| uri.ends_with("Collection"))
}
