//! Policies that stand among properties: of requests, and of the manager's own templates.
//!
//! Owns the property, that what stands there can be used whenever it is kept, and that no cloud hears of it.

use cimi::{Attributes, Map, Value};

use super::{AppError, Problem};
use crate::placement::{Policy, PolicyError};
use crate::record::Resource;

/// The property of a request or of a template whose value is a policy, in JSON.
pub const PROPERTY: &str = "cimi-manager-placement";

const PROPERTIES: &str = "properties";

/// The policy among the properties of a request or a template.
///
/// # Errors
/// `Invalid` if it cannot be used: where, and what would be right.
pub(super) fn policy_of(attributes: &Attributes) -> Result<Option<Policy>, AppError> {
    let written = attributes.map(PROPERTIES).and_then(|properties| properties.get(PROPERTY));
    written.map(|text| Policy::from_json(text).map_err(|error| unusable(&error))).transpose()
}

/// Holds all policies in attributes, those of what they describe included, to be of use.
///
/// # Errors
/// As [`policy_of`].
pub(super) fn must_be_usable(attributes: &Attributes) -> Result<(), AppError> {
    policy_of(attributes)?;
    attributes.iter().try_for_each(|(name, value)| within(name, value))
}

fn within(name: &str, value: &Value) -> Result<(), AppError> {
    let there = |error: AppError| AppError { message: format!("{name}: {}", error.message), ..error };
    match value {
        Value::Ref(reference) => must_be_usable(&reference.attributes).map_err(there),
        Value::Structure(fields) => must_be_usable(fields).map_err(there),
        Value::Array(items) => items.iter().enumerate().try_for_each(|(at, item)| {
            let fields = match item {
                Value::Ref(reference) => &reference.attributes,
                Value::Structure(fields) => fields,
                _ => return Ok(()),
            };
            must_be_usable(fields).map_err(|error| AppError {
                message: format!("{name}, item {}: {}", at + 1, error.message),
                ..error
            })
        }),
        _ => Ok(()),
    }
}

/// Holds an update of what is at a cloud, or of a system, to say nothing of policies: it is placed already.
///
/// # Errors
/// `Invalid`
pub(super) fn must_not_be_said(resource: &Resource, set: &Attributes) -> Result<(), AppError> {
    if !set.map(PROPERTIES).is_some_and(|properties| properties.contains_key(PROPERTY)) {
        return Ok(());
    }
    let message = format!(
        "property {PROPERTY}: a policy says where something is created, and this {} is where it is. Leave the property out, or \
         set it in a request or in a template of this manager",
        resource.kind.type_name()
    );
    Err(AppError::new(Problem::Invalid, message))
}

/// Attributes of a request as they are recorded and sent, without the policy among the properties.
pub(super) fn without_policy(common: &Attributes) -> Attributes {
    let mut common = common.clone();
    if let Some(others) = common.map(PROPERTIES).and_then(others) {
        if others.is_empty() {
            common.remove(PROPERTIES);
        } else {
            common.set(PROPERTIES, others);
        }
    }
    common
}

/// A value of an attribute as a cloud is told it, if that is another: properties without a policy.
pub(super) fn told(name: &str, value: &Value) -> Option<Value> {
    match value {
        Value::Map(properties) if name == PROPERTIES => others(properties).map(Value::Map),
        _ => None,
    }
}

/// The other properties, where there is a policy among them.
fn others(properties: &Map) -> Option<Map> {
    let others = properties.iter().filter(|(key, _)| *key != PROPERTY);
    let others = others.map(|(key, value)| (key.clone(), value.clone()));
    properties.contains_key(PROPERTY).then(|| others.collect())
}

fn unusable(error: &PolicyError) -> AppError {
    let key = if error.key.is_empty() { String::new() } else { format!(", {}", error.key) };
    let column = error.column.map_or_else(String::new, |column| format!(" at column {column}"));
    let PolicyError { message, help, .. } = error;
    let message = format!("the policy in property {PROPERTY}{key}{column}: {message} ({help})");
    AppError::new(Problem::Invalid, message)
}
