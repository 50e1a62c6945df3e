//! The words of one edition in the other's namespace.
//!
//! The manager keeps everything in the terms of CIMI 2.0; connectors and the north face translate at their edge.

use cimi::{Edition, Value};

/// URIs that an edition defines (types of volumes, resources, actions) in the other edition's namespace.
pub(crate) fn renamed(value: Value, from: Edition, to: Edition) -> Value {
    if from == to {
        return value;
    }
    match value {
        Value::String(text) => match text.strip_prefix(from.namespace()) {
            Some(rest) if rest.starts_with('/') => Value::String(format!("{}{rest}", to.namespace())),
            _ => Value::String(text),
        },
        Value::Array(items) => Value::Array(items.into_iter().map(|item| renamed(item, from, to)).collect()),
        Value::Structure(fields) => Value::Structure(
            fields.into_iter().map(|(name, field)| (name, renamed(field, from, to))).collect(),
        ),
        Value::Ref(mut reference) => {
            reference.attributes = reference
                .attributes
                .into_iter()
                .map(|(name, field)| (name, renamed(field, from, to)))
                .collect();
            Value::Ref(reference)
        }
        other => other,
    }
}
