//! The dress in JSON.

use serde_json::{Map, Value};

use super::address::Addresses;
use super::dress::{CLIMATE, MARK, STATE};

pub(super) fn put_on(body: &str, addresses: &Addresses) -> Option<String> {
    let mut value: Value = serde_json::from_str(body).ok()?;
    dress(&mut value, addresses);
    serde_json::to_string_pretty(&value).ok()
}

fn dress(value: &mut Value, addresses: &Addresses) {
    match value {
        Value::String(text) => {
            if let Some(reference) = addresses.reference(text, None) {
                *text = reference;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| dress(item, addresses)),
        Value::Object(object) => {
            mark(object);
            for (key, value) in object.iter_mut() {
                match value {
                    Value::String(text) if key == "baseURI" && addresses.is_base(text) => {
                        *text = addresses.base();
                    }
                    Value::Array(operations) if key == "operations" => {
                        for operation in operations {
                            address(operation, addresses);
                        }
                    }
                    value => dress(value, addresses),
                }
            }
            // Members have no order, and clients must not count on one.
            *object = std::mem::take(object).into_iter().rev().collect();
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Gives an operation an address of its own.
fn address(operation: &mut Value, addresses: &Addresses) {
    let text = |key: &str| operation.get(key).and_then(Value::as_str);
    let reference = text("href").and_then(|href| addresses.reference(href, text("rel")));
    if let (Some(reference), Some(href)) = (reference, operation.get_mut("href")) {
        *href = Value::String(reference);
    }
}

/// Adds what is the stage's own to a resource.
fn mark(object: &mut Map<String, Value>) {
    let Some(ty) = object.get("resourceURI").and_then(Value::as_str) else { return };
    let is_collection = ty.ends_with("Collection");
    let is_backup = ty.ends_with("/Volume") && object.get("name").and_then(Value::as_str) == Some(STATE.0);
    if let Some(Value::String(state)) = object.get_mut("state")
        && is_backup
        && state == STATE.1
    {
        STATE.2.clone_into(state);
    }
    object.insert(MARK.0.to_owned(), MARK.1.into());
    if !is_collection {
        let climate = CLIMATE.1.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
        object.insert(CLIMATE.0.to_owned(), Value::Object(climate.collect()));
    }
}

pub(super) fn take_off(body: &str, addresses: &Addresses) -> Option<String> {
    let mut value: Value = serde_json::from_str(body).ok()?;
    undress(&mut value, addresses);
    Some(value.to_string())
}

fn undress(value: &mut Value, addresses: &Addresses) {
    match value {
        Value::String(text) => {
            if let Some(behind) = addresses.dereference(text) {
                *text = behind;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| undress(item, addresses)),
        Value::Object(object) => {
            object.shift_remove(MARK.0);
            object.shift_remove(CLIMATE.0);
            if object.get("state").and_then(Value::as_str) == Some(STATE.2) {
                object.insert("state".to_owned(), STATE.1.into());
            }
            object.values_mut().for_each(|value| undress(value, addresses));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
