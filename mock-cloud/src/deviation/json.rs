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

pub(super) fn without_count(value: &mut Value) {
    if let Some(object) = collection(value) {
        object.shift_remove("count");
    }
}

pub(super) fn count_of_shown(value: &mut Value) {
    if let Some(object) = collection(value) {
        let shown = grouping(object).and_then(|name| object[&name].as_array().map(Vec::len)).unwrap_or(0);
        object.insert("count".to_owned(), shown.into());
    }
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

pub(super) fn offers_without_href(value: &mut Value) {
    each(value, &mut |value| {
        let operations = value.as_object_mut().and_then(|object| object.get_mut("operations"));
        if let Some(Value::Array(operations)) = operations {
            for operation in operations.iter_mut().filter_map(Value::as_object_mut) {
                operation.shift_remove("href");
            }
        }
    });
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

fn grouping(object: &Map<String, Value>) -> Option<String> {
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
